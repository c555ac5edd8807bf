//! How Nova says no: its own faults as JSON, and what lies before its handlers in a dialect of its own.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

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
        Self { status, message: message.into() }
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
        plain(self.status, "application/json; charset=UTF-8", body.to_string())
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
pub(super) fn no_route(headers: &HeaderMap) -> Response {
    before_handlers(headers, StatusCode::NOT_FOUND, "The resource could not be found.", true)
}

/// 413 of a body that is too large, likewise from before the handlers. The `%s` is Nova's.
#[must_use]
pub(super) fn too_large(headers: &HeaderMap) -> Response {
    before_handlers(
        headers,
        StatusCode::PAYLOAD_TOO_LARGE,
        "Request is too large. Larger than max_request_body_size (%s).",
        false,
    )
}

fn before_handlers(headers: &HeaderMap, status: StatusCode, sentence: &str, html_break: bool) -> Response {
    let (code, reason) = match status {
        StatusCode::PAYLOAD_TOO_LARGE => (413, "Request Entity Too Large"),
        _ => (404, "Not Found"),
    };
    let break_ = if html_break { "<br /><br />" } else { "" };
    match preferred(headers) {
        Preferred::Html => plain(
            status,
            "text/html; charset=UTF-8",
            format!(
                "<html>\n <head>\n  <title>{code} {reason}</title>\n </head>\n <body>\n  \
                 <h1>{code} {reason}</h1>\n  {sentence}<br /><br />\n\n\n\n </body>\n</html>"
            ),
        ),
        Preferred::Json => plain(
            status,
            "application/json",
            json!({
                "message": format!("{sentence}{break_}\n\n\n"),
                "code": format!("{code} {reason}"),
                "title": reason,
            })
            .to_string(),
        ),
        Preferred::Text => plain(
            status,
            "text/plain; charset=UTF-8",
            format!("{code} {reason}\n\n{sentence}\n\n   "),
        ),
    }
}

enum Preferred {
    Html,
    Json,
    Text,
}

/// Which of HTML and JSON the client accepts more; text where it accepts neither or says nothing.
fn preferred(headers: &HeaderMap) -> Preferred {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let quality = |wanted: &str| {
        let (family, _) = wanted.split_once('/').unwrap_or((wanted, ""));
        accept
            .split(',')
            .filter_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let media = parts.next()?.to_ascii_lowercase();
                let specific = match media.as_str() {
                    media if media == wanted => 2,
                    media if media == format!("{family}/*") => 1,
                    "*/*" => 0,
                    _ => return None,
                };
                let quality = parts
                    .find_map(|part| part.strip_prefix("q="))
                    .map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
                Some((specific, quality))
            })
            .max_by_key(|(specific, _)| *specific)
            .map_or(0.0, |(_, quality)| quality)
    };
    let (html, json) = (quality("text/html"), quality("application/json"));
    if html <= 0.0 && json <= 0.0 {
        Preferred::Text
    } else if json > html {
        Preferred::Json
    } else {
        Preferred::Html
    }
}

/// A whole answer.
pub(super) fn plain(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
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
    fn a_missing_route_is_told_as_the_client_accepts(#[case] accept: Option<&'static str>, #[case] want: &str) {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        }
        assert_eq!(no_route(&headers).headers()[header::CONTENT_TYPE], want);
    }
}
