//! Servers: what each is, and what is being done to it.
//!
//! A [`Server`] is shared: whoever looks takes an `Arc` and reads it outside the cloud's lock; whoever changes it gets a copy
//! if somebody still looks. What many servers have in common (names of projects and users, flavors, images, keys) is one
//! allocation for all. Knows flavors and the rest of the cloud's plain data, and no HTTP.

mod index;
mod pacing;
mod record;
mod rows;
mod state;
mod steps;
mod task;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

pub use index::{Refused, Servers, Usage};
pub use pacing::{Durations, Failure, Pacing, Script};
pub use record::{Action, By, Event, EventResult, History};
pub use rows::ROWS;
pub use state::{PowerState, TaskState, VmState, states_of, status};
pub use task::{Effect, InTheWay, Row, Span, Step, Task};

use super::flavor::Flavor;

/// The one host there is, by the name Nova's own tests give it.
pub const HOST: &str = "compute";

/// What that host's hypervisor is called.
pub const NODE: &str = "fake-mini";

/// The zone that host is in.
pub const ZONE: &str = "nova";

/// Whatever its project wrote on it.
pub type Metadata = BTreeMap<String, String>;

/// One server.
#[derive(Clone)]
pub struct Server {
    /// Its id, never given twice.
    pub id: Uuid,
    /// Its number in this cloud, from 1, in the order of creation.
    pub number: u64,
    /// Not necessarily unique.
    pub name: Arc<str>,
    /// Who made it.
    pub user_id: Arc<str>,
    /// The project it belongs to.
    pub project_id: Arc<str>,
    /// The image it was made or last rebuilt from; none where its root is a volume.
    pub image: Option<Arc<BootImage>>,
    /// Its size, as it was when the server was made or resized.
    pub flavor: Arc<Flavor>,
    /// The flavor that a resize has asked for, and the one of before, while both count.
    pub resize: Option<Box<Resize>>,
    /// The key it was given, which stays though the keypair goes.
    pub key: Option<Arc<Key>>,
    /// What its project wrote on it.
    pub metadata: Metadata,
    /// Its tags.
    pub tags: BTreeSet<String>,
    /// What its project says of it.
    pub description: Option<Arc<str>>,
    /// The name its guest is given.
    pub hostname: Arc<str>,
    /// What its guest is given to read, in base64 as it came.
    pub user_data: Option<Arc<str>>,
    /// Whether its guest finds its data on a drive.
    pub config_drive: bool,
    /// An address that its project gave it.
    pub access_ip_v4: Option<Ipv4Addr>,
    /// Likewise.
    pub access_ip_v6: Option<Ipv6Addr>,
    /// What it is plugged into, in the order asked for.
    pub nics: Vec<Nic>,
    /// The names of its security groups.
    pub security_groups: Arc<[Arc<str>]>,
    /// The zone it is in, once it has a host.
    pub availability_zone: Option<Arc<str>>,
    /// The zone that was asked for.
    pub pinned_availability_zone: Option<Arc<str>>,
    /// The certificates its image's signature must follow from; none and no certificates are the same.
    pub trusted_certificates: Option<Arc<[String]>>,
    /// The server group it is in.
    pub server_group: Option<Uuid>,
    /// What the scheduler was told, as it was written.
    pub scheduler_hints: Option<Arc<serde_json::Value>>,
    /// Who locked it, if somebody did.
    pub locked: Option<Box<Lock>>,
    /// What it is.
    pub vm_state: VmState,
    /// What is being done to it.
    pub task_state: Option<TaskState>,
    /// Whether its machine runs.
    pub power_state: PowerState,
    /// What went wrong last.
    pub fault: Option<Arc<Fault>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it last began to run.
    pub launched_at: Option<Timestamp>,
    /// When it was deleted.
    pub terminated_at: Option<Timestamp>,
    /// Where it is.
    pub host: Option<Arc<str>>,
    /// What it was made together with.
    pub reservation_id: Arc<str>,
    /// Its place among those.
    pub launch_index: u32,
    /// The name of its root disk.
    pub root_device_name: Option<Arc<str>>,
    /// Whether its disk is grown to the flavor's: `AUTO` or `MANUAL`.
    pub disk_config_auto: bool,
    /// The volumes it has, root first.
    pub volumes: Vec<Volume>,
    /// A password as its guest has set it, encrypted by the guest.
    pub guest_password: Option<Arc<str>>,
    /// The files that were put into it when it was made or last rebuilt: path and content in base64.
    pub files: Vec<(String, String)>,
    /// What was done to it, oldest first.
    pub actions: History,
}

/// Which server it is and what it is at: what its guest is given or has set may be secret.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("id", &self.id)
            .field("number", &self.number)
            .field("name", &self.name)
            .field("project_id", &self.project_id)
            .field("vm_state", &self.vm_state)
            .field("task_state", &self.task_state)
            .field("power_state", &self.power_state)
            .finish_non_exhaustive()
    }
}

/// What there is to know of the image a server runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootImage {
    /// The image's id.
    pub id: Arc<str>,
    /// Its properties at that time, the sizes it demands among them.
    pub properties: BTreeMap<String, String>,
}

/// The two flavors of a resize, and what the server was before.
#[derive(Clone, Debug, PartialEq)]
pub struct Resize {
    /// The flavor that was asked for.
    pub new: Arc<Flavor>,
    /// The flavor of before.
    pub old: Arc<Flavor>,
    /// `active` or `stopped`.
    pub vm_state: VmState,
    /// Of the same moment.
    pub power_state: PowerState,
}

/// The name and the public part of a keypair, as a server keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The keypair's name.
    pub name: String,
    /// Its public part, byte for byte.
    pub data: String,
    /// `ssh` or `x509`.
    pub kind: &'static str,
}

/// One port of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nic {
    /// The port's id.
    pub port_id: Uuid,
    /// The network's id.
    pub network_id: Arc<str>,
    /// The network's name, by which addresses are shown.
    pub label: Arc<str>,
    /// The hardware address.
    pub mac: [u8; 6],
    /// Its fixed addresses.
    pub fixed_ips: Vec<IpAddr>,
    /// Its floating addresses.
    pub floating_ips: Vec<IpAddr>,
    /// What its guest knows it by.
    pub tag: Option<Arc<str>>,
    /// Whether the port was made for this server, and goes with it.
    pub owned: bool,
}

/// One volume of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// The volume's id.
    pub volume_id: Arc<str>,
    /// The attachment's id, as Cinder has it.
    pub attachment_id: Uuid,
    /// The id of the mapping, as Nova has it.
    pub bdm_id: Uuid,
    /// The disk it is: `/dev/vda`.
    pub device: Arc<str>,
    /// Whether the server boots from it.
    pub root: bool,
    /// Whether it goes with the server.
    pub delete_on_termination: bool,
    /// What its guest knows it by.
    pub tag: Option<Arc<str>>,
}

/// Who locked a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Whether that was somebody of its project, and not an administrator.
    pub by_owner: bool,
    /// Why, in their words.
    pub reason: Option<String>,
}

/// What went wrong with a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// As of HTTP: 500.
    pub code: u16,
    /// What everybody is told.
    pub message: String,
    /// What only administrators are told if the code is 500.
    pub details: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

impl BootImage {
    /// Whether it demands what the one host does not have: another processor, another hypervisor, or a trait of somebody's
    /// own. Nova finds that out when it looks for a host, and not before.
    #[must_use]
    pub fn finds_no_host(&self) -> bool {
        let property = |names: [&str; 2]| {
            let value = names.into_iter().find_map(|name| self.properties.get(name));
            value.map(|value| value.to_lowercase())
        };
        let processor = property(["hw_architecture", "architecture"]);
        let hypervisor = property(["img_hv_type", "hypervisor_type"]);
        processor.is_some_and(|name| !matches!(name.as_str(), "x86_64" | "amd64"))
            || hypervisor.is_some_and(|name| !matches!(name.as_str(), "qemu" | "kvm" | "fake"))
            || self.wants_trait()
    }

    /// Whether it demands of its host a trait that none has.
    #[must_use]
    pub fn wants_trait(&self) -> bool {
        let mut traits = self.properties.iter();
        traits.any(|(name, value)| name.starts_with("trait:CUSTOM_") && value == "required")
    }
}

impl Nic {
    /// The hardware address, as it is written.
    #[must_use]
    pub fn mac_text(&self) -> String {
        let [a, b, c, d, e, f] = self.mac;
        format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
    }
}

impl Server {
    /// The status that clients see.
    #[must_use]
    pub fn status(&self) -> &'static str {
        if self.is_deleted() {
            "DELETED"
        } else {
            status(self.vm_state, self.task_state)
        }
    }

    /// Whether it is gone and only remembered.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.terminated_at.is_some()
    }

    /// Whether its root disk is a volume.
    #[must_use]
    pub fn is_volume_backed(&self) -> bool {
        self.image.is_none() || self.volumes.first().is_some_and(|volume| volume.root)
    }

    /// What its hypervisor calls it: `instance-0000002a`.
    #[must_use]
    pub fn instance_name(&self) -> String {
        format!("instance-{:08x}", self.number)
    }

    /// A property of the image it runs.
    #[must_use]
    pub fn boot_property(&self, name: &str) -> Option<&str> {
        let image = self.image.as_deref()?;
        image.properties.get(name).map(String::as_str)
    }

    /// What its hypervisor is called.
    #[must_use]
    pub fn node(&self) -> Option<&str> {
        self.host.as_deref().map(|_| NODE)
    }

    /// The keypair's name it was given.
    #[must_use]
    pub fn key_name(&self) -> Option<&str> {
        self.key.as_deref().map(|key| key.name.as_str())
    }
}
