//! How Keystone says no.
//!
//! Knows the refusals of the identity service's state, and turns each into Keystone's status and sentence.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use crate::cloud::identity::Refusal;

/// An answer that is not the one hoped for.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    status: u16,
    message: String,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    /// `{"error": {"code", "message", "title"}}`, possibly with what else Keystone puts in.
    Keystone(Option<Value>),
    /// `{"message"}` and an `Allow` header: the framework's, before Keystone sees the request.
    MethodNotAllowed(&'static str),
    /// A page of HTML: the framework's, where there is no such path.
    Page,
}

impl Fault {
    fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            shape: Shape::Keystone(None),
        }
    }

    /// 400: something is missing where it was looked for.
    pub(super) fn expecting(attribute: &str, target: &str) -> Self {
        Self::new(
            400,
            format!(
                "Expecting to find {attribute} in {target}. The server could not comply with the request since it is \
                 either malformed or otherwise incorrect. The client is assumed to be in error."
            ),
        )
    }

    /// 400, in other words.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// 401. What exactly is wrong is nobody's business.
    pub(super) fn unauthorized() -> Self {
        Self::new(401, "The request you have made requires authentication.")
    }

    /// 401: none of these methods is known here.
    pub(super) fn unsupported_method() -> Self {
        Self {
            shape: Shape::Keystone(Some(
                json!({ "methods": ["application_credential", "password", "token"] }),
            )),
            ..Self::new(401, "Attempted to authenticate with an unsupported method.")
        }
    }

    /// 401: an application credential asked for what it may not have.
    pub(super) fn application_credential(detail: &str) -> Self {
        Self {
            shape: Shape::Keystone(Some(json!({}))),
            ..Self::new(
                401,
                format!("Error authenticating with application credential: {detail}"),
            )
        }
    }

    /// 403, naming the action or the reason.
    pub(super) fn forbidden(action: &str) -> Self {
        Self::new(
            403,
            format!("You are not authorized to perform the requested action: {action}."),
        )
    }

    /// 403 without a reason.
    pub(super) fn plainly_forbidden() -> Self {
        Self::new(
            403,
            "You are not authorized to perform the requested action.",
        )
    }

    /// 404 in Keystone's usual words.
    pub(super) fn not_found(kind: &str, id: &str) -> Self {
        Self::new(404, format!("Could not find {kind}: {id}."))
    }

    /// 404 in other words.
    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::new(404, message)
    }

    /// 404: the role is not granted there.
    pub(super) fn not_granted(role_id: &str, holder_id: &str, target: &str) -> Self {
        Self::new(
            404,
            format!(
                "Could not find role assignment with role: {role_id}, user or group: {holder_id}, project, domain, or \
                 system: {target}."
            ),
        )
    }

    /// 403 with a sentence of its own.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self::new(403, message)
    }

    /// 409.
    pub(super) fn conflict(kind: &str, details: &str) -> Self {
        Self::new(
            409,
            format!("Conflict occurred attempting to store {kind} - {details}."),
        )
    }

    /// 413.
    pub(super) fn too_large() -> Self {
        Self::new(413, "Request is too large.")
    }

    /// 404 for a path that is none of Keystone's.
    pub(super) fn no_such_page() -> Self {
        let message = "The requested URL was not found on the server. If you entered the URL manually please check \
                       your spelling and try again.";
        Self {
            shape: Shape::Page,
            ..Self::new(404, message)
        }
    }

    /// 405 for a path that knows other methods.
    pub(super) fn method_not_allowed(allow: &'static str) -> Self {
        let message = "The method is not allowed for the requested URL.";
        Self {
            shape: Shape::MethodNotAllowed(allow),
            ..Self::new(405, message)
        }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    pub(super) fn into_response(self, v3: &str) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let title = status.canonical_reason().unwrap_or_default();
        let (content_type, body) = match &self.shape {
            Shape::Keystone(identity) => {
                let mut error =
                    json!({ "code": self.status, "message": self.message, "title": title });
                if let (Some(identity), Value::Object(error)) = (identity, &mut error) {
                    error.insert("identity".to_owned(), identity.clone());
                }
                ("application/json", json!({ "error": error }).to_string())
            }
            Shape::MethodNotAllowed(_) => (
                "application/json",
                json!({ "message": self.message }).to_string(),
            ),
            Shape::Page => (
                "text/html; charset=utf-8",
                format!(
                    "<!doctype html>\n<html lang=en>\n<title>{status}</title>\n<h1>{title}</h1>\n<p>{}</p>\n",
                    self.message
                ),
            ),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Shape::MethodNotAllowed(allow) = self.shape {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if self.status == 401
            && let Ok(challenge) = HeaderValue::from_str(&format!("Keystone uri=\"{v3}\""))
        {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound {
                kind: "application_credential",
                id,
            } => Self::not_found("Application Credential", &id),
            Refusal::NotFound { kind, id } => Self::not_found(kind, &id),
            Refusal::NameTaken {
                kind: "domain",
                name,
                ..
            } => Self::conflict(
                "project",
                &format!(
                    "it is not permitted to have two projects acting as domains with the same name: {name}"
                ),
            ),
            Refusal::NameTaken {
                kind: "project",
                name,
                ..
            } => Self::conflict(
                "project",
                &format!(
                    "it is not permitted to have two projects with either the same name or same id in the same domain: name is {name}"
                ),
            ),
            Refusal::NameTaken {
                kind,
                name,
                domain_id,
            } => {
                // Keystone names the domain of what is made there, but for roles and application credentials.
                let domain = match kind {
                    "user" | "group" => format!(" at domain ID {domain_id}"),
                    _ => String::new(),
                };
                Self::conflict(
                    kind,
                    &format!("Duplicate entry found with name {name}{domain}"),
                )
            }
            Refusal::IdTaken { kind, id } => {
                Self::conflict(kind, &format!("Duplicate entry found with ID {id}"))
            }
            Refusal::Immutable { kind, id, verb } => Self::new(
                403,
                // The lone backquote is Keystone's.
                format!(
                    "Unable to {verb} immutable {kind} resource: `{id}. Set resource option \"immutable\" to false first."
                ),
            ),
            Refusal::NotMember { user_id, group_id } => Self::new(
                404,
                format!("User '{user_id}' not found in group '{group_id}'"),
            ),
            Refusal::NotGranted {
                role_id,
                holder_id,
                target,
            } => Self::not_granted(&role_id, &holder_id, &target),
            Refusal::DomainEnabled(_) => Self::new(
                403,
                "Cannot delete a domain that is enabled, please disable it first.",
            ),
            Refusal::RoleNotHeld(_) => Self::bad_request(
                "Invalid application credential: Cannot create an application credential with unassigned role",
            ),
            Refusal::HasChildren(id) => Self::new(
                403,
                format!(
                    "Cannot delete the project {id} since it is not a leaf in the hierarchy. Use the cascade option if you want to delete a whole subtree."
                ),
            ),
        }
    }
}
