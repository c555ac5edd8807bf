//! Answers of two clouds, or of one cloud twice, made comparable: each value that no two runs share is replaced by the name
//! of its kind. For [`crate::compare`] and [`crate::record`]. It knows the shapes of OpenStack's ids, times and keys, and who
//! plays which role in a [`Cloud`]; it asks nobody.
//!
//! What a client sent is never replaced: a name, an imported key and its fingerprint must come back as they went out.

mod shapes;

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::caller::Cloud;

/// Replaces what is volatile in the answers of one cloud.
///
/// ```
/// use nova_conformance::normal::Normaliser;
/// use serde_json::json;
///
/// let normal = Normaliser::default().naming("5e1f", "<user:main>");
/// let answer = json!({"keypair": {"name": "k", "user_id": "5e1f", "created_at": "2026-08-01T12:00:00.000000"}});
/// assert_eq!(
///     normal.json(&answer),
///     json!({"keypair": {"name": "k", "user_id": "<user:main>", "created_at": "<timestamp:us>"}})
/// );
/// ```
#[derive(Debug, Clone, Default)]
pub struct Normaliser {
    /// What is replaced wherever it stands, longest first.
    literals: Vec<(String, String)>,
    /// The public keys and passwords that were sent.
    sent_keys: HashSet<String>,
}

/// A body, normalised.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// JSON. The order of its members means nothing.
    Json(Value),
    /// Anything else.
    Text(String),
}

/// Headers that speak of the connection or the web server, not of the API.
const OF_THE_SERVER: &[&str] = &[
    "connection",
    "date",
    "keep-alive",
    "server",
    "transfer-encoding",
];

impl Normaliser {
    /// For the answers of `cloud`, whose people log in at `auth_url`: their ids become the names of their roles.
    pub fn of(cloud: &Cloud, auth_url: &str) -> Self {
        let mut normal = Self::default();
        for (caller, party) in cloud.parties() {
            if let Some(user) = &party.user {
                normal = normal
                    .naming(user.id.as_str(), format!("<user:{caller}>"))
                    .naming(user.project_id.as_str(), format!("<project:{caller}>"));
            }
        }
        let root = cloud
            .endpoint
            .find("/v2")
            .map_or(cloud.endpoint.as_str(), |at| &cloud.endpoint[..at]);
        let keystone = auth_url.trim_end_matches('/');
        let keystone = keystone.strip_suffix("/v3").unwrap_or(keystone);
        normal
            .naming(root, "<endpoint>")
            .naming(keystone, "<identity>")
    }

    /// Replaces `value` by `name` from now on. The first name of a value stays.
    #[must_use]
    pub fn naming(mut self, value: impl Into<String>, name: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() && self.literals.iter().all(|(known, _)| *known != value) {
            self.literals.push((value, name.into()));
            self.literals
                .sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        }
        self
    }

    /// Replaces `value` by `name` from now on, and no other value by it: for what a name means only for a while.
    pub fn bind(&mut self, value: &str, name: &str) {
        self.literals
            .retain(|(known, of)| of != name && known != value);
        if !value.is_empty() {
            self.literals.push((value.to_owned(), name.to_owned()));
            self.literals
                .sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        }
    }

    /// Forgets what [`Normaliser::bind`] gave names that begin so.
    pub fn unbind(&mut self, beginning: &str) {
        self.literals
            .retain(|(_, name)| !name.starts_with(beginning));
    }

    /// What was named, as pairs of value and name.
    pub fn names(&self) -> &[(String, String)] {
        &self.literals
    }

    /// Remembers the public keys of a request body, whose fingerprints are then no accident.
    pub fn learn(&mut self, request: &Value) {
        match request {
            Value::Object(members) => {
                for name in ["public_key", "adminPass"] {
                    if let Some(Value::String(secret)) = members.get(name) {
                        self.sent_keys.insert(secret.clone());
                    }
                }
                members.values().for_each(|member| self.learn(member));
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn(item)),
            _ => {}
        }
    }

    /// A header's value; `None` for headers that say nothing of the API.
    pub fn header(&self, name: &str, value: &str) -> Option<String> {
        (!OF_THE_SERVER.contains(&name)).then(|| self.text(value))
    }

    /// A body: JSON where it can be read as such.
    pub fn body(&self, bytes: &[u8]) -> Body {
        if bytes.is_empty() {
            return Body::Empty;
        }
        match serde_json::from_slice::<Value>(bytes) {
            Ok(value) => Body::Json(self.json(&value)),
            Err(_) => Body::Text(self.text(&String::from_utf8_lossy(bytes))),
        }
    }

    /// A text: what was named, then ids by their shape.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (value, name) in &self.literals {
            if text.contains(value.as_str()) {
                text = text.replace(value.as_str(), name);
            }
        }
        shapes::ids(&text)
    }

    /// A JSON value. What its strings and numbers are is told from the members they stand in.
    pub fn json(&self, value: &Value) -> Value {
        match value {
            Value::Object(members) => Value::Object(self.members(members)),
            Value::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            Value::String(text) => self.text(text).into(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn members(&self, members: &Map<String, Value>) -> Map<String, Value> {
        let is_keypair = members.contains_key("fingerprint");
        let is_fault = members.contains_key("created") && members.contains_key("code");
        let lasts = members.contains_key("created");
        let leads_to_images = members.get("rel").and_then(Value::as_str) == Some("alternate");
        let public_key = members.get("public_key").and_then(Value::as_str);
        let generated = public_key.is_some_and(|key| !self.sent_keys.contains(key));
        members
            .iter()
            .map(|(name, member)| {
                let shaped = match (name.as_str(), member) {
                    ("public_key", Value::String(key)) if generated => shapes::public_key(key),
                    ("public_key", Value::String(key)) => Some(key.clone()),
                    ("fingerprint", Value::String(print)) if generated => {
                        shapes::fingerprint(print)
                    }
                    ("private_key", Value::String(key)) => Some(shapes::private_key(key)),
                    ("adminPass", Value::String(password)) => Some(shapes::password(
                        password,
                        self.sent_keys.contains(password),
                    )),
                    ("name", Value::String(name)) if is_keypair => Some(name.clone()),
                    ("id", Value::Number(id)) if is_keypair && id.is_u64() => {
                        Some("<integer-id>".to_owned())
                    }
                    ("message", Value::String(text)) => Some(self.text(&shapes::sentence(text))),
                    ("details", Value::String(text)) if is_fault && !text.is_empty() => {
                        Some("<details>".to_owned())
                    }
                    ("href", Value::String(link)) if leads_to_images => {
                        Some(self.text(&shapes::link_to_image(link)))
                    }
                    ("updated", Value::String(time)) if lasts => shapes::timestamp(time),
                    (name, Value::String(time)) if is_a_time(name) => shapes::timestamp(time),
                    (name, Value::String(text)) => shapes::of_a_server(name, text),
                    _ => None,
                };
                (
                    self.text(name),
                    shaped.map_or_else(|| self.json(member), Value::from),
                )
            })
            .collect()
    }
}

/// Other times are constants of the API: when a version or an extension was last changed.
fn is_a_time(name: &str) -> bool {
    matches!(name, "created" | "start_time" | "finish_time") || name.ends_with("_at")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const SENT: &str = "ssh-ed25519 AAAA sent";

    fn normal() -> Normaliser {
        let mut normal = Normaliser::default()
            .naming("0123456789abcdef0123456789abcdef", "<user:main>")
            .naming("http://127.0.0.1:8774/compute", "<endpoint>");
        normal.learn(&json!({"keypair": {"name": "k", "public_key": SENT}}));
        normal
    }

    #[rstest]
    #[case::uuid("server 1a000000-0000-4000-8000-000000000001.", "server <uuid>.")]
    #[case::request_id("req-1a000000-0000-4000-8000-000000000001", "<request-id>")]
    #[case::role("for user 0123456789abcdef0123456789abcdef", "for user <user:main>")]
    #[case::hex_id("for user ffffffffffffffffffffffffffffffff", "for user <hex-id>")]
    #[case::longer_hex_is_no_id(
        "a0123456789abcdef0123456789abcdee0",
        "a0123456789abcdef0123456789abcdee0"
    )]
    #[case::endpoint(
        "http://127.0.0.1:8774/compute/v2.1/os-keypairs",
        "<endpoint>/v2.1/os-keypairs"
    )]
    #[case::sentence("Keypair 'k' already exists.", "Keypair 'k' already exists.")]
    fn a_text_keeps_what_is_not_volatile(#[case] text: &str, #[case] want: &str) {
        assert_eq!(normal().text(text), want);
    }

    #[rstest]
    #[case::imported(
        json!({"name": "k", "public_key": SENT, "fingerprint": "00:11"}),
        json!({"name": "k", "public_key": SENT, "fingerprint": "00:11"})
    )]
    #[case::generated(
        json!({"name": "k", "public_key": "ssh-rsa AAAA Generated-by-Nova", "private_key": "-----BEGIN RSA PRIVATE KEY-----\nAA\n-----END RSA PRIVATE KEY-----\n",
               "fingerprint": "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"}),
        json!({"name": "k", "public_key": "<public-key:ssh-rsa generated>", "private_key": "<private-key:rsa>", "fingerprint": "<fingerprint:md5>"})
    )]
    #[case::certificate(
        json!({"name": "k", "public_key": "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n", "private_key": "MIIK/w==",
               "fingerprint": "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33"}),
        json!({"name": "k", "public_key": "<certificate>", "private_key": "<private-key:pkcs12>", "fingerprint": "<fingerprint:sha1>"})
    )]
    #[case::shown(
        json!({"id": 7, "fingerprint": "x", "created_at": "2026-08-01T12:00:00.000000", "updated_at": null}),
        json!({"id": "<integer-id>", "fingerprint": "x", "created_at": "<timestamp:us>", "updated_at": null})
    )]
    #[case::name_like_an_id(
        json!({"name": "0123456789abcdef0123456789abcdef", "fingerprint": "x"}),
        json!({"name": "0123456789abcdef0123456789abcdef", "fingerprint": "x"})
    )]
    #[case::times(
        json!({"created": "2026-08-01T12:00:00Z", "launched_at": "2026-08-01T12:00:00"}),
        json!({"created": "<timestamp:Z>", "launched_at": "<timestamp>"})
    )]
    #[case::server(
        json!({"created": "2026-08-01T12:00:00Z", "updated": "2026-08-01T12:00:00Z", "hostId": "f80ffe8fbf311ae65122f1359fe15a9f4419b2702f8d953b833b30ab",
               "OS-EXT-SRV-ATTR:host": "compute", "OS-EXT-SRV-ATTR:hypervisor_hostname": null, "OS-EXT-SRV-ATTR:instance_name": "instance-0000000a",
               "OS-EXT-SRV-ATTR:reservation_id": "r-s7h56pap", "adminPass": "PHk9bg9L58yM"}),
        json!({"created": "<timestamp:Z>", "updated": "<timestamp:Z>", "hostId": "<host-id>",
               "OS-EXT-SRV-ATTR:host": "<host>", "OS-EXT-SRV-ATTR:hypervisor_hostname": null, "OS-EXT-SRV-ATTR:instance_name": "<instance-name>",
               "OS-EXT-SRV-ATTR:reservation_id": "<reservation-id>", "adminPass": "<admin-password>"})
    )]
    #[case::not_a_server_yet(
        json!({"hostId": "", "OS-EXT-SRV-ATTR:reservation_id": "x", "adminPass": "short"}),
        json!({"hostId": "", "OS-EXT-SRV-ATTR:reservation_id": "x", "adminPass": "<admin-password:of another form>"})
    )]
    #[case::address(
        json!({"addr": "192.168.1.20", "OS-EXT-IPS-MAC:mac_addr": "00:0c:29:0d:11:74", "version": 4}),
        json!({"addr": "<ipv4>", "OS-EXT-IPS-MAC:mac_addr": "<mac>", "version": 4})
    )]
    #[case::fault_of_a_server(
        json!({"code": 500, "created": "2026-08-01T12:00:00Z", "message": "No valid host was found. ", "details": "Traceback"}),
        json!({"code": 500, "created": "<timestamp:Z>", "message": "No valid host was found. ", "details": "<details>"})
    )]
    #[case::what_nova_keeps_in_a_set(
        json!({"message": "Invalid input for query parameters sort_key. Value: x. 'x' is not one of ['uuid', 'host', 'locked']"}),
        json!({"message": "Invalid input for query parameters sort_key. Value: x. 'x' is not one of ['host', 'locked', 'uuid']"})
    )]
    #[case::link_to_an_image(
        json!({"rel": "alternate", "href": "http://glance:9292/images/1a000000-0000-4000-8000-000000000001"}),
        json!({"rel": "alternate", "href": "<image-endpoint>/images/<uuid>"})
    )]
    #[case::constant_time(json!({"updated": "2013-07-23T11:33:21Z"}), json!({"updated": "2013-07-23T11:33:21Z"}))]
    #[case::fault(json!({"code": 404}), json!({"code": 404}))]
    fn json_is_normalised_by_kind(#[case] value: Value, #[case] want: Value) {
        assert_eq!(normal().json(&value), want);
    }

    #[test]
    fn a_name_stands_for_what_it_was_bound_to_last() {
        let mut normal = normal();
        normal.bind("one-server", "<server:1>");
        normal.bind("two-server", "<server:1>");
        assert_eq!(
            normal.text("one-server two-server"),
            "one-server <server:1>"
        );
    }

    #[test]
    fn a_password_that_was_sent_is_told_from_one_that_was_made() {
        let mut normal = normal();
        normal.learn(&json!({"rebuild": {"adminPass": "PHk9bg9L58yM"}}));
        assert_eq!(
            normal.json(&json!({"adminPass": "PHk9bg9L58yM"})),
            json!({"adminPass": "<admin-password:as sent>"})
        );
    }

    #[test]
    fn headers_of_the_server_say_nothing() {
        assert_eq!(normal().header("date", "today"), None);
        assert_eq!(
            normal().header("content-type", "text/html"),
            Some("text/html".to_owned())
        );
    }
}
