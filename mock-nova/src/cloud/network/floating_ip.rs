//! Addresses outside the cloud, and to which ports they lead.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;
use uuid::Uuid;

/// One floating address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FloatingIp {
    /// A UUID with dashes.
    pub id: String,
    /// The project it belongs to.
    pub project_id: String,
    /// The network that leads out.
    pub network_id: String,
    /// The address.
    pub address: IpAddr,
    /// The port it leads to, and the address of that.
    pub port: Option<(Uuid, IpAddr)>,
    /// Free text.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The floating addresses, in the order of ids.
#[derive(Clone, Debug, Default)]
pub struct FloatingIps(BTreeMap<String, FloatingIp>);

impl FloatingIps {
    /// The one with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&FloatingIp> {
        self.0.get(id)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut FloatingIp> {
        self.0.get_mut(id)
    }

    /// Every one, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &FloatingIp> {
        self.0.values()
    }

    /// Adds one.
    pub fn add(&mut self, floating_ip: FloatingIp) {
        self.0.insert(floating_ip.id.clone(), floating_ip);
    }

    /// Takes one away, if there is one of this id.
    pub fn remove(&mut self, id: &str) -> Option<FloatingIp> {
        self.0.remove(id)
    }

    /// Lets those that led to a port lead nowhere.
    pub fn leave(&mut self, port_id: Uuid) {
        for floating_ip in self.0.values_mut() {
            if floating_ip.port.is_some_and(|(port, _)| port == port_id) {
                floating_ip.port = None;
            }
        }
    }
}
