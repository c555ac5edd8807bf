//! Keypairs that the cloud generates, until 2.92: the private key is answered once, belongs to the public key, and is never
//! seen again. What is said of a private key here never holds the key.

use aws_lc_rs::{rsa, signature::KeyPair as _};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use nova_api::{Behavior, Contract, Operation::*};
use serde_json::{Value, json};

use super::{
    material::{blob, der, ssh_fingerprint, x509_fingerprint},
    steps::{begin, listed},
};
use crate::check::{Answer, Caller, Check, Cx, Keypair, Stop, Versions};

const ONCE: &str = "private_key: if you do not provide a public key on create, a new keypair is generated, and the private key is returned in this answer only: save it. Until microversion 2.91.";

pub(super) fn checks() -> Vec<Check> {
    vec![
        belongs_together(),
        only_once(),
        in_the_list(),
        of_type_ssh(),
        x509(),
        x509_only_once(),
        two_differ(),
    ]
}

fn generating(contract: &Contract) -> bool {
    contract.behaves(Behavior::Generates)
}

fn with_types(contract: &Contract) -> bool {
    generating(contract) && contract.shows("/keypair/type")
}

async fn generate(cx: &Cx, name: &str, kind: Option<&str>) -> Result<Answer, Stop> {
    cx.ledger().will_create(Keypair::of(Caller::Main, name));
    let mut body = json!({"keypair": {"name": name}});
    if let Some(kind) = kind {
        body["keypair"]["type"] = json!(kind);
    }
    let answer = cx
        .as_(Caller::Main)
        .ask(KeypairCreate, &[])
        .json(&body)
        .send()
        .await?;
    answer.expect_contract(cx.contract(KeypairCreate))?;
    Ok(answer)
}

fn belongs_together() -> Check {
    begin(
        KeypairCreate,
        "keypairs.create.generated.belongs-together",
        "A generated private key is the public key's, with its fingerprint",
    )
    .sentence(ONCE)
    .versions(Versions::where_contract(KeypairCreate, generating).asked_at(&[1, 2, 91]))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let answer = generate(&cx, &cx.unique("generated"), None).await?;
        let public = answer.text_at("/keypair/public_key")?;
        let place = "/keypair/private_key";
        let same = belong_together(answer.text_at(place)?, public);
        let same =
            same.ok_or_else(|| answer.wrong("a private key in PEM", "a text that is none", place))?;
        answer.expect(
            same,
            "the private key of the public key in the same answer",
            "another's private key",
            place,
        )?;
        answer.expect_json_eq("/keypair/fingerprint", &json!(ssh_fingerprint(public)))?;
        Ok(())
    })
}

/// Whether a private key in PEM, as OpenSSH, PKCS#1 or PKCS#8 write it, is sound and is that of an SSH public key; `None`
/// where it is no such text.
fn belong_together(private_key: &str, public_key: &str) -> Option<bool> {
    let public = blob(public_key)?;
    if let Ok(key) = ssh_key::PrivateKey::from_openssh(private_key) {
        return Some(key.public_key().to_bytes().ok()? == public);
    }
    let der = der(private_key)?;
    let key = rsa::KeyPair::from_der(&der)
        .or_else(|_| rsa::KeyPair::from_pkcs8(&der))
        .ok()?;
    Some(pkcs1_of(&public).is_some_and(|public| public == key.public_key().as_ref()))
}

/// An RSA public key of the SSH wire format as PKCS#1 writes it. Numbers have the same bytes in both.
fn pkcs1_of(mut blob: &[u8]) -> Option<Vec<u8>> {
    let mut part = || {
        let (length, rest) = blob.split_first_chunk::<4>()?;
        let (part, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        blob = rest;
        Some(part)
    };
    let (kind, exponent, modulus) = (part()?, part()?, part()?);
    let numbers = [tagged(0x02, modulus), tagged(0x02, exponent)].concat();
    (kind == b"ssh-rsa").then(|| tagged(0x30, &numbers))
}

/// A value of DER with its tag and length.
fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut value = vec![tag];
    match length {
        [] => value.push(0),
        [short] if *short < 0x80 => value.push(*short),
        long => {
            // At most eight bytes.
            value.push(0x80 | u8::try_from(long.len()).unwrap_or(u8::MAX));
            value.extend(long);
        }
    }
    value.extend(content);
    value
}

fn only_once() -> Check {
    begin(
        KeypairShow,
        "keypairs.show.private-key-never",
        "A generated private key is answered at its creation only",
    )
    .sentence(ONCE)
    .versions(Versions::where_contract(KeypairCreate, generating).asked_at(&[1, 91]))
    .callers([Caller::Main])
    .probe(|cx| async move { never_again(&cx, None).await })
}

fn x509_only_once() -> Check {
    begin(
        KeypairShow,
        "keypairs.show.private-key-never-of-x509",
        "A generated certificate's private key is answered at its creation only",
    )
    .sentence(ONCE)
    .versions(Versions::where_contract(KeypairCreate, with_types).asked_at(&[2]))
    .callers([Caller::Main])
    .probe(|cx| async move { never_again(&cx, Some("x509")).await })
}

async fn never_again(cx: &Cx, kind: Option<&str>) -> Result<(), Stop> {
    let name = cx.unique("once");
    let created = generate(cx, &name, kind).await?;
    let private = created.text_at("/keypair/private_key")?;
    let main = cx.as_(Caller::Main);
    let shown = main.ask(KeypairShow, &[&name]).send().await?;
    let list = main.ask(KeypairList, &[]).send().await?;
    for answer in [&shown, &list] {
        answer.expect_status(200)?;
        let leaks = holds(answer.json()?, private);
        answer.expect(
            !leaks,
            "no private key, ever again",
            "the private key",
            "body",
        )?;
    }
    shown
        .expect_absent("/keypair/private_key")?
        .expect_contract(cx.contract(KeypairShow))?;
    let item = listed(&list, &name)?;
    list.expect(
        item.get("private_key").is_none(),
        "no private key",
        "the field private_key",
        "/keypairs",
    )?;
    Ok(())
}

/// Whether a text stands anywhere in a body.
fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found == text,
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(members) => members.values().any(|member| holds(member, text)),
        _ => false,
    }
}

fn in_the_list() -> Check {
    begin(
        KeypairList,
        "keypairs.list.generated",
        "A generated keypair is listed with the public key its creation answered",
    )
    .sentence("Lists keypairs that are associated with the account.")
    .versions(Versions::where_contract(KeypairCreate, generating).asked_at(&[1]))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let name = cx.unique("generated");
        let created = generate(&cx, &name, None).await?;
        let list = cx.as_(Caller::Main).ask(KeypairList, &[]).send().await?;
        let item = listed(&list, &name)?;
        let same = item.get("public_key") == Some(created.at("/keypair/public_key")?);
        list.expect(
            same,
            "the public key that was generated",
            "another",
            "/keypairs",
        )?;
        Ok(())
    })
}

fn of_type_ssh() -> Check {
    begin(KeypairCreate, "keypairs.create.generated.ssh", "A keypair is generated where its type is named ssh")
        .sentence("type: ssh or x509; without a public key a keypair of that type is generated. New in version 2.2.")
        .versions(Versions::where_contract(KeypairCreate, with_types).asked_at(&[2]))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let answer = generate(&cx, &cx.unique("generated"), Some("ssh")).await?;
            answer.at("/keypair/private_key")?;
            answer.expect_json_eq("/keypair/type", &json!("ssh"))?;
            Ok(())
        })
}

fn x509() -> Check {
    begin(KeypairCreate, "keypairs.create.generated.x509", "A certificate is generated, with its private key in PKCS#12 and its fingerprint")
        .sentence("type: ssh or x509; without a public key a keypair of that type is generated. New in version 2.2.")
        .versions(Versions::where_contract(KeypairCreate, with_types).asked_at(&[2]))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let answer = generate(&cx, &cx.unique("generated"), Some("x509")).await?;
            let certificate = answer.text_at("/keypair/public_key")?;
            answer
                .expect_json_eq("/keypair/type", &json!("x509"))?
                .expect_json_eq("/keypair/fingerprint", &json!(x509_fingerprint(certificate)))?;
            answer.expect(
                x509_fingerprint(certificate).is_some(),
                "a certificate in PEM",
                "a text that is none",
                "/keypair/public_key",
            )?;
            let place = "/keypair/private_key";
            let packed = STANDARD.decode(answer.text_at(place)?.trim()).unwrap_or_default();
            answer.expect(is_pkcs12(&packed), "PKCS#12 in base64", "a text that is none", place)?;
            Ok(())
        })
}

/// Whether bytes begin as a PKCS#12 store does: a sequence whose first member is the integer 3.
fn is_pkcs12(der: &[u8]) -> bool {
    let [0x30, length, rest @ ..] = der else {
        return false;
    };
    let more = if *length < 0x80 {
        0
    } else {
        usize::from(*length & 0x7F)
    };
    rest.get(more..)
        .is_some_and(|inside| inside.starts_with(&[0x02, 0x01, 0x03]))
}

fn two_differ() -> Check {
    begin(
        KeypairCreate,
        "keypairs.create.generated.two-differ",
        "Two generated keypairs are two",
    )
    .sentence("If you do not provide a public key on create, a new keypair is generated.")
    .versions(Versions::where_contract(KeypairCreate, generating).asked_at(&[10]))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let one = generate(&cx, &cx.unique("one"), None).await?;
        let two = generate(&cx, &cx.unique("two"), None).await?;
        let differ = one.at("/keypair/public_key")? != two.at("/keypair/public_key")?;
        two.expect(
            differ,
            "another public key than the first",
            "the same",
            "/keypair/public_key",
        )?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_any_length_is_tagged() {
        assert_eq!(tagged(2, &[]), [2, 0]);
        assert_eq!(tagged(2, &[7; 127])[..2], [2, 127]);
        assert_eq!(tagged(2, &[7; 128])[..3], [2, 0x81, 128]);
        assert_eq!(tagged(2, &[7; 256])[..4], [2, 0x82, 1, 0]);
    }

    #[test]
    fn a_text_that_is_no_private_key_belongs_to_nothing() {
        assert_eq!(
            belong_together("nonsense", crate::checks::material::SSH[0].text),
            None
        );
    }

    #[test]
    fn a_store_of_pkcs12_is_told() {
        assert!(is_pkcs12(&[0x30, 0x82, 0x01, 0x00, 0x02, 0x01, 0x03, 0x30]));
        assert!(
            !is_pkcs12(&[0x30, 0x82, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30]) && !is_pkcs12(b"MII")
        );
    }
}
