//! `os-networks`, until 2.35: of thirty fields, two still say something.

use nova_api::{Audience, Superset};

use super::super::fault::Fault;
use super::super::{Answered, Exchange};
use super::viewer;
use crate::cloud::network::Network;

/// The fields that everybody sees besides `id` and `label`, which are all null.
const FIELDS: [&str; 9] = [
    "cidr",
    "netmask",
    "gateway",
    "broadcast",
    "dns1",
    "dns2",
    "cidr_v6",
    "gateway_v6",
    "netmask_v6",
];

/// Those that only administrators see, likewise null.
const ADMINS_FIELDS: [&str; 21] = [
    "created_at",
    "updated_at",
    "deleted_at",
    "deleted",
    "injected",
    "bridge",
    "vlan",
    "vpn_public_address",
    "vpn_public_port",
    "vpn_private_address",
    "dhcp_start",
    "project_id",
    "host",
    "bridge_interface",
    "multi_host",
    "priority",
    "rxtx_base",
    "mtu",
    "dhcp_server",
    "enable_dhcp",
    "share_address",
];

pub(in crate::compute) fn list(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    exchange.may_this(&exchange.own_target())?;
    let viewer = viewer(exchange);
    let networks: Vec<Network> = exchange.state.store.read(|cloud| {
        let networks = cloud.networks.iter();
        networks
            .filter(|network| network.is_visible_to(viewer))
            .cloned()
            .collect()
    });
    let shown = networks
        .iter()
        .map(|network| shown(exchange, network))
        .collect();
    let body = Superset::object([("networks", Superset::Array(shown))]);
    Ok(exchange.render_for(&body, audience(exchange)))
}

pub(in crate::compute) fn show(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    exchange.may_this(&exchange.own_target())?;
    let viewer = viewer(exchange);
    let found = exchange
        .state
        .store
        .read(|cloud| cloud.networks.get(exchange.parameter()).cloned());
    let network = found
        .filter(|network| network.is_visible_to(viewer))
        .ok_or_else(|| Fault::not_found("Network not found"))?;
    let body = Superset::object([("network", shown(exchange, &network))]);
    Ok(exchange.render_for(&body, audience(exchange)))
}

fn audience(exchange: &Exchange<'_>) -> Audience {
    if exchange.is_admin() {
        Audience::Admins
    } else {
        Audience::Everyone
    }
}

fn shown<'a>(exchange: &Exchange<'_>, network: &'a Network) -> Superset<'a> {
    let null = |name: &'static str| (name.into(), Superset::Null);
    let mut members = vec![
        ("id".into(), Superset::from(network.id.as_str())),
        ("label".into(), Superset::from(network.name.as_str())),
    ];
    members.extend(FIELDS.map(null));
    if exchange.is_admin() {
        members.extend(ADMINS_FIELDS.map(null));
    }
    Superset::Object(members)
}
