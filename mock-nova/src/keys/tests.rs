//! Keys against the answers of a real Nova, and the keys made here against what reads them.
//!
//! `tests/data/keys-*-nova-34.json` hold texts and what `nova.crypto` of Nova 34.0.0, with
//! cryptography 50.0.2 on Python 3.11, said to each: a fingerprint, or the sentence of its error.
//! The keys in them were made for this; no private half was kept.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rstest::rstest;
use serde_json::Value;

use super::{GenerateError, ImportError, PrivateKey, PublicKey, RsaKey, SshProblem};

const SSH: &str = include_str!("../../tests/data/keys-ssh-nova-34.json");
const X509: &str = include_str!("../../tests/data/keys-x509-nova-34.json");
const USER: &str = "0123456789abcdef0123456789abcdef";

fn fingerprint(key: Result<PublicKey, ImportError>) -> String {
    match key {
        Ok(key) => key.fingerprint().to_string(),
        Err(error @ ImportError::X509Version(_)) => format!("500 InvalidVersion: {error}"),
        Err(error) => format!("Keypair data is invalid: {error}"),
    }
}

#[rstest]
#[case::ssh(SSH, |text: &str| PublicKey::import_ssh(text), 201)]
#[case::x509(X509, |text: &str| PublicKey::import_x509(text), 152)]
fn keys_are_taken_and_refused_as_nova_does(
    #[case] answers: &str,
    #[case] import: fn(&str) -> Result<PublicKey, ImportError>,
    #[case] count: usize,
) {
    let answers: Vec<Value> = serde_json::from_str(answers).expect("the recorded answers are JSON");
    assert_eq!(answers.len(), count);
    let differing: Vec<String> = answers
        .iter()
        .filter_map(|answer| {
            let ours = fingerprint(import(answer["text"].as_str().expect("a text")));
            (answer["nova"] != *ours)
                .then(|| format!("{}\n  {ours}\n  {}", answer["name"], answer["nova"]))
        })
        .collect();
    assert!(
        differing.is_empty(),
        "Nova says something else:\n{}",
        differing.join("\n")
    );
}

#[test]
fn a_key_keeps_its_text_byte_for_byte() {
    let answers: Vec<Value> = serde_json::from_str(SSH).expect("the recorded answers are JSON");
    for text in answers.iter().filter_map(|answer| answer["text"].as_str()) {
        if let Ok(key) = PublicKey::import_ssh(text) {
            assert_eq!(key.text(), text);
        }
    }
}

#[rstest]
#[case::no_line("ssh_key", SshProblem::NotALine)]
#[case::private("-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n", SshProblem::UnknownType("-----BEGIN".to_owned()))]
#[case::damaged("ssh-rsa AAAA", SshProblem::Damaged)]
#[case::two_types("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIJvf2nY6gRUT8JQvYtXCZ4C5pDXx4CCOQ0nFDUrmP+eR", SshProblem::OtherType { declared: "ssh-rsa".to_owned(), inner: "ssh-ed25519".to_owned() })]
#[case::tab(
    "ssh-ed25519\tAAAAC3NzaC1lZDI1NTE5AAAAIJvf2nY6gRUT8JQvYtXCZ4C5pDXx4CCOQ0nFDUrmP+eR",
    SshProblem::Fingerprint
)]
fn the_source_of_a_refusal_says_why(#[case] text: &str, #[case] why: SshProblem) {
    assert_eq!(PublicKey::import_ssh(text), Err(ImportError::Ssh(why)));
}

#[test]
fn a_generated_ssh_keypair_has_novas_form() {
    let keypair = RsaKey::generate()
        .and_then(RsaKey::into_ssh)
        .expect("a keypair");
    let public = keypair.public_key.text();
    assert!(
        public.starts_with("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ"),
        "{public}"
    );
    assert!(public.ends_with(" Generated-by-Nova"), "{public}");
    let private = keypair.private_key.expose();
    assert!(
        private.starts_with("-----BEGIN RSA PRIVATE KEY-----\nMII"),
        "the head"
    );
    assert!(
        private.ends_with("==\n-----END RSA PRIVATE KEY-----\n")
            || private.ends_with("\n-----END RSA PRIVATE KEY-----\n"),
        "the end"
    );
    assert!(private.lines().all(|line| line.len() <= 64), "lines of 64");
    let shown = openssl(&["rsa", "-check", "-noout", "-modulus"], private.as_bytes());
    assert!(shown.contains("RSA key ok"), "{shown}");
    let parsed = ssh_key::PublicKey::from_openssh(public).expect("ssh-key reads it");
    let modulus = parsed
        .key_data()
        .rsa()
        .expect("an RSA key")
        .n
        .as_positive_bytes();
    let modulus: String = modulus
        .expect("positive")
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    assert!(
        shown.contains(&format!("Modulus={modulus}")),
        "both halves belong together"
    );
}

#[test]
fn a_generated_certificate_has_novas_form() {
    let now: jiff::Timestamp = "2026-08-09T10:11:12Z".parse().expect("a time");
    let key = RsaKey::generate()
        .and_then(|key| key.into_x509(USER, now))
        .expect("a keypair");
    let text = openssl(
        &[
            "x509",
            "-noout",
            "-nameopt",
            "RFC2253",
            "-subject",
            "-issuer",
            "-dates",
            "-fingerprint",
            "-ext",
            "extendedKeyUsage,subjectAltName,subjectKeyIdentifier,keyUsage,basicConstraints",
        ],
        key.public_key.text().as_bytes(),
    );
    let fingerprint = key.public_key.fingerprint().to_string().to_uppercase();
    for line in [
        &format!("subject=CN={USER}"),
        &format!("issuer=CN={USER}"),
        "notBefore=Aug  9 10:11:12 2026 GMT",
        "notAfter=Aug  6 10:11:12 2036 GMT",
        &format!("Fingerprint={fingerprint}"),
        "TLS Web Client Authentication",
        &format!("othername: UPN::{USER}@localhost"),
        "X509v3 Subject Key Identifier:",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
    assert!(
        !text.contains("Basic Constraints") && !text.contains("Key Usage: critical"),
        "{text}"
    );
}

#[test]
fn a_bundle_opens_with_the_empty_password() {
    let key = RsaKey::generate()
        .and_then(|key| key.into_x509(USER, jiff::Timestamp::UNIX_EPOCH))
        .expect("a keypair");
    let bundle = STANDARD
        .decode(key.private_key.expose())
        .expect("base64 on one line");
    let text = openssl(&["pkcs12", "-info", "-nodes", "-passin", "pass:"], &bundle);
    for line in [
        "MAC: sha256, Iteration 2048",
        "PKCS7 Encrypted data: PBES2, PBKDF2, AES-256-CBC, Iteration 2048, PRF hmacWithSHA256",
        "Shrouded Keybag: PBES2, PBKDF2, AES-256-CBC, Iteration 2048, PRF hmacWithSHA256",
        "-----BEGIN PRIVATE KEY-----",
        key.public_key.text(),
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
    let id = key
        .public_key
        .fingerprint()
        .to_string()
        .to_uppercase()
        .replace(':', " ");
    assert_eq!(
        text.matches(&format!("localKeyID: {id}")).count(),
        2,
        "{text}"
    );
}

#[test]
fn a_user_id_too_long_for_a_certificate_is_refused() {
    let refused = RsaKey::generate()
        .and_then(|key| key.into_x509(&"ü".repeat(65), jiff::Timestamp::UNIX_EPOCH));
    assert!(
        matches!(refused, Err(GenerateError::NameTooLong(_))),
        "{refused:?}"
    );
}

#[test]
fn private_keys_are_not_shown() {
    assert_eq!(
        format!("{:?}", PrivateKey("secret".to_owned())),
        "<private key>"
    );
    let key = RsaKey::generate().expect("a key");
    assert_eq!(format!("{key:?}"), "<private key>");
    let keypair = key.into_ssh().expect("a keypair");
    assert!(!format!("{keypair:?}").contains("BEGIN"));
}

/// What `openssl` says of `input`, on both of its outputs.
fn openssl(arguments: &[&str], input: &[u8]) -> String {
    let mut openssl = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this test asks the `openssl` command: install it");
    openssl
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input)
        .expect("openssl reads");
    let said = openssl.wait_with_output().expect("openssl ends");
    let text = [said.stdout, said.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(said.status.success(), "{text}");
    text
}
