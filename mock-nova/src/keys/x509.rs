//! X.509 certificates: which Nova takes, and their fingerprint.
//!
//! Knows PEM and DER. Nothing is verified: neither dates nor signature nor the key inside.

use pem::PemError;

use super::{Fingerprint, ImportError, x509_structure::Certificate};

/// Checks a text with a certificate in PEM and computes the certificate's fingerprint.
pub(super) fn fingerprint(text: &str) -> Result<Fingerprint, ImportError> {
    let blocks = pem::parse_many(text).map_err(|error| unreadable(&error))?;
    if blocks.is_empty() {
        return Err(unreadable(&PemError::MalformedFraming));
    }
    let der = blocks
        .iter()
        .find(|block| matches!(block.tag(), "CERTIFICATE" | "X509 CERTIFICATE"))
        .ok_or_else(|| {
            ImportError::X509(
                "Valid PEM but no BEGIN CERTIFICATE/END CERTIFICATE delimiters. Are you sure this \
                 is a certificate?"
                    .to_owned(),
            )
        })?
        .contents();
    let certificate = asn1::parse_single::<Certificate<'_>>(der)
        .map_err(|error| ImportError::X509(format!("error parsing asn1 value: {error:?}")))?;
    match certificate.tbs_cert.version {
        0 | 2 => Ok(Fingerprint::sha1(der)),
        version => Err(ImportError::X509Version(version)),
    }
}

fn unreadable(error: &PemError) -> ImportError {
    let error = match error {
        PemError::InvalidData(error) => format!("InvalidData({error})"),
        other => format!("{other:?}"),
    };
    ImportError::X509(format!(
        "Unable to load PEM file. See \
         https://cryptography.io/en/latest/faq/#why-can-t-i-import-my-pem-file for more details. \
         {error}"
    ))
}
