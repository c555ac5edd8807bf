//! `/v3/auth/tokens`: issuing, looking at, and revoking tokens.

use std::sync::Arc;

use axum::http::Method;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::login::{self, Login};
use super::{Caller, Exchange, Fault, catalog};
use crate::cloud::identity::{Identity, Issue, Scope, Subject, Token};
use crate::http::call::Answer;

/// An instant as Keystone writes them: microseconds and a `Z`.
pub(super) fn instant(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// `POST /v3/auth/tokens`.
pub(super) fn issue(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let login = login::parse(exchange)?;
    let now = exchange.state.clock.now();
    let lifetime = exchange.state.settings.token_lifetime;
    let minter = &exchange.state.minter;
    let (text, audit_id) = (minter.token(), minter.url_safe(16));
    let (token, caller) = exchange.write(|identity| {
        let Login {
            user_id,
            scope,
            methods,
            application_credential_id,
            inherited,
        } = login::verify(identity, &login, now)?;
        let scope = match scope {
            Some(scope) => scope,
            None => default_scope(identity, &user_id),
        };
        let (expires_at, parent_audit_id) = match inherited {
            // A token made from another dies with it.
            Some(inherited) => (inherited.expires_at, Some(inherited.audit_id)),
            None => (now.checked_add(lifetime).unwrap_or(Timestamp::MAX), None),
        };
        // Keystone's tokens expire on the second.
        let expires_at = Timestamp::from_second(expires_at.as_second()).unwrap_or(expires_at);
        let issue = Issue {
            methods,
            issued_at: now,
            expires_at,
            audit_id,
            parent_audit_id,
        };
        let subject = Subject {
            user_id,
            scope,
            application_credential_id,
        };
        identity
            .issue(text.clone(), subject, issue)
            .ok_or_else(Fault::unauthorized)?;
        find(identity, &text, now).ok_or_else(Fault::unauthorized)
    })?;
    let body = exchange.render(&token, &caller);
    Ok(Answer::created(body).with("x-subject-token", text))
}

/// Where a token is good that asks for nothing: the user's default project, if it has a role there.
fn default_scope(identity: &Identity, user_id: &str) -> Scope {
    let project_id = identity
        .users()
        .get(user_id)
        .ok()
        .and_then(|user| user.default_project_id.clone());
    let usable = project_id.filter(|id| {
        identity
            .projects()
            .get(id)
            .is_ok_and(|project| identity.is_usable(project))
            && !identity
                .role_ids(user_id, &Scope::Project(id.clone()))
                .is_empty()
    });
    usable.map_or(Scope::Unscoped, Scope::Project)
}

/// `GET` and `HEAD /v3/auth/tokens`.
pub(super) fn validate(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let action = if exchange.call.method == Method::HEAD {
        "identity:check_token"
    } else {
        "identity:validate_token"
    };
    let (text, token, subject) = subject_token(exchange, action, |caller| {
        action == "identity:validate_token" && caller.has_role("service")
            || caller.system && caller.has_role("reader")
    })?;
    Ok(Answer::ok(exchange.render(&token, &subject)).with("x-subject-token", text))
}

/// `DELETE /v3/auth/tokens`.
pub(super) fn revoke(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let (text, ..) = subject_token(exchange, "identity:revoke_token", |_| false)?;
    exchange.write(|identity| identity.revoke(&text));
    Ok(Answer::no_content())
}

/// The token that the request is about: one's own, or any for those `allowed`.
fn subject_token(
    exchange: &Exchange<'_>,
    action: &str,
    allowed: impl Fn(&Caller) -> bool,
) -> Result<(String, Token, Arc<Caller>), Fault> {
    exchange.caller()?;
    let now = exchange.state.clock.now();
    let text = exchange.call.header("x-subject-token");
    let found = text.and_then(|text| exchange.read(|identity| find(identity, text, now)));
    // Who may not look learns nothing of whether there was anything to see.
    exchange.permit(action, |caller| {
        allowed(caller)
            || found
                .as_ref()
                .is_some_and(|(_, subject)| subject.user_id == caller.user_id)
    })?;
    match (text, found) {
        (None, _) => Err(Fault::missing("No token in the request")),
        (Some(text), None) => Err(unknown(text)),
        (Some(text), Some((token, subject))) => Ok((text.to_owned(), token, subject)),
    }
}

/// Keystone tells what never was a token from what is one no more.
pub(super) fn unknown(text: &str) -> Fault {
    if text.starts_with("gAAAAA") {
        Fault::missing("Failed to validate token")
    } else {
        Fault::missing("Could not recognize Fernet token")
    }
}

fn find(identity: &Identity, text: &str, now: Timestamp) -> Option<(Token, Arc<Caller>)> {
    identity
        .token(text, now)
        .map(|(token, caller)| (token.clone(), Arc::clone(caller)))
}

impl Exchange<'_> {
    /// A token as answers show it.
    fn render(&self, token: &Token, caller: &Caller) -> Value {
        let mut body = Map::new();
        body.insert("methods".to_owned(), json!(token.methods));
        body.insert(
            "user".to_owned(),
            json!({
                "domain": { "id": caller.user_domain_id, "name": caller.user_domain_name },
                "id": caller.user_id,
                "name": caller.user_name,
                "password_expires_at": null,
            }),
        );
        let audit_ids: Vec<&String> = [Some(&token.audit_id), token.parent_audit_id.as_ref()]
            .into_iter()
            .flatten()
            .collect();
        body.insert("audit_ids".to_owned(), json!(audit_ids));
        body.insert("expires_at".to_owned(), json!(instant(token.expires_at)));
        body.insert("issued_at".to_owned(), json!(instant(token.issued_at)));
        let mut scoped = true;
        if let (Some(id), Some(name)) = (&caller.project_id, &caller.project_name) {
            let domain =
                json!({ "id": caller.project_domain_id, "name": caller.project_domain_name });
            body.insert(
                "project".to_owned(),
                json!({ "domain": domain, "id": id, "name": name }),
            );
            body.insert("is_domain".to_owned(), json!(false));
        } else if let (Some(id), Some(name)) = (&caller.domain_id, &caller.domain_name) {
            body.insert("domain".to_owned(), json!({ "id": id, "name": name }));
        } else if caller.system {
            body.insert("system".to_owned(), json!({ "all": true }));
        } else {
            scoped = false;
        }
        if scoped {
            let roles: Vec<Value> = caller
                .role_ids
                .iter()
                .zip(&caller.roles)
                .map(|(id, name)| json!({ "id": id, "name": name }))
                .collect();
            body.insert("roles".to_owned(), Value::from(roles));
            if !self.call.has_query("nocatalog") {
                body.insert("catalog".to_owned(), catalog::catalog(self));
            }
        }
        if let Some(id) = &caller.application_credential_id {
            let shown = self.read(|identity| {
                identity.application_credentials().get(id).ok().map(|credential| {
                    json!({ "id": id, "name": credential.name, "restricted": !credential.unrestricted })
                })
            });
            body.extend(shown.map(|shown| ("application_credential".to_owned(), shown)));
        }
        json!({ "token": body })
    }
}
