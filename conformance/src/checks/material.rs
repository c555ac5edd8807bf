//! Public keys of every type, and fingerprints computed here from the key itself: what the cloud answers is compared with
//! these, never with another answer of the cloud. It knows nobody.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest as _, Md5};
use sha1::Sha1;

use crate::check::Level;

/// An ed25519 public key whose private half nobody kept: what checks import unless the key matters.
pub(super) const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO1ykdc/4OhHtrWIkOW84JdFaMW0R/8qHL1qaFbg1gbz nova-conformance";

/// Another one, for telling two owners' keys apart.
pub(super) const ANOTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDdqmdEDjiyiUPvYCFPQ3iDhiMLFkQ0AuLkYzS7aIA0J nova-conformance";

/// A public key and what is known of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Material {
    /// Its name in ids.
    pub(super) name: &'static str,
    /// What it is, for people.
    pub(super) title: &'static str,
    /// The text that is imported.
    pub(super) text: &'static str,
    /// How binding it is that a cloud takes it: what only newer libraries can read is a warning.
    pub(super) level: Level,
}

macro_rules! keys {
    ($($level:ident $name:literal $title:literal $file:literal)*) => {
        &[$(Material { name: $name, title: $title, text: include_str!(concat!("keys/", $file)), level: Level::$level }),*]
    };
}

/// SSH public keys, one of each type a real Nova takes.
pub(super) const SSH: &[Material] = keys! {
    Must "rsa-2048" "an RSA key of 2048 bits" "rsa-2048.pub"
    Must "rsa-4096" "an RSA key of 4096 bits" "rsa-4096.pub"
    Must "ed25519" "an ed25519 key" "ed25519.pub"
    Must "ecdsa-256" "an ECDSA key on P-256" "ecdsa-256.pub"
    Must "ecdsa-384" "an ECDSA key on P-384" "ecdsa-384.pub"
    Must "ecdsa-521" "an ECDSA key on P-521" "ecdsa-521.pub"
    Should "sk-ed25519" "an ed25519 key of a security token" "sk-ed25519.pub"
    Should "sk-ecdsa" "an ECDSA key of a security token" "sk-ecdsa.pub"
    Should "certificate-ed25519" "an OpenSSH certificate of an ed25519 key" "certificate-ed25519.pub"
    Should "certificate-rsa" "an OpenSSH certificate of an RSA key" "certificate-rsa.pub"
};

/// X.509 certificates in PEM.
pub(super) const X509: &[Material] = keys! {
    Must "x509-rsa" "an X.509 certificate of an RSA key" "x509-rsa.pem"
    Must "x509-ecdsa" "an X.509 certificate of an ECDSA key" "x509-ecdsa.pem"
};

/// The binary key in an OpenSSH public key's text.
pub(super) fn blob(public_key: &str) -> Option<Vec<u8>> {
    STANDARD
        .decode(public_key.split_ascii_whitespace().nth(1)?)
        .ok()
}

/// The binary contents of a PEM text's first frame.
pub(super) fn der(pem: &str) -> Option<Vec<u8>> {
    let mut lines = pem
        .lines()
        .map(str::trim)
        .skip_while(|line| !line.starts_with("-----BEGIN "));
    lines.next()?;
    let inside: String = lines
        .take_while(|line| !line.starts_with("-----END "))
        .collect();
    STANDARD.decode(inside).ok()
}

/// The fingerprint of an OpenSSH public key as Nova shows it: MD5, in pairs of hexadecimal digits.
pub(super) fn ssh_fingerprint(public_key: &str) -> Option<String> {
    Some(pairs(&Md5::digest(blob(public_key)?)))
}

/// The fingerprint of an X.509 certificate as Nova shows it: SHA-1 of the certificate, in pairs of hexadecimal digits.
pub(super) fn x509_fingerprint(pem: &str) -> Option<String> {
    Some(pairs(&Sha1::digest(der(pem)?)))
}

fn pairs(digest: &[u8]) -> String {
    let mut text = String::with_capacity(digest.len() * 3);
    for byte in digest {
        if !text.is_empty() {
            text.push(':');
        }
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    // As `ssh-keygen -l -E md5` and `openssl x509 -fingerprint` print them.
    #[rstest]
    #[case::rsa("rsa-2048", "80:7d:3f:2f:9b:d6:b1:9c:ce:96:6b:dc:9b:53:d6:38")]
    #[case::ed25519("ed25519", "35:b1:15:b4:a2:32:2c:81:6e:dd:27:20:24:d7:65:0f")]
    #[case::ecdsa("ecdsa-256", "27:cf:77:c0:03:f2:ac:a4:8a:06:09:78:e2:dd:92:1f")]
    fn fingerprints_of_ssh_keys(#[case] name: &str, #[case] fingerprint: &str) {
        let key = SSH.iter().find(|key| key.name == name).unwrap();
        assert_eq!(ssh_fingerprint(key.text).as_deref(), Some(fingerprint));
    }

    #[test]
    fn the_fingerprint_of_a_certificate() {
        let fingerprint = x509_fingerprint(X509[1].text);
        assert_eq!(
            fingerprint.as_deref(),
            Some("1f:d2:52:46:88:ee:3f:43:06:2b:77:71:53:25:74:13:a9:74:7d:7a")
        );
    }

    #[test]
    fn every_key_has_a_fingerprint() {
        assert!(SSH.iter().all(|key| ssh_fingerprint(key.text).is_some()));
        assert!(X509.iter().all(|key| x509_fingerprint(key.text).is_some()));
        assert!(ssh_fingerprint(ED25519).is_some() && ssh_fingerprint(ANOTHER).is_some());
    }
}
