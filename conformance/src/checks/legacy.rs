//! The legacy endpoint `/v2`, for clients older than microversions: the 2.1 API with relaxed validation. A cloud may be
//! without it; then these questions do not arise. (Its two behaviors have their probes in [`super::behaviors`].)

use nova_api::{Operation::*, legacy_contract};
use serde_json::json;

use super::{
    material::ED25519,
    steps::{begin, expect_own_part, has_one, import, listed},
};
use crate::check::{Ask, Base, Caller, Check, Cx, Keypair, Says, Stop, Versions};

/// Where the legacy endpoint is described.
pub(super) const SOURCE: &str = "https://docs.openstack.org/nova/latest/reference/stable-api.html";

pub(super) fn checks() -> Vec<Check> {
    vec![life(), version_ignored(), only_spaces(), no_root(), quota()]
}

/// Ends the probe where the cloud has no legacy endpoint, or where it cannot be told.
pub(super) async fn is_there(cx: &Cx) -> Result<(), Stop> {
    let answer = cx
        .as_(Caller::Main)
        .ask(KeypairList, &[])
        .from_base(Base::Legacy)
        .without_version()
        .send()
        .await?;
    match answer.status() {
        300 | 404 | 410 => Err(Stop::NotApplicable(format!(
            "the cloud has no legacy endpoint: GET /v2/os-keypairs answered {}",
            answer.status()
        ))),
        _ => answer.to_set_up(200).map(|_| ()),
    }
}

fn legacy(ask: Ask) -> Ask {
    ask.from_base(Base::Legacy).without_version()
}

fn life() -> Check {
    begin(
        KeypairCreate,
        "keypairs.create.legacy.life",
        "On the legacy endpoint a keypair is created, listed, shown and deleted as at 2.1",
    )
    .sentence("/v2 is the v2.0 compatible API: the code of 2.1, without microversions.")
    .source(SOURCE)
    .versions(Versions::at(&[1]))
    .callers([Caller::Main])
    .probe(|cx| async move {
        is_there(&cx).await?;
        let name = cx.unique("legacy");
        cx.ledger().will_create(Keypair::of(Caller::Main, &name));
        let main = cx.as_(Caller::Main);
        let created = legacy(main.ask(KeypairCreate, &[]).json(&import(&name, ED25519)))
            .send()
            .await?;
        created.expect_contract(legacy_contract(KeypairCreate))?;
        let list = legacy(main.ask(KeypairList, &[])).send().await?;
        listed(&list, &name)?;
        expect_own_part(&list, legacy_contract(KeypairList), &[&name])?;
        let shown = legacy(main.ask(KeypairShow, &[&name])).send().await?;
        shown.expect_contract(legacy_contract(KeypairShow))?;
        let deleted = legacy(main.ask(KeypairDelete, &[&name])).send().await?;
        deleted.expect_contract(legacy_contract(KeypairDelete))?;
        legacy(main.ask(KeypairShow, &[&name]))
            .send()
            .await?
            .expect_fault(404, Says::Anything)?;
        Ok(())
    })
}

fn version_ignored() -> Check {
    begin(KeypairShow, "keypairs.show.legacy.version-ignored", "On the legacy endpoint a version header changes nothing")
        .sentence("Microversions are not supported on /v2: a version header is ignored, and none is answered.")
        .source(SOURCE)
        .versions(Versions::at(&[1]))
        .callers([Caller::Main])
        .probe(|cx| async move {
            is_there(&cx).await?;
            let name = has_one(&cx, "legacy").await?;
            let answer =
                cx.as_(Caller::Main).ask(KeypairShow, &[&name]).from_base(Base::Legacy).at("latest").send().await?;
            answer.expect_contract(legacy_contract(KeypairShow))?;
            for header in ["openstack-api-version", "x-openstack-nova-api-version"] {
                let found = answer.header(header);
                answer.expect(found.is_none(), "nothing", format!("{found:?}"), &format!("header {header}"))?;
            }
            Ok(())
        })
}

fn only_spaces() -> Check {
    refused(
        "only-spaces",
        "a name of spaces",
        |_| json!({"keypair": {"name": "   ", "public_key": ED25519}}),
    )
}

fn no_root() -> Check {
    refused(
        "no-root",
        "a body without its root",
        |name| json!({"key": {"name": name, "public_key": ED25519}}),
    )
}

fn refused(id: &str, what: &str, body: fn(&str) -> serde_json::Value) -> Check {
    begin(
        KeypairCreate,
        format!("keypairs.create.legacy.{id}"),
        format!("The legacy endpoint refuses {what}"),
    )
    .sentence("badRequest(400): relaxed validation is validation still.")
    .source(SOURCE)
    .versions(Versions::at(&[1]))
    .callers([Caller::Main])
    .probe(move |cx| async move {
        is_there(&cx).await?;
        let answer = legacy(
            cx.as_(Caller::Main)
                .ask(KeypairCreate, &[])
                .json(&body(&cx.unique("refused"))),
        );
        answer.send().await?.expect_fault(400, Says::Anything)?;
        Ok(())
    })
}

/// Asked as somebody who may not: the shape of a request is looked at before who asks, so nothing is changed.
fn quota() -> Check {
    begin(
        QuotaUpdate,
        "quota-sets.update.legacy.relaxed",
        "The legacy endpoint ignores unknown properties of a quota, 2.1 refuses them",
    )
    .sentence("The v2.0 compatible API has relaxed validation: it drops unknown properties of a request; 2.1 refuses them.")
    .source(SOURCE)
    .versions(Versions::at(&[1]))
    .callers([Caller::Main])
    .probe(|cx| async move {
        is_there(&cx).await?;
        let main = cx.as_(Caller::Main);
        let project = main.project_id()?.to_owned();
        let ask = || {
            let body = json!({"quota_set": {"nvc_unknown": 1}, "nvc_unknown": 1});
            main.ask(QuotaUpdate, &[&project]).json(&body)
        };
        let refused = ask().send().await?;
        refused.expect_fault(400, Says::Anything)?;
        // Whose quotas a member may change is for the policies to say.
        let taken = legacy(ask()).send().await?;
        taken.expect_status_in(&[403, 200])?;
        Ok(())
    })
}
