//! The keys Nova makes itself, before microversion 2.92.
//!
//! Knows formats. One RSA key of 2048 bits becomes either an SSH keypair or a certificate with its
//! bundle, in the very forms Nova answers. RSA keys come from the operating system's randomness and
//! cannot be seeded: a run that must be repeated to the byte imports its keys.

use std::{fmt, sync::Arc, time::Duration};

use asn1::BigUint;
use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    error::Unspecified,
    rsa::{KeyPair, KeySize},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use pem::{EncodeConfig, LineEnding, Pem};
use rcgen::{
    CertificateParams, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose, SanType,
};
use ssh_key::{Mpint, public::KeyData, public::RsaPublicKey};

use super::{
    Fingerprint, PrivateKey, PublicKey,
    der::{self, OCTET_STRING},
    pkcs1, pkcs12,
};

/// How long a certificate holds, as Nova asks of openssl.
const VALIDITY: Duration = Duration::from_hours(3650 * 24);
/// The longest common name X.509 has; openssl refuses longer ones.
const LONGEST_NAME: usize = 64;
/// Microsoft's user principal name.
const UPN: &[u64] = &[1, 3, 6, 1, 4, 1, 311, 20, 2, 3];
const SUBJECT_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 14];

/// A private RSA key that nobody has yet. Turning it into a keypair uses it up.
#[derive(Clone)]
pub struct RsaKey {
    pkcs8: Arc<Pkcs8V1Der<'static>>,
}

/// A keypair as Nova answers it.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The private key: PKCS #1 in PEM for SSH; for X.509 a PKCS #12 bundle with an empty password,
    /// in base64 on one line.
    pub private_key: PrivateKey,
    /// The SSH public key, or the certificate in PEM.
    pub public_key: PublicKey,
}

/// A key that could not be generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The cryptographic library refused, for want of randomness or memory.
    #[error("no key could be generated; look for a lack of memory or of randomness")]
    Crypto,
    /// The user's id does not fit into a certificate. Nova answers 500, because openssl fails.
    #[error("user id `{0}` is longer than the 64 characters of a certificate's name")]
    NameTooLong(String),
    /// The key or its certificate could not be written, which would be a defect.
    #[error("the generated key could not be written: {0}; please report it")]
    Encoding(String),
    /// The thread that generated it is gone, because the runtime is being shut down.
    #[error("the runtime stopped before the key was generated")]
    Stopped,
}

impl From<Unspecified> for GenerateError {
    fn from(Unspecified: Unspecified) -> Self {
        Self::Crypto
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<private key>")
    }
}

impl RsaKey {
    /// Generates a key of 2048 bits. Takes tens to hundreds of milliseconds of one processor: not
    /// for the reactor. [`KeyPool`](super::KeyPool) keeps some ready.
    ///
    /// # Errors
    ///
    /// [`GenerateError::Crypto`] if the library refuses.
    pub fn generate() -> Result<Self, GenerateError> {
        Ok(Self {
            pkcs8: Arc::new(KeyPair::generate(KeySize::Rsa2048)?.as_der()?),
        })
    }

    /// An SSH keypair, with Nova's comment `Generated-by-Nova`.
    ///
    /// # Errors
    ///
    /// [`GenerateError::Encoding`] if the key cannot be written, which would be a defect.
    pub fn into_ssh(self) -> Result<Generated, GenerateError> {
        let pkcs1 = pkcs1::unwrap((*self.pkcs8).as_ref()).map_err(encoding)?;
        let (modulus, exponent) = pkcs1::public_numbers(pkcs1).map_err(encoding)?;
        let number = |number: BigUint<'_>| Mpint::from_bytes(number.as_bytes()).map_err(encoding);
        let public = RsaPublicKey {
            e: number(exponent)?,
            n: number(modulus)?,
        };
        let public = ssh_key::PublicKey::new(KeyData::Rsa(public), "Generated-by-Nova");
        Ok(Generated {
            private_key: PrivateKey(pem("RSA PRIVATE KEY", pkcs1)),
            public_key: PublicKey::import_ssh(public.to_openssh().map_err(encoding)?)
                .map_err(encoding)?,
        })
    }

    /// A certificate for logging in to Windows as `user_id`, signed by itself, valid for 3650 days
    /// from `now`.
    ///
    /// # Errors
    ///
    /// [`GenerateError::NameTooLong`] if `user_id` has more than 64 characters; the others would be
    /// defects.
    pub fn into_x509(
        self,
        user_id: &str,
        now: jiff::Timestamp,
    ) -> Result<Generated, GenerateError> {
        if user_id.chars().count() > LONGEST_NAME {
            return Err(GenerateError::NameTooLong(user_id.to_owned()));
        }
        let key = rcgen::KeyPair::try_from((*self.pkcs8).as_ref()).map_err(encoding)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, user_id);
        let since_1970 = Duration::from_secs(u64::try_from(now.as_second()).unwrap_or(0));
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_1970;
        params.not_after = params.not_before + VALIDITY;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.subject_alt_names = vec![SanType::OtherName((
            UPN.to_vec(),
            format!("{user_id}@localhost").into(),
        ))];
        params.custom_extensions = vec![subject_key_identifier(&key)];
        let certificate = params.self_signed(&key).map_err(encoding)?;

        let bundle = pkcs12::bundle((*self.pkcs8).as_ref(), certificate.der())?;
        let certificate = pem("CERTIFICATE", certificate.der());
        Ok(Generated {
            private_key: PrivateKey(STANDARD.encode(bundle)),
            public_key: PublicKey::import_x509(certificate).map_err(encoding)?,
        })
    }
}

/// The SHA-1 of the public key, which openssl adds unasked.
fn subject_key_identifier(key: &rcgen::KeyPair) -> CustomExtension {
    let id = match Fingerprint::sha1(key.public_key_raw()) {
        Fingerprint::Sha1(id) => id.to_vec(),
        Fingerprint::Md5(id) => id.to_vec(),
    };
    CustomExtension::from_oid_content(SUBJECT_KEY_IDENTIFIER, der::value(OCTET_STRING, &[&id]))
}

fn pem(tag: &str, der: &[u8]) -> String {
    let unix = EncodeConfig::new().set_line_ending(LineEnding::LF);
    pem::encode_config(&Pem::new(tag, der), unix)
}

fn encoding(error: impl fmt::Display) -> GenerateError {
    GenerateError::Encoding(error.to_string())
}
