//! `PUT /servers/{server}`: name, description, hostname, access addresses, disk, zone.

use serde_json::Value;

use super::conflict;
use super::show;
use crate::cloud::server::Server;
use crate::compute::fault::Fault;
use crate::compute::{Answered, Exchange, server_missing};

pub(in crate::compute) fn update(exchange: &Exchange<'_>, body: &Value) -> Result<Answered, Fault> {
    let server = exchange.server_to_use()?;
    let asked = &body["server"];
    let zone = asked.get("pinned_availability_zone");
    let now = exchange.state.clock.now();
    let changed = exchange.state.store.write(|cloud| {
        let missing = || server_missing(exchange.parameter());
        if let Some(zone) = zone {
            let server = cloud.servers.get(server.id).ok_or_else(missing)?;
            may_pin(server, zone.as_str())?;
        }
        let zone = zone.map(|zone| zone.as_str().map(|zone| cloud.servers.share(zone)));
        let changed = cloud.servers.change_if(server.id, now, |server| {
            if let Some(zone) = zone {
                // Nova keeps it beside the server, whose `updated` it does not move.
                server.pinned_availability_zone = zone;
            }
            apply(exchange, server, asked)
        });
        changed.ok_or_else(missing)
    })?;
    Ok(show::answer(exchange, &changed))
}

/// Whether the server may be pinned to this zone, or with none be let loose.
fn may_pin(server: &Server, zone: Option<&str>) -> Result<(), Fault> {
    let Some(zone) = zone else {
        return Ok(());
    };
    match (&server.pinned_availability_zone, &server.availability_zone) {
        (Some(pinned), _) if **pinned == *zone => Ok(()),
        (Some(_), _) => Err(conflict(
            "Cannot change pinned availability zone directly. Unpin first by setting pinned_availability_zone to null.",
        )),
        (None, Some(current)) if **current == *zone => Ok(()),
        (None, current) => Err(conflict(format!(
            "Server can only be pinned to its current availability zone '{}', but '{zone}' was requested.",
            current.as_deref().unwrap_or("None")
        ))),
    }
}

/// What is asked, taken over. Whether anything is different now.
fn apply(exchange: &Exchange<'_>, server: &mut Server, asked: &Value) -> bool {
    let before = (
        server.name.clone(),
        server.description.clone(),
        server.hostname.clone(),
        server.access_ip_v4,
        server.access_ip_v6,
        server.disk_config_auto,
    );
    if let Some(name) = asked["name"].as_str() {
        server.name = exchange.trimmed(name).into();
    }
    if let Some(description) = asked.get("description") {
        server.description = description.as_str().map(Into::into);
    }
    if let Some(hostname) = asked["hostname"].as_str() {
        server.hostname = hostname.into();
    }
    if let Some(address) = asked.get("accessIPv4") {
        server.access_ip_v4 = address.as_str().and_then(|address| address.parse().ok());
    }
    if let Some(address) = asked.get("accessIPv6") {
        server.access_ip_v6 = address.as_str().and_then(|address| address.parse().ok());
    }
    if let Some(disk) = asked["OS-DCF:diskConfig"].as_str() {
        server.disk_config_auto = disk == "AUTO";
    }
    before
        != (
            server.name.clone(),
            server.description.clone(),
            server.hostname.clone(),
            server.access_ip_v4,
            server.access_ip_v6,
            server.disk_config_auto,
        )
}
