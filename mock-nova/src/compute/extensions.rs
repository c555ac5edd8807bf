//! `extensions`: what the API offers beyond its core.
//!
//! Microversions have replaced extensions; today's Nova answers a list that never changes, recorded here
//! from a real one. The endpoints of 2011 answer what the specification of 2011 shows, in JSON or XML.

use axum::http::{HeaderMap, StatusCode, header};
use nova_api::Superset;
use serde_json::{Value, json};

use super::fault::{self, Fault};
use super::{Answered, Dialect, Exchange};
use crate::policy;

/// Recorded from Nova 34.0.0.
const RECORDED: &str = include_str!("extensions.json");

pub(super) fn list(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    exchange.may(policy::EXTENSIONS, &exchange.own_target())?;
    if exchange.dialect == Dialect::Current {
        return Ok(exchange.render(&Superset::from(recorded())));
    }
    if wants_xml(exchange.headers) {
        let extension = element(&keypairs_of_2011(), "");
        let xml = format!(
            "{DECLARATION}<extensions xmlns=\"{COMMON}\" xmlns:atom=\"{ATOM}\">{extension}</extensions>"
        );
        return Ok(whole(xml));
    }
    Ok(exchange.render(&Superset::from(json!({"extensions": [keypairs_of_2011()]}))))
}

pub(super) fn show(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    exchange.may(policy::EXTENSIONS, &exchange.own_target())?;
    let known = match exchange.dialect {
        Dialect::Current => recorded()["extensions"]
            .as_array()
            .cloned()
            .unwrap_or_default(),
        Dialect::Legacy | Dialect::Oldest => vec![keypairs_of_2011()],
    };
    let found = known
        .into_iter()
        .find(|extension| extension["alias"] == exchange.parameter());
    let found = found.ok_or_else(Fault::no_such_operation)?;
    if exchange.dialect != Dialect::Current && wants_xml(exchange.headers) {
        let namespaces = format!(" xmlns=\"{COMMON}\" xmlns:atom=\"{ATOM}\"");
        return Ok(whole(format!(
            "{DECLARATION}{}",
            element(&found, &namespaces)
        )));
    }
    Ok(exchange.render(&Superset::from(json!({"extension": found}))))
}

fn recorded() -> Value {
    // The file is compiled in and a test reads it.
    serde_json::from_str(RECORDED).unwrap_or_default()
}

/// Source: "About The Keypairs Extension", 2011-09-16, "Extension Query Response".
fn keypairs_of_2011() -> Value {
    json!({
        "updated": "2011-08-08T00:00:00+00:00",
        "name": "Keypairs",
        "links": [],
        "namespace": "http://docs.openstack.org/ext/keypairs/api/v1.1",
        "alias": "os-keypairs",
        "description": "Keypair Support",
    })
}

const DECLARATION: &str = "<?xml version='1.0' encoding='UTF-8'?>\n";
const COMMON: &str = "http://docs.openstack.org/common/api/v1.0";
const ATOM: &str = "http://www.w3.org/2005/Atom";

/// An extension as an XML element. Its texts are this module's own and need no escaping.
fn element(extension: &Value, namespaces: &str) -> String {
    let text = |name: &str| extension[name].as_str().unwrap_or_default();
    format!(
        "<extension{namespaces} name=\"{}\" namespace=\"{}\" alias=\"{}\" updated=\"{}\">\
         <description>{}</description></extension>",
        text("name"),
        text("namespace"),
        text("alias"),
        text("updated"),
        text("description")
    )
}

fn whole(xml: String) -> Answered {
    Answered::Whole(fault::plain(StatusCode::OK, "application/xml", xml))
}

/// Whether XML is named before JSON.
fn wants_xml(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    let media = accept
        .split(',')
        .map(|range| range.split(';').next().unwrap_or_default().trim());
    let first = media.into_iter().find(|media| {
        matches!(
            *media,
            "application/xml" | "text/xml" | "application/json" | "*/*"
        )
    });
    matches!(first, Some("application/xml" | "text/xml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_list_can_be_read_and_names_keypairs() {
        let recorded = recorded();
        let extensions = recorded["extensions"].as_array().unwrap();
        assert!(
            extensions
                .iter()
                .any(|extension| extension["alias"] == "os-keypairs")
        );
    }
}
