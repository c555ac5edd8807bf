//! What there is without a token: the list of versions, and each version's document.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use nova_api::Microversion;
use serde_json::{Value, json};

use super::fault::Fault;
use super::{Dialect, fault, negotiate};
use crate::http::call::Base;
use crate::state::AppState;

/// `GET /`.
pub(super) fn list(state: &AppState, base: &Base, content_type: &'static str) -> Response {
    let max = state.compute.negotiator.max();
    let body = json!({"versions": [
        version(base, Dialect::Legacy, max),
        version(base, Dialect::Current, max),
    ]});
    fault::plain(StatusCode::OK, content_type, body.to_string())
}

/// `GET /v2.1`.
pub(super) fn show(
    state: &AppState,
    base: &Base,
    headers: &HeaderMap,
    dialect: Dialect,
    content_type: &'static str,
) -> Response {
    let negotiator = &state.compute.negotiator;
    let answered = match dialect {
        Dialect::Current => negotiator.version(headers).map(Some),
        Dialect::Legacy | Dialect::Oldest => Ok(None),
    };
    let version_asked = match answered {
        Ok(version) => version,
        Err(refused) => {
            let mut response = refused.fault.into_response();
            if let Some(version) = refused.version {
                negotiate::declare(response.headers_mut(), &version);
            }
            return response;
        }
    };
    if !super::acceptable(headers) {
        let mut response = Fault::unsupported_type().into_response();
        if let Some(version) = version_asked {
            negotiate::declare(response.headers_mut(), &version.to_string());
        }
        return response;
    }
    let mut document = version(base, dialect, negotiator.max());
    if let Some(links) = document["links"].as_array_mut() {
        links.push(json!({
            "rel": "describedby", "type": "text/html", "href": "http://docs.openstack.org/",
        }));
    }
    document["media-types"] = media_types(dialect);
    let body = json!({"version": document}).to_string();
    let mut response = fault::plain(StatusCode::OK, content_type, body);
    if let Some(version) = version_asked {
        negotiate::declare(response.headers_mut(), &version.to_string());
    }
    response
}

/// 300: a path below no version.
pub(super) fn choices(base: &Base, path: &str, content_type: &'static str) -> Response {
    let choice = |dialect: Dialect| {
        json!({
            "id": id(dialect),
            "status": status(dialect),
            "links": [{"rel": "self", "href": base.join(&format!("/compute{}{path}", dialect.prefix()))}],
            "media-types": media_types(dialect),
        })
    };
    let body = json!({"choices": [choice(Dialect::Legacy), choice(Dialect::Current)]});
    fault::plain(StatusCode::MULTIPLE_CHOICES, content_type, body.to_string())
}

fn version(base: &Base, dialect: Dialect, max: Microversion) -> Value {
    let current = dialect == Dialect::Current;
    json!({
        "id": id(dialect),
        "status": status(dialect),
        "version": if current { max.to_string() } else { String::new() },
        "min_version": if current { Microversion::MIN.to_string() } else { String::new() },
        "updated": if current { "2013-07-23T11:33:21Z" } else { "2025-07-04T12:00:00Z" },
        "links": [{"rel": "self", "href": base.join(&format!("/compute{}/", dialect.prefix()))}],
    })
}

const fn id(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Current => "v2.1",
        Dialect::Legacy => "v2.0",
        Dialect::Oldest => "v1.1",
    }
}

const fn status(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Current => "CURRENT",
        Dialect::Legacy | Dialect::Oldest => "DEPRECATED",
    }
}

fn media_types(dialect: Dialect) -> Value {
    let version = match dialect {
        Dialect::Current => "2.1",
        Dialect::Legacy => "2",
        Dialect::Oldest => "1.1",
    };
    json!([{
        "base": "application/json",
        "type": format!("application/vnd.openstack.compute+json;version={version}"),
    }])
}
