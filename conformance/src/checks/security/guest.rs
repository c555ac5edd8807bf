//! What the guest is told: the material of the key, where the Compute API tells no more than its name. Where the run may not
//! ask the metadata service, these questions are not decidable, and say so.

use std::time::Duration;

use serde_json::json;

use super::{LOOKUP, SPEC, UPDATED};
use crate::{
    check::{Caller, Check, Cx, Draft, Server, Stop},
    checks::{
        material::{ANOTHER, ED25519},
        rebuild::steps::{accepted, at_its_end, has_key, rebuild, with_keys},
        steps::namesakes,
    },
};

/// A metadata service may keep what it tells for a while: Nova's default is 15 seconds.
const STALE: Duration = Duration::from_secs(20);

pub(super) fn checks() -> Vec<Check> {
    vec![namesake(), rebuilt_key(), cleared_key()]
}

fn told(id: &str, title: &str, sentence: &str) -> Draft {
    Check::must(format!("security.rebuild.{id}"), title)
        .sentence(sentence)
        .source(SPEC)
        .versions(at_its_end(with_keys()))
        .callers([Caller::Main, Caller::Second])
        .servers(1)
}

/// That the guest of a server comes to be told exactly these keys, as names and public keys.
async fn expect_told(cx: &Cx, server: &Server, wanted: &[(&str, &str)]) -> Result<(), Stop> {
    let project = cx.as_(server.owner).project_id()?.to_owned();
    let mut pauses = cx.pauses_within(STALE);
    loop {
        let told = cx.guest_keys(&server.id, &project).await?;
        let told: Vec<(&str, &str)> = told
            .iter()
            .map(|(name, key)| (name.as_str(), key.as_str()))
            .collect();
        if told == wanted {
            return Ok(());
        }
        // A name that it is told with other material will not come right by waiting: nobody else had it before.
        let wrong = told.iter().any(|one| {
            wanted
                .iter()
                .any(|other| one.0 == other.0 && one.1 != other.1)
        });
        if wrong || !pauses.pause().await {
            let names: Vec<&str> = told.iter().map(|(name, _)| *name).collect();
            return cx.expect(
                false,
                format!("the key that the rebuild named: {}", shown(wanted)),
                if wrong {
                    "another user's key under that name".to_owned()
                } else {
                    format!("the keys [{}]", names.join(", "))
                },
                "public_keys of the guest's metadata",
            );
        }
    }
}

fn shown(keys: &[(&str, &str)]) -> String {
    match keys {
        [] => "none".to_owned(),
        keys => keys
            .iter()
            .map(|(name, key)| format!("{name} = {key}"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn namesake() -> Check {
    told(
        "namesake",
        "Where caller and owner have keys of one name, the guest gets the caller's",
        LOOKUP,
    )
    .probe(|cx| async move {
        is_reachable(&cx)?;
        let server = cx.server(Caller::Main).await?;
        let name = namesakes(&cx, Caller::Main, Caller::Second, "namesake").await?;
        let answer = rebuild(&cx, Caller::Second, &server, &json!({"key_name": name})).await?;
        accepted(&cx, &answer, "the caller has a key of that name")?;
        cx.as_(Caller::Main).wait_settled(&server.id).await?;
        expect_told(&cx, &server, &[(&name, ANOTHER)]).await
    })
}

fn rebuilt_key() -> Check {
    told(
        "guest-key",
        "After a rebuild with a key the guest is told that key, and no other",
        UPDATED,
    )
    .callers([Caller::Main])
    .probe(|cx| async move {
        is_reachable(&cx)?;
        let server = cx.keyed_server(Caller::Main).await?;
        let name = has_key(&cx, Caller::Main, "new", ED25519).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({"key_name": name})).await?;
        accepted(&cx, &answer, "the caller has a key of that name")?;
        cx.as_(Caller::Main).wait_settled(&server.id).await?;
        expect_told(&cx, &server, &[(&name, ED25519)]).await
    })
}

fn cleared_key() -> Check {
    told(
        "guest-cleared",
        "After a rebuild with the key null the guest is told no key",
        "key_name: if set to null, the existing keypair is unset: the guest carries the key of the last rebuild.",
    )
    .callers([Caller::Main])
    .probe(|cx| async move {
        is_reachable(&cx)?;
        let server = cx.keyed_server(Caller::Main).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({"key_name": null})).await?;
        accepted(&cx, &answer, "null unsets the key")?;
        cx.as_(Caller::Main).wait_settled(&server.id).await?;
        expect_told(&cx, &server, &[]).await
    })
}

/// Before a server is spent on it.
fn is_reachable(cx: &Cx) -> Result<(), Stop> {
    cx.guest().map(drop)
}
