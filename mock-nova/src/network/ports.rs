//! `ports`: those that clients made, and those that Nova made for servers.

use std::net::IpAddr;

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fault::Fault;
use super::kind::Kind;
use super::{Asking, instant, mac_text, uuid};
use crate::cloud::Cloud;
use crate::cloud::network::{NoAddress, Port};
use crate::cloud::server::{Nic, Server};
use crate::cloud::viewer::Viewer;

/// The ports that a viewer may see; of one server only, if it is named.
pub(super) fn seen(cloud: &Cloud, viewer: Viewer<'_>, device_id: Option<&str>) -> Vec<Value> {
    let mut seen: Vec<Value> = cloud
        .networks
        .ports
        .iter()
        .filter(|port| viewer.owns(&port.project_id))
        .map(|port| shown(cloud, port))
        .collect();
    let mut add = |server: &Server| {
        let owned = server.nics.iter().filter(|nic| nic.owned);
        seen.extend(owned.map(|nic| of_server(cloud, server, nic)));
    };
    match device_id {
        Some(id) => {
            let server = uuid(id).and_then(|id| cloud.servers.get(id));
            if let Some(server) = server.filter(|server| viewer.owns(&server.project_id)) {
                add(server);
            }
        }
        None => {
            let project_id = viewer.project_id.filter(|_| !viewer.admin);
            let servers = cloud.servers.youngest_first(project_id, None);
            servers.for_each(|server| add(server));
        }
    }
    seen
}

fn shown(cloud: &Cloud, port: &Port) -> Value {
    json!({
        "id": port.id.to_string(),
        "name": port.name,
        "network_id": port.network_id,
        "project_id": port.project_id,
        "tenant_id": port.project_id,
        "mac_address": mac_text(port.mac),
        "fixed_ips": addresses(cloud, &port.network_id, &port.addresses),
        "device_id": port.device_id.map(|id| id.to_string()).unwrap_or_default(),
        "device_owner": if port.device_id.is_some() { "compute:nova" } else { "" },
        "status": if port.device_id.is_some() { "ACTIVE" } else { "DOWN" },
        "admin_state_up": port.admin_state_up,
        "security_groups": port.security_groups,
        "port_security_enabled": true,
        "binding:vnic_type": "normal",
        "description": "",
        "allowed_address_pairs": [],
        "extra_dhcp_opts": [],
        "tags": [],
        "revision_number": 1,
        "created_at": instant(port.created_at),
        "updated_at": instant(port.created_at),
    })
}

/// A port that Nova made for a server.
fn of_server(cloud: &Cloud, server: &Server, nic: &Nic) -> Value {
    let groups: Vec<String> = server
        .security_groups
        .iter()
        .flat_map(|name| {
            cloud
                .networks
                .security_groups
                .named(&server.project_id, name)
        })
        .map(|group| group.id.clone())
        .collect();
    let port = Port {
        id: nic.port_id,
        name: String::new(),
        network_id: nic.network_id.to_string(),
        project_id: server.project_id.to_string(),
        mac: nic.mac,
        addresses: nic.fixed_ips.clone(),
        security_groups: groups,
        device_id: Some(server.id),
        admin_state_up: true,
        created_at: server.created_at,
    };
    shown(cloud, &port)
}

fn addresses(cloud: &Cloud, network_id: &str, addresses: &[IpAddr]) -> Vec<Value> {
    addresses
        .iter()
        .map(|address| {
            let subnet = cloud.networks.subnet_with(network_id, *address);
            json!({"subnet_id": subnet.map(|subnet| subnet.id.as_str()), "ip_address": address.to_string()})
        })
        .collect()
}

pub(super) fn create(cloud: &mut Cloud, asking: &Asking<'_>) -> Result<String, Fault> {
    let network_id = asking.needed("network_id")?;
    let network = cloud.networks.get(network_id);
    let network = network
        .filter(|network| network.is_visible_to(asking.viewer))
        .ok_or_else(|| Kind::Network.missing(network_id))?;
    let network_id = network.id.clone();
    let project_id = asking.project_id()?;
    let security_groups = match asking.fields.get("security_groups") {
        Some(Value::Array(ids)) => ids
            .iter()
            .filter_map(|id| Some(id.as_str()?.to_owned()))
            .collect(),
        _ => {
            let groups = cloud.networks.security_groups.named(&project_id, "default");
            groups.iter().map(|group| group.id.clone()).collect()
        }
    };
    let wanted = asking
        .fields
        .get("fixed_ips")
        .and_then(|ips| ips[0]["ip_address"].as_str());
    let wanted: Option<IpAddr> = match wanted {
        Some(text) => Some(text.parse().map_err(|_| {
            Fault::bad_request(format!(
                "Invalid input for fixed_ips. Reason: '{text}' is not a valid IP address."
            ))
        })?),
        None => None,
    };
    let plug = cloud
        .networks
        .allocate(&network_id, wanted, &asking.state.minter)
        .map_err(|why| refused(why, &network_id, wanted))?;
    cloud.networks.ports.add(Port {
        id: plug.port_id,
        name: asking.text("name").unwrap_or_default().to_owned(),
        network_id,
        project_id,
        mac: plug.mac,
        addresses: plug.addresses,
        security_groups,
        device_id: None,
        admin_state_up: asking.flag("admin_state_up").unwrap_or(true),
        created_at: asking.state.clock.now(),
    });
    Ok(plug.port_id.to_string())
}

/// Why there is no address to be had, as Neutron says it.
pub(super) fn refused(why: NoAddress, network_id: &str, wanted: Option<IpAddr>) -> Fault {
    let wanted = wanted
        .map(|address| address.to_string())
        .unwrap_or_default();
    match why {
        NoAddress::NoNetwork => Kind::Network.missing(network_id),
        NoAddress::Exhausted => Fault::conflict(
            "IpAddressGenerationFailure",
            format!("No more IP addresses available on network {network_id}."),
        ),
        NoAddress::Taken => Fault::conflict(
            "IpAddressAlreadyAllocated",
            format!("IP address {wanted} already allocated in a subnet of network {network_id}"),
        ),
        NoAddress::Elsewhere => Fault::new(
            StatusCode::BAD_REQUEST,
            "InvalidIpForNetwork",
            format!(
                "IP address {wanted} is not a valid IP for any of the subnets on the specified network."
            ),
        ),
    }
}

pub(super) fn update(cloud: &mut Cloud, asking: &Asking<'_>, id: &str) -> Result<(), Fault> {
    let port = uuid(id).and_then(|id| cloud.networks.ports.get_mut(id));
    // Those that Nova made are the server's, and have nothing that a client could change here.
    let port = port.ok_or_else(|| {
        Fault::conflict(
            "PortBound",
            format!("Port {id} is bound to a server; mock-nova does not change it."),
        )
    })?;
    if let Some(name) = asking.text("name") {
        name.clone_into(&mut port.name);
    }
    if let Some(up) = asking.flag("admin_state_up") {
        port.admin_state_up = up;
    }
    if let Some(Value::Array(ids)) = asking.fields.get("security_groups") {
        port.security_groups = ids
            .iter()
            .filter_map(|id| Some(id.as_str()?.to_owned()))
            .collect();
    }
    Ok(())
}

pub(super) fn delete(cloud: &mut Cloud, id: &str) -> Result<(), Fault> {
    let port = uuid(id).and_then(|id| cloud.networks.ports.remove(id));
    let port = port.ok_or_else(|| {
        Fault::conflict(
            "PortBound",
            format!("Port {id} belongs to a server, which it goes with."),
        )
    })?;
    cloud.networks.floating_ips.leave(port.id);
    cloud.networks.release(&port.network_id, &port.addresses);
    // Its server has it no longer.
    if let Some(server_id) = port.device_id {
        unplug(cloud, server_id, port.id);
    }
    Ok(())
}

fn unplug(cloud: &mut Cloud, server_id: Uuid, port_id: Uuid) {
    let then = cloud.servers.get(server_id).map(|server| server.updated_at);
    if let Some(then) = then {
        cloud.servers.change(server_id, then, |server| {
            server.nics.retain(|nic| nic.port_id != port_id);
        });
    }
}
