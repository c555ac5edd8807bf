//! The action `rebuild`: a server is made again, from another image, with another key.
//!
//! What is refused is refused in Nova's order: the server, policy, the lock, the server's states, the key, the image, the
//! quotas, what the image demands. All of it is decided under one lock of the cloud, so that two rebuilds of one server
//! cannot both be taken on.

use std::borrow::Cow;
use std::sync::Arc;

use nova_api::{Behavior, Superset};
use serde_json::Value;
use uuid::Uuid;

use super::super::fault::Fault;
use super::super::words::truth;
use super::super::{Answered, Exchange, on, server_missing};
use super::refusals::{in_the_way, unless_locked};
use super::suitable::{self, Root};
use super::view::{Sight, detailed};
use crate::cloud::Cloud;
use crate::cloud::image::Image;
use crate::cloud::server::{BootImage, Failure, Key, Server, Task};
use crate::cloud::volume::{SourceImage, VolumeStatus};
use crate::policy;
use crate::secret::Secret;

pub(in crate::compute) fn rebuild(
    exchange: &Exchange<'_>,
    body: &Value,
) -> Result<Answered, Fault> {
    let asked = &body["rebuild"];
    let server = exchange.server_to_use()?;
    if asked.get("trusted_image_certificates").is_some() {
        exchange.may(policy::SERVERS_REBUILD_TRUSTED_CERTS, &on(&server))?;
    }
    let server = exchange
        .state
        .store
        .write(|cloud| accept(exchange, cloud, server.id, asked))?;

    let password = match asked["adminPass"].as_str() {
        Some(password) => Secret::new(password),
        None => Secret::new(suitable::password(&exchange.state.minter)),
    };
    let sight = Sight::of(exchange, &on(&server));
    let mut shown = detailed(exchange, &server, sight);
    shown.push((
        Cow::Borrowed("adminPass"),
        Superset::from(password.expose()),
    ));
    let answer = Superset::object([("server", Superset::Object(shown))]);
    Ok(Answered::Located {
        body: exchange.contract.render(&answer, sight.audience()),
        location: exchange.link("servers", &server.id.to_string()),
    })
}

/// Takes the rebuild on, or says why not.
fn accept(
    exchange: &Exchange<'_>,
    cloud: &mut Cloud,
    id: Uuid,
    asked: &Value,
) -> Result<Arc<Server>, Fault> {
    let missing = || server_missing(exchange.parameter());
    let server = Arc::clone(cloud.servers.get(id).ok_or_else(missing)?);
    unless_locked(exchange, &server)?;
    let refused = |refused| in_the_way(refused, "rebuild", exchange.parameter());
    cloud
        .servers
        .may_begin(id, Task::Rebuild)
        .map_err(refused)?;

    let mut changes = Changes::decide(exchange, cloud, &server, asked)?;
    let written_over = changes.volume_image.take();
    let by = exchange.by(&mut cloud.servers);
    let now = exchange.state.clock.now();
    let begun = cloud.servers.begin(id, Task::Rebuild, by, now, |server| {
        changes.apply(server);
        write_down(exchange, server, asked);
    });
    let root = server.volumes.first();
    let root = root.and_then(|root| cloud.volumes.get_mut(&root.volume_id));
    if let (Ok(_), Some(image), Some(root)) = (&begun, written_over, root) {
        root.image = Some(image);
    }
    if begun.is_ok() && truth(&asked["preserve_ephemeral"]) {
        cloud.servers.doom(id, preserves_nothing());
    }
    begun.map_err(refused)
}

/// What comes of a rebuild that shall keep the ephemeral disk, which only bare metal can.
fn preserves_nothing() -> Failure {
    Failure {
        code: 400,
        message: "The current driver does not support preserving ephemeral partitions.".to_owned(),
        details: None,
        unscheduled: false,
    }
}

/// What a rebuild changes that had to be looked up or could be refused.
struct Changes {
    /// Another key or none; nothing where the server keeps its own.
    key: Option<Option<Arc<Key>>>,
    /// The image it is made from; nothing where its root is a volume, which has its own.
    image: Option<Arc<BootImage>>,
    /// What its root volume is written over with; nothing where its root is none.
    volume_image: Option<SourceImage>,
    disk_config_auto: bool,
    files: Vec<(String, String)>,
}

impl Changes {
    fn decide(
        exchange: &Exchange<'_>,
        cloud: &Cloud,
        server: &Server,
        asked: &Value,
    ) -> Result<Self, Fault> {
        let key = key(exchange, cloud, asked.get("key_name"))?;
        let image_id = asked["imageRef"].as_str().unwrap_or_default();
        let viewer = suitable::viewer(exchange);
        let no_image = || Fault::bad_request("Cannot find image for rebuild");
        let image = cloud.images.find(image_id, viewer).ok_or_else(no_image)?;
        let disk_config_auto =
            suitable::disk_config(suitable::asked_disk_config(asked), Some(image))?;
        suitable::architecture(image)?;
        let root = root(exchange, cloud, server, asked, image_id)?;

        suitable::metadata_suits(exchange, cloud, suitable::items(&asked["metadata"]))?;
        let files = suitable::files(&asked["personality"]);
        suitable::files_within_quota(exchange, cloud, &files)?;
        suitable::image_suits(exchange, &server.flavor, image, root)?;
        volumes_are_attached(cloud, server)?;
        for part in ["kernel_id", "ramdisk_id"] {
            let part = image.properties.get(part).filter(|id| *id != "nokernel");
            if part.is_some_and(|id| cloud.images.find(id, viewer).is_none()) {
                return Err(no_image());
            }
        }
        Ok(Self {
            key,
            image: (!server.is_volume_backed()).then(|| boot_image(server, image)),
            volume_image: server.is_volume_backed().then(|| SourceImage::of(image)),
            disk_config_auto,
            files,
        })
    }

    fn apply(self, server: &mut Server) {
        if let Some(key) = self.key {
            server.key = key;
        }
        if let Some(image) = self.image {
            server.image = Some(image);
        }
        server.disk_config_auto = self.disk_config_auto;
        server.files = self.files;
    }
}

/// The key a rebuild asks for. Left out, the server keeps its own; null takes it away; a name is looked up among the
/// **caller's** keypairs, whoever made the server.
fn key(
    exchange: &Exchange<'_>,
    cloud: &Cloud,
    asked: Option<&Value>,
) -> Result<Option<Option<Arc<Key>>>, Fault> {
    match asked {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(name) => suitable::callers_key(exchange, cloud, name.as_str().unwrap_or_default())
            .map(|key| Some(Some(key)))
            .ok_or_else(|| Fault::bad_request("Invalid key_name provided.")),
    }
}

/// Where the root disk is. One on a volume takes no certificates, and takes another image from some version on only.
fn root(
    exchange: &Exchange<'_>,
    cloud: &Cloud,
    server: &Server,
    asked: &Value,
    image_id: &str,
) -> Result<Root, Fault> {
    if !server.is_volume_backed() {
        return Ok(Root::OfFlavor);
    }
    if asked["trusted_image_certificates"].is_array() {
        return Err(Fault::bad_request(
            "Image certificate validation is not supported for volume-backed servers.",
        ));
    }
    let volume = server
        .volumes
        .first()
        .and_then(|root| cloud.volumes.get(&root.volume_id));
    let own_image = suitable::image_of_root(cloud, server);
    let same = own_image.is_some_and(|image| image.id == image_id);
    if !same && !exchange.contract.behaves(Behavior::RebuildsVolumeBacked) {
        return Err(Fault::bad_request(format!(
            "Image {image_id} is unacceptable: Unable to rebuild with a different image for a volume-backed server."
        )));
    }
    Ok(Root::Volume(volume.map(|volume| volume.size)))
}

/// Whether every volume of the server is as a rebuild needs it.
fn volumes_are_attached(cloud: &Cloud, server: &Server) -> Result<(), Fault> {
    let volumes = server.volumes.iter();
    let volumes = volumes.filter_map(|volume| cloud.volumes.get(&volume.volume_id));
    match volumes
        .into_iter()
        .find(|volume| volume.status != VolumeStatus::InUse)
    {
        None => Ok(()),
        Some(volume) => Err(Fault::bad_request(suitable::volume_is_not_attached(volume))),
    }
}

/// What the server keeps of its image; the same allocation if it is the same image still.
fn boot_image(server: &Server, image: &Image) -> Arc<BootImage> {
    let new = suitable::boot_image(image);
    match &server.image {
        Some(old) if **old == new => Arc::clone(old),
        _ => Arc::new(new),
    }
}

/// What the body says and nothing can refuse.
fn write_down(exchange: &Exchange<'_>, server: &mut Server, asked: &Value) {
    let text = |name: &str| asked.get(name).map(Value::as_str);
    if let Some(Some(name)) = text("name") {
        server.name = exchange.trimmed(name).into();
    }
    if let Some(description) = text("description") {
        server.description = description.map(Into::into);
    }
    if let Some(Some(hostname)) = text("hostname") {
        server.hostname = hostname.into();
    }
    if let Some(user_data) = text("user_data") {
        server.user_data = user_data.map(Into::into);
    }
    if let Some(Some(address)) = text("accessIPv4") {
        server.access_ip_v4 = address.parse().ok();
    }
    if let Some(Some(address)) = text("accessIPv6") {
        server.access_ip_v6 = address.parse().ok();
    }
    let owned = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(metadata) = asked["metadata"].as_object() {
        let items = metadata
            .iter()
            .map(|(key, value)| (key.clone(), owned(value)));
        server.metadata = items.collect();
    }
    if let Some(ids) = asked.get("trusted_image_certificates") {
        server.trusted_certificates = ids.as_array().map(|ids| ids.iter().map(owned).collect());
    }
}
