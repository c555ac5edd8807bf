//! The parts of an X.509 certificate (RFC 5280, section 4.1), parsed to see whether they can be.
//!
//! Knows DER. Parts are named as in the library underneath Nova, because Nova's message quotes the
//! names of a part that cannot be parsed. The text of an unusual name or time and what is inside an
//! extension do not matter there, so they do not here.

use asn1::{
    Asn1DefinedByRead, Asn1Read, BMPString, BigInt, BitString, DefinedByMarker, Null,
    ObjectIdentifier, PrintableString, Sequence, SequenceOf, SetOf, Tlv, UniversalString, UtcTime,
    X509GeneralizedTime, oid,
};
#[derive(Asn1Read)]
pub(super) struct Certificate<'a> {
    pub(super) tbs_cert: TbsCertificate<'a>,
    signature_alg: AlgorithmIdentifier<'a>,
    signature: BitString<'a>,
}

#[derive(Asn1Read)]
pub(super) struct TbsCertificate<'a> {
    #[explicit(0)]
    #[default(0)]
    pub(super) version: u8,
    serial: BigInt<'a>,
    signature_alg: AlgorithmIdentifier<'a>,
    issuer: Name<'a>,
    validity: Validity,
    subject: Name<'a>,
    spki: SubjectPublicKeyInfo<'a>,
    #[implicit(1)]
    issuer_unique_id: Option<BitString<'a>>,
    #[implicit(2)]
    subject_unique_id: Option<BitString<'a>>,
    #[explicit(3)]
    raw_extensions: Option<SequenceOf<'a, Extension<'a>>>,
}

type Name<'a> = SequenceOf<'a, SetOf<'a, AttributeTypeValue<'a>>>;

#[derive(Asn1Read)]
struct AttributeTypeValue<'a> {
    type_id: ObjectIdentifier,
    value: AttributeValue<'a>,
}

#[derive(Asn1Read)]
enum AttributeValue<'a> {
    PrintableString(PrintableString<'a>),
    UniversalString(UniversalString<'a>),
    BmpString(BMPString<'a>),
    AnyString(Tlv<'a>),
}

#[derive(Asn1Read)]
struct Validity {
    not_before: Time,
    not_after: Time,
}

#[derive(Asn1Read)]
enum Time {
    UtcTime(UtcTime),
    GeneralizedTime(X509GeneralizedTime),
}

#[derive(Asn1Read)]
struct SubjectPublicKeyInfo<'a> {
    algorithm: AlgorithmIdentifier<'a>,
    subject_public_key: BitString<'a>,
}

#[derive(Asn1Read)]
struct Extension<'a> {
    extn_id: ObjectIdentifier,
    #[default(false)]
    critical: bool,
    extn_value: &'a [u8],
}

#[derive(Asn1Read)]
struct AlgorithmIdentifier<'a> {
    oid: DefinedByMarker<ObjectIdentifier>,
    #[defined_by(oid)]
    params: AlgorithmParameters<'a>,
}

const RSA: ObjectIdentifier = oid!(1, 2, 840, 113549, 1, 1, 1);
const RSA_WITH_SHA1: ObjectIdentifier = oid!(1, 2, 840, 113549, 1, 1, 5);
const RSA_WITH_SHA256: ObjectIdentifier = oid!(1, 2, 840, 113549, 1, 1, 11);
const RSA_WITH_SHA384: ObjectIdentifier = oid!(1, 2, 840, 113549, 1, 1, 12);
const RSA_WITH_SHA512: ObjectIdentifier = oid!(1, 2, 840, 113549, 1, 1, 13);
const EC: ObjectIdentifier = oid!(1, 2, 840, 10045, 2, 1);
const ECDSA_WITH_SHA256: ObjectIdentifier = oid!(1, 2, 840, 10045, 4, 3, 2);
const ECDSA_WITH_SHA384: ObjectIdentifier = oid!(1, 2, 840, 10045, 4, 3, 3);
const ECDSA_WITH_SHA512: ObjectIdentifier = oid!(1, 2, 840, 10045, 4, 3, 4);
const ED25519: ObjectIdentifier = oid!(1, 3, 101, 112);

/// The parameters of the algorithms that are met; those of others may be anything.
#[derive(Asn1DefinedByRead)]
enum AlgorithmParameters<'a> {
    #[defined_by(RSA)]
    Rsa(Option<Null>),
    #[defined_by(RSA_WITH_SHA1)]
    RsaWithSha1(Option<Null>),
    #[defined_by(RSA_WITH_SHA256)]
    RsaWithSha256(Option<Null>),
    #[defined_by(RSA_WITH_SHA384)]
    RsaWithSha384(Option<Null>),
    #[defined_by(RSA_WITH_SHA512)]
    RsaWithSha512(Option<Null>),
    #[defined_by(EC)]
    Ec(EcParameters<'a>),
    #[defined_by(ECDSA_WITH_SHA256)]
    EcDsaWithSha256(Option<Null>),
    #[defined_by(ECDSA_WITH_SHA384)]
    EcDsaWithSha384(Option<Null>),
    #[defined_by(ECDSA_WITH_SHA512)]
    EcDsaWithSha512(Option<Null>),
    #[defined_by(ED25519)]
    Ed25519,
    #[default]
    Other(ObjectIdentifier, Option<Tlv<'a>>),
}

#[derive(Asn1Read)]
enum EcParameters<'a> {
    NamedCurve(ObjectIdentifier),
    ImplicitCurve(Null),
    SpecifiedCurve(Sequence<'a>),
}
