//! Keys whose names tell what they are. A name says whose it is and how its key was made, and an imported key follows from its
//! name: so whoever sees a keypair in an answer, also much later or in somebody else's list, can tell what it had to be without
//! having kept anything. It knows how keys are written, and nobody else.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest as _, Md5};
use sha1::Sha1;

/// The certificate that is imported as x509: many keypairs may hold the same.
const CERTIFICATE: &str = include_str!("../../fixtures/certificate.pem");

const ED25519: &[u8] = b"ssh-ed25519";

/// How a keypair came to its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Made {
    /// The caller gave it.
    Imported,
    /// Nova made it.
    Generated,
    /// The caller gave a certificate.
    Certified,
}

impl Made {
    const fn letter(self) -> &'static str {
        match self {
            Self::Imported => "i",
            Self::Generated => "g",
            Self::Certified => "x",
        }
    }

    fn from_letter(letter: &str) -> Option<Self> {
        [Self::Imported, Self::Generated, Self::Certified]
            .into_iter()
            .find(|made| made.letter() == letter)
    }

    /// As the API names it.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Imported | Self::Generated => "ssh",
            Self::Certified => "x509",
        }
    }
}

/// The name of a keypair of this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName {
    /// The whole name.
    pub text: String,
    /// The number of the person who owns it.
    pub owner: usize,
    /// How it was made.
    pub made: Made,
}

impl KeyName {
    /// A name for a person's key; `count` is one that the run has not used.
    pub fn new(prefix: &str, owner: usize, count: u64, made: Made) -> Self {
        Self {
            text: format!("{prefix}{owner}-{count}-{}", made.letter()),
            owner,
            made,
        }
    }

    /// A name seen in an answer; `None` where this run did not give it.
    pub fn read(prefix: &str, text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(prefix)?.split('-');
        let (owner, _count, letter) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            text: text.to_owned(),
            owner: owner.parse().ok()?,
            made: Made::from_letter(letter)?,
        })
    }

    /// The public key or certificate to import; `None` for one that Nova makes.
    pub fn material(&self) -> Option<String> {
        match self.made {
            Made::Imported => {
                let blob = STANDARD.encode(ed25519(&self.text));
                Some(format!("ssh-ed25519 {blob} {}", self.text))
            }
            Made::Certified => Some(CERTIFICATE.to_owned()),
            Made::Generated => None,
        }
    }

    /// The fingerprint that follows from the name; `None` for a key that Nova makes.
    pub fn fingerprint(&self) -> Option<String> {
        match self.made {
            Made::Imported => Some(md5(&ed25519(&self.text))),
            Made::Certified => of_certificate(CERTIFICATE),
            Made::Generated => None,
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// A public key as SSH writes it: its type, and 32 bytes that follow from a text. Nobody has its private key.
fn ed25519(text: &str) -> Vec<u8> {
    let half = |mark: u8| {
        Md5::new()
            .chain_update([mark])
            .chain_update(text)
            .finalize()
    };
    let mut blob = Vec::with_capacity(4 + ED25519.len() + 4 + 32);
    for part in [ED25519, &[half(0), half(1)].concat()] {
        let length = u32::try_from(part.len()).unwrap_or_default();
        blob.extend_from_slice(&length.to_be_bytes());
        blob.extend_from_slice(part);
    }
    blob
}

/// The fingerprint of a public key as it is answered: MD5 of what SSH writes, of whatever type. `None` where it is no such key.
pub fn of_public_key(text: &str) -> Option<String> {
    let blob = text.split_whitespace().nth(1)?;
    Some(md5(&STANDARD.decode(blob).ok()?))
}

/// The fingerprint of a certificate: SHA-1 of its DER.
fn of_certificate(pem: &str) -> Option<String> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    let der = STANDARD.decode(lines.collect::<String>()).ok()?;
    Some(colons(&Sha1::digest(der)))
}

fn md5(blob: &[u8]) -> String {
    colons(&Md5::digest(blob))
}

fn colons(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        if !text.is_empty() {
            text.push(':');
        }
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::imported(Made::Imported)]
    #[case::generated(Made::Generated)]
    #[case::certified(Made::Certified)]
    fn a_name_is_read_as_it_was_given(#[case] made: Made) {
        let name = KeyName::new("nvc-run-", 3, 17, made);
        assert_eq!(KeyName::read("nvc-run-", &name.text), Some(name));
    }

    #[rstest]
    #[case::of_another_run("nvc-other-3-17-i")]
    #[case::of_nobody("nvc-run-x-17-i")]
    #[case::of_no_kind("nvc-run-3-17-q")]
    fn another_name_tells_nothing(#[case] text: &str) {
        assert_eq!(KeyName::read("nvc-run-", text), None);
    }

    #[test]
    fn an_imported_keys_fingerprint_is_that_of_what_is_sent() {
        let name = KeyName::new("nvc-run-", 0, 0, Made::Imported);
        let sent = of_public_key(&name.material().unwrap());
        assert_eq!(sent, name.fingerprint());
    }

    #[test]
    fn two_names_have_two_keys() {
        let key = |count| KeyName::new("nvc-run-", 0, count, Made::Imported).fingerprint();
        assert_ne!(key(1), key(2));
    }

    /// As `ssh-keygen -lE md5` says it.
    #[test]
    fn fingerprints_are_openssh_s() {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvf2nY6gRUT8JQvYtXCZ4C5pDXx4CCOQ0nFDUrmP+eR someone@somewhere.example";
        assert_eq!(
            of_public_key(key).unwrap(),
            "a2:02:69:1c:0f:a1:d5:a7:a5:2a:1f:4b:0a:18:8f:50"
        );
    }
}
