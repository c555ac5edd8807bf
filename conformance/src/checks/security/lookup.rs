//! Whose keys a name is looked up among: the caller's, and nobody else's. The first two checks are the pair that tells a cloud
//! which looks among the server owner's keys.

use serde_json::json;

use super::{LOOKUP, OWNED, rule};
use crate::{
    check::{Caller, Check, Cx, Says, Stop},
    checks::{
        material::{ANOTHER, ED25519},
        rebuild::steps::{
            accepted, at_its_ends, comes_to_have, expect_key, has_key, once_per_request_band,
            rebuild, refused, with_keys,
        },
    },
};

/// Nova's words for a key that the caller does not have.
pub(super) const INVALID: &str = "Invalid key_name provided.";

pub(super) fn checks() -> Vec<Check> {
    vec![
        key_of_caller(),
        key_of_owner(),
        key_of_owner_in_words(),
        key_of_another(),
        admin_own_key(),
        admin_owners_key(),
        key_of_project(),
    ]
}

fn key_of_caller() -> Check {
    rule(
        "key-of-caller",
        "A rebuild by another member of the project takes the caller's key, which the owner does not have",
        LOOKUP,
    )
    .versions(once_per_request_band(with_keys()))
    .probe(|cx| async move {
        let server = cx.keyed_server(Caller::Main).await?;
        takes_own_key(&cx, Caller::Second, &server).await
    })
}

/// A caller rebuilds the server with a key that only they have.
async fn takes_own_key(cx: &Cx, caller: Caller, server: &crate::check::Server) -> Result<(), Stop> {
    let own = has_key(cx, caller, "callers", ANOTHER).await?;
    let answer = rebuild(cx, caller, server, &json!({"key_name": own})).await?;
    accepted(
        cx,
        &answer,
        "the key is looked up for the user who calls rebuild, and they have it",
    )?;
    answer.expect_json_eq("/server/key_name", &json!(own))?;
    comes_to_have(cx, server, own).await
}

fn key_of_owner() -> Check {
    rule(
        "key-of-owner",
        "A rebuild by another member of the project does not take a key that only the owner has",
        LOOKUP,
    )
    .versions(once_per_request_band(with_keys()))
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        refuses_key_of(&cx, Caller::Second, Caller::Main, &server)
            .await
            .map(|_| ())
    })
}

/// A caller names a key that only somebody else has.
async fn refuses_key_of(
    cx: &Cx,
    caller: Caller,
    holder: Caller,
    server: &crate::check::Server,
) -> Result<crate::check::Answer, Stop> {
    let name = has_key(cx, holder, "anothers", ED25519).await?;
    let answer = rebuild(cx, caller, server, &json!({"key_name": name})).await?;
    refused(
        &answer,
        400,
        "the key is looked up for the user who calls rebuild, and they have none of that name",
    )?;
    expect_key(cx, server, server.key_name.clone()).await?;
    Ok(answer)
}

fn key_of_owner_in_words() -> Check {
    Check::should(
        "security.rebuild.key-of-owner-in-words",
        "A key that the caller does not have is refused in Nova's words",
    )
    .sentence(LOOKUP)
    .source(super::SPEC)
    .versions(at_its_ends(with_keys()))
    .callers([Caller::Main, Caller::Second])
    .servers(1)
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let answer = refuses_key_of(&cx, Caller::Second, Caller::Main, &server).await?;
        answer.expect_fault(400, Says::from(INVALID))?;
        Ok(())
    })
}

fn key_of_another() -> Check {
    rule(
        "key-of-another",
        "The owner's rebuild does not take a key that only another member of the project has",
        OWNED,
    )
    .versions(at_its_ends(with_keys()))
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        refuses_key_of(&cx, Caller::Main, Caller::Second, &server)
            .await
            .map(|_| ())
    })
}

fn key_of_project() -> Check {
    rule(
        "key-of-another-project",
        "A rebuild does not take a key that only a member of another project has",
        OWNED,
    )
    .versions(at_its_ends(with_keys()))
    .callers([Caller::Main, Caller::Other])
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        refuses_key_of(&cx, Caller::Main, Caller::Other, &server)
            .await
            .map(|_| ())
    })
}

fn admin_own_key() -> Check {
    rule(
        "admin-own-key",
        "A rebuild by an administrator takes the administrator's own key",
        OWNED,
    )
    .versions(at_its_ends(with_keys()))
    .callers([Caller::Main, Caller::Admin])
    .probe(|cx| async move {
        cx.admin_is_of_another_project()?;
        let server = cx.keyed_server(Caller::Main).await?;
        takes_own_key(&cx, Caller::Admin, &server).await
    })
}

fn admin_owners_key() -> Check {
    rule(
        "admin-owners-key",
        "A rebuild by an administrator does not take a key that only the server's owner has",
        OWNED,
    )
    .versions(at_its_ends(with_keys()))
    .callers([Caller::Main, Caller::Admin])
    .probe(|cx| async move {
        cx.admin_is_of_another_project()?;
        let server = cx.server(Caller::Main).await?;
        refuses_key_of(&cx, Caller::Admin, Caller::Main, &server)
            .await
            .map(|_| ())
    })
}
