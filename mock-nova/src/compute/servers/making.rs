//! The servers that a creation makes, once nothing refuses it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use nova_api::Behavior;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::words::truth;
use super::create::Asked;
use super::devices::Maker;
use super::names;
use crate::cloud::Cloud;
use crate::cloud::flavor::Flavor;
use crate::cloud::server::{BootImage, HOST, History, Key, PowerState, Server, TaskState, VmState};
use crate::compute::Exchange;

/// The device of the root disk, as Nova's fake driver names it.
const ROOT_DEVICE: &str = "/dev/sda";

/// What was found for the servers.
pub(super) struct Plan {
    pub(super) flavor: Arc<Flavor>,
    pub(super) image: Option<Arc<BootImage>>,
    pub(super) disk_config_auto: bool,
    pub(super) groups: Vec<String>,
    pub(super) key: Option<Arc<Key>>,
    pub(super) files: Vec<(String, String)>,
    pub(super) group: Option<Uuid>,
    pub(super) count: u32,
}

impl Plan {
    /// Makes the servers, and takes from the cloud what each needs.
    pub(super) fn carry_out(
        &self,
        exchange: &Exchange<'_>,
        cloud: &mut Cloud,
        asked: &Asked<'_>,
        now: Timestamp,
    ) -> Vec<Arc<Server>> {
        let minter = &exchange.state.minter;
        let reservation: Arc<str> = format!(
            "r-{}",
            minter.from_alphabet(b"0123456789abcdefghijklmnopqrstuvwxyz", 8)
        )
        .into();
        let groups: Arc<[Arc<str>]> = self
            .groups
            .iter()
            .map(|name| cloud.servers.share(name))
            .collect();
        (0..self.count)
            .map(|index| {
                let id = minter.uuid();
                let unscheduled = asked.unschedulable(cloud, self);
                let (nics, unplugged) = if unscheduled.is_some() {
                    (Vec::new(), None)
                } else {
                    asked.networks.plug(exchange, cloud, id)
                };
                let maker = Maker {
                    user_id: &exchange.caller.user_id,
                    project_id: exchange.caller.project_id.as_deref().unwrap_or_default(),
                    host: HOST,
                    minter,
                    now,
                };
                let volumes = asked.devices.make(cloud, &maker, id);
                if let Some(group) = self.group {
                    cloud.server_groups.join(group, id);
                }
                let by = exchange.by(&mut cloud.servers);
                let mut server = self.server(exchange, asked, id, index, now);
                server.user_id = Arc::clone(&by.user_id);
                server.project_id = Arc::clone(&by.project_id);
                server.reservation_id = Arc::clone(&reservation);
                server.security_groups = Arc::clone(&groups);
                server.nics = nics;
                server.volumes = volumes;
                cloud
                    .servers
                    .add(server, by, now, unscheduled.or(unplugged))
            })
            .collect()
    }

    /// The server itself, without what is taken from the cloud for it.
    fn server(
        &self,
        exchange: &Exchange<'_>,
        asked: &Asked<'_>,
        id: Uuid,
        index: u32,
        now: Timestamp,
    ) -> Server {
        let name = exchange.trimmed(asked.text("name").unwrap_or_default());
        let many = (self.count > 1).then(|| index + 1);
        let description = if exchange.contract.behaves(Behavior::DescribesByName) {
            Some(name)
        } else {
            asked.text("description")
        };
        let owned = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let metadata = asked.server.get("metadata").and_then(Value::as_object);
        let metadata: BTreeMap<String, String> = metadata
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), owned(value)))
            .collect();
        let list = |name: &str| asked.server.get(name).and_then(Value::as_array);
        let certificates = list("trusted_image_certificates").filter(|ids| !ids.is_empty());
        let hostname = asked.text("hostname").filter(|name| !name.is_empty());
        let drive = asked.server.get("config_drive").is_some_and(truth);
        let demanded = self
            .image
            .as_deref()
            .and_then(|image| image.properties.get("img_config_drive"));
        Server {
            id,
            number: 0,
            hostname: match hostname {
                Some(hostname) => hostname.into(),
                None => names::hostname(name, id, many).into(),
            },
            name: match many {
                Some(place) => format!("{name}-{place}").into(),
                None => name.into(),
            },
            user_id: "".into(),
            project_id: "".into(),
            image: self.image.clone(),
            flavor: Arc::clone(&self.flavor),
            resize: None,
            key: self.key.clone(),
            metadata,
            tags: list("tags").into_iter().flatten().map(owned).collect(),
            description: description.map(Into::into),
            user_data: asked.text("user_data").map(Into::into),
            config_drive: drive || demanded.is_some_and(|demanded| demanded == "mandatory"),
            access_ip_v4: asked
                .text("accessIPv4")
                .and_then(|address| address.parse().ok()),
            access_ip_v6: asked
                .text("accessIPv6")
                .and_then(|address| address.parse().ok()),
            nics: Vec::new(),
            security_groups: Arc::new([]),
            availability_zone: None,
            pinned_availability_zone: asked.zone.map(Into::into),
            trusted_certificates: certificates.map(|ids| ids.iter().map(owned).collect()),
            server_group: self.group,
            scheduler_hints: asked.hints.and_then(kept_hints).map(Arc::new),
            locked: None,
            vm_state: VmState::Building,
            task_state: Some(TaskState::Scheduling),
            power_state: PowerState::NoState,
            fault: None,
            created_at: now,
            updated_at: now,
            launched_at: None,
            terminated_at: None,
            host: None,
            reservation_id: "".into(),
            launch_index: index,
            root_device_name: Some(Arc::clone(&ROOT_DEVICE_NAME)),
            disk_config_auto: self.disk_config_auto,
            volumes: Vec::new(),
            guest_password: None,
            files: self.files.clone(),
            actions: History::default(),
        }
    }
}

/// One allocation for every server's root device.
static ROOT_DEVICE_NAME: LazyLock<Arc<str>> = LazyLock::new(|| ROOT_DEVICE.into());

/// The hints as Nova keeps them: each a list, and none of Nova's own.
fn kept_hints(hints: &Map<String, Value>) -> Option<Value> {
    let kept: Map<String, Value> = hints
        .iter()
        .filter(|(name, _)| !name.starts_with("_nova"))
        .map(|(name, value)| {
            let list = match value {
                Value::Array(list) => list.clone(),
                other => vec![other.clone()],
            };
            (name.clone(), Value::Array(list))
        })
        .collect();
    (!kept.is_empty()).then_some(Value::Object(kept))
}
