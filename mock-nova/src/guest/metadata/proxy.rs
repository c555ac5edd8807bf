//! Whose guest asks: Neutron's metadata proxy says it in headers, and signs the server's id with a secret that Nova and
//! Neutron share. Knows HTTP headers only.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use axum::http::{HeaderMap, StatusCode};
use uuid::Uuid;

use super::{NOTHING_THERE, Refusal};
use crate::secret::Secret;

/// Whose guest asks, as the proxy says and has signed.
#[derive(Debug)]
pub(super) struct Identity<'a> {
    /// The server.
    pub(super) server: Uuid,
    /// The project that the proxy takes it to be in.
    pub(super) project: &'a str,
}

/// Reads who asks, and believes it if it is signed with `secret`.
pub(super) fn identify<'a>(
    secret: &Secret,
    headers: &'a HeaderMap,
) -> Result<Identity<'a>, Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let or = |sentence| move || Refusal(StatusCode::BAD_REQUEST, sentence);
    if let Some(provider) = text("x-metadata-provider") {
        // A load balancer of another kind of network, of which there is none.
        text("x-forwarded-for").ok_or_else(or("X-Forwarded-For is missing from request."))?;
        check(secret, provider, text("x-metadata-provider-signature"))?;
        return Err(Refusal(
            StatusCode::BAD_REQUEST,
            "Could not find any subnets for the provider",
        ));
    }
    let id =
        text("x-instance-id").ok_or_else(or("X-Instance-ID header is missing from request."))?;
    let signature = text("x-instance-id-signature").ok_or_else(or(
        "X-Instance-ID-Signature header is missing from request.",
    ))?;
    let project =
        text("x-tenant-id").ok_or_else(or("X-Tenant-ID header is missing from request."))?;
    check(secret, id, Some(signature))?;
    let server = Uuid::try_parse(id).map_err(|_| NOTHING_THERE)?;
    if server.to_string() != id {
        return Err(NOTHING_THERE); // ids are compared as text
    }
    Ok(Identity { server, project })
}

/// The address that the proxy was asked from.
pub(super) fn address(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-forwarded-for")?.to_str().ok()
}

/// The signature of `id`: HMAC-SHA256, in lower-case hexadecimal.
pub(super) fn sign(secret: &Secret, id: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let tag = hmac::sign(&key, id.as_bytes());
    tag.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn check(secret: &Secret, id: &str, signature: Option<&str>) -> Result<(), Refusal> {
    let given = signature.unwrap_or_default();
    verify_slices_are_equal(sign(secret, id).as_bytes(), given.as_bytes())
        .map_err(|_| Refusal(StatusCode::FORBIDDEN, "Invalid proxy request signature."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use rstest::rstest;

    const ID: &str = "42fb548d-0749-4127-b29a-cfe94860e8d3";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let value = |text: &str| HeaderValue::from_str(text).unwrap();
        pairs
            .iter()
            .map(|(name, text)| (name.parse().unwrap(), value(text)))
            .collect()
    }

    fn refusal(pairs: &[(&'static str, &str)]) -> (u16, &'static str) {
        let Refusal(status, sentence) =
            identify(&Secret::new("secret"), &headers(pairs)).unwrap_err();
        (status.as_u16(), sentence)
    }

    /// Computed with Python's `hmac`, and believed by a real Nova 34.0.0.
    #[test]
    fn the_signature_is_that_of_neutrons_proxy() {
        assert_eq!(
            sign(&Secret::new("secret"), ID),
            "cb86acd246d1964cb9841da446774d2fde8526522130aa2bbaba991c026209d4",
        );
    }

    #[test]
    fn who_is_signed_for_is_believed() {
        let signature = sign(&Secret::new("secret"), ID);
        let headers = headers(&[
            ("x-instance-id", ID),
            ("x-instance-id-signature", &signature),
            ("x-tenant-id", "p"),
        ]);
        let who = identify(&Secret::new("secret"), &headers).unwrap();
        assert_eq!((who.server.to_string().as_str(), who.project), (ID, "p"));
    }

    /// Asked of a real Nova 34.0.0.
    #[rstest]
    #[case::nothing(&[], 400, "X-Instance-ID header is missing from request.")]
    #[case::only_the_id(&[("x-instance-id", ID)], 400, "X-Instance-ID-Signature header is missing from request.")]
    #[case::no_project(&[("x-instance-id", ID), ("x-instance-id-signature", "x")], 400, "X-Tenant-ID header is missing from request.")]
    #[case::signed_by_nobody(
        &[("x-instance-id", ID), ("x-instance-id-signature", "x"), ("x-tenant-id", "p")], 403, "Invalid proxy request signature."
    )]
    #[case::a_provider_of_nowhere(&[("x-metadata-provider", "x")], 400, "X-Forwarded-For is missing from request.")]
    #[case::a_provider_signed_by_nobody(
        &[("x-metadata-provider", "x"), ("x-forwarded-for", "10.0.0.1")], 403, "Invalid proxy request signature."
    )]
    fn others_are_refused(
        #[case] given: &[(&'static str, &str)],
        #[case] status: u16,
        #[case] sentence: &str,
    ) {
        assert_eq!(refusal(given), (status, sentence));
    }

    #[rstest]
    #[case::capitals(&ID.to_uppercase())]
    #[case::no_dashes(&ID.replace('-', ""))]
    #[case::a_word("nope")]
    fn an_id_is_compared_as_text(#[case] id: &str) {
        let signature = sign(&Secret::new("secret"), id);
        let given = [
            ("x-instance-id", id),
            ("x-instance-id-signature", &signature),
            ("x-tenant-id", "p"),
        ];
        assert_eq!(refusal(&given).0, 404);
    }
}
