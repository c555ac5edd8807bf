//! How Glance says no: a status and a sentence, which clients show.

use axum::http::StatusCode;
use serde_json::json;

use crate::http::call::{Answer, Base};

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    status: StatusCode,
    message: String,
    challenge: Option<String>,
}

impl Fault {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            challenge: None,
        }
    }

    /// 400.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 401.
    pub(super) fn unauthorized(base: &Base) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            message: "This server could not verify that you are authorized to access the document you requested.".to_owned(),
            challenge: Some(format!("Keystone uri=\"{}\"", base.join("/identity"))),
        }
    }

    /// 403, as policy says it.
    pub(super) fn not_allowed(what: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            format!("You are not authorized to complete {what} action."),
        )
    }

    /// 404 of an image.
    pub(super) fn missing(id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!("No image found with ID {id}"),
        )
    }

    /// 404 of a path that leads nowhere.
    pub(super) fn no_such_page() -> Self {
        Self::new(StatusCode::NOT_FOUND, "The resource could not be found.")
    }

    pub(super) fn into_answer(self) -> Answer {
        let title = self.status.canonical_reason().unwrap_or_default();
        let code = format!("{} {title}", self.status.as_u16());
        let body = json!({ "message": self.message, "code": code, "title": title });
        let answer = Answer::new(self.status, Some(body));
        match self.challenge {
            Some(challenge) => answer.with("www-authenticate", challenge),
            None => answer,
        }
    }
}
