//! `/v3/services`, `/v3/endpoints` and `/v3/regions`: the catalog, piece by piece. It is only read.

use axum::http::Method;
use serde_json::{Value, json};

use super::catalog::{INTERFACES, SERVICES, Service, endpoint_id};
use super::listing::system_reader;
use super::{Exchange, Fault, get_only};
use crate::http::call::Answer;

pub(super) fn services(
    exchange: &Exchange<'_>,
    method: &Method,
    path: &[&str],
) -> Result<Answer, Fault> {
    get_only(method, || match path {
        [] => {
            exchange.permit("identity:list_services", system_reader)?;
            let wanted = SERVICES.iter().filter(|service| {
                exchange.passes("type", Some(service.kind))
                    && exchange.passes("name", Some(service.name))
            });
            exchange.collection(
                "services",
                wanted
                    .map(|service| render_service(exchange, service))
                    .collect(),
            )
        }
        [id] => {
            exchange.permit("identity:get_service", system_reader)?;
            let found = SERVICES.iter().find(|service| service.id == *id);
            let found = found.ok_or_else(|| Fault::not_found("service", id))?;
            Ok(Answer::ok(
                json!({ "service": render_service(exchange, found) }),
            ))
        }
        _ => Err(Fault::no_such_page()),
    })
}

fn render_service(exchange: &Exchange<'_>, service: &Service) -> Value {
    json!({
        "id": service.id,
        "type": service.kind,
        "name": service.name,
        "enabled": true,
        "links": { "self": exchange.link(&format!("services/{}", service.id)) },
    })
}

pub(super) fn endpoints(
    exchange: &Exchange<'_>,
    method: &Method,
    path: &[&str],
) -> Result<Answer, Fault> {
    let all = || {
        SERVICES.iter().flat_map(|service| {
            INTERFACES
                .iter()
                .map(move |interface| (service, *interface))
        })
    };
    get_only(method, || match path {
        [] => {
            exchange.permit("identity:list_endpoints", system_reader)?;
            let region = &exchange.state.settings.region;
            let wanted = all().filter(|(service, interface)| {
                exchange.passes("service_id", Some(service.id))
                    && exchange.passes("interface", Some(interface))
                    && exchange.passes("region_id", Some(region))
            });
            let shown = wanted
                .map(|(service, interface)| render_endpoint(exchange, service, interface))
                .collect();
            exchange.collection("endpoints", shown)
        }
        [id] => {
            exchange.permit("identity:get_endpoint", system_reader)?;
            let found = all().find(|(service, interface)| endpoint_id(service, interface) == *id);
            let (service, interface) = found.ok_or_else(|| Fault::not_found("endpoint", id))?;
            Ok(Answer::ok(
                json!({ "endpoint": render_endpoint(exchange, service, interface) }),
            ))
        }
        _ => Err(Fault::no_such_page()),
    })
}

fn render_endpoint(exchange: &Exchange<'_>, service: &Service, interface: &str) -> Value {
    let id = endpoint_id(service, interface);
    let region = &exchange.state.settings.region;
    json!({
        "links": { "self": exchange.link(&format!("endpoints/{id}")) },
        "id": id,
        "interface": interface,
        "region_id": region,
        "region": region,
        "service_id": service.id,
        "url": exchange.call.base.join(service.path),
        "enabled": true,
    })
}

pub(super) fn regions(
    exchange: &Exchange<'_>,
    method: &Method,
    path: &[&str],
) -> Result<Answer, Fault> {
    let region = &exchange.state.settings.region;
    let shown = || {
        let this = exchange.link(&format!("regions/{region}"));
        json!({ "id": region, "description": "", "parent_region_id": null, "links": { "self": this } })
    };
    get_only(method, || match path {
        [] => {
            exchange.caller()?;
            exchange.collection("regions", vec![shown()])
        }
        [id] => {
            exchange.caller()?;
            if id == region {
                Ok(Answer::ok(json!({ "region": shown() })))
            } else {
                Err(Fault::not_found("region", id))
            }
        }
        _ => Err(Fault::no_such_page()),
    })
}
