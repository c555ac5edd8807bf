//! What a success answers: its status, its fields and no others, their values, and its headers. It knows the contracts.

use nova_api::Operation::{self, *};
use serde_json::json;

use super::{
    material::{ED25519, ssh_fingerprint},
    steps::{BESIDE, KEYPAIRS, begin, expect_success, has_one, import, listed, perform},
};
use crate::check::{Answer, Caller, Check, Cx, Keypair, Stop, Versions};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = vec![
        created(),
        shown(),
        in_the_list(),
        deleted(),
        deleted_is_gone(),
        shown_is_what_was_created(),
    ];
    checks.extend(BESIDE.iter().map(|operation| fields(*operation)));
    checks.extend(
        KEYPAIRS
            .iter()
            .chain(BESIDE)
            .map(|operation| headers(*operation)),
    );
    checks.push(headers_of_a_fault());
    checks
}

fn created() -> Check {
    begin(KeypairCreate, "keypairs.create.answer", "An imported keypair is answered with the status and fields of the version")
        .sentence("Normal response codes: 200, 201. Note: The normal return code is 201 since microversion 2.2.")
        .versions(Versions::EachBoundarySide(KeypairCreate))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let name = cx.unique("answer");
            cx.ledger().will_create(Keypair::of(Caller::Main, &name));
            let main = cx.as_(Caller::Main);
            let answer = main.ask(KeypairCreate, &[]).json(&import(&name, ED25519)).send().await?;
            answer.expect_contract(cx.contract(KeypairCreate))?;
            expect_values(&cx, &answer, "/keypair", &name)?;
            answer.expect_json_eq("/keypair/user_id", &json!(main.user_id()?))?.expect_absent("/keypair/private_key")?;
            Ok(())
        })
}

fn shown() -> Check {
    begin(KeypairShow, "keypairs.show.answer", "A keypair is shown with the status and fields of the version")
        .sentence("Shows details for a keypair that is associated with the account: created_at, deleted, deleted_at, fingerprint, id, name, public_key, updated_at, user_id, and type since 2.2.")
        .versions(Versions::EachBoundarySide(KeypairShow))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let name = has_one(&cx, "shown").await?;
            let main = cx.as_(Caller::Main);
            let answer = main.ask(KeypairShow, &[&name]).send().await?;
            answer.expect_contract(cx.contract(KeypairShow))?;
            expect_values(&cx, &answer, "/keypair", &name)?;
            answer.expect_json_eq("/keypair/user_id", &json!(main.user_id()?))?;
            Ok(())
        })
}

fn in_the_list() -> Check {
    begin(KeypairList, "keypairs.list.answer", "A keypair is listed with the fields of the version, once")
        .sentence("Lists keypairs that are associated with the account: fingerprint, name, public_key, and type since 2.2; neither id nor user_id.")
        .versions(Versions::EachBoundarySide(KeypairList))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let (answer, name) = perform(&cx, KeypairList, |ask| ask).await?;
            expect_success(&cx, KeypairList, &answer, &name)?;
            let item = listed(&answer, &name)?;
            let shown = (item.get("public_key"), item.get("fingerprint"));
            let (key, fingerprint) = (json!(ED25519), json!(ssh_fingerprint(ED25519)));
            answer.expect(
                shown == (Some(&key), Some(&fingerprint)),
                format!("{key} with the fingerprint {fingerprint}"),
                item,
                "/keypairs",
            )?;
            Ok(())
        })
}

fn deleted() -> Check {
    begin(KeypairDelete, "keypairs.delete.answer", "A deletion is answered with the status of the version and no body")
        .sentence("Normal response codes: 202, 204. Note: The normal return code is 204 since version 2.2 to match the fact that no body is returned.")
        .versions(Versions::EachBoundarySide(KeypairDelete))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let (answer, name) = perform(&cx, KeypairDelete, |ask| ask).await?;
            expect_success(&cx, KeypairDelete, &answer, &name)
        })
}

fn deleted_is_gone() -> Check {
    begin(
        KeypairDelete,
        "keypairs.delete.gone",
        "A keypair whose deletion was accepted is gone, and its name is free",
    )
    .sentence("Deletes a keypair. itemNotFound(404) for a keypair that does not exist.")
    .versions(Versions::EachBoundarySide(KeypairDelete))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let (answer, name) = perform(&cx, KeypairDelete, |ask| ask).await?;
        answer.expect_status(cx.contract(KeypairDelete).status())?;
        let main = cx.as_(Caller::Main);
        main.ask(KeypairShow, &[&name])
            .send()
            .await?
            .expect_status(404)?;
        main.ask(KeypairDelete, &[&name])
            .send()
            .await?
            .expect_status(404)?;
        let list = main.ask(KeypairList, &[]).send().await?;
        super::steps::not_listed(&list, &name, "no keypair that was deleted")?;
        let again = main
            .ask(KeypairCreate, &[])
            .json(&import(&name, ED25519))
            .send()
            .await?;
        again.expect_status(cx.contract(KeypairCreate).status())?;
        Ok(())
    })
}

fn shown_is_what_was_created() -> Check {
    begin(
        KeypairShow,
        "keypairs.show.as-created",
        "A keypair is shown and listed with the values its creation answered",
    )
    .sentence("Shows details for a keypair that is associated with the account.")
    .versions(Versions::EachBoundarySide(KeypairShow))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let name = cx.unique("as-created");
        let created = super::steps::has(&cx, Caller::Main, &name, ED25519).await?;
        let main = cx.as_(Caller::Main);
        let shown = main.ask(KeypairShow, &[&name]).send().await?;
        let list = main.ask(KeypairList, &[]).send().await?;
        let item = listed(&list, &name)?;
        let fields = created.at("/keypair")?.as_object().into_iter().flatten();
        for (field, value) in fields {
            shown.expect_json_eq(&format!("/keypair/{field}"), value)?;
            let same = item.get(field).is_none_or(|listed| listed == value);
            list.expect(same, value, format!("{:?}", item.get(field)), "/keypairs")?;
        }
        Ok(())
    })
}

fn fields(operation: Operation) -> Check {
    begin(
        operation,
        format!("{operation}.answer"),
        "The answer has the status and fields of the version",
    )
    .sentence("The response of the Compute API reference, as each microversion changed it.")
    .versions(Versions::EachBoundarySide(operation))
    .callers([Caller::Main])
    .probe(move |cx| async move {
        let (answer, name) = perform(&cx, operation, |ask| ask).await?;
        expect_success(&cx, operation, &answer, &name)
    })
}

/// The values that any answer about an imported [`ED25519`] must hold.
fn expect_values(cx: &Cx, answer: &Answer, at: &str, name: &str) -> Result<(), Stop> {
    answer
        .expect_json_eq(&format!("{at}/name"), &json!(name))?
        .expect_json_eq(&format!("{at}/public_key"), &json!(ED25519))?
        .expect_json_eq(
            &format!("{at}/fingerprint"),
            &json!(ssh_fingerprint(ED25519)),
        )?;
    if cx.contract(KeypairShow).shows("/keypair/type") {
        answer.expect_json_eq(&format!("{at}/type"), &json!("ssh"))?;
    }
    Ok(())
}

fn headers(operation: Operation) -> Check {
    begin(operation, format!("{operation}.headers"), "The answer names its version, what it varies by, and its request; a body says that it is JSON")
        .sentence("The response includes OpenStack-API-Version: compute 2.N and X-OpenStack-Nova-API-Version: 2.N with the version that was used, Vary with both, x-openstack-request-id with the id of the request, and Content-Type: application/json.")
        .source("https://docs.openstack.org/api-guide/compute/microversions.html")
        .versions(Versions::EachBoundarySide(operation))
        .callers([Caller::Main])
        .probe(move |cx| async move {
            let (answer, _) = perform(&cx, operation, |ask| ask).await?;
            answer.expect_status(cx.contract(operation).status())?;
            expect_headers(&cx, &answer)?;
            if cx.contract(operation).answer_schema().is_some() {
                expect_json(&answer)?;
            }
            Ok(())
        })
}

pub(super) fn expect_headers(cx: &Cx, answer: &Answer) -> Result<(), Stop> {
    expect_version(answer, &cx.version().to_string())?;
    expect_vary(answer)?;
    expect_request_id(answer)
}

pub(super) fn expect_json(answer: &Answer) -> Result<(), Stop> {
    let kind = answer.header("content-type").unwrap_or_default();
    let is_json = kind
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim() == "application/json");
    answer.expect(
        is_json,
        "'application/json'",
        format!("'{kind}'"),
        "header content-type",
    )?;
    Ok(())
}

/// Both headers that name a version.
pub(super) fn expect_version(answer: &Answer, version: &str) -> Result<(), Stop> {
    answer
        .expect_header("OpenStack-API-Version", &format!("compute {version}"))?
        .expect_header("X-OpenStack-Nova-API-Version", version)?;
    Ok(())
}

/// `Vary` names both version headers; a proxy may have joined its values.
pub(super) fn expect_vary(answer: &Answer) -> Result<(), Stop> {
    for wanted in ["OpenStack-API-Version", "X-OpenStack-Nova-API-Version"] {
        let mut named = answer.headers("vary").flat_map(|value| value.split(','));
        let there = named.any(|name| name.trim().eq_ignore_ascii_case(wanted));
        let found = answer.headers("vary").collect::<Vec<_>>().join(", ");
        answer.expect(there, wanted, format!("'{found}'"), "header vary")?;
    }
    Ok(())
}

fn expect_request_id(answer: &Answer) -> Result<(), Stop> {
    let id = answer.header("x-openstack-request-id").unwrap_or_default();
    let is_one = id.strip_prefix("req-").is_some_and(|uuid| {
        let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
        lengths == [8, 4, 4, 4, 12]
            && uuid
                .bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
    });
    answer.expect(
        is_one,
        "req- and a UUID",
        format!("'{id}'"),
        "header x-openstack-request-id",
    )?;
    Ok(())
}

fn headers_of_a_fault() -> Check {
    begin(KeypairShow, "keypairs.show.headers-of-a-fault", "A fault bears the headers of a success")
        .sentence("Every response, faults included, names the version, what it varies by, and the request's id.")
        .source("https://specs.openstack.org/openstack/api-wg/guidelines/microversion_specification.html")
        .versions(Versions::EachBoundarySide(KeypairShow))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let answer = cx.as_(Caller::Main).ask(KeypairShow, &[&cx.unique("nowhere")]).send().await?;
            answer.expect_status(404)?;
            expect_headers(&cx, &answer)?;
            expect_json(&answer)
        })
}
