//! One request, read, and one answer, to be written: what the small services share of HTTP.
//!
//! Knows HTTP and JSON, and no service.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, uri::Authority};
use axum::response::Response;
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// The largest body that is read. Keystone's own limit is 112 KiB.
const BODY_LIMIT: usize = 114_688;

/// Where the client thinks it is: `http://127.0.0.1:8774`, no slash at the end.
///
/// Links and the catalog are built from it, so that the cloud works behind any name: a port forward, a
/// container's name, a proxy that speaks TLS and says so in `X-Forwarded-Proto`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base(String);

impl Base {
    /// From the `Host` of a request.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self::from_headers(request.headers(), request.uri().authority())
    }

    /// From the `Host` header, or what the request line says.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap, authority: Option<&Authority>) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let scheme = match text("x-forwarded-proto") {
            Some("https") => "https",
            _ => "http",
        };
        // What is no host is not repeated into links.
        let host = text("host").filter(|host| host.parse::<Authority>().is_ok());
        let host = host
            .or_else(|| authority.map(Authority::as_str))
            .unwrap_or("localhost");
        Self(format!("{scheme}://{host}"))
    }

    /// The address of a path, which begins with a slash.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

/// A request, read to its end.
#[derive(Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path, without the service's own part, decoded, without empty segments.
    pub path: Vec<String>,
    /// The query, decoded, in the order written.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Where the client thinks it is.
    pub base: Base,
    /// The path and query as the client wrote them.
    pub target: String,
}

/// Why a request could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The body is larger than services accept, or broke off.
    Body,
}

impl Call {
    /// Reads a request to the service mounted at `mount` (`/identity`).
    ///
    /// # Errors
    /// If its body is too large or breaks off.
    pub async fn read(mount: &str, request: Request) -> Result<Self, Unreadable> {
        let base = Base::of(&request);
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, BODY_LIMIT)
            .await
            .map_err(|_| Unreadable::Body)?;
        let path = parts.uri.path();
        let path = path.strip_prefix(mount).unwrap_or(path);
        Ok(Self {
            method: parts.method,
            path: path
                .split('/')
                .filter(|part| !part.is_empty())
                .map(decode)
                .collect(),
            query: parts.uri.query().map(pairs).unwrap_or_default(),
            headers: parts.headers,
            body,
            base,
            target: parts
                .uri
                .path_and_query()
                .map_or_else(|| "/".to_owned(), ToString::to_string),
        })
    }

    /// The path's segments, to be matched.
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// A header's value, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a query parameter is there, with or without a value.
    #[must_use]
    pub fn has_query(&self, name: &str) -> bool {
        self.query.iter().any(|(key, _)| key == name)
    }
}

/// An answer before it is bytes.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// Headers beyond what the service always sends.
    pub headers: Vec<(&'static str, String)>,
    /// The body; none is an empty one.
    pub body: Option<Value>,
}

impl Answer {
    /// 200 with a body.
    #[must_use]
    pub fn ok(body: Value) -> Self {
        Self::new(StatusCode::OK, Some(body))
    }

    /// 201 with a body.
    #[must_use]
    pub fn created(body: Value) -> Self {
        Self::new(StatusCode::CREATED, Some(body))
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT, None)
    }

    /// Any status, with or without a body.
    #[must_use]
    pub fn new(status: StatusCode, body: Option<Value>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    /// The same, with one header more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The bytes.
    #[must_use]
    pub fn into_response(self) -> Response {
        let body = self
            .body
            .map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if self.status != StatusCode::NO_CONTENT {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
        }
        for (name, value) in self.headers {
            // A value that no header can hold came from a client; it is left out rather than answered with 500.
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// A JSON answer without more ado.
#[must_use]
pub fn json_response(status: StatusCode, body: &Value) -> Response {
    Answer::new(status, Some(body.clone())).into_response()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (
                decode(&key.replace('+', " ")),
                decode(&value.replace('+', " ")),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_follow_the_host_the_client_used() {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("cloud.example:8774"));
        assert_eq!(
            Base::from_headers(&headers, None).join("/x"),
            "http://cloud.example:8774/x"
        );
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        assert_eq!(
            Base::from_headers(&headers, None).join("/x"),
            "https://cloud.example:8774/x"
        );
        headers.insert("host", HeaderValue::from_static("not a host\""));
        assert_eq!(
            Base::from_headers(&headers, None).join("/x"),
            "https://localhost/x"
        );
    }

    #[test]
    fn a_query_is_decoded_and_keeps_its_order() {
        let query = pairs("name=a+b%20c&empty&name=d");
        let expected = [("name", "a b c"), ("empty", ""), ("name", "d")];
        assert_eq!(
            query,
            expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
    }
}
