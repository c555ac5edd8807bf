//! The two types of keypairs and the keys they hold: each kind of key is taken, kept byte for byte, and answered with the
//! fingerprint that [`super::material`] computes from it.

use nova_api::Operation::*;
use serde_json::{Value, json};

use super::{
    material::{ED25519, Material, SSH, X509, ssh_fingerprint, x509_fingerprint},
    steps::{import, listed},
};
use crate::check::{Answer, Caller, Check, Cx, Draft, Keypair, Level, Stop, Versions};

const KEPT: &str = "The imported public key is answered as it was given, with its fingerprint: MD5 of an SSH key, SHA-1 of a certificate.";

pub(super) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = SSH.iter().map(ssh).collect();
    checks.extend(X509.iter().map(certificate));
    checks.extend([
        kept("without-comment", "without a comment", |key| {
            key.rsplit_once(' ').map_or(key, |(key, _)| key).to_owned()
        }),
        kept(
            "comment-of-words",
            "with a comment of several words",
            |key| format!("{key} of  two spaces"),
        ),
        kept(
            "comment-beyond-ascii",
            "with a comment beyond ASCII",
            |key| format!("{key} clé 🔑"),
        ),
        kept("trailing-newline", "with a line feed at its end", |key| {
            format!("{key}\n")
        }),
        kept("trailing-space", "with a space at its end", |key| {
            format!("{key} ")
        }),
        default_type(),
        same_key_twice(),
    ]);
    checks
}

fn begin(level: Level, id: String, title: String) -> Draft {
    let draft = if level == Level::Must {
        Check::must(id, title)
    } else {
        Check::should(id, title)
    };
    draft
        .sentence(KEPT)
        .source(KeypairCreate.reference())
        .callers([Caller::Main])
}

fn ssh(key: &'static Material) -> Check {
    begin(
        key.level,
        format!("keypairs.create.key.{}", key.name),
        format!("{} is kept as it is", capital(key.title)),
    )
    .versions(Versions::All.asked_once_per_band(KeypairCreate))
    .probe(move |cx| async move {
        let name = cx.unique(key.name);
        let body = import(&name, key.text);
        imported(&cx, &name, &body, ssh_fingerprint(key.text)).await
    })
}

fn certificate(key: &'static Material) -> Check {
    begin(
        key.level,
        format!("keypairs.create.key.{}", key.name),
        format!("{} is kept as it is", capital(key.title)),
    )
    .versions(
        Versions::where_contract(KeypairCreate, |contract| contract.shows("/keypair/type"))
            .asked_once_per_band(KeypairCreate),
    )
    .probe(move |cx| async move {
        let name = cx.unique(key.name);
        let mut body = import(&name, key.text);
        body["keypair"]["type"] = json!("x509");
        imported(&cx, &name, &body, x509_fingerprint(key.text)).await
    })
}

fn kept(id: &str, what: &str, text: fn(&str) -> String) -> Check {
    begin(
        Level::Must,
        format!("keypairs.create.key-text.{id}"),
        format!("A public key {what} is kept byte for byte"),
    )
    .versions(Versions::All.asked_once_per_band(KeypairCreate))
    .probe(move |cx| async move {
        let name = cx.unique("kept");
        let key = text(ED25519);
        imported(&cx, &name, &import(&name, &key), ssh_fingerprint(&key)).await
    })
}

/// Imports a body, and holds what create, show and list answer against it.
async fn imported(
    cx: &Cx,
    name: &str,
    body: &Value,
    fingerprint: Option<String>,
) -> Result<(), Stop> {
    cx.ledger().will_create(Keypair::of(Caller::Main, name));
    let main = cx.as_(Caller::Main);
    let created = main.ask(KeypairCreate, &[]).json(body).send().await?;
    created.expect_contract(cx.contract(KeypairCreate))?;
    let shown = main.ask(KeypairShow, &[name]).send().await?;
    shown.expect_contract(cx.contract(KeypairShow))?;
    let list = main.ask(KeypairList, &[]).send().await?;
    let item = listed(&list, name)?;
    let kind = body
        .pointer("/keypair/type")
        .cloned()
        .unwrap_or_else(|| json!("ssh"));
    let mut fields = vec![
        ("public_key", body["keypair"]["public_key"].clone()),
        ("fingerprint", json!(fingerprint)),
    ];
    if cx.contract(KeypairShow).shows("/keypair/type") {
        fields.push(("type", kind));
    }
    for (field, value) in fields {
        let pointer = format!("/keypair/{field}");
        created.expect_json_eq(&pointer, &value)?;
        shown.expect_json_eq(&pointer, &value)?;
        let found = item.get(field).cloned().unwrap_or_default();
        list.expect(found == value, &value, &found, "/keypairs")?;
    }
    created.expect_absent("/keypair/private_key")?;
    Ok(())
}

fn default_type() -> Check {
    Check::must("keypairs.create.type.default", "A keypair whose type is not named is of type ssh")
        .sentence("type: the type of the keypair. Allowed values are ssh or x509. The default is ssh. New in version 2.2.")
        .source(KeypairCreate.reference())
        .versions(Versions::where_contract(KeypairCreate, |contract| contract.shows("/keypair/type")))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let named = |kind: Option<&str>| {
                let name = cx.unique("typed");
                let mut body = import(&name, ED25519);
                if let Some(kind) = kind {
                    body["keypair"]["type"] = json!(kind);
                }
                (name, body)
            };
            for kind in [None, Some("ssh")] {
                let (name, body) = named(kind);
                cx.ledger().will_create(Keypair::of(Caller::Main, &name));
                let answer: Answer = cx.as_(Caller::Main).ask(KeypairCreate, &[]).json(&body).send().await?;
                answer.expect_status(cx.contract(KeypairCreate).status())?.expect_json_eq("/keypair/type", &json!("ssh"))?;
            }
            Ok(())
        })
}

fn same_key_twice() -> Check {
    Check::must(
        "keypairs.create.key.same-under-two-names",
        "One public key may be imported under two names",
    )
    .sentence(
        "A keypair is known by its name; conflict(409) is for a name that is taken, not for a key.",
    )
    .source(KeypairCreate.reference())
    .versions(Versions::EachBoundarySide(KeypairCreate))
    .callers([Caller::Main])
    .probe(|cx| async move {
        for hint in ["one", "two"] {
            let name = cx.unique(hint);
            cx.ledger().will_create(Keypair::of(Caller::Main, &name));
            let body = import(&name, ED25519);
            let answer = cx
                .as_(Caller::Main)
                .ask(KeypairCreate, &[])
                .json(&body)
                .send()
                .await?;
            answer.expect_status(cx.contract(KeypairCreate).status())?;
        }
        Ok(())
    })
}

fn capital(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
