//! From which version on a rebuild knows of keys: before, it neither takes nor shows one.

use nova_api::Operation::ServerRebuild;
use serde_json::json;

use super::{UPDATED, rule};
use crate::{
    check::{Caller, Check, Versions},
    checks::{
        material::ED25519,
        rebuild::steps::{
            accepted, at_its_ends, comes_to_have, expect_key, has_key, once_per_request_band,
            rebuild, refused, where_refused, with_keys,
        },
    },
};

const KEY: &str = "/server/key_name";

pub(super) fn checks() -> Vec<Check> {
    vec![
        before_taken(),
        taken(),
        answer_names_key(),
        answer_names_no_key(),
    ]
}

fn before_taken() -> Check {
    rule(
        "before-taken",
        "Before rebuild takes a key, naming one is refused and nothing is rebuilt",
        "Will add a new microversion, to nova rebuild API: before it, additional properties are not allowed.",
    )
    .versions(at_its_ends(where_refused(&json!({"key_name": "name"}))))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let server = cx.keyed_server(Caller::Main).await?;
        let own = has_key(&cx, Caller::Main, "own", ED25519).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({"key_name": own})).await?;
        refused(&answer, 400, "rebuild takes no key_name at this version")?;
        expect_key(&cx, &server, server.key_name.clone()).await
    })
}

fn taken() -> Check {
    rule(
        "taken",
        "A rebuild with another key of the caller's gives the server that key",
        UPDATED,
    )
    .versions(once_per_request_band(with_keys()))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let server = cx.keyed_server(Caller::Main).await?;
        let own = has_key(&cx, Caller::Main, "own", ED25519).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({"key_name": own})).await?;
        accepted(&cx, &answer, "the caller has a key of that name")?;
        comes_to_have(&cx, &server, own).await
    })
}

fn where_shown(shown: bool) -> Versions {
    Versions::where_contract(ServerRebuild, move |contract| contract.shows(KEY) == shown)
}

fn answer_names_key() -> Check {
    rule(
        "answer-names-key",
        "The answer to a rebuild names the key the server has from then on",
        UPDATED,
    )
    .versions(once_per_request_band(where_shown(true)))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let server = cx.keyed_server(Caller::Main).await?;
        let own = has_key(&cx, Caller::Main, "own", ED25519).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({"key_name": own})).await?;
        accepted(&cx, &answer, "the caller has a key of that name")?;
        answer.expect_json_eq(KEY, &json!(own))?;
        cx.as_(Caller::Main).wait_settled(&server.id).await?;
        let kept = rebuild(&cx, Caller::Main, &server, &json!({})).await?;
        accepted(&cx, &kept, "nothing but the image is needed")?;
        kept.expect_json_eq(KEY, &json!(own))?;
        Ok(())
    })
}

fn answer_names_no_key() -> Check {
    rule(
        "answer-before",
        "Before rebuild takes a key, its answer names none, and the server keeps the one it has",
        UPDATED,
    )
    .versions(at_its_ends(where_shown(false)))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let server = cx.keyed_server(Caller::Main).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({})).await?;
        accepted(&cx, &answer, "nothing but the image is needed")?;
        answer.expect_absent(KEY)?;
        comes_to_have(&cx, &server, server.key_name.clone()).await
    })
}
