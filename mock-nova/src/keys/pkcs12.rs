//! A PKCS #12 bundle of a private key and its certificate (RFC 7292), as `openssl pkcs12 -export`
//! of OpenSSL 3 writes it with an empty password.
//!
//! Knows DER. Everything is encrypted, if only by the empty password, because that is what the
//! Windows tools it is for expect: PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC.

use std::num::NonZeroU32;

use asn1::{ObjectIdentifier, oid};
use aws_lc_rs::{
    cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey},
    digest,
    error::Unspecified,
    hmac,
    iv::FixedLength,
    pbkdf2, rand,
};

use super::{
    Fingerprint,
    der::{EXPLICIT_0, IMPLICIT_0, INTEGER, NULL, OCTET_STRING, SEQUENCE, SET, object, value},
};

const DATA: ObjectIdentifier = oid!(1, 2, 840, 113549, 1, 7, 1);
const ENCRYPTED_DATA: ObjectIdentifier = oid!(1, 2, 840, 113549, 1, 7, 6);
const SHROUDED_KEY_BAG: ObjectIdentifier = oid!(1, 2, 840, 113549, 1, 12, 10, 1, 2);
const CERTIFICATE_BAG: ObjectIdentifier = oid!(1, 2, 840, 113549, 1, 12, 10, 1, 3);
const X509_CERTIFICATE: ObjectIdentifier = oid!(1, 2, 840, 113549, 1, 9, 22, 1);
const LOCAL_KEY_ID: ObjectIdentifier = oid!(1, 2, 840, 113549, 1, 9, 21);
const PBES2: ObjectIdentifier = oid!(1, 2, 840, 113549, 1, 5, 13);
const PBKDF2: ObjectIdentifier = oid!(1, 2, 840, 113549, 1, 5, 12);
const HMAC_WITH_SHA256: ObjectIdentifier = oid!(1, 2, 840, 113549, 2, 9);
const AES_256_CBC: ObjectIdentifier = oid!(2, 16, 840, 1, 101, 3, 4, 1, 42);
const SHA256: ObjectIdentifier = oid!(2, 16, 840, 1, 101, 3, 4, 2, 1);

const ITERATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(2047);
const ITERATIONS_DER: &[u8] = &[INTEGER, 2, 0x08, 0x00];

/// The bundle, in DER.
pub(super) fn bundle(pkcs8: &[u8], certificate: &[u8]) -> Result<Vec<u8>, Unspecified> {
    // Says which key and which certificate belong together.
    let Fingerprint::Sha1(key_id) = Fingerprint::sha1(certificate) else {
        return Err(Unspecified);
    };
    let key_id = value(SET, &[&value(OCTET_STRING, &[&key_id])]);
    let key_id = value(SET, &[&value(SEQUENCE, &[&object(&LOCAL_KEY_ID), &key_id])]);

    let certificate = explicit(&value(OCTET_STRING, &[certificate]));
    let certificate = value(SEQUENCE, &[&object(&X509_CERTIFICATE), &certificate]);
    let certificates = bag(&CERTIFICATE_BAG, &certificate, &key_id);
    let (algorithm, encrypted) = encrypt(certificates)?;
    let encrypted = value(IMPLICIT_0, &[&encrypted]);
    let encrypted = value(SEQUENCE, &[&object(&DATA), &algorithm, &encrypted]);
    let encrypted = value(SEQUENCE, &[&[INTEGER, 1, 0], &encrypted]);
    let certificates = value(SEQUENCE, &[&object(&ENCRYPTED_DATA), &explicit(&encrypted)]);

    let (algorithm, encrypted) = encrypt(pkcs8.to_vec())?;
    let key = value(SEQUENCE, &[&algorithm, &value(OCTET_STRING, &[&encrypted])]);
    let keys = data(&bag(&SHROUDED_KEY_BAG, &key, &key_id));

    let contents = value(SEQUENCE, &[&certificates, &keys]);
    let mac = mac(&contents)?;
    Ok(value(SEQUENCE, &[&[INTEGER, 1, 3], &data(&contents), &mac]))
}

fn explicit(inner: &[u8]) -> Vec<u8> {
    value(EXPLICIT_0, &[inner])
}

/// Bytes as a content of type `data`.
fn data(bytes: &[u8]) -> Vec<u8> {
    value(
        SEQUENCE,
        &[&object(&DATA), &explicit(&value(OCTET_STRING, &[bytes]))],
    )
}

/// A list with one bag in it.
fn bag(kind: &ObjectIdentifier, content: &[u8], attributes: &[u8]) -> Vec<u8> {
    let bag = value(SEQUENCE, &[&object(kind), &explicit(content), attributes]);
    value(SEQUENCE, &[&bag])
}

/// Encrypts with the empty password. Gives the algorithm's identifier and the encrypted bytes.
fn encrypt(mut clear: Vec<u8>) -> Result<(Vec<u8>, Vec<u8>), Unspecified> {
    let salt: [u8; 16] = random()?;
    let iv: [u8; 16] = random()?;
    let mut key = [0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, &salt, b"", &mut key);
    let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &key)?)?;
    cipher.less_safe_encrypt(&mut clear, EncryptionContext::Iv128(FixedLength::from(&iv)))?;

    let hmac = value(SEQUENCE, &[&object(&HMAC_WITH_SHA256), &[NULL, 0]]);
    let derivation = value(
        SEQUENCE,
        &[&value(OCTET_STRING, &[&salt]), ITERATIONS_DER, &hmac],
    );
    let derivation = value(SEQUENCE, &[&object(&PBKDF2), &derivation]);
    let cipher = value(
        SEQUENCE,
        &[&object(&AES_256_CBC), &value(OCTET_STRING, &[&iv])],
    );
    let scheme = value(SEQUENCE, &[&derivation, &cipher]);
    Ok((value(SEQUENCE, &[&object(&PBES2), &scheme]), clear))
}

/// The seal over all of it, with the empty password.
fn mac(contents: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let salt: [u8; 8] = random()?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, mac_key(&salt).as_ref());
    let tag = hmac::sign(&key, contents);
    let algorithm = value(SEQUENCE, &[&object(&SHA256), &[NULL, 0]]);
    let digest = value(
        SEQUENCE,
        &[&algorithm, &value(OCTET_STRING, &[tag.as_ref()])],
    );
    Ok(value(
        SEQUENCE,
        &[&digest, &value(OCTET_STRING, &[&salt]), ITERATIONS_DER],
    ))
}

/// The key derivation of RFC 7292, appendix B, for a seal (purpose 3). SHA-256 gives as many bytes
/// as are needed in its first round, so the rounds after it are not here. The empty password is two
/// zero bytes: it ends with a zero character of 16 bits.
fn mac_key(salt: &[u8; 8]) -> digest::Digest {
    let mut block = [0u8; 3 * 64];
    block[..64].fill(3);
    for (filled, salt) in block[64..128].iter_mut().zip(salt.iter().cycle()) {
        *filled = *salt;
    }
    let mut hash = digest::digest(&digest::SHA256, &block);
    for _ in 1..ITERATIONS.get() {
        hash = digest::digest(&digest::SHA256, hash.as_ref());
    }
    hash
}

fn random<const N: usize>() -> Result<[u8; N], Unspecified> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes)?;
    Ok(bytes)
}
