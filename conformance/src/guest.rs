//! What a guest reads of itself: the metadata service, asked as Neutron's proxy asks it for a server, with the signature of a
//! secret that the two share. It is the one place of an API that tells which of two keys of the same name a server has. It
//! knows one request.

use std::{collections::BTreeMap, fmt, fmt::Write as _, sync::Arc, time::Duration};

use aws_lc_rs::hmac;
use nova_client::{RawRequest, Secret, Token, redact};
use serde_json::Value;

use crate::caller::{Base, Reply, Wire};

/// Where the newest description of a server stands.
const PATH: &str = "/openstack/latest/meta_data.json";

/// So many letters of a refusal are shown.
const SHOWN: usize = 200;

/// The metadata service of a cloud, and the right to ask it for any server.
#[derive(Clone)]
pub struct Guest {
    wire: Arc<dyn Wire>,
    secret: Secret,
}

impl fmt::Debug for Guest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Guest")
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

impl Guest {
    /// The service that `wire` reaches, whose proxy signs with `secret` (`[neutron]metadata_proxy_shared_secret`).
    pub fn new(wire: Arc<dyn Wire>, secret: Secret) -> Self {
        Self { wire, secret }
    }

    /// The request that a server's own question becomes at the proxy.
    fn request(&self, server: &str, project: &str, deadline: Duration) -> RawRequest {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.expose().as_bytes());
        let mut signature = String::new();
        for byte in hmac::sign(&key, server.as_bytes()).as_ref() {
            // Writing to a String does not fail.
            let _ = write!(signature, "{byte:02x}");
        }
        let mut request = RawRequest::get(PATH)
            .header("X-Instance-ID", server)
            .header("X-Tenant-ID", project)
            .header("X-Instance-ID-Signature", signature)
            .header("X-Forwarded-For", "192.0.2.1")
            .within(deadline);
        request.token = Token::Absent;
        request
    }

    /// What it answers to the list of its versions, which Nova shows to everybody, where that says that the cloud hides the
    /// service; `None` where it is there, or where no such answer came.
    pub async fn hidden(&self, deadline: Duration) -> Option<String> {
        let mut request = RawRequest::get("/").within(deadline);
        request.token = Token::Absent;
        let reply = self.wire.send(Base::Root, &request).await.ok()?;
        if !matches!(reply.status, 401 | 403 | 404 | 410) {
            return None;
        }
        let body = redact::text(String::from_utf8_lossy(&reply.body).trim());
        let body: String = body.chars().take(SHOWN).collect();
        Some(format!(
            "the cloud hides its metadata service: GET / of --metadata-url answered {}: {body}",
            reply.status
        ))
    }

    /// Asks what a server is told. The request that is returned beside the answer has no signature, so that it can be shown.
    pub(crate) async fn ask(
        &self,
        server: &str,
        project: &str,
        deadline: Duration,
    ) -> (RawRequest, Result<Reply, String>) {
        let mut request = self.request(server, project, deadline);
        let reply = self.wire.send(Base::Root, &request).await;
        request
            .headers
            .retain(|(name, _)| !name.eq_ignore_ascii_case("X-Instance-ID-Signature"));
        (request, reply)
    }
}

/// The public keys in a guest's description of its server, by name.
pub(crate) fn public_keys(description: &Value) -> BTreeMap<String, String> {
    let keys = description.get("public_keys").and_then(Value::as_object);
    keys.into_iter()
        .flatten()
        .filter_map(|(name, key)| Some((name.clone(), key.as_str()?.trim().to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, future::BoxFuture};
    use serde_json::json;

    use super::*;

    struct Mute;

    impl Wire for Mute {
        fn send<'a>(&'a self, _: Base, _: &'a RawRequest) -> BoxFuture<'a, Result<Reply, String>> {
            async { Err("mute".to_owned()) }.boxed()
        }
    }

    #[test]
    fn the_id_is_signed_as_the_proxy_signs_it() {
        let guest = Guest::new(Arc::new(Mute), Secret::from("secret"));
        let request = guest.request("abc", "p", Duration::from_secs(1));
        let signature = request
            .headers
            .iter()
            .find(|(name, _)| name == "X-Instance-ID-Signature");
        // printf abc | openssl dgst -sha256 -hmac secret
        assert_eq!(
            signature.map(|(_, value)| value.as_str()),
            Some("9946dad4e00e913fc8be8e5d3f7e110a4a9e832f83fb09c345285d78638d8a0e")
        );
    }

    #[tokio::test]
    async fn the_signature_is_not_shown() {
        let guest = Guest::new(Arc::new(Mute), Secret::from("secret"));
        let (shown, _) = guest.ask("abc", "p", Duration::from_secs(1)).await;
        assert!(
            !format!("{shown:?}{guest:?}")
                .contains("9946dad4e00e913fc8be8e5d3f7e110a4a9e832f83fb09c345285d78638d8a0e")
        );
    }

    #[test]
    fn keys_are_told_by_name() {
        let told = public_keys(&json!({"public_keys": {"mine": "ssh-ed25519 AAAA\n"}}));
        assert_eq!(
            told.get("mine").map(String::as_str),
            Some("ssh-ed25519 AAAA")
        );
        assert!(public_keys(&json!({})).is_empty());
    }
}
