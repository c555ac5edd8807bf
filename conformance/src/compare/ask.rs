//! One request as the same question to two clouds: what differs between them (ids of users and projects) is written as the
//! name of a role. It knows [`crate::normal`]'s names and how to write a request down for people.

use std::fmt::Write as _;

use http::Method;
use nova_api::Microversion;
use nova_client::{RawRequest, redact};

use crate::caller::{Base, Caller};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Somebody of the run.
    Caller(Caller),
    /// Somebody with a token that no Keystone has given.
    Stranger,
}

/// A token that no Keystone has given.
pub(crate) const STRANGE_TOKEN: &str = "gAAAAABnotatokenofthiscloud";

/// Which contract a request asks for, as far as it can be told from the request alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// That of a microversion.
    Version(Microversion),
    /// That of `/v2`.
    Legacy,
    /// None: the version is malformed or not offered.
    Refused,
}

/// A request to both clouds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What it asks, by [`nova_api::Operation::name`] where it asks one.
    pub operation: &'static str,
    /// Which contract it asks for.
    pub asked: Asked,
    /// Who asks.
    pub who: Who,
    /// Where the path begins.
    pub base: Base,
    /// The method.
    pub method: Method,
    /// The path and query, percent-encoded but for names of roles such as `<user:main>`.
    pub path: String,
    /// The headers, with names of roles.
    pub headers: Vec<(String, String)>,
    /// The body, with names of roles.
    pub body: Option<Vec<u8>>,
    /// Under which names what it makes is known from then on, such as `<server:1>`: each cloud gives it an id of its own.
    pub binds: Vec<String>,
}

/// What a name stands for that no cloud has given a meaning: a server whose making was refused, for instance.
const UNKNOWN: &str = "deadbeef-0000-4000-8000-000000000000";

/// The kinds of things that requests of a run make or find, as their names begin.
const KINDS: &[&str] = &[
    "<server:",
    "<image:",
    "<flavor:",
    "<network:",
    "<volume:",
    "<group:",
    "<security-group:",
    "<request:",
];

/// A text in which nothing is left that only a name stands for.
fn without_names(mut text: String) -> String {
    for kind in KINDS {
        while let Some(at) = text.find(kind) {
            let Some(length) = text[at..].find('>') else {
                break;
            };
            text.replace_range(at..=at + length, UNKNOWN);
        }
    }
    text
}

impl Ask {
    /// The request to the cloud in which roles have these ids; `ids` holds pairs of id and name.
    pub fn to_request(&self, ids: &[(String, String)]) -> RawRequest {
        let resolve = |text: &str| {
            let mut text = text.to_owned();
            for (id, name) in ids {
                if text.contains(name.as_str()) {
                    text = text.replace(name.as_str(), id);
                }
            }
            without_names(text)
        };
        let mut request = RawRequest::new(self.method.clone(), resolve(&self.path));
        for (name, value) in &self.headers {
            request = request.header(name.as_str(), resolve(value));
        }
        if let Some(body) = &self.body {
            request = request.body(match std::str::from_utf8(body) {
                Ok(text) => resolve(text).into_bytes(),
                Err(_) => body.clone(),
            });
        }
        request
    }

    /// The body as JSON, where it is.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(self.body.as_deref()?).ok()
    }

    /// As a command line that asks the same: `$TOKEN_MAIN` and `$NOVA` (the URL above `/v2.1`) are to be set.
    pub fn as_curl(&self) -> String {
        let version = match self.base {
            Base::Endpoint => "/v2.1",
            Base::Legacy => "/v2",
            Base::Root => "",
            Base::Identity => "/v3",
        };
        let mut line = String::from("curl -i");
        if self.method == Method::HEAD {
            line.push_str(" --head");
        } else if self.method != Method::GET {
            let _ = write!(line, " -X {}", self.method);
        }
        let _ = write!(
            line,
            " \"$NOVA\"{}",
            quoted(&format!("{version}{}", redact::text(&self.path)))
        );
        match self.who {
            Who::Caller(Caller::Nobody) => {}
            Who::Caller(caller) => {
                let _ = write!(
                    line,
                    " -H \"x-auth-token: $TOKEN_{}\"",
                    caller.name().to_uppercase()
                );
            }
            Who::Stranger => {
                let _ = write!(line, " -H 'x-auth-token: {STRANGE_TOKEN}'");
            }
        }
        for (name, value) in redact::headers(&self.headers) {
            // curl leaves a header without a value out unless it ends in a semicolon.
            let pair = if value.is_empty() {
                format!("{name};")
            } else {
                format!("{name}: {value}")
            };
            let _ = write!(line, " -H {}", quoted(&pair));
        }
        if let Some(body) = &self.body {
            let _ = write!(line, " --data-binary {}", quoted_bytes(body));
        }
        line
    }
}

fn quoted(text: &str) -> String {
    quoted_bytes(text.as_bytes())
}

/// As a word of a POSIX shell, or of bash where it holds bytes that cannot be printed.
fn quoted_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        _ => {
            let mut word = String::from("$'");
            for byte in bytes {
                match byte {
                    b'\'' => word.push_str(r"\'"),
                    b'\\' => word.push_str(r"\\"),
                    b'\n' => word.push_str(r"\n"),
                    b' '..=b'~' => word.push(char::from(*byte)),
                    _ => {
                        let _ = write!(word, r"\x{byte:02x}");
                    }
                }
            }
            word.push('\'');
            word
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask() -> Ask {
        Ask {
            operation: "keypairs.create",
            asked: Asked::Legacy,
            who: Who::Caller(Caller::Main),
            base: Base::Legacy,
            method: Method::POST,
            path: "/os-keypairs?user_id=<user:other>".to_owned(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: Some(br#"{"keypair": {"name": "it's", "user_id": "<user:other>"}}"#.to_vec()),
            binds: Vec::new(),
        }
    }

    #[test]
    fn roles_become_the_ids_they_have_in_a_cloud() {
        let request = ask().to_request(&[("5e1f".to_owned(), "<user:other>".to_owned())]);
        assert_eq!(request.path, "/os-keypairs?user_id=5e1f");
        assert_eq!(
            request.body.as_deref(),
            Some(&br#"{"keypair": {"name": "it's", "user_id": "5e1f"}}"#[..])
        );
    }

    #[test]
    fn what_was_never_made_is_asked_for_under_an_id_that_nothing_has() {
        let ask = Ask {
            path: "/servers/<server:7>/tags/<server:7>".to_owned(),
            ..ask()
        };
        assert_eq!(
            ask.to_request(&[]).path,
            format!("/servers/{UNKNOWN}/tags/{UNKNOWN}")
        );
    }

    #[test]
    fn a_request_can_be_repeated_by_hand() {
        assert_eq!(
            ask().as_curl(),
            r#"curl -i -X POST "$NOVA"'/v2/os-keypairs?user_id=<user:other>' -H "x-auth-token: $TOKEN_MAIN" -H 'content-type: application/json' --data-binary '{"keypair": {"name": "it'\''s", "user_id": "<user:other>"}}'"#
        );
    }

    #[test]
    fn bytes_that_cannot_be_printed_are_escaped() {
        assert_eq!(quoted_bytes(b"a\xff\n'"), r"$'a\xff\n\''");
    }
}
