//! What create refuses for what its body says, as one table: each row is a check that it is refused with the right fault
//! (a violation), and one that it is refused in Nova's words (a warning: libraries below Nova have changed some of them).
//! The words of schema mistakes come from the contracts of `nova-api`; a test holds the table against them.

use nova_api::Operation::*;
use serde_json::{Value, json};

use super::{material::ED25519, steps::begin};
use crate::check::{Answer, Caller, Check, Cx, Keypair, Says, Stop, Versions};

/// A body that is refused.
#[derive(Clone, Copy)]
struct Row {
    /// What stands after `keypairs.create.` in the id.
    id: &'static str,
    /// What is wrong with it, for people.
    what: &'static str,
    /// The body, with a name that nobody else has.
    body: fn(&str) -> Value,
    /// Where it is wrong.
    at: At,
    /// How the words of the refusal are known.
    words: Words,
}

/// Where a row holds.
#[derive(Clone, Copy)]
enum At {
    /// At every version.
    Always,
    /// Where the contract of create refuses it.
    WhereRefused,
    /// Where keypairs have types.
    WithTypes,
}

/// How a refusal's words are known.
#[derive(Clone, Copy)]
enum Words {
    /// They are the contract's.
    Schema,
    /// They begin with these, and are not a schema's.
    Begin(&'static str),
}

const NAME: &str = "The keypair's name: 1 to 255 characters, printable, neither beginning nor ending with a space; letters, digits, _, - and inner spaces, and from 2.92 on @ and dot.";
const BODY: &str = "badRequest(400): the body must be {\"keypair\": {…}} with the documented fields and no others.";
const KEY: &str =
    "badRequest(400): the public key must be readable, and of the type that is named.";

const UNREADABLE: Words = Words::Begin("Keypair data is invalid: failed to generate fingerprint");

const fn schema(id: &'static str, what: &'static str, body: fn(&str) -> Value) -> Row {
    Row {
        id,
        what,
        body,
        at: At::WhereRefused,
        words: Words::Schema,
    }
}

const fn unreadable(id: &'static str, what: &'static str, body: fn(&str) -> Value) -> Row {
    Row {
        id,
        what,
        body,
        at: At::Always,
        words: UNREADABLE,
    }
}

fn named(name: impl Into<Value>) -> Value {
    json!({"keypair": {"name": name.into(), "public_key": ED25519}})
}

fn keyed(name: &str, key: impl Into<Value>) -> Value {
    json!({"keypair": {"name": name, "public_key": key.into()}})
}

fn with(name: &str, field: &str, value: impl Into<Value>) -> Value {
    let mut body = named(name);
    body["keypair"][field] = value.into();
    body
}

/// Every body that is refused. Names keep their unique part, so that one which a wrong cloud takes can be deleted.
const ROWS: &[Row] = &[
    schema("name.empty", "an empty name", |_| named("")),
    schema("name.too-long", "a name of 256 characters", |name| {
        named(format!("{name:a<256}"))
    }),
    schema(
        "name.leading-space",
        "a name that begins with a space",
        |name| named(format!(" {name}")),
    ),
    schema(
        "name.trailing-space",
        "a name that ends with a space",
        |name| named(format!("{name} ")),
    ),
    schema(
        "name.trailing-no-break-space",
        "a name that ends with a no-break space",
        |name| named(format!("{name}\u{a0}")),
    ),
    schema("name.only-spaces", "a name of spaces", |_| named("   ")),
    schema("name.slash", "a name with a slash", |name| {
        named(format!("{name}/x"))
    }),
    schema("name.comma", "a name with a comma", |name| {
        named(format!("{name},x"))
    }),
    schema("name.at-sign", "a name with @ before 2.92", |name| {
        named(format!("{name}@x"))
    }),
    schema("name.dot", "a name with a dot before 2.92", |name| {
        named(format!("{name}.x"))
    }),
    schema("name.accent", "a name with a letter beyond ASCII", |name| {
        named(format!("{name}é"))
    }),
    schema("name.emoji", "a name with an emoji", |name| {
        named(format!("{name}🔑"))
    }),
    schema("name.nul", "a name with a NUL", |name| {
        named(format!("{name}\0x"))
    }),
    schema("name.tab", "a name with a tab", |name| {
        named(format!("{name}\tx"))
    }),
    schema("name.null", "a name that is null", |_| named(Value::Null)),
    schema("name.integer", "a name that is a number", |_| named(5)),
    schema("name.boolean", "a name that is true", |_| named(true)),
    schema("name.list", "a name that is a list", |name| {
        named(vec![name])
    }),
    schema("name.object", "a name that is an object", |name| {
        named(json!({"name": name}))
    }),
    schema(
        "name.missing",
        "a body without a name",
        |_| json!({"keypair": {"public_key": ED25519}}),
    ),
    schema("body.no-root", "an empty object", |_| json!({})),
    schema(
        "body.wrong-root",
        "another root than keypair",
        |name| json!({"key_pair": {"name": name, "public_key": ED25519}}),
    ),
    schema(
        "body.root-null",
        "a root that is null",
        |_| json!({"keypair": null}),
    ),
    schema(
        "body.root-list",
        "a root that is a list",
        |_| json!({"keypair": []}),
    ),
    schema(
        "body.empty",
        "a root without fields",
        |_| json!({"keypair": {}}),
    ),
    schema("body.list", "a body that is a list", |_| json!([1])),
    schema("body.string", "a body that is a string", |_| {
        json!("keypair")
    }),
    schema("body.null", "a body that is null", |_| Value::Null),
    schema("body.another-root", "a second root", |name| {
        let mut body = named(name);
        body["nvc_unknown"] = json!(1);
        body
    }),
    schema("body.unknown-field", "an unknown field", |name| {
        with(name, "nvc_unknown", 1)
    }),
    schema(
        "body.private-key",
        "a private key of the caller's",
        |name| with(name, "private_key", "mine"),
    ),
    schema(
        "body.fingerprint",
        "a fingerprint of the caller's",
        |name| with(name, "fingerprint", "00:11"),
    ),
    schema("body.type", "a type before 2.2", |name| {
        with(name, "type", "ssh")
    }),
    schema("body.user-id", "a user_id before 2.10", |name| {
        with(name, "user_id", "somebody")
    }),
    schema(
        "public-key.missing",
        "a body without a public key from 2.92 on",
        |name| json!({"keypair": {"name": name}}),
    ),
    schema("public-key.null", "a public key that is null", |name| {
        keyed(name, Value::Null)
    }),
    schema(
        "public-key.integer",
        "a public key that is a number",
        |name| keyed(name, 5),
    ),
    unreadable("public-key.word", "a public key that is a word", |name| {
        keyed(name, "nonsense")
    }),
    unreadable(
        "public-key.type-only",
        "a public key that is only its type",
        |name| keyed(name, "ssh-ed25519"),
    ),
    unreadable(
        "public-key.not-base64",
        "a public key that is not base64",
        |name| keyed(name, "ssh-ed25519 !!!!"),
    ),
    unreadable(
        "public-key.truncated",
        "a public key that is cut off",
        |name| keyed(name, &ED25519[..40]),
    ),
    unreadable(
        "public-key.wrong-type",
        "a public key that is of another type than it says",
        |name| keyed(name, ED25519.replacen("ssh-ed25519", "ssh-rsa", 1)),
    ),
    unreadable(
        "public-key.leading-space",
        "a public key that begins with a space",
        |name| keyed(name, format!(" {ED25519}")),
    ),
    unreadable(
        "public-key.options",
        "a public key with options before it",
        |name| keyed(name, format!("no-pty {ED25519}")),
    ),
    unreadable("public-key.private", "a private key", |name| {
        keyed(
            name,
            "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        )
    }),
    schema("type.empty", "an empty type", |name| with(name, "type", "")),
    schema("type.upper-case", "a type in capitals", |name| {
        with(name, "type", "SSH")
    }),
    schema("type.unknown", "an unknown type", |name| {
        with(name, "type", "pgp")
    }),
    schema("type.null", "a type that is null", |name| {
        with(name, "type", Value::Null)
    }),
    schema("type.integer", "a type that is a number", |name| {
        with(name, "type", 5)
    }),
    Row {
        id: "type.x509-with-ssh-key",
        what: "an SSH key said to be a certificate",
        body: |name| with(name, "type", "x509"),
        at: At::WithTypes,
        words: Words::Begin("Keypair data is invalid: failed to generate X509 fingerprint."),
    },
    Row {
        id: "type.ssh-with-certificate",
        what: "a certificate said to be an SSH key",
        body: |name| {
            let mut body = with(name, "type", "ssh");
            body["keypair"]["public_key"] = json!(super::material::X509[0].text);
            body
        },
        at: At::WithTypes,
        words: UNREADABLE,
    },
    schema("user-id.null", "a user_id that is null", |name| {
        with(name, "user_id", Value::Null)
    }),
    schema("user-id.integer", "a user_id that is a number", |name| {
        with(name, "user_id", 5)
    }),
];

pub(super) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = ROWS.iter().map(fault).collect();
    checks.extend(ROWS.iter().map(words));
    checks
}

impl Row {
    fn versions(&self) -> Versions {
        let body = (self.body)("name");
        match self.at {
            At::Always => Versions::EachBoundarySide(KeypairCreate),
            At::WhereRefused => Versions::where_contract(KeypairCreate, |contract| {
                contract.check_body(&body).is_err()
            }),
            At::WithTypes => {
                Versions::where_contract(KeypairCreate, |contract| contract.shows("/keypair/type"))
            }
        }
    }

    fn sentence(&self) -> &'static str {
        match self.id.split('.').next() {
            Some("name") => NAME,
            Some("public-key" | "type") => KEY,
            _ => BODY,
        }
    }

    async fn ask(self, cx: &Cx) -> Result<(Answer, Value), Stop> {
        let name = cx.unique("refused");
        let body = (self.body)(&name);
        // Only a name of this run's own: no name that the user may have given to a keypair of theirs is ever deleted.
        if let Some(made) = body
            .pointer("/keypair/name")
            .and_then(Value::as_str)
            .filter(|made| made.contains(&name))
        {
            cx.ledger().will_create(Keypair::of(Caller::Main, made));
        }
        let answer = cx
            .as_(Caller::Main)
            .ask(KeypairCreate, &[])
            .json(&body)
            .send()
            .await?;
        Ok((answer, body))
    }
}

fn fault(row: &Row) -> Check {
    let row = *row;
    begin(
        KeypairCreate,
        format!("keypairs.create.{}", row.id),
        format!("Refused with 400: {}", row.what),
    )
    .sentence(row.sentence())
    .versions(row.versions())
    .callers([Caller::Main])
    .probe(move |cx| async move {
        let (answer, _) = row.ask(&cx).await?;
        answer.expect_fault(400, Says::Anything)?;
        Ok(())
    })
}

fn words(row: &Row) -> Check {
    let row = *row;
    Check::should(
        format!("keypairs.create.{}-in-words", row.id),
        format!("Refused in Nova's words: {}", row.what),
    )
    .sentence(format!(
        "{} The message says which, as Nova does.",
        row.sentence()
    ))
    .source(KeypairCreate.reference())
    .versions(row.versions().asked_once_per_band(KeypairCreate))
    .callers([Caller::Main])
    .probe(move |cx| async move {
        let (answer, body) = row.ask(&cx).await?;
        let says = match row.words {
            Words::Begin(words) => Says::containing(words),
            Words::Schema => match cx.contract(KeypairCreate).check_body(&body) {
                Err(refusal) => Says::one_of(spoken(&refusal.0)),
                Ok(()) => Says::Anything,
            },
        };
        answer.expect_fault(400, says)?;
        Ok(())
    })
}

/// A schema mistake in the words of each release of the library that finds it.
pub(super) fn spoken(sentence: &str) -> Vec<String> {
    const EMPTY: [&str; 2] = ["should be non-empty", "is too short"];
    match EMPTY.iter().find_map(|way| sentence.strip_suffix(way)) {
        Some(stem) => EMPTY.iter().map(|way| format!("{stem}{way}")).collect(),
        None => vec![sentence.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use nova_api::{Microversion, contract};

    use super::*;

    #[test]
    fn the_contracts_refuse_what_the_table_does() {
        for row in ROWS.iter().filter(|row| matches!(row.words, Words::Schema)) {
            let body = (row.body)("name");
            for version in row.versions().by_default() {
                assert!(
                    contract(KeypairCreate, version).check_body(&body).is_err(),
                    "{} at {version}",
                    row.id
                );
            }
        }
    }

    #[test]
    fn the_contracts_take_what_only_the_key_makes_wrong() {
        for row in ROWS
            .iter()
            .filter(|row| matches!(row.words, Words::Begin(_)))
        {
            let body = (row.body)("name");
            assert!(
                contract(KeypairCreate, Microversion::MAX)
                    .check_body(&body)
                    .is_ok(),
                "{}",
                row.id
            );
        }
    }

    #[test]
    fn an_empty_name_is_said_in_either_way() {
        let ways = spoken("Value: . '' should be non-empty");
        assert!(
            ways.iter().any(|way| way.ends_with("is too short")),
            "{ways:?}"
        );
        assert_eq!(spoken("Value: . '' is too short").len(), 2);
    }
}
