//! One request and one answer, byte for byte as far as HTTP/1.1 allows, and how both look in a report. It knows the redaction
//! rules; the sending is `transport`'s.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use crate::{redact, secret::Secret};

/// A request to a service, as it is to go on the wire.
///
/// What is kept: the path and the query to the byte, the headers' values, and the order of the headers (values of one name
/// together). What is not: header names go out in small letters. What is added: `host`, `content-length` where there is a
/// body, `x-auth-token` by [`Token`], and `accept: application/json` and `user-agent` where the request brings none; nothing
/// else. The path cannot hold what a URL cannot: `.` and `..` segments (also `%2e`), `\`, `#`, spaces, control characters,
/// `"` `<` `>`, letters beyond ASCII, `'` in a query, and a few more. Such a request fails with
/// [`SendFault::Unsendable`](crate::SendFault::Unsendable) instead of going out changed.
#[derive(Clone)]
pub struct RawRequest {
    /// The method.
    pub method: Method,
    /// What follows the service's endpoint, percent-encoded by the caller: `/os-keypairs?limit=1`, or empty for the endpoint
    /// itself.
    pub path: String,
    /// The headers, in order; a name may come more than once.
    pub headers: Vec<(String, String)>,
    /// The body; `None` sends none.
    pub body: Option<Bytes>,
    /// Whose token goes along.
    pub token: Token,
    /// How long the request may take to the answer's last byte; `None` takes [`crate::Config::deadline`].
    pub deadline: Option<Duration>,
}

/// Whose token goes along as `x-auth-token`, after the other headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Token {
    /// The session's, unless the request has an `x-auth-token` header of its own.
    #[default]
    Session,
    /// None.
    Absent,
    /// This one.
    Custom(Secret),
}

impl RawRequest {
    /// A request with no headers and no body, with the session's token.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: None,
            token: Token::Session,
            deadline: None,
        }
    }

    /// `GET path`.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// `POST path`.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    /// `PUT path`.
    pub fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path)
    }

    /// `DELETE path`.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// One more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Asks the Compute API for a microversion: `openstack-api-version: compute 2.10`. `version` is anything that displays as
    /// one, also `latest`.
    #[must_use]
    pub fn at(self, version: impl fmt::Display) -> Self {
        self.header("openstack-api-version", format!("compute {version}"))
    }

    /// Asks for a microversion in the header that Nova had before 2.27: `x-openstack-nova-api-version: 2.10`.
    #[must_use]
    pub fn at_legacy(self, version: impl fmt::Display) -> Self {
        self.header("x-openstack-nova-api-version", version.to_string())
    }

    /// A body, as it is. Says no `content-type`.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// A JSON body with its `content-type`, without white space, the keys in the value's order.
    #[must_use]
    pub fn json(self, value: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(value.to_string())
    }

    /// Sends no token.
    #[must_use]
    pub fn without_token(mut self) -> Self {
        self.token = Token::Absent;
        self
    }

    /// Sends this token instead of the session's.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<Secret>) -> Self {
        self.token = Token::Custom(token.into());
        self
    }

    /// Allows this long, to the answer's last byte.
    #[must_use]
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }
}

/// For a report: the request line, headers and body, redacted.
impl fmt::Display for RawRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.method, redact::text(&self.path))?;
        message(out, &self.headers, self.body.as_deref())
    }
}

impl fmt::Debug for RawRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RawRequest")
            .field("method", &self.method)
            .field("path", &redact::text(&self.path))
            .field("headers", &redact::headers(&self.headers))
            .field("body", &self.body.as_deref().map(redact::body))
            .field("token", &self.token)
            .field("deadline", &self.deadline)
            .finish()
    }
}

/// An answer, as it came.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawAnswer {
    /// The status.
    pub status: u16,
    /// Every header with its name in small letters, in the order of arrival (values of one name together). A value that is
    /// not UTF-8 is read as Latin-1.
    pub headers: Vec<(String, String)>,
    /// The body, never decompressed.
    pub body: Bytes,
    /// From the request's start, connecting included, to the end of the answer's headers.
    pub first_byte: Duration,
    /// From the request's start to the body's last byte.
    pub last_byte: Duration,
}

impl RawAnswer {
    /// The first value of the header `name` (in any case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header_values(name).next()
    }

    /// Every value of the header `name` (in any case), in order.
    pub fn header_values<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.headers
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`NotJson`], which says the status and how the body begins, redacted.
    pub fn json(&self) -> Result<Value, NotJson> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let shown = redact::body(&self.body);
            let start: String = shown.chars().take(200).collect();
            NotJson {
                status: self.status,
                error: error.to_string(),
                start,
            }
        })
    }

    /// The request id under which the service's log speaks of this request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.header("x-openstack-request-id")
            .or_else(|| self.header("x-compute-request-id"))
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// For a report: the status, headers and body, redacted.
impl fmt::Display for RawAnswer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.status)?;
        message(out, &self.headers, Some(&self.body))
    }
}

impl fmt::Debug for RawAnswer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RawAnswer")
            .field("status", &self.status)
            .field("headers", &redact::headers(&self.headers))
            .field("body", &redact::body(&self.body))
            .field("first_byte", &self.first_byte)
            .field("last_byte", &self.last_byte)
            .finish()
    }
}

/// An answer whose body is not JSON.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the body of this {status} is not JSON ({error}); it begins: {start}")]
pub struct NotJson {
    status: u16,
    error: String,
    start: String,
}

fn message(
    out: &mut fmt::Formatter<'_>,
    headers: &[(String, String)],
    body: Option<&[u8]>,
) -> fmt::Result {
    for (name, value) in redact::headers(headers) {
        write!(out, "\n{name}: {value}")?;
    }
    match body {
        Some(body) if !body.is_empty() => write!(out, "\n\n{}", redact::body(body)),
        _ => Ok(()),
    }
}
