//! `floatingips`.

use std::net::IpAddr;

use serde_json::{Value, json};
use uuid::Uuid;

use super::fault::Fault;
use super::kind::Kind;
use super::{Asking, instant, ports, uuid};
use crate::cloud::Cloud;
use crate::cloud::network::FloatingIp;
use crate::cloud::server::Server;
use crate::cloud::viewer::Viewer;

pub(super) fn seen(cloud: &Cloud, viewer: Viewer<'_>) -> Vec<Value> {
    let floating_ips = cloud.networks.floating_ips.iter();
    floating_ips
        .filter(|floating_ip| viewer.owns(&floating_ip.project_id))
        .map(shown)
        .collect()
}

fn shown(floating_ip: &FloatingIp) -> Value {
    json!({
        "id": floating_ip.id,
        "project_id": floating_ip.project_id,
        "tenant_id": floating_ip.project_id,
        "floating_network_id": floating_ip.network_id,
        "floating_ip_address": floating_ip.address.to_string(),
        "fixed_ip_address": floating_ip.port.map(|(_, address)| address.to_string()),
        "port_id": floating_ip.port.map(|(port, _)| port.to_string()),
        "router_id": null,
        "status": if floating_ip.port.is_some() { "ACTIVE" } else { "DOWN" },
        "description": floating_ip.description,
        "port_details": null,
        "port_forwardings": [],
        "tags": [],
        "revision_number": 0,
        "created_at": instant(floating_ip.created_at),
        "updated_at": instant(floating_ip.created_at),
    })
}

pub(super) fn create(cloud: &mut Cloud, asking: &Asking<'_>) -> Result<String, Fault> {
    let network_id = asking.needed("floating_network_id")?.to_owned();
    let network = cloud.networks.get(&network_id);
    let network = network
        .filter(|network| network.is_visible_to(asking.viewer))
        .ok_or_else(|| Kind::Network.missing(&network_id))?;
    if !network.external {
        let message = format!(
            "Bad floatingip request: Network {network_id} is not a valid external network."
        );
        return Err(Fault::bad_request(message));
    }
    let project_id = asking.project_id()?;
    let port = wanted_port(cloud, asking)?;
    let plug = cloud
        .networks
        .allocate(&network_id, None, &asking.state.minter)
        .map_err(|why| ports::refused(why, &network_id, None))?;
    let Some(address) = plug.addresses.first().copied() else {
        return Err(ports::refused(
            crate::cloud::network::NoAddress::Exhausted,
            &network_id,
            None,
        ));
    };
    let id = asking.state.minter.uuid().to_string();
    cloud.networks.floating_ips.add(FloatingIp {
        id: id.clone(),
        project_id,
        network_id,
        address,
        port: None,
        description: asking.text("description").unwrap_or_default().to_owned(),
        created_at: asking.state.clock.now(),
    });
    lead(cloud, &id, port);
    Ok(id)
}

pub(super) fn update(cloud: &mut Cloud, asking: &Asking<'_>, id: &str) -> Result<(), Fault> {
    if let Some(description) = asking.text("description")
        && let Some(floating_ip) = cloud.networks.floating_ips.get_mut(id)
    {
        description.clone_into(&mut floating_ip.description);
    }
    if asking.fields.contains_key("port_id") {
        let port = wanted_port(cloud, asking)?;
        lead(cloud, id, port);
    }
    Ok(())
}

pub(super) fn delete(cloud: &mut Cloud, id: &str) -> Result<(), Fault> {
    lead(cloud, id, None);
    if let Some(gone) = cloud.networks.floating_ips.remove(id) {
        cloud.networks.release(&gone.network_id, &[gone.address]);
    }
    Ok(())
}

/// The port that a body names, with its address.
fn wanted_port(cloud: &Cloud, asking: &Asking<'_>) -> Result<Option<(Uuid, IpAddr)>, Fault> {
    let Some(text) = asking.text("port_id") else {
        return Ok(None);
    };
    let shown = Kind::Port.one(cloud, asking.viewer, text)?;
    let asked = asking.text("fixed_ip_address");
    let address = asked.or_else(|| shown["fixed_ips"][0]["ip_address"].as_str());
    match (uuid(text), address.and_then(|address| address.parse().ok())) {
        (Some(id), Some(address)) => Ok(Some((id, address))),
        _ => Err(Fault::bad_request(format!(
            "Bad floatingip request: Port {text} does not have a fixed IPv4 address."
        ))),
    }
}

/// Lets a floating address lead to a port, and the port's server know.
fn lead(cloud: &mut Cloud, id: &str, port: Option<(Uuid, IpAddr)>) {
    let Some(floating_ip) = cloud.networks.floating_ips.get_mut(id) else {
        return;
    };
    let (address, project_id, before) = (
        floating_ip.address,
        floating_ip.project_id.clone(),
        floating_ip.port,
    );
    floating_ip.port = port;
    if let Some((port, _)) = before {
        tell(cloud, &project_id, port, |known| {
            known.retain(|known| *known != address)
        });
    }
    if let Some((port, _)) = port {
        tell(cloud, &project_id, port, |known| known.push(address));
    }
}

/// Changes the floating addresses of the server that a port is of.
fn tell(cloud: &mut Cloud, project_id: &str, port: Uuid, change: impl FnOnce(&mut Vec<IpAddr>)) {
    let has = |server: &Server| server.nics.iter().any(|nic| nic.port_id == port);
    let found = cloud
        .servers
        .youngest_first(Some(project_id), None)
        .find(|server| has(server))
        .map(|server| (server.id, server.updated_at));
    if let Some((id, then)) = found {
        cloud.servers.change(id, then, |server| {
            if let Some(nic) = server.nics.iter_mut().find(|nic| nic.port_id == port) {
                change(&mut nic.floating_ips);
            }
        });
    }
}
