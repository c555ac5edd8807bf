//! How Cinder says no: a fault named after its status, as in Nova.

use axum::http::StatusCode;
use serde_json::{Map, json};

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
            message: "The request you have made requires authentication.".to_owned(),
            challenge: Some(format!("Keystone uri=\"{}\"", base.join("/identity"))),
        }
    }

    /// 403, as policy says it.
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

    /// 404 of a volume.
    pub(super) fn missing(id: &str) -> Self {
        Self::not_found(format!("Volume {id} could not be found."))
    }

    /// 404 of a path that leads nowhere.
    pub(super) fn no_such_page() -> Self {
        Self::not_found("The resource could not be found.")
    }

    /// 413 of a quota: of the number of volumes, or of their GiB.
    pub(super) fn over_limit(by_number: bool, (volumes, gigabytes): (u64, u64)) -> Self {
        let message = if by_number {
            format!(
                "VolumeLimitExceeded: Maximum number of volumes allowed ({volumes}) exceeded for quota 'volumes'."
            )
        } else {
            format!(
                "VolumeSizeExceedsAvailableQuota: Requested volume exceeds allowed gigabytes quota of {gigabytes}G."
            )
        };
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    pub(super) fn into_answer(self) -> Answer {
        let code = self.status.as_u16();
        let name = match code {
            401 => "error",
            code => nova_api::fault::fault_name(code),
        };
        let mut body = Map::new();
        body.insert(
            name.to_owned(),
            json!({ "code": code, "message": self.message }),
        );
        let answer = Answer::new(self.status, Some(body.into()));
        match self.challenge {
            Some(challenge) => answer.with("www-authenticate", challenge),
            None => answer,
        }
    }
}
