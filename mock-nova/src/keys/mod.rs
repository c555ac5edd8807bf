//! Key material: what Nova makes of a public key it is given, and the keys it makes itself.
//!
//! For the keypairs of the cloud. Knows formats only (SSH, X.509, PKCS); knows neither users nor
//! HTTP, and has no clock: whoever asks for a certificate says when it begins. What is accepted and
//! what is refused follows `nova/crypto.py` and the library underneath it, oddities included; the
//! answers of a real Nova are kept in `tests/data/keys-nova-34.json` and a test compares them all.
//!
//! ```
//! use mock_nova::keys::PublicKey;
//!
//! let text = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvf2nY6gRUT8JQvYtXCZ4C5pDXx4CCOQ0nFDUrmP+eR a@b";
//! let key = PublicKey::import_ssh(text)?;
//! assert_eq!(key.text(), text);
//! assert_eq!(key.fingerprint().to_string().len(), 47);
//! # Ok::<_, mock_nova::keys::ImportError>(())
//! ```

use std::fmt;

mod base64_of_python;
mod certificate;
mod der;
mod generate;
#[expect(
    clippy::result_large_err,
    reason = "the error of asn1, which its closures ask for"
)]
mod pkcs1;
mod pkcs12;
mod pool;
mod ssh;
#[cfg(test)]
mod tests;
mod wire;
mod x509;
#[expect(
    dead_code,
    reason = "certificates are parsed to be checked, and hardly read"
)]
#[expect(clippy::enum_variant_names, reason = "the names Nova quotes")]
#[expect(
    clippy::result_large_err,
    reason = "the error of asn1, in code derived by asn1"
)]
mod x509_structure;

pub use generate::{GenerateError, Generated, RsaKey};
pub use pool::{KeyPool, KeyRing};
pub use ssh::SshProblem;

/// A public key or certificate, byte for byte as it was given, with its fingerprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    text: String,
    fingerprint: Fingerprint,
}

impl PublicKey {
    /// Takes an SSH public key: one line of `type base64 comment`, of a type OpenSSH has.
    ///
    /// # Errors
    ///
    /// [`ImportError::Ssh`] if Nova would refuse it.
    pub fn import_ssh(text: impl Into<String>) -> Result<Self, ImportError> {
        let text = text.into();
        let fingerprint = ssh::fingerprint(&text).map_err(ImportError::Ssh)?;
        Ok(Self { text, fingerprint })
    }

    /// Takes an X.509 certificate in PEM. Text around it is allowed; of several the first counts.
    ///
    /// # Errors
    ///
    /// [`ImportError::X509`] if Nova would refuse it, [`ImportError::X509Version`] if Nova would
    /// stumble over it.
    pub fn import_x509(text: impl Into<String>) -> Result<Self, ImportError> {
        let text = text.into();
        let fingerprint = x509::fingerprint(&text)?;
        Ok(Self { text, fingerprint })
    }

    /// The text as it was given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

/// The fingerprint of a key, displayed as Nova does: hexadecimal bytes with colons between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fingerprint {
    /// Of an SSH key, whatever its type: of its base64 part, decoded.
    Md5([u8; 16]),
    /// Of a certificate: of all of it, in DER.
    Sha1([u8; 20]),
}

impl Fingerprint {
    pub(crate) fn md5(data: &[u8]) -> Self {
        use md5::Digest as _;
        Self::Md5(md5::Md5::digest(data).into())
    }

    pub(crate) fn sha1(data: &[u8]) -> Self {
        use sha1::Digest as _;
        Self::Sha1(sha1::Sha1::digest(data).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: &[u8] = match self {
            Self::Md5(bytes) => bytes,
            Self::Sha1(bytes) => bytes,
        };
        bytes.iter().enumerate().try_for_each(|(i, byte)| {
            f.write_str(if i == 0 { "" } else { ":" })?;
            write!(f, "{byte:02x}")
        })
    }
}

/// A private key as text. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKey(String);

impl PrivateKey {
    /// The text, to be answered once and not to be logged.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<private key>")
    }
}

/// Key material Nova does not take. Displays as the reason Nova gives after
/// `Keypair data is invalid: `.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Not an SSH public key. Nova does not say why; the source does.
    #[error("failed to generate fingerprint")]
    Ssh(#[source] SshProblem),
    /// Not a certificate. Nova quotes its library.
    #[error("failed to generate X509 fingerprint. Error message: {0}")]
    X509(String),
    /// A certificate of a version that does not exist, less one. Nova does not expect the exception
    /// its library raises and answers 500, not 400.
    #[error("{0} is not a valid X509 version")]
    X509Version(u8),
}
