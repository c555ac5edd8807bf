//! RSA private keys in their older form, PKCS #1 (RFC 8017, appendix A.1.2), read.
//!
//! Knows DER.

use asn1::{BigUint, ParseResult, Sequence, Tlv};

/// The key in PKCS #1 that a key in PKCS #8 wraps.
pub(super) fn unwrap(pkcs8: &[u8]) -> ParseResult<&[u8]> {
    asn1::parse(pkcs8, |key| {
        key.read_element::<Sequence<'_>>()?.parse(|key| {
            let _version: u8 = key.read_element()?;
            let _algorithm: Tlv<'_> = key.read_element()?;
            key.read_element()
        })
    })
}

/// Modulus and public exponent of a key in PKCS #1.
pub(super) fn public_numbers(pkcs1: &[u8]) -> ParseResult<(BigUint<'_>, BigUint<'_>)> {
    asn1::parse(pkcs1, |key| {
        key.read_element::<Sequence<'_>>()?.parse(|key| {
            let _version: u8 = key.read_element()?;
            let public = (key.read_element()?, key.read_element()?);
            while !key.is_empty() {
                let _private: BigUint<'_> = key.read_element()?;
            }
            Ok(public)
        })
    })
}
