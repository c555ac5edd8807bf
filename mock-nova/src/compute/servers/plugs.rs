//! What a new server is to be plugged into: `networks`, as a word or a list.
//!
//! Read and refused as Nova's API and `network/neutron.py` do. Knows the cloud's networks.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::conflict;
use super::suitable;
use crate::cloud::Cloud;
use crate::cloud::network::NoAddress;
use crate::cloud::server::{Failure, Nic};
use crate::compute::Exchange;
use crate::compute::fault::Fault;
use crate::policy;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Networks {
    /// Nothing was said, or an empty list.
    Unsaid,
    /// Whatever there is.
    Auto,
    /// None.
    Nothing,
    /// These, in this order.
    List(Vec<Plug>),
}

/// One port that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plug {
    network: String,
    port: Option<String>,
    address: Option<String>,
    tag: Option<String>,
}

impl Networks {
    /// What the body asks for.
    ///
    /// # Errors
    /// 400
    pub(super) fn read(asked: &Value) -> Result<Self, Fault> {
        let list = match asked {
            Value::String(word) if word == "none" => return Ok(Self::Nothing),
            Value::String(_) => return Ok(Self::Auto),
            Value::Array(list) if !list.is_empty() => list,
            _ => return Ok(Self::Unsaid),
        };
        let mut plugs: Vec<Plug> = Vec::new();
        for asked in list {
            let text = |name: &str| asked[name].as_str().map(str::to_owned);
            let plug = Plug {
                network: text("uuid").unwrap_or_default(),
                port: text("port"),
                address: text("fixed_ip"),
                tag: text("tag"),
            };
            plug.makes_sense(&plugs, asked)?;
            plugs.push(plug);
        }
        Ok(Self::List(plugs))
    }

    /// Whether networks are asked for, which policy may forbid.
    pub(super) fn is_a_wish(&self) -> bool {
        matches!(self, Self::Auto | Self::List(_))
    }

    /// Whether so many servers can be plugged in alike.
    ///
    /// # Errors
    /// 400
    pub(super) fn shareable(&self, count: i64) -> Result<(), Fault> {
        let Self::List(plugs) = self else {
            return Ok(());
        };
        if count > 1
            && plugs
                .iter()
                .any(|plug| plug.port.is_none() && plug.address.is_some())
        {
            return Err(Fault::bad_request(
                "Failed to launch instances: max_count cannot be greater than 1 if an fixed_ip is specified.",
            ));
        }
        if count > 1 && plugs.iter().any(|plug| plug.port.is_some()) {
            return Err(Fault::bad_request(
                "Failed to launch instances: Unable to launch multiple instances with a single configured port ID. \
                 Please launch your instance one by one with different ports.",
            ));
        }
        Ok(())
    }

    /// Whether what is asked for is there. The networks are those of the caller's project.
    ///
    /// # Errors
    /// 400 or 409
    pub(super) fn possible(&self, exchange: &Exchange<'_>, cloud: &Cloud) -> Result<(), Fault> {
        let project_id = exchange.caller.project_id.as_deref().unwrap_or_default();
        let plugs = match self {
            Self::Nothing => return Ok(()),
            Self::List(plugs) => plugs,
            Self::Unsaid | Self::Auto => {
                return match cloud.networks.usable_by(project_id).len() {
                    0 if *self == Self::Auto => Err(Fault::bad_request(format!(
                        "Unable to automatically allocate a network for project {project_id}"
                    ))),
                    0 | 1 => Ok(()),
                    _ => Err(conflict(
                        "Multiple possible networks found, use a Network ID to be more specific.",
                    )),
                };
            }
        };
        let viewer = suitable::viewer(exchange);
        for plug in plugs.iter().filter(|plug| plug.port.is_some()) {
            plug.port_possible(cloud, exchange)?;
        }
        let asked: Vec<&str> = plugs
            .iter()
            .filter(|plug| plug.port.is_none())
            .map(|plug| plug.network.as_str())
            .collect();
        for plug in plugs.iter().filter(|plug| plug.port.is_none()) {
            plug.address_free(cloud)?;
        }
        for id in &asked {
            let seen = cloud
                .networks
                .get(id)
                .is_some_and(|network| network.is_visible_to(viewer));
            if seen && cloud.networks.subnets_of(id).next().is_none() {
                return Err(Fault::bad_request(format!(
                    "Network {id} requires a subnet in order to boot instances on."
                )));
            }
        }
        let mut lost: Vec<&str> = asked
            .into_iter()
            .filter(|id| {
                !cloud
                    .networks
                    .get(id)
                    .is_some_and(|network| network.is_visible_to(viewer))
            })
            .collect();
        lost.dedup();
        if lost.is_empty() {
            Ok(())
        } else {
            Err(Fault::bad_request(format!(
                "Network {} could not be found.",
                lost.join(", ")
            )))
        }
    }

    /// Plugs a server in. What goes wrong on its host makes the build fail.
    pub(super) fn plug(
        &self,
        exchange: &Exchange<'_>,
        cloud: &mut Cloud,
        server_id: Uuid,
    ) -> (Vec<Nic>, Option<Failure>) {
        let project_id = exchange.caller.project_id.as_deref().unwrap_or_default();
        let plugs = match self {
            Self::Nothing => Vec::new(),
            Self::List(plugs) => plugs.clone(),
            Self::Unsaid | Self::Auto => cloud
                .networks
                .usable_by(project_id)
                .iter()
                .map(|network| Plug {
                    network: network.id.clone(),
                    port: None,
                    address: None,
                    tag: None,
                })
                .collect(),
        };
        let external = exchange.allows(policy::NETWORK_ATTACH_EXTERNAL, &exchange.own_target());
        let mut nics = Vec::new();
        for plug in plugs {
            match plug.make(exchange, cloud, server_id, external) {
                Some(nic) => nics.push(nic),
                None => {
                    let failure = Failure {
                        code: 500,
                        message: format!(
                            "Build of instance {server_id} aborted: Failed to allocate the network(s), not rescheduling."
                        ),
                        details: None,
                        unscheduled: false,
                    };
                    return (nics, Some(failure));
                }
            }
        }
        (nics, None)
    }
}

impl Plug {
    fn makes_sense(&self, before: &[Self], asked: &Value) -> Result<(), Fault> {
        if let Some(port) = &self.port {
            if before.iter().any(|other| other.port.as_ref() == Some(port)) {
                return Err(Fault::bad_request(format!(
                    "Port ID '{port}' was specified twice: you cannot attach a port multiple times."
                )));
            }
            if let Some(address) = &self.address {
                return Err(Fault::bad_request(format!(
                    "Specified Fixed IP '{address}' cannot be used with port '{port}': the two cannot be specified \
                     together."
                )));
            }
            return Ok(());
        }
        if asked.get("uuid").is_none() {
            return Err(Fault::bad_request("Bad network format: missing 'uuid'"));
        }
        if Uuid::try_parse(&self.network).is_err() {
            return Err(Fault::bad_request(format!(
                "Bad networks format: network uuid is not in proper format ({})",
                self.network
            )));
        }
        Ok(())
    }

    fn port_possible(&self, cloud: &Cloud, exchange: &Exchange<'_>) -> Result<(), Fault> {
        let id = self.port.as_deref().unwrap_or_default();
        let port = Uuid::try_parse(id)
            .ok()
            .and_then(|id| cloud.networks.ports.get(id))
            .filter(|port| suitable::viewer(exchange).owns(&port.project_id))
            .ok_or_else(|| Fault::bad_request(format!("Port id {id} could not be found.")))?;
        if port.device_id.is_some() {
            return Err(conflict(format!("Port {id} is still in use.")));
        }
        if port.addresses.is_empty() {
            return Err(Fault::bad_request(format!(
                "Port {id} requires a FixedIP in order to be used."
            )));
        }
        Ok(())
    }

    /// Whether nobody has the address that is asked for.
    fn address_free(&self, cloud: &Cloud) -> Result<(), Fault> {
        let Some(address) = self
            .address
            .as_deref()
            .and_then(|text| text.parse::<IpAddr>().ok())
        else {
            return Ok(());
        };
        let servers = cloud.servers.youngest_first(None, None);
        let taken = servers
            .filter(|server| {
                let mut nics = server.nics.iter();
                nics.any(|nic| *nic.network_id == *self.network && nic.fixed_ips.contains(&address))
            })
            .map(|server| server.id)
            .next();
        match taken {
            Some(server) => Err(Fault::bad_request(format!(
                "Fixed IP address {address} is already in use on instance {server}."
            ))),
            None => Ok(()),
        }
    }

    /// Nothing where the host does not get the port.
    fn make(
        &self,
        exchange: &Exchange<'_>,
        cloud: &mut Cloud,
        server_id: Uuid,
        external: bool,
    ) -> Option<Nic> {
        let tag = self.tag.as_deref().map(Arc::from);
        let named = self.port.as_deref().and_then(|id| Uuid::try_parse(id).ok());
        if let Some(port) = named.and_then(|id| cloud.networks.ports.get(id)).cloned() {
            let own = exchange.caller.project_id.as_deref() == Some(port.project_id.as_str());
            let label = cloud.networks.get(&port.network_id)?.name.clone();
            if !own {
                return None;
            }
            cloud.networks.ports.plug(port.id, Some(server_id));
            let floating_ips = cloud.networks.floating_ips.iter();
            let floating_ips = floating_ips
                .filter(|ip| ip.port.is_some_and(|(id, _)| id == port.id))
                .map(|ip| ip.address)
                .collect();
            return Some(Nic {
                port_id: port.id,
                network_id: cloud.servers.share(&port.network_id),
                label: cloud.servers.share(&label),
                mac: port.mac,
                fixed_ips: port.addresses,
                floating_ips,
                tag,
                owned: false,
            });
        }
        let network = cloud.networks.get(&self.network)?;
        if network.external && !network.shared && !external {
            return None;
        }
        let (network_id, label) = (network.id.clone(), network.name.clone());
        let wanted = self.address.as_deref().and_then(|text| text.parse().ok());
        let plug = match cloud
            .networks
            .allocate(&network_id, wanted, &exchange.state.minter)
        {
            Ok(plug) => plug,
            Err(
                NoAddress::NoNetwork
                | NoAddress::Exhausted
                | NoAddress::Taken
                | NoAddress::Elsewhere,
            ) => return None,
        };
        Some(Nic {
            port_id: plug.port_id,
            network_id: cloud.servers.share(&network_id),
            label: cloud.servers.share(&label),
            mac: plug.mac,
            fixed_ips: plug.addresses,
            floating_ips: Vec::new(),
            tag,
            owned: true,
        })
    }
}
