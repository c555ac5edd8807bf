//! What may be shown of a request or an answer. Reports, logs and `Debug` go through here; it knows header names and JSON
//! keys, nothing of this crate.
//!
//! The rule is to hide too much rather than too little: a body that is not JSON and speaks of a secret is withheld whole.

use serde_json::Value;

/// What stands in the place of a secret.
pub const REDACTED: &str = "<redacted>";

/// Headers whose value is a secret.
const HEADERS: &[&str] = &[
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-auth-token",
    "x-service-token",
    "x-storage-token",
    "x-subject-token",
];

/// JSON keys whose value is a secret, in small letters without `_` and `-` (so `adminPass` and `admin_pass` are one).
const KEYS: &[&str] = &[
    "accesstoken",
    "adminpass",
    "adminpassword",
    "applicationcredentialsecret",
    "authtoken",
    "clientsecret",
    "newpassword",
    "originalpassword",
    "passcode",
    "passphrase",
    "password",
    "privatekey",
    "randomseed",
    "rescuepass",
    "secret",
    "secretkey",
    "token",
];

const KEY_MARK: &str = "PRIVATE KEY-----";

/// Whether the value of this header is a secret.
#[must_use]
pub fn is_secret_header(name: &str) -> bool {
    HEADERS
        .iter()
        .any(|secret| secret.eq_ignore_ascii_case(name))
}

/// The headers with the values of secret ones replaced, in the same order.
#[must_use]
pub fn headers(headers: &[(String, String)]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = if is_secret_header(name) {
                REDACTED.to_owned()
            } else {
                text(value)
            };
            (name.clone(), value)
        })
        .collect()
}

/// A JSON value with every secret replaced: by key at any depth, the `id` of a `token`, private keys in PEM, and tokens in
/// the query of a URL.
#[must_use]
pub fn json(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| {
                // `token: {id: …}` is Keystone's request for a token from a token; `token: {…}` is also its answer.
                let shown = match value {
                    Value::Object(token) if key == "token" => {
                        let mut token = json(&Value::Object(token.clone()));
                        if let Some(id) = token.get_mut("id") {
                            *id = REDACTED.into();
                        }
                        token
                    }
                    // `password: {user: …}` is Keystone's method of that name; `"password": null` is no secret.
                    Value::Object(_) | Value::Array(_) if is_method(value) => json(value),
                    Value::Null => Value::Null,
                    _ if is_secret_key(key) => REDACTED.into(),
                    _ => json(value),
                };
                (key.clone(), shown)
            })
            .collect(),
        Value::Array(items) => items.iter().map(json).collect(),
        Value::String(string) => text(string).into(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// A body as text to show: JSON redacted, other text as it is unless it speaks of a secret, binary as its length in bytes.
#[must_use]
pub fn body(bytes: &[u8]) -> String {
    if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
        return json(&value).to_string();
    }
    match std::str::from_utf8(bytes) {
        Err(_) => format!("<{} bytes, not text>", bytes.len()),
        Ok(shown) if speaks_of_a_secret(shown) => {
            format!(
                "<{} bytes, not JSON, withheld because they may hold a secret>",
                bytes.len()
            )
        }
        Ok(shown) => shown.to_owned(),
    }
}

/// A string with what can be a secret inside it replaced: a private key in PEM, and the value of `token=` in a URL.
#[must_use]
pub fn text(text: &str) -> String {
    if text.contains(KEY_MARK) {
        return REDACTED.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("token=") {
        let (before, value) = rest.split_at(at + "token=".len());
        shown.push_str(before);
        shown.push_str(REDACTED);
        rest = value
            .find(['&', '#', ' ', '"'])
            .map_or("", |end| &value[end..]);
    }
    shown.push_str(rest);
    shown
}

fn plain(key: &str) -> String {
    key.chars()
        .filter(|letter| !matches!(letter, '_' | '-'))
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

fn is_secret_key(key: &str) -> bool {
    KEYS.contains(&plain(key).as_str())
}

fn speaks_of_a_secret(text: &str) -> bool {
    let letters = plain(text);
    text.contains(KEY_MARK) || KEYS.iter().any(|key| letters.contains(key))
}

/// `auth.identity` holds `password: {user: {…}}`: the method's name, not a password.
fn is_method(value: &Value) -> bool {
    value.get("user").is_some_and(Value::is_object)
}
