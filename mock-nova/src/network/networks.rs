//! `networks` and `subnets`.

use serde_json::{Value, json};

use super::fault::Fault;
use super::kind::Kind;
use super::{Asking, instant, is_used};
use crate::cloud::Cloud;
use crate::cloud::network::{AddressRange, Network, Subnet};
use crate::cloud::viewer::Viewer;

pub(super) fn seen(cloud: &Cloud, viewer: Viewer<'_>) -> Vec<Value> {
    let networks = cloud.networks.iter();
    networks
        .filter(|network| network.is_visible_to(viewer))
        .map(|network| shown(cloud, network))
        .collect()
}

fn shown(cloud: &Cloud, network: &Network) -> Value {
    let subnets: Vec<&str> = cloud
        .networks
        .subnets_of(&network.id)
        .map(|subnet| subnet.id.as_str())
        .collect();
    json!({
        "id": network.id,
        "name": network.name,
        "description": network.description,
        "project_id": network.project_id,
        "tenant_id": network.project_id,
        "status": "ACTIVE",
        "admin_state_up": network.admin_state_up,
        "shared": network.shared,
        "router:external": network.external,
        "subnets": subnets,
        "mtu": network.mtu,
        "port_security_enabled": network.port_security,
        "availability_zones": ["nova"],
        "availability_zone_hints": [],
        "tags": [],
        "revision_number": 1,
        "created_at": instant(network.created_at),
        "updated_at": instant(network.created_at),
    })
}

pub(super) fn create(cloud: &mut Cloud, asking: &Asking<'_>) -> Result<String, Fault> {
    for (name, rule) in [
        ("shared", "rule:create_network:shared"),
        ("router:external", "rule:create_network:router:external"),
    ] {
        if asking.flag(name) == Some(true) && !asking.viewer.admin {
            return Err(Fault::not_allowed(rule));
        }
    }
    let id = asking.state.minter.uuid().to_string();
    cloud.networks.add(Network {
        id: id.clone(),
        name: asking.text("name").unwrap_or_default().to_owned(),
        description: asking.text("description").unwrap_or_default().to_owned(),
        project_id: asking.project_id()?,
        shared: asking.flag("shared").unwrap_or_default(),
        external: asking.flag("router:external").unwrap_or_default(),
        admin_state_up: asking.flag("admin_state_up").unwrap_or(true),
        port_security: asking.flag("port_security_enabled").unwrap_or(true),
        mtu: 1450,
        created_at: asking.state.clock.now(),
    });
    Ok(id)
}

pub(super) fn update(cloud: &mut Cloud, asking: &Asking<'_>, id: &str) -> Result<(), Fault> {
    let network = cloud
        .networks
        .get_mut(id)
        .ok_or_else(|| Kind::Network.missing(id))?;
    if let Some(name) = asking.text("name") {
        name.clone_into(&mut network.name);
    }
    if let Some(description) = asking.text("description") {
        description.clone_into(&mut network.description);
    }
    if let Some(up) = asking.flag("admin_state_up") {
        network.admin_state_up = up;
    }
    for (name, field) in [
        ("shared", &mut network.shared),
        ("router:external", &mut network.external),
    ] {
        if let Some(value) = asking.flag(name).filter(|value| value != field) {
            if !asking.viewer.admin {
                return Err(Fault::not_allowed(&format!("rule:update_network:{name}")));
            }
            *field = value;
        }
    }
    Ok(())
}

pub(super) fn delete(cloud: &mut Cloud, id: &str) -> Result<(), Fault> {
    if is_used(cloud, id) {
        return Err(Fault::conflict(
            "NetworkInUse",
            format!(
                "Unable to complete operation on network {id}. There are one or more ports still in use on the network."
            ),
        ));
    }
    cloud.networks.remove(id);
    Ok(())
}

pub(super) fn subnets_seen(cloud: &Cloud, viewer: Viewer<'_>) -> Vec<Value> {
    let subnets = cloud.networks.subnets();
    subnets
        .filter(|subnet| {
            let network = cloud.networks.get(&subnet.network_id);
            network.is_some_and(|network| network.is_visible_to(viewer))
        })
        .map(subnet_shown)
        .collect()
}

fn subnet_shown(subnet: &Subnet) -> Value {
    let (first, last) = subnet.range.pool();
    json!({
        "id": subnet.id,
        "name": subnet.name,
        "description": "",
        "network_id": subnet.network_id,
        "project_id": subnet.project_id,
        "tenant_id": subnet.project_id,
        "ip_version": if subnet.range.is_ipv4() { 4 } else { 6 },
        "cidr": subnet.range.to_string(),
        "gateway_ip": subnet.gateway.map(|gateway| gateway.to_string()),
        "enable_dhcp": subnet.dhcp,
        "allocation_pools": [{"start": first.to_string(), "end": last.to_string()}],
        "dns_nameservers": subnet.dns,
        "host_routes": [],
        "ipv6_address_mode": null,
        "ipv6_ra_mode": null,
        "subnetpool_id": null,
        "service_types": [],
        "tags": [],
        "revision_number": 0,
        "created_at": instant(subnet.created_at),
        "updated_at": instant(subnet.created_at),
    })
}

pub(super) fn create_subnet(cloud: &mut Cloud, asking: &Asking<'_>) -> Result<String, Fault> {
    let network_id = asking.needed("network_id")?;
    let network = cloud.networks.get(network_id);
    let network = network
        .filter(|network| asking.viewer.owns(&network.project_id))
        .ok_or_else(|| Kind::Network.missing(network_id))?;
    let project_id = network.project_id.clone();
    let cidr = asking.needed("cidr")?;
    let range = AddressRange::parse(cidr).ok_or_else(|| {
        Fault::bad_request(format!(
            "Invalid input for cidr. Reason: '{cidr}' is not a valid IP subnet."
        ))
    })?;
    let overlaps = cloud.networks.subnets_of(network_id).any(|subnet| {
        subnet.range.contains(range.gateway()) || range.contains(subnet.range.gateway())
    });
    if overlaps {
        return Err(Fault::bad_request(format!(
            "Invalid input for operation: Requested subnet with cidr: {cidr} for network: {network_id} overlaps with another subnet."
        )));
    }
    let id = asking.state.minter.uuid().to_string();
    let now = asking.state.clock.now();
    let mut subnet = Subnet::new(id.clone(), network_id.to_owned(), project_id, range, now);
    describe(&mut subnet, asking)?;
    cloud.networks.add_subnet(subnet);
    Ok(id)
}

pub(super) fn update_subnet(cloud: &mut Cloud, asking: &Asking<'_>, id: &str) -> Result<(), Fault> {
    let mut subnet = cloud
        .networks
        .subnet(id)
        .cloned()
        .ok_or_else(|| Kind::Subnet.missing(id))?;
    describe(&mut subnet, asking)?;
    cloud.networks.add_subnet(subnet);
    Ok(())
}

/// Takes over what a body says of a subnet and may say again later.
fn describe(subnet: &mut Subnet, asking: &Asking<'_>) -> Result<(), Fault> {
    if let Some(name) = asking.text("name") {
        name.clone_into(&mut subnet.name);
    }
    match asking.fields.get("gateway_ip") {
        Some(Value::Null) => subnet.gateway = None,
        Some(Value::String(gateway)) => {
            let address = gateway.parse().map_err(|_| {
                Fault::bad_request(format!(
                    "Invalid input for gateway_ip. Reason: '{gateway}' is not a valid IP address."
                ))
            })?;
            subnet.gateway = Some(address);
        }
        _ => {}
    }
    if let Some(dhcp) = asking.flag("enable_dhcp") {
        subnet.dhcp = dhcp;
    }
    if let Some(Value::Array(dns)) = asking.fields.get("dns_nameservers") {
        subnet.dns = dns
            .iter()
            .filter_map(|name| Some(name.as_str()?.to_owned()))
            .collect();
    }
    Ok(())
}

pub(super) fn delete_subnet(cloud: &mut Cloud, id: &str) -> Result<(), Fault> {
    let used = cloud.networks.subnet(id).is_some_and(Subnet::is_used);
    if used {
        return Err(Fault::conflict(
            "SubnetInUse",
            format!(
                "Unable to complete operation on subnet {id}: One or more ports have an IP allocation from this subnet."
            ),
        ));
    }
    cloud.networks.remove_subnet(id);
    Ok(())
}
