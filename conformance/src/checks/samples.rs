//! Three checks that prove the engine, and show what a check looks like.

use nova_api::Operation;
use serde_json::{Value, json};

use crate::check::{Caller, Check, Keypair, Says, Versions};

/// An ed25519 public key whose private half nobody kept.
const PUBLIC_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO1ykdc/4OhHtrWIkOW84JdFaMW0R/8qHL1qaFbg1gbz nova-conformance";

pub(super) fn checks() -> Vec<Check> {
    vec![import_status(), delete_is_true(), token_needed()]
}

fn import(name: &str) -> Value {
    json!({"keypair": {"name": name, "public_key": PUBLIC_KEY}})
}

fn import_status() -> Check {
    Check::must("keypairs.create.answer", "An imported keypair is answered with the status and fields of the version")
        .sentence("Normal response codes: 200, 201. Note: The normal return code is 201 since microversion 2.2.")
        .source(Operation::KeypairCreate.reference())
        .versions(Versions::EachBoundarySide(Operation::KeypairCreate))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let name = cx.unique("answer");
            cx.ledger().will_create(Keypair::of(Caller::Main, &name));
            let main = cx.as_(Caller::Main);
            let answer = main.ask(Operation::KeypairCreate, &[]).json(&import(&name)).send().await?;
            answer
                .expect_contract(cx.contract(Operation::KeypairCreate))?
                .expect_json_eq("/keypair/name", &json!(name))?
                .expect_json_eq("/keypair/public_key", &json!(PUBLIC_KEY))?
                .expect_json_eq("/keypair/user_id", &json!(main.user_id()?))?;
            Ok(())
        })
}

fn delete_is_true() -> Check {
    Check::must("keypairs.delete.gone", "A keypair whose deletion was accepted is gone")
        .sentence("Deletes a keypair. itemNotFound(404) for a keypair that does not exist.")
        .source(Operation::KeypairDelete.reference())
        .versions(Versions::EachBoundarySide(Operation::KeypairDelete))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let name = cx.unique("gone");
            cx.ledger().will_create(Keypair::of(Caller::Main, &name));
            let main = cx.as_(Caller::Main);
            let created = main.ask(Operation::KeypairCreate, &[]).json(&import(&name)).send().await?;
            created.to_set_up(cx.contract(Operation::KeypairCreate).status())?;
            let deleted = main.ask(Operation::KeypairDelete, &[&name]).send().await?;
            deleted.expect_contract(cx.contract(Operation::KeypairDelete))?;
            let shown = main.ask(Operation::KeypairShow, &[&name]).send().await?;
            shown.expect_fault(404, Says::Anything)?;
            Ok(())
        })
}

fn token_needed() -> Check {
    Check::must("keypairs.list.not-logged-in", "Without a token nothing is listed")
        .sentence("Error response codes: unauthorized(401).")
        .source(Operation::KeypairList.reference())
        .versions(Versions::EachBoundarySide(Operation::KeypairList))
        .callers([Caller::Nobody])
        .probe(|cx| async move {
            let answer = cx.as_(Caller::Nobody).ask(Operation::KeypairList, &[]).send().await?;
            answer.expect_status(401)?;
            Ok(())
        })
}
