//! What servers are plugged into: networks with their subnets, ports, security groups and floating addresses.
//!
//! A port that Nova makes for a server is kept with the server ([`Nic`](super::server::Nic)); here are the ports that
//! clients made, and which addresses are taken, by whomever. No packet flows.

mod address;
mod floating_ip;
mod port;
mod router;
mod security_group;

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;
use uuid::Uuid;

use super::viewer::Viewer;
use crate::fixture::Fixture;
use crate::sim::Minter;

pub use address::{AddressRange, Subnet};
pub use floating_ip::{FloatingIp, FloatingIps};
pub use port::{Port, Ports};
pub use router::{Router, Routers};
pub use security_group::{Direction, RuleOf, SecurityGroup, SecurityGroups};

/// One network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// A UUID with dashes.
    pub id: String,
    /// Not necessarily unique.
    pub name: String,
    /// Free text.
    pub description: String,
    /// The project it belongs to.
    pub project_id: String,
    /// Whether every project may use it.
    pub shared: bool,
    /// Whether it leads out of the cloud.
    pub external: bool,
    /// Whether it is switched on.
    pub admin_state_up: bool,
    /// Whether ports on it have security groups.
    pub port_security: bool,
    /// The largest packet, in bytes.
    pub mtu: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Network {
    /// Whether the viewer may know of it.
    #[must_use]
    pub fn is_visible_to(&self, viewer: Viewer<'_>) -> bool {
        self.shared || self.external || viewer.owns(&self.project_id)
    }
}

/// What a server is plugged in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plug {
    /// The port's id.
    pub port_id: Uuid,
    /// The hardware address.
    pub mac: [u8; 6],
    /// An address of each of the network's subnets: one of version 4 and one of version 6 at most.
    pub addresses: Vec<IpAddr>,
}

/// Why there is no address to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAddress {
    /// There is no such network.
    NoNetwork,
    /// All are taken.
    Exhausted,
    /// The one that is wanted is taken.
    Taken,
    /// The one that is wanted is of none of the network's subnets.
    Elsewhere,
}

/// Networks and what hangs on them.
#[derive(Clone, Debug, Default)]
pub struct Networks {
    networks: BTreeMap<String, Network>,
    subnets: BTreeMap<String, Subnet>,
    /// The ports that clients made.
    pub ports: Ports,
    /// Whom servers talk to.
    pub security_groups: SecurityGroups,
    /// What joins networks.
    pub routers: Routers,
    /// Addresses outside.
    pub floating_ips: FloatingIps,
}

impl Networks {
    /// The networks of a fixture.
    #[must_use]
    pub fn from_fixture(fixture: &Fixture) -> Self {
        let mut networks = Self::default();
        for network in &fixture.networks {
            networks.add(network.clone());
        }
        for subnet in &fixture.subnets {
            networks.add_subnet(subnet.clone());
        }
        networks
    }

    /// The network with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Network> {
        self.networks.get(id)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Network> {
        self.networks.get_mut(id)
    }

    /// Every network, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Network> {
        self.networks.values()
    }

    /// The networks among which Nova chooses for a project that names none: its own, then the shared ones.
    #[must_use]
    pub fn usable_by(&self, project_id: &str) -> Vec<&Network> {
        let own = self
            .iter()
            .filter(|network| !network.shared && network.project_id == project_id);
        let shared = self.iter().filter(|network| network.shared);
        own.chain(shared).collect()
    }

    /// Adds a network.
    pub fn add(&mut self, network: Network) {
        self.networks.insert(network.id.clone(), network);
    }

    /// Takes a network away, with its subnets.
    pub fn remove(&mut self, id: &str) {
        self.networks.remove(id);
        self.subnets.retain(|_, subnet| subnet.network_id != id);
    }

    /// The subnet with this id.
    #[must_use]
    pub fn subnet(&self, id: &str) -> Option<&Subnet> {
        self.subnets.get(id)
    }

    /// Every subnet, in the order of ids.
    pub fn subnets(&self) -> impl Iterator<Item = &Subnet> {
        self.subnets.values()
    }

    /// The subnets of a network, in the order of ids.
    pub fn subnets_of<'a>(&'a self, network_id: &'a str) -> impl Iterator<Item = &'a Subnet> {
        self.subnets()
            .filter(move |subnet| subnet.network_id == network_id)
    }

    /// The subnet of a network that an address is of.
    #[must_use]
    pub fn subnet_with(&self, network_id: &str, address: IpAddr) -> Option<&Subnet> {
        self.subnets()
            .find(|subnet| subnet.network_id == network_id && subnet.range.contains(address))
    }

    /// Adds a subnet.
    pub fn add_subnet(&mut self, subnet: Subnet) {
        self.subnets.insert(subnet.id.clone(), subnet);
    }

    /// Takes a subnet away.
    pub fn remove_subnet(&mut self, id: &str) {
        self.subnets.remove(id);
    }

    /// Takes addresses of a network and mints what a port has beside them. `wanted` is the one that was asked for.
    ///
    /// # Errors
    /// If there is none to be had.
    pub fn allocate(
        &mut self,
        network_id: &str,
        wanted: Option<IpAddr>,
        minter: &Minter,
    ) -> Result<Plug, NoAddress> {
        if !self.networks.contains_key(network_id) {
            return Err(NoAddress::NoNetwork);
        }
        let mut subnets = self
            .subnets
            .values_mut()
            .filter(|subnet| subnet.network_id == network_id);
        let addresses = if let Some(address) = wanted {
            let subnet = subnets
                .find(|subnet| subnet.range.contains(address))
                .ok_or(NoAddress::Elsewhere)?;
            if !subnet.take(address) {
                return Err(NoAddress::Taken);
            }
            vec![address]
        } else {
            let mut addresses: Vec<IpAddr> = Vec::new();
            let mut served = false;
            for subnet in subnets {
                let again = addresses
                    .iter()
                    .any(|address| address.is_ipv4() == subnet.range.is_ipv4());
                if !again {
                    served = true;
                    addresses.extend(subnet.take_any());
                }
            }
            if served && addresses.is_empty() {
                return Err(NoAddress::Exhausted);
            }
            addresses
        };
        Ok(Plug {
            port_id: minter.uuid(),
            mac: mint_mac(minter),
            addresses,
        })
    }

    /// Gives addresses of a network back.
    pub fn release(&mut self, network_id: &str, addresses: &[IpAddr]) {
        let of_network = self
            .subnets
            .values_mut()
            .filter(|subnet| subnet.network_id == network_id);
        for subnet in of_network {
            for address in addresses {
                subnet.give_back(*address);
            }
        }
    }
}

/// As Neutron makes them: its own prefix, the rest by chance.
fn mint_mac(minter: &Minter) -> [u8; 6] {
    let [.., a, b, c] = minter.number(0, 1 << 24).to_be_bytes();
    [0xfa, 0x16, 0x3e, a, b, c]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "
projects: [{name: demo}, {name: admin}]
users: [{name: somebody, password: secret}]
networks:
  - {name: private, project: demo, cidr: 10.0.0.0/24}
  - {name: shared, project: admin, shared: true, cidr: 192.168.233.0/24}
  - {name: hidden, project: admin}
";

    fn cloud() -> Networks {
        Networks::from_fixture(&Fixture::parse("small.yaml", SMALL).unwrap())
    }

    fn named<'a>(networks: &'a Networks, name: &str) -> &'a Network {
        networks
            .iter()
            .find(|network| network.name == name)
            .unwrap()
    }

    #[test]
    fn an_address_is_given_once_until_it_is_given_back() {
        let (mut networks, minter) = (cloud(), Minter::seeded(1));
        let id = named(&networks, "shared").id.clone();
        let plug = networks.allocate(&id, None, &minter).unwrap();
        assert_eq!(plug.addresses, ["192.168.233.2".parse::<IpAddr>().unwrap()]);
        let again = Some(plug.addresses[0]);
        assert_eq!(
            networks.allocate(&id, again, &minter),
            Err(NoAddress::Taken)
        );
        networks.release(&id, &plug.addresses);
        assert!(networks.allocate(&id, again, &minter).is_ok());
    }

    #[test]
    fn a_full_network_has_no_more() {
        let (mut networks, minter) = (cloud(), Minter::seeded(1));
        let id = named(&networks, "shared").id.clone();
        // 256 less the network's own address, the gateway's and the broadcast's.
        for _ in 0..253 {
            networks.allocate(&id, None, &minter).unwrap();
        }
        assert_eq!(
            networks.allocate(&id, None, &minter),
            Err(NoAddress::Exhausted)
        );
    }

    #[test]
    fn nova_chooses_among_own_and_shared_networks() {
        let networks = cloud();
        let demo = &named(&networks, "private").project_id;
        let usable = networks.usable_by(demo);
        let names: Vec<&str> = usable.iter().map(|network| network.name.as_str()).collect();
        assert_eq!(names, ["private", "shared"]);
    }
}
