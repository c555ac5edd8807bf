//! Where the API begins, and the scopes that are neither project nor domain.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Exchange, Fault, get_only};
use crate::cloud::identity::Target;
use crate::http::call::Answer;

/// `GET /identity`: the versions, of which there is one.
pub(super) fn root(exchange: &Exchange<'_>, method: &Method) -> Result<Answer, Fault> {
    get_only(method, || {
        let body = json!({ "versions": { "values": [version(exchange)] } });
        Ok(Answer::new(StatusCode::MULTIPLE_CHOICES, Some(body))
            .with("location", exchange.link("")))
    })
}

/// `GET /identity/v3`.
pub(super) fn v3(exchange: &Exchange<'_>, method: &Method) -> Result<Answer, Fault> {
    get_only(method, || {
        Ok(Answer::ok(json!({ "version": version(exchange) })))
    })
}

fn version(exchange: &Exchange<'_>) -> Value {
    json!({
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{ "rel": "self", "href": exchange.link("") }],
        "media-types": [{ "base": "application/json", "type": "application/vnd.openstack.identity-v3+json" }],
    })
}

/// `GET /identity/v3/auth/system`.
pub(super) fn system_scopes(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let user_id = exchange.caller()?.user_id.clone();
    let has_any = exchange.read(|identity| {
        identity
            .grants_of(&user_id)
            .any(|grant| grant.target == Target::System)
    });
    let system = if has_any {
        json!([{ "all": true }])
    } else {
        json!([])
    };
    Ok(Answer::ok(
        json!({ "system": system, "links": { "self": exchange.link("auth/system") } }),
    ))
}
