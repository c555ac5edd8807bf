//! Names that are no key of the caller's: refused, and the server keeps the key it has. Each row is a check that it is refused
//! (a violation) and one that it is refused in Nova's words (a warning).

use nova_api::Operation::ServerRebuild;
use serde_json::{Value, json};

use super::{SPEC, lookup::INVALID, rule};
use crate::{
    check::{Answer, Caller, Check, Cx, Says, Stop},
    checks::{
        material::ED25519,
        rebuild::steps::{
            at_its_end, at_its_ends, expect_key, has_key, rebuild, refused, with_keys,
        },
        refusals::spoken,
    },
};

const SENTENCE: &str = "key_name: the name of an existing keypair of the user who calls rebuild, 1 to 255 characters, or null. badRequest(400)";

/// A name that is refused.
#[derive(Clone, Copy)]
struct Row {
    id: &'static str,
    what: &'static str,
    /// The name, from the name of a keypair that the caller has.
    name: fn(&str) -> Value,
}

const ROWS: &[Row] = &[
    Row {
        id: "unknown",
        what: "the name of no keypair",
        name: |own| json!(format!("{own}-not")),
    },
    Row {
        id: "empty",
        what: "an empty name",
        name: |_| json!(""),
    },
    Row {
        id: "blank",
        what: "a name of spaces",
        name: |_| json!("   "),
    },
    Row {
        id: "leading-space",
        what: "the caller's key with a space before its name",
        name: |own| json!(format!(" {own}")),
    },
    Row {
        id: "trailing-space",
        what: "the caller's key with a space after its name",
        name: |own| json!(format!("{own} ")),
    },
    Row {
        id: "nul",
        what: "the caller's key with a NUL after its name",
        name: |own| json!(format!("{own}\0")),
    },
    Row {
        id: "longest",
        what: "a name of 255 characters that no keypair has",
        name: |own| json!(format!("{own:a<255}")),
    },
    Row {
        id: "too-long",
        what: "a name of 256 characters",
        name: |own| json!(format!("{own:a<256}")),
    },
    Row {
        id: "integer",
        what: "a name that is a number",
        name: |_| json!(5),
    },
    Row {
        id: "boolean",
        what: "a name that is false",
        name: |_| json!(false),
    },
    Row {
        id: "list",
        what: "a list with the name of the caller's key",
        name: |own| json!([own]),
    },
    Row {
        id: "object",
        what: "an object with the name of the caller's key",
        name: |own| json!({"name": own}),
    },
];

pub(super) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = ROWS.iter().map(fault).collect();
    checks.extend(ROWS.iter().map(words));
    checks
}

/// MySQL, under many a cloud, does not tell a name from one with spaces after it.
fn is_certain(row: &Row) -> bool {
    row.id != "trailing-space"
}

impl Row {
    /// Asks, with a keypair of the caller's that is on no server.
    async fn ask(self, cx: &Cx) -> Result<(Answer, Value), Stop> {
        let server = cx.keyed_server(Caller::Main).await?;
        let own = has_key(cx, Caller::Main, "own", ED25519).await?;
        let name = (self.name)(&own);
        let answer = rebuild(cx, Caller::Main, &server, &json!({"key_name": name})).await?;
        refused(&answer, 400, "it is the name of no key of the caller's")?;
        expect_key(cx, &server, server.key_name.clone()).await?;
        Ok((answer, name))
    }
}

fn fault(row: &Row) -> Check {
    let row = *row;
    let title = format!(
        "Refused with 400, and the server keeps its key: {}",
        row.what
    );
    let id = format!("key-name.{}", row.id);
    let draft = if is_certain(&row) {
        rule(&id, &title, SENTENCE)
    } else {
        Check::should(format!("security.rebuild.{id}"), title)
            .sentence(SENTENCE)
            .source(SPEC)
            .servers(1)
    };
    draft
        .versions(at_its_ends(with_keys()))
        .callers([Caller::Main])
        .probe(move |cx| async move { row.ask(&cx).await.map(|_| ()) })
}

fn words(row: &Row) -> Check {
    let row = *row;
    Check::should(
        format!("security.rebuild.key-name.{}-in-words", row.id),
        format!("Refused in Nova's words: {}", row.what),
    )
    .sentence(SENTENCE)
    .source(ServerRebuild.reference())
    .versions(at_its_end(with_keys()))
    .callers([Caller::Main])
    .servers(1)
    .probe(move |cx| async move {
        let (answer, name) = row.ask(&cx).await?;
        let image = cx.ingredients().await?.image.clone();
        let body = crate::checks::rebuild::steps::body(&image, &json!({"key_name": name}));
        let says = match cx.contract(ServerRebuild).check_body(&body) {
            Err(refusal) => Says::one_of(spoken(&refusal.0)),
            Ok(()) => Says::from(INVALID),
        };
        answer.expect_fault(400, says)?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use nova_api::{Microversion, contract};

    use super::*;
    use crate::checks::rebuild::steps::{takes, where_refused};

    #[test]
    fn some_names_are_refused_for_their_form_and_some_only_because_nobody_has_them() {
        let contract = contract(ServerRebuild, Microversion::MAX);
        let formed = |id: &str| {
            let row = ROWS.iter().find(|row| row.id == id);
            row.is_some_and(|row| takes(contract, &json!({"key_name": (row.name)("own")})))
        };
        for id in ["unknown", "blank", "nul", "longest", "trailing-space"] {
            assert!(formed(id), "{id}");
        }
        for id in ["empty", "too-long", "integer", "boolean", "list", "object"] {
            assert!(!formed(id), "{id}");
        }
    }

    #[test]
    fn names_are_known_from_the_first_version_that_does_not_refuse_them() {
        let before = where_refused(&json!({"key_name": "name"}));
        for version in Microversion::all() {
            assert_ne!(
                before.holds_at(version),
                with_keys().holds_at(version),
                "{version}"
            );
        }
    }
}
