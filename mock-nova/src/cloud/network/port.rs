//! The ports that clients made. Those that Nova makes for a server are kept with the server.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;
use uuid::Uuid;

/// One port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its id.
    pub id: Uuid,
    /// Not necessarily unique.
    pub name: String,
    /// The network it is on.
    pub network_id: String,
    /// The project it belongs to.
    pub project_id: String,
    /// The hardware address.
    pub mac: [u8; 6],
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// The ids of its security groups.
    pub security_groups: Vec<String>,
    /// The server that is plugged into it.
    pub device_id: Option<Uuid>,
    /// Whether it is switched on.
    pub admin_state_up: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The ports that clients made, in the order of ids.
#[derive(Clone, Debug, Default)]
pub struct Ports(BTreeMap<Uuid, Port>);

impl Ports {
    /// The port with this id.
    #[must_use]
    pub fn get(&self, id: Uuid) -> Option<&Port> {
        self.0.get(&id)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: Uuid) -> Option<&mut Port> {
        self.0.get_mut(&id)
    }

    /// Every port, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Port> {
        self.0.values()
    }

    /// Adds a port.
    pub fn add(&mut self, port: Port) {
        self.0.insert(port.id, port);
    }

    /// Takes a port away, if there is one of this id.
    pub fn remove(&mut self, id: Uuid) -> Option<Port> {
        self.0.remove(&id)
    }

    /// Says which server a port has now; none frees it.
    pub fn plug(&mut self, id: Uuid, server_id: Option<Uuid>) {
        if let Some(port) = self.0.get_mut(&id) {
            port.device_id = server_id;
        }
    }
}
