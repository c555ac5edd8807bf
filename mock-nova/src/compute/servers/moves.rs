//! The actions that give a server another place: another flavor, or a host again after it was shelved.

use std::sync::Arc;

use serde_json::Value;

use super::super::fault::Fault;
use super::super::{Exchange, on};
use super::actions::Change;
use super::refusals::{conflict, forbidden};
use super::suitable::{self, Demands, Root};
use crate::cloud::Cloud;
use crate::cloud::flavor::Flavor;
use crate::cloud::quota::Resource;
use crate::cloud::server::{HOST, Resize, Server, VmState, ZONE};
use crate::policy;

/// `resize`: whether the server can have that flavor.
pub(super) fn resize(
    exchange: &Exchange<'_>,
    cloud: &Cloud,
    server: &Server,
    asked: &Value,
) -> Result<Change, Fault> {
    let disk = suitable::asked_disk_config(asked);
    let image = server.image.as_deref();
    let says = image.and_then(|image| Some((image, image.properties.get("auto_disk_config")?)));
    if let Some((image, says)) = says
        && disk == Some(true)
        && says.trim().eq_ignore_ascii_case("disabled")
    {
        return Err(Fault::bad_request(suitable::disk_is_fixed(&image.id)));
    }
    let id = match &asked["flavorRef"] {
        Value::String(id) => id.clone(),
        other => other.to_string(),
    };
    let new = cloud
        .flavors
        .get(&id)
        .filter(|flavor| flavor.public || exchange.is_admin())
        .ok_or_else(|| Fault::bad_request(format!("Flavor {id} could not be found.")))?;
    let old = &server.flavor;
    if new.disk == 0 && old.disk != 0 && !server.is_volume_backed() {
        return Err(Fault::bad_request(
            "Server disk was unable to be resized because: Resize to zero disk flavor is not allowed.",
        ));
    }
    if new.id == old.id {
        return Err(Fault::bad_request(
            "When resizing, instances must change flavor!",
        ));
    }
    within_quota(cloud, server, old, new)?;
    match image.filter(|_| !server.is_volume_backed()) {
        Some(image) => {
            suitable::flavor_suits(exchange, new, &Demands::kept(image), Root::OfFlavor)?;
        }
        None => {
            let demands = suitable::demands_of_volume(cloud, server);
            suitable::flavor_suits(exchange, new, &demands, Root::Volume(None))?;
        }
    }
    let resize = Resize {
        new: Arc::clone(new),
        old: Arc::clone(old),
        vm_state: server.vm_state,
        power_state: server.power_state,
    };
    Ok(Box::new(move |server| {
        server.resize = Some(Box::new(resize));
        server.disk_config_auto = disk.unwrap_or(false);
    }))
}

/// What is more than before must be left in the quota of the server's project, and of whoever made the server.
fn within_quota(cloud: &Cloud, server: &Server, old: &Flavor, new: &Flavor) -> Result<(), Fault> {
    let used = cloud.servers.used(&server.project_id);
    let more = |new: u64, old: u64| i64::try_from(new.saturating_sub(old)).unwrap_or(i64::MAX);
    let asked = [
        (
            Resource::Cores,
            "cores",
            more(new.vcpus, old.vcpus),
            used.cores,
        ),
        (Resource::Ram, "ram", more(new.ram, old.ram), used.ram),
    ];
    let mut over = Vec::new();
    for (resource, name, more, used) in asked {
        let limit = cloud
            .quotas
            .limit(&server.project_id, Some(&server.user_id), resource);
        if more > 0 && limit >= 0 && used.saturating_add(more) > limit {
            over.push((name, more, used, limit));
        }
    }
    if over.is_empty() {
        return Ok(());
    }
    let all = |of: fn(&(&str, i64, i64, i64)) -> String| {
        let texts: Vec<String> = over.iter().map(of).collect();
        texts.join(", ")
    };
    let names = all(|over| over.0.to_owned());
    Err(forbidden(format!(
        "Quota exceeded for {names}: Requested {}, but already used {} of {} {names}",
        all(|over| over.1.to_string()),
        all(|over| over.2.to_string()),
        all(|over| over.3.to_string()),
    )))
}

/// `confirmResize` and `revertResize`: one that is being confirmed already waits for nothing any more.
pub(super) fn resize_waits(cloud: &Cloud, server: &Server) -> Result<Change, Fault> {
    if server.resize.is_none() || cloud.servers.is_busy(server.id) {
        return Err(Fault::bad_request("Instance has not been resized."));
    }
    Ok(Box::new(|_| {}))
}

/// `unshelve`: whether the server can go to that zone or host.
pub(super) fn unshelve(
    exchange: &Exchange<'_>,
    server: &Server,
    asked: &Value,
) -> Result<Change, Fault> {
    let zone = asked
        .get("availability_zone")
        .filter(|_| exchange.takes("/unshelve/availability_zone"))
        .map(|zone| zone.as_str().filter(|zone| !zone.is_empty()));
    let host = asked["host"]
        .as_str()
        .filter(|host| !host.is_empty() && exchange.takes("/unshelve/host"));
    if (zone.is_some() || host.is_some()) && server.vm_state != VmState::ShelvedOffloaded {
        return Err(conflict(format!(
            "Specifying an availability zone or a host when unshelving server \"{}\" with status \"{}\" is not supported. \
             The server status must be SHELVED_OFFLOADED.",
            server.id, server.vm_state
        )));
    }
    if let Some(Some(zone)) = zone
        && zone != ZONE
    {
        return Err(Fault::bad_request(
            "The requested availability zone is not available",
        ));
    }
    let pinned: Option<Arc<str>> = match zone {
        Some(zone) => zone.map(Into::into),
        None => server.pinned_availability_zone.clone(),
    };
    if let Some(host) = host {
        exchange.may(policy::UNSHELVE_TO_HOST, &on(server))?;
        if host != HOST {
            return Err(Fault::bad_request(format!(
                "Compute host {host} could not be found."
            )));
        }
        if let Some(pinned) = pinned.as_deref().filter(|pinned| *pinned != ZONE) {
            return Err(conflict(format!(
                "Host \"{host}\" is not in the availability zone \"{pinned}\"."
            )));
        }
    }
    Ok(Box::new(move |server| {
        server.pinned_availability_zone = pinned
    }))
}
