//! DER, written: just enough for a PKCS #12 bundle.
//!
//! Knows nobody.

use asn1::ObjectIdentifier;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0]`, with a whole value inside.
pub(super) const EXPLICIT_0: u8 = 0xa0;
/// `[0]` in the place of an OCTET STRING's tag.
pub(super) const IMPLICIT_0: u8 = 0x80;

/// One value: a tag and its content, in parts.
pub(super) fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut der = vec![tag];
    match u8::try_from(length) {
        Ok(short @ 0..=127) => der.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            let bytes = &bytes[zeros..];
            der.extend(u8::try_from(bytes.len()).map(|count| 0x80 | count));
            der.extend(bytes);
        }
    }
    parts.iter().for_each(|part| der.extend(*part));
    der
}

/// An OBJECT IDENTIFIER.
pub(super) fn object(id: &ObjectIdentifier) -> Vec<u8> {
    value(0x06, &[id.as_der()])
}
