//! How Nova says no: its own faults as JSON, and what lies before its handlers in a dialect of its own.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use super::accept;

/// A refusal: the status and the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The status.
    pub(super) status: StatusCode,
    /// The sentence, as Nova says it.
    pub(super) message: String,
}

impl Fault {
    /// A refusal of this status.
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    /// 400.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 403, as policy says it.
    #[must_use]
    pub(super) fn not_allowed(rule: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            format!("Policy doesn't allow {rule} to be performed."),
        )
    }

    /// 404.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// 415.
    #[must_use]
    pub(super) fn unsupported_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Unsupported Content-Type",
        )
    }

    /// 404 of an operation that is not there at this version.
    #[must_use]
    pub(super) fn no_such_operation() -> Self {
        Self::not_found("The resource could not be found.")
    }

    /// The answer, without the headers of negotiation.
    #[must_use]
    pub(super) fn into_response(self) -> Response {
        let status = self.status.as_u16();
        let body = json!({
            nova_api::fault::fault_name(status): {"code": status, "message": self.message},
        });
        plain(
            self.status,
            "application/json; charset=UTF-8",
            body.to_string(),
        )
    }
}

impl From<nova_api::Refusal> for Fault {
    fn from(refusal: nova_api::Refusal) -> Self {
        Self::bad_request(refusal.0)
    }
}

/// 404 of a path that no operation has. It comes from before Nova's handlers and is HTML, JSON or text, as
/// the client accepts; Nova's own form of a fault it never is.
#[must_use]
pub(super) fn no_route(method: &Method, headers: &HeaderMap) -> Response {
    if method == Method::HEAD {
        return plain(
            StatusCode::NOT_FOUND,
            "text/html; charset=UTF-8",
            String::new(),
        );
    }
    before_handlers(
        headers,
        StatusCode::NOT_FOUND,
        "The resource could not be found.",
    )
}

/// 413 of a body that is too large, likewise from before the handlers. The `%s` is Nova's.
#[must_use]
pub(super) fn too_large(headers: &HeaderMap) -> Response {
    before_handlers(
        headers,
        StatusCode::PAYLOAD_TOO_LARGE,
        "Request is too large. Larger than max_request_body_size (%s).",
    )
}

/// A refusal in the form that WebOb gives it where Nova does not give it one of its own.
#[must_use]
pub(crate) fn before_handlers(headers: &HeaderMap, status: StatusCode, sentence: &str) -> Response {
    let code = status.as_u16();
    let reason = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        _ => status.canonical_reason().unwrap_or_default(),
    };
    match accept::best(headers, &["text/html", "application/json"]) {
        Some("text/html") => plain(
            status,
            "text/html; charset=UTF-8",
            format!(
                "<html>\n <head>\n  <title>{code} {reason}</title>\n </head>\n <body>\n  \
                 <h1>{code} {reason}</h1>\n  {sentence}<br /><br />\n\n\n\n </body>\n</html>"
            ),
        ),
        Some(_) => plain(
            status,
            "application/json",
            json!({
                "message": format!("{sentence}<br /><br />\n\n\n"),
                "code": format!("{code} {reason}"),
                "title": reason,
            })
            .to_string(),
        ),
        None => plain(
            status,
            "text/plain; charset=UTF-8",
            format!("{code} {reason}\n\n{sentence}\n\n   "),
        ),
    }
}

/// A whole answer.
pub(crate) fn plain(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Asked of a real Nova 34.0.0.
    #[rstest]
    #[case::nothing(None, "text/plain; charset=UTF-8")]
    #[case::anything(Some("*/*"), "text/html; charset=UTF-8")]
    #[case::html(Some("text/html"), "text/html; charset=UTF-8")]
    #[case::json(Some("application/json"), "application/json")]
    #[case::rather_json(Some("text/html;q=0.1, application/json"), "application/json")]
    #[case::xml(Some("application/xml"), "text/plain; charset=UTF-8")]
    fn a_missing_route_is_told_as_the_client_accepts(
        #[case] accept: Option<&'static str>,
        #[case] want: &str,
    ) {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        }
        assert_eq!(
            no_route(&Method::GET, &headers).headers()[header::CONTENT_TYPE],
            want
        );
    }
}
