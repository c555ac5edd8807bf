//! The extensions a cloud says it has: keypairs among them. Since every extension became part of the API this is history,
//! so each sentence here is a warning.

use nova_api::Operation::*;

use crate::check::{Caller, Check, Draft, Says, Versions};

const SPEC: &str = "Specification 'About The Keypairs Extension'";

pub(super) fn checks() -> Vec<Check> {
    vec![
        extension(
            "extensions.list.keypairs",
            "The list of extensions holds os-keypairs",
        )
        .probe(|cx| async move {
            let answer = cx.as_(Caller::Main).ask(ExtensionList, &[]).send().await?;
            answer.expect_contract(cx.contract(ExtensionList))?;
            let found = answer
                .list_at("/extensions")?
                .iter()
                .any(|extension| extension["alias"] == "os-keypairs");
            answer.expect(
                found,
                "the alias os-keypairs",
                "none of that alias",
                "/extensions",
            )?;
            Ok(())
        }),
        extension(
            "extensions.show.keypairs",
            "The extension os-keypairs is shown by its alias",
        )
        .probe(|cx| async move {
            let answer = cx
                .as_(Caller::Main)
                .ask(ExtensionShow, &["os-keypairs"])
                .send()
                .await?;
            answer
                .expect_contract(cx.contract(ExtensionShow))?
                .expect_json_eq("/extension/alias", &"os-keypairs".into())?
                .expect_json_eq("/extension/name", &"Keypairs".into())?;
            Ok(())
        }),
        extension(
            "extensions.show.missing",
            "An extension that there is not is not found",
        )
        .probe(|cx| async move {
            let answer = cx
                .as_(Caller::Main)
                .ask(ExtensionShow, &["nvc-unknown"])
                .send()
                .await?;
            answer.expect_fault(404, Says::Anything)?;
            Ok(())
        }),
    ]
}

fn extension(id: &str, title: &str) -> Draft {
    Check::should(id, title)
        .sentence("To obtain current information about the extensions available to you, issue an EXTENSION query; the keypairs extension has the alias os-keypairs and the name Keypairs.")
        .source(SPEC)
        .versions(Versions::EachBoundarySide(ExtensionShow))
        .callers([Caller::Main])
}
