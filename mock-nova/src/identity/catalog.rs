//! Where the services are, as the catalog of a token tells it.
//!
//! Addresses are built from the host the client used, so that they lead back to where it came from.

use serde_json::{Value, json};

use super::{Exchange, Fault};
use crate::http::call::Answer;

/// One service of the cloud.
pub(super) struct Service {
    /// A fixed id.
    pub(super) id: &'static str,
    /// What clients look for.
    pub(super) kind: &'static str,
    /// What people call it.
    pub(super) name: &'static str,
    /// Where it is, below the cloud's address.
    pub(super) path: &'static str,
}

/// The services. Clients append a version to image and network themselves, and expect the others to have one.
pub(super) const SERVICES: [Service; 6] = [
    Service {
        id: "5e000000000000000000000000000001",
        kind: "identity",
        name: "keystone",
        path: "/identity",
    },
    Service {
        id: "5e000000000000000000000000000002",
        kind: "compute",
        name: "nova",
        path: "/compute/v2.1",
    },
    Service {
        id: "5e000000000000000000000000000003",
        kind: "image",
        name: "glance",
        path: "/image",
    },
    Service {
        id: "5e000000000000000000000000000004",
        kind: "network",
        name: "neutron",
        path: "/networking",
    },
    Service {
        id: "5e000000000000000000000000000005",
        kind: "placement",
        name: "placement",
        path: "/placement",
    },
    Service {
        id: "5e000000000000000000000000000006",
        kind: "block-storage",
        name: "cinder",
        path: "/volume/v3",
    },
];

/// From where an endpoint is meant to be used.
pub(super) const INTERFACES: [&str; 3] = ["public", "internal", "admin"];

/// The id of a service's endpoint: the service's, with the interface in the place of its kind.
pub(super) fn endpoint_id(service: &Service, interface: &str) -> String {
    let kind = match interface {
        "public" => "e1",
        "internal" => "e2",
        _ => "e3",
    };
    format!("{kind}{}", service.id.get(2..).unwrap_or_default())
}

/// The catalog as tokens carry it.
pub(super) fn catalog(exchange: &Exchange<'_>) -> Value {
    let region = &exchange.state.settings.region;
    SERVICES
        .iter()
        .map(|service| {
            let url = exchange.call.base.join(service.path);
            let endpoints: Vec<Value> = INTERFACES
                .iter()
                .map(|interface| {
                    json!({
                        "id": endpoint_id(service, interface),
                        "interface": interface,
                        "region_id": region,
                        "url": url,
                        "region": region,
                    })
                })
                .collect();
            json!({ "endpoints": endpoints, "id": service.id, "type": service.kind, "name": service.name })
        })
        .collect()
}

/// `GET /identity/v3/auth/catalog`.
pub(super) fn of_caller(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    if exchange.caller()?.project_id.is_none() {
        return Err(Fault::plainly_forbidden());
    }
    Ok(Answer::ok(
        json!({ "catalog": catalog(exchange), "links": { "self": exchange.link("auth/catalog") } }),
    ))
}
