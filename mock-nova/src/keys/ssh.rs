//! SSH public keys: which Nova takes, and their fingerprint.
//!
//! Knows the wire format. Two readers look at a line, and they split it differently: the check that
//! it is a key splits at spaces and tabs, the fingerprint is of what stands between the first and
//! the second space. So `type  base64` with two spaces is a good key whose fingerprint is that of
//! nothing, and a tab makes the comment count.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ParsedPublicKey,
};

use super::{
    Fingerprint, base64_of_python, certificate,
    wire::{Malformed, Number, Reader},
};

const CERTIFICATE: &str = "-cert-v01@openssh.com";

/// Why a text is not an SSH public key to Nova.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SshProblem {
    /// Not `type base64`, or with white space in front.
    #[error("the text is not one line `type base64 comment`; paste the line of a .pub file")]
    NotALine,
    /// A type Nova does not take.
    #[error("keys of type `{0}` are not taken; use ssh-ed25519, ecdsa-sha2-nistp256 or ssh-rsa")]
    UnknownType(String),
    /// The base64 part ends too early.
    #[error("the base64 part is not complete; copy the whole line of the .pub file")]
    Base64,
    /// What the base64 part encodes ends too early, or has a negative number.
    #[error("the key's data is damaged; copy the whole line of the .pub file")]
    Damaged,
    /// More data than the type has.
    #[error("the key's data goes on after its end; copy the line of the .pub file only")]
    Trailing,
    /// The data says it is of another type.
    #[error("the line says `{declared}` but its data says `{inner}`; copy the whole line")]
    OtherType {
        /// The first word.
        declared: String,
        /// The type in the data.
        inner: String,
    },
    /// Numbers no RSA key has.
    #[error("this RSA exponent is not possible: it must be odd, at least 3 and below the modulus")]
    Rsa,
    /// Numbers no DSA key has.
    #[error("DSA keys have 1024 bits, a q of 160, 224 or 256 and a g between 1 and p; use ed25519")]
    Dsa,
    /// Not a point on the curve the type names.
    #[error("the key is no uncompressed point of its curve; make a new one")]
    Curve,
    /// Not 32 bytes.
    #[error("an Ed25519 key is 32 bytes; make a new one")]
    Ed25519,
    /// A security key made for the web.
    #[error(
        "a security key's application begins with `ssh:`; make one with ssh-keygen -t ed25519-sk"
    )]
    Application,
    /// A certificate with a part that cannot be.
    #[error("the certificate's {0} cannot be right; have it signed again")]
    Certificate(&'static str),
    /// The fingerprint is of the second word apart by a single space, and that is no base64.
    #[error(
        "what follows the first space is not base64; put one space, not a tab, between the parts"
    )]
    Fingerprint,
}

impl From<Malformed> for SshProblem {
    fn from(Malformed: Malformed) -> Self {
        Self::Damaged
    }
}

/// Checks a line and computes its fingerprint.
pub(super) fn fingerprint(text: &str) -> Result<Fingerprint, SshProblem> {
    check(text.as_bytes())?;
    let word = text.split(' ').nth(1).filter(|word| word.is_ascii());
    let data = base64_of_python::decode(word.ok_or(SshProblem::Fingerprint)?.as_bytes())
        .map_err(|_| SshProblem::Fingerprint)?;
    Ok(Fingerprint::md5(&data))
}

fn check(line: &[u8]) -> Result<(), SshProblem> {
    let (declared, body) = words(line).ok_or(SshProblem::NotALine)?;
    let unknown = || SshProblem::UnknownType(String::from_utf8_lossy(declared).into_owned());
    let declared = std::str::from_utf8(declared).map_err(|_| unknown())?;
    let plain = declared.strip_suffix(CERTIFICATE);
    let kind = Kind::named(plain.unwrap_or(declared)).ok_or_else(unknown)?;
    let data = base64_of_python::decode(body).map_err(|_| SshProblem::Base64)?;

    let mut data = Reader(&data);
    let inner = data.string()?;
    if inner != declared.as_bytes() {
        let inner = String::from_utf8_lossy(inner).into_owned();
        return Err(SshProblem::OtherType {
            declared: declared.to_owned(),
            inner,
        });
    }
    if plain.is_some() {
        let _nonce = data.string()?;
    }
    kind.check(&mut data)?;
    if plain.is_some() {
        certificate::check(&mut data)?;
    }
    if data.is_empty() {
        Ok(())
    } else {
        Err(SshProblem::Trailing)
    }
}

/// The first two words, apart by spaces and tabs only, with nothing in front.
fn words(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = |text: &[u8]| text.iter().position(is_white).unwrap_or(text.len());
    let (first, rest) = line.split_at(end(line));
    let gap = rest.iter().position(|c| !matches!(c, b' ' | b'\t'))?;
    let rest = &rest[gap..];
    let second = &rest[..end(rest)];
    (!first.is_empty() && gap > 0 && !second.is_empty()).then_some((first, second))
}

/// White space to Python, which counts the vertical tab.
fn is_white(character: &u8) -> bool {
    matches!(character, b'\t'..=b'\r' | b' ')
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa,
    Dsa,
    Ed25519,
    Ecdsa(Curve),
    SecurityEd25519,
    SecurityEcdsa,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
    P521,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ssh-rsa" => Self::Rsa,
            "ssh-dss" => Self::Dsa,
            "ssh-ed25519" => Self::Ed25519,
            "ecdsa-sha2-nistp256" => Self::Ecdsa(Curve::P256),
            "ecdsa-sha2-nistp384" => Self::Ecdsa(Curve::P384),
            "ecdsa-sha2-nistp521" => Self::Ecdsa(Curve::P521),
            "sk-ssh-ed25519@openssh.com" => Self::SecurityEd25519,
            "sk-ecdsa-sha2-nistp256@openssh.com" => Self::SecurityEcdsa,
            _ => return None,
        })
    }

    /// Reads the key of this kind and checks what the library underneath Nova checks.
    fn check(self, data: &mut Reader<'_>) -> Result<(), SshProblem> {
        match self {
            Self::Rsa => rsa(data),
            Self::Dsa => dsa(data),
            Self::Ed25519 => ed25519(data),
            Self::Ecdsa(curve) => curve.check(data),
            Self::SecurityEd25519 => {
                ed25519(data)?;
                application(data)
            }
            Self::SecurityEcdsa => {
                Curve::P256.check(data)?;
                application(data)
            }
        }
    }
}

/// There is no least size: 64 bits are taken. An even modulus is taken too.
fn rsa(data: &mut Reader<'_>) -> Result<(), SshProblem> {
    let exponent = data.number()?;
    let modulus = data.number()?;
    let possible = exponent.is_odd() && exponent >= Number::small(b"\x03") && exponent < modulus;
    if possible {
        Ok(())
    } else {
        Err(SshProblem::Rsa)
    }
}

fn dsa(data: &mut Reader<'_>) -> Result<(), SshProblem> {
    let p = data.number()?;
    let q = data.number()?;
    let g = data.number()?;
    let _y = data.number()?;
    let possible = p.bits() == 1024
        && matches!(q.bits(), 160 | 224 | 256)
        && g > Number::small(b"\x01")
        && g < p;
    if possible {
        Ok(())
    } else {
        Err(SshProblem::Dsa)
    }
}

/// Any 32 bytes are taken, on the curve or not.
fn ed25519(data: &mut Reader<'_>) -> Result<(), SshProblem> {
    if data.string()?.len() == 32 {
        Ok(())
    } else {
        Err(SshProblem::Ed25519)
    }
}

fn application(data: &mut Reader<'_>) -> Result<(), SshProblem> {
    if data.string()?.starts_with(b"ssh:") {
        Ok(())
    } else {
        Err(SshProblem::Application)
    }
}

impl Curve {
    fn check(self, data: &mut Reader<'_>) -> Result<(), SshProblem> {
        let (name, coordinate, algorithm) = match self {
            Self::P256 => ("nistp256", 32, &ECDSA_P256_SHA256_ASN1),
            Self::P384 => ("nistp384", 48, &ECDSA_P384_SHA384_ASN1),
            Self::P521 => ("nistp521", 66, &ECDSA_P521_SHA512_ASN1),
        };
        let curve = data.string()?;
        let point = data.string()?;
        let uncompressed = point.first() == Some(&4) && point.len() == 1 + 2 * coordinate;
        let on_curve = || ParsedPublicKey::new(algorithm, point).is_ok();
        if curve == name.as_bytes() && uncompressed && on_curve() {
            Ok(())
        } else {
            Err(SshProblem::Curve)
        }
    }
}
