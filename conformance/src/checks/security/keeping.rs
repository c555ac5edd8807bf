//! What a rebuild leaves as it is: the key where none is named, the server's owner and identity always, and everything where
//! the rebuild is refused.

use nova_api::Operation::{KeypairDelete, ServerRebuild};
use serde_json::{Value, json};

use super::{ITSELF, OWNED, UPDATED, rule};
use crate::{
    check::{Caller, Check, Cx, Server, Stop, Versions},
    checks::{
        material::{ANOTHER, ED25519},
        rebuild::{
            images,
            steps::{
                accepted, at_its_end, at_its_ends, body, comes_to_have, expect_key, has_key,
                rebuild, rebuilt, refused, shown, takes, with_keys,
            },
        },
    },
};

const KEPT: &str = "key_name: if it is not specified, the existing keypair is kept; if it is set to null, the existing keypair is unset.";

pub(super) fn checks() -> Vec<Check> {
    vec![
        null_clears(),
        omission_keeps(),
        owner_stays("owner-stays", Caller::Second),
        owner_stays("admin-owner-stays", Caller::Admin),
        server_stays(),
        deleted_shown(),
        deleted_kept(),
        deleted_refused(),
        refused_bad_request(),
        refused_forbidden(),
        refused_missing(),
        refused_conflict(),
        failed(),
    ]
}

fn null_clears() -> Check {
    rule(
        "null-clears",
        "A rebuild with the key null leaves the server without a key",
        KEPT,
    )
    .source(ServerRebuild.reference())
    .versions(at_its_ends(with_keys()))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let server = cx.keyed_server(Caller::Main).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({"key_name": null})).await?;
        accepted(&cx, &answer, "null unsets the key")?;
        answer.expect_json_eq("/server/key_name", &Value::Null)?;
        comes_to_have(&cx, &server, Value::Null).await
    })
}

fn omission_keeps() -> Check {
    rule(
        "omission-keeps",
        "A rebuild by another member that names no key leaves the server the key it has",
        KEPT,
    )
    .source(ServerRebuild.reference())
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let server = cx.keyed_server(Caller::Main).await?;
        let answer = rebuild(&cx, Caller::Second, &server, &json!({})).await?;
        accepted(&cx, &answer, "nothing but the image is needed")?;
        comes_to_have(&cx, &server, server.key_name.clone()).await
    })
}

/// Rebuilds a server of the main caller's as somebody else, with a key of theirs where one is taken: what must stay stays, in
/// the answer and in how the server is shown, or only in the latter.
async fn stays(cx: &Cx, caller: Caller, both: &[&str], only_shown: &[&str]) -> Result<(), Stop> {
    let server = cx.keyed_server(Caller::Main).await?;
    let before = shown(cx, &server).await?;
    let mut fields = json!({});
    if takes(cx.contract(ServerRebuild), &json!({"key_name": "name"})) {
        fields = json!({"key_name": has_key(cx, caller, "own", ANOTHER).await?});
    }
    let answer = rebuild(cx, caller, &server, &fields).await?;
    accepted(
        cx,
        &answer,
        "the caller may rebuild servers of this project",
    )?;
    cx.as_(Caller::Main).wait_settled(&server.id).await?;
    let after = shown(cx, &server).await?;
    for member in both {
        answer.expect_json_eq(member, before.at(member)?)?;
    }
    for member in both.iter().chain(only_shown) {
        after.expect_json_eq(member, before.at(member)?)?;
    }
    Ok(())
}

fn owner_stays(id: &str, caller: Caller) -> Check {
    rule(
        id,
        &format!("A rebuild by the caller '{caller}' leaves the server its owner's"),
        OWNED,
    )
    .versions(at_its_ends(Versions::All))
    .callers([Caller::Main, caller])
    .probe(move |cx| async move {
        if caller == Caller::Admin {
            cx.admin_is_of_another_project()?;
        }
        stays(&cx, caller, &["/server/user_id", "/server/tenant_id"], &[]).await
    })
}

fn server_stays() -> Check {
    rule(
        "server-stays",
        "A rebuild by another member of the project leaves the server its id, name, addresses, flavor and time of creation",
        ITSELF,
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let both = ["/server/id", "/server/name", "/server/created", "/server/flavor"];
        // The answer to the rebuild tells less of an address at older versions.
        stays(&cx, Caller::Second, &both, &["/server/addresses", "/server/links"]).await
    })
}

/// A server with a key that is deleted since: the server and the key's name.
async fn with_a_deleted_key(cx: &Cx) -> Result<(Server, String), Stop> {
    let server = cx.server(Caller::Main).await?;
    let name = has_key(cx, Caller::Main, "deleted", ED25519).await?;
    rebuilt(cx, Caller::Main, &server, &json!({"key_name": name})).await?;
    let deletion = cx
        .as_(Caller::Main)
        .ask(KeypairDelete, &[&name])
        .send()
        .await?;
    deletion.to_set_up(cx.contract(KeypairDelete).status())?;
    Ok((server, name))
}

fn deleted_shown() -> Check {
    rule(
        "deleted-key.shown",
        "A key that was deleted after the server was made is still the server's",
        "The instance keeps the key it was made with: deleting a keypair removes it from the user who owns it, not from servers.",
    )
    .versions(at_its_ends(Versions::All))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let name = has_key(&cx, Caller::Main, "deleted", ED25519).await?;
        let key = name.clone();
        let server = cx
            .make_server(Caller::Main, "keyed", move |server| server["key_name"] = json!(key))
            .await?;
        let deletion = cx.as_(Caller::Main).ask(KeypairDelete, &[&name]).send().await?;
        deletion.to_set_up(cx.contract(KeypairDelete).status())?;
        expect_key(&cx, &server, name).await
    })
}

fn deleted_kept() -> Check {
    rule(
        "deleted-key.kept",
        "A rebuild that names no key leaves the server a key that was deleted since",
        KEPT,
    )
    .source(ServerRebuild.reference())
    .versions(at_its_end(with_keys()))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let (server, name) = with_a_deleted_key(&cx).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({})).await?;
        accepted(&cx, &answer, "nothing but the image is needed")?;
        comes_to_have(&cx, &server, name).await
    })
}

fn deleted_refused() -> Check {
    rule(
        "deleted-key.refused",
        "A rebuild does not take a key that was deleted, though the server has it",
        OWNED,
    )
    .versions(at_its_end(with_keys()))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let (server, name) = with_a_deleted_key(&cx).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({"key_name": name})).await?;
        refused(&answer, 400, "the caller has no key of that name any more")?;
        expect_key(&cx, &server, name).await
    })
}

/// A check that a rebuild which names a good key of the caller's, and is refused for something else, changes no key.
fn keeps(id: &str, status: u16) -> crate::check::Draft {
    rule(
        &format!("refused.{id}"),
        &format!("A rebuild with a good key that is refused with {status} leaves the server the key it has"),
        UPDATED,
    )
    .versions(at_its_ends(with_keys()))
}

fn refused_bad_request() -> Check {
    keeps("bad-request", 400)
        .callers([Caller::Main])
        .probe(|cx| async move {
            let server = cx.keyed_server(Caller::Main).await?;
            let own = has_key(&cx, Caller::Main, "own", ED25519).await?;
            let image = images::unknown();
            let answer = cx
                .as_(Caller::Main)
                .ask(ServerRebuild, &[&server.id])
                .json(&body(&image, &json!({"key_name": own})))
                .send()
                .await?;
            refused(&answer, 400, "there is no such image")?;
            expect_key(&cx, &server, server.key_name.clone()).await
        })
}

fn refused_forbidden() -> Check {
    keeps("forbidden", 403)
        .callers([Caller::Main, Caller::Reader])
        .probe(|cx| async move { keeps_out(&cx, Caller::Reader, 403).await })
}

fn refused_missing() -> Check {
    keeps("missing", 404)
        .callers([Caller::Main, Caller::Other])
        .probe(|cx| async move { keeps_out(&cx, Caller::Other, 404).await })
}

/// Somebody who may not rebuild it names a key that both they and the owner have.
async fn keeps_out(cx: &Cx, caller: Caller, status: u16) -> Result<(), Stop> {
    let server = cx.keyed_server(Caller::Main).await?;
    let name = crate::checks::steps::namesakes(cx, Caller::Main, caller, "namesake").await?;
    let answer = rebuild(cx, caller, &server, &json!({"key_name": name})).await?;
    refused(&answer, status, "the caller may not rebuild it")?;
    expect_key(cx, &server, server.key_name.clone()).await
}

fn refused_conflict() -> Check {
    keeps("conflict", 409)
        .callers([Caller::Main])
        .probe(|cx| async move {
            let server = cx.keyed_server(Caller::Main).await?;
            let own = has_key(&cx, Caller::Main, "own", ED25519).await?;
            let main = cx.as_(Caller::Main);
            main.act(&server.id, "lock", Value::Null)
                .await?
                .to_set_up(202)?;
            let answer = rebuild(&cx, Caller::Main, &server, &json!({"key_name": own})).await?;
            refused(&answer, 409, "the server is locked")?;
            expect_key(&cx, &server, server.key_name.clone()).await
        })
}

fn failed() -> Check {
    rule(
        "failed",
        "A rebuild that is accepted and then fails leaves the server with the key of its answer, its owner and its old image",
        UPDATED,
    )
    .versions(at_its_end(with_keys()))
    .probe(|cx| async move {
        let image = images::that_fails(&cx).await?;
        let server = cx.keyed_server(Caller::Main).await?;
        let before = shown(&cx, &server).await?;
        let own = has_key(&cx, Caller::Second, "own", ED25519).await?;
        let answer = cx
            .as_(Caller::Second)
            .ask(ServerRebuild, &[&server.id])
            .json(&body(&image, &json!({"key_name": own})))
            .send()
            .await?;
        images::accepted_or_not_applicable(&cx, &answer)?;
        answer.expect_json_eq("/server/key_name", &json!(own))?;
        let main = cx.as_(Caller::Main);
        let at_rest = main
            .wait_until(&server.id, "in error or active", |server| {
                matches!(server.get("status").and_then(Value::as_str), Some("ERROR" | "ACTIVE"))
            })
            .await?;
        if at_rest.text_at("/server/status")? == "ACTIVE" {
            return Err(Stop::NotApplicable(format!(
                "a rebuild that fails could not be provoked: the cloud rebuilds a server from the image {image} too"
            )));
        }
        at_rest.expect_json_eq("/server/key_name", &json!(own))?;
        for member in ["/server/user_id", "/server/tenant_id", "/server/image/id"] {
            at_rest.expect_json_eq(member, before.at(member)?)?;
        }
        Ok(())
    })
}
