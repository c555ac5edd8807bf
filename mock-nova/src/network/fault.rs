//! How Neutron says no.

use axum::http::StatusCode;
use serde_json::json;

use crate::http::call::Answer;

/// A refusal: the status, its kind and the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    status: StatusCode,
    kind: String,
    message: String,
}

impl Fault {
    pub(super) fn new(
        status: StatusCode,
        kind: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            kind: kind.into(),
            message: message.into(),
        }
    }

    /// 400.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "HTTPBadRequest", message)
    }

    /// 400 of a body that is not JSON.
    pub(super) fn unreadable() -> Self {
        Self::bad_request("Malformed request body: unable to parse it as JSON.")
    }

    /// 403.
    pub(super) fn not_allowed(rule: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "PolicyNotAuthorized",
            format!("{rule} is disallowed by policy"),
        )
    }

    /// 404 of a thing: `Network X could not be found.`
    pub(super) fn not_found(kind: &str, id: &str) -> Self {
        let words = match kind {
            "SecurityGroup" => format!("Security group {id} does not exist"),
            "SecurityGroupRule" => format!("Security group rule {id} does not exist"),
            "FloatingIP" => format!("Floating IP {id} could not be found"),
            other => format!("{other} {id} could not be found."),
        };
        Self::new(StatusCode::NOT_FOUND, format!("{kind}NotFound"), words)
    }

    /// 404 of a path that leads nowhere.
    pub(super) fn no_such_page() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "HTTPNotFound",
            "The resource could not be found.",
        )
    }

    /// 405.
    pub(super) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "HTTPMethodNotAllowed",
            "The method is not allowed for this resource.",
        )
    }

    /// 409.
    pub(super) fn conflict(kind: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, kind, message)
    }

    /// 413.
    pub(super) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "HTTPRequestEntityTooLarge",
            "The body is too large.",
        )
    }

    pub(super) fn into_answer(self) -> Answer {
        let body =
            json!({ "NeutronError": { "type": self.kind, "message": self.message, "detail": "" } });
        Answer::new(self.status, Some(body))
    }
}
