//! The disks that a new server asks for: `block_device_mapping_v2`, and the older `block_device_mapping`.
//!
//! Read and refused as Nova's `block_device.py` and `compute/api.py` do. Knows the cloud's volumes and images.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::super::words::truth;
use super::suitable;
use crate::cloud::Cloud;
use crate::cloud::flavor::Flavor;
use crate::cloud::image::Image;
use crate::cloud::server::Volume;
use crate::cloud::volume::{self, Attachment, SourceImage, VolumeStatus};
use crate::compute::Exchange;
use crate::compute::fault::Fault;
use crate::sim::Minter;

/// Where a disk's content comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Blank,
    Image,
    Volume,
    Snapshot,
}

/// One disk that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Device {
    source: Source,
    on_volume: bool,
    /// The image, volume or snapshot.
    id: Option<String>,
    /// Negative or none: not to boot from.
    boot_index: Option<i64>,
    size: Option<u64>,
    swap: bool,
    delete_on_termination: bool,
    name: Option<String>,
    tag: Option<String>,
    volume_type: Option<String>,
}

/// The disks of a new server, read and found possible.
#[derive(Clone, Debug, Default)]
pub(super) struct Devices(Vec<Device>);

impl Devices {
    /// What the body asks for.
    ///
    /// # Errors
    /// 400
    pub(super) fn read(server: &Value) -> Result<Self, Fault> {
        let list = |name: &str| server[name].as_array().filter(|list| !list.is_empty());
        let image = server["imageRef"]
            .as_str()
            .filter(|image| !image.is_empty());
        match (
            list("block_device_mapping"),
            list("block_device_mapping_v2"),
        ) {
            (Some(_), Some(_)) => Err(Fault::bad_request(
                "Using different block_device_mapping syntaxes is not allowed in the same request.",
            )),
            (Some(old), None) => older(old, image).map(Self),
            (None, Some(new)) => {
                let devices = new.iter().map(|device| newer(device, image.is_some()));
                // One that says that there is none overrides what an image would bring, and this cloud's bring nothing.
                devices
                    .filter_map(Result::transpose)
                    .collect::<Result<_, _>>()
                    .map(Self)
            }
            (None, None) => Ok(Self::default()),
        }
    }

    /// Whether none are asked for: then the image is the root disk.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn root(&self) -> Option<&Device> {
        self.0.iter().find(|device| device.boot_index == Some(0))
    }

    /// Where the root disk is to be.
    pub(super) fn root_place(&self, cloud: &Cloud) -> suitable::Root {
        match self.root() {
            Some(root) if root.on_volume => {
                let of_volume = root
                    .id
                    .as_deref()
                    .filter(|_| root.source == Source::Volume)
                    .and_then(|id| cloud.volumes.get(id));
                suitable::Root::Volume(root.size.or(of_volume.map(|volume| volume.size)))
            }
            _ => suitable::Root::OfFlavor,
        }
    }

    /// The image that the root volume is to be made from, where the server names none itself.
    ///
    /// # Errors
    /// 400 if the root volume is not there or not one to boot from.
    pub(super) fn root_image<'c>(
        &self,
        exchange: &Exchange<'_>,
        cloud: &'c Cloud,
    ) -> Result<Option<&'c Image>, Fault> {
        let Some(root) = self.root() else {
            return Ok(None);
        };
        let id = root.id.as_deref().unwrap_or_default();
        let viewer = suitable::viewer(exchange);
        match root.source {
            Source::Image => cloud
                .images
                .find(id, viewer)
                .map(Some)
                .ok_or_else(|| failed_to_get("image", id)),
            Source::Volume => {
                let volume = cloud.volumes.find(id, viewer);
                let volume = volume.ok_or_else(|| failed_to_get("volume", id))?;
                if !volume.bootable {
                    return Err(Fault::bad_request(format!(
                        "Block Device {id} is not bootable."
                    )));
                }
                Ok(None)
            }
            Source::Snapshot => Err(Fault::bad_request(format!(
                "Snapshot {id} could not be found."
            ))),
            Source::Blank => Ok(None),
        }
    }

    /// Whether the disks can be had by so many servers of this flavor.
    ///
    /// # Errors
    /// 400
    pub(super) fn shareable(&self, count: i64) -> Result<(), Fault> {
        if count > 1 && self.0.iter().any(|device| device.source == Source::Volume) {
            return Err(Fault::bad_request(
                "Cannot attach one or more volumes to multiple instances",
            ));
        }
        Ok(())
    }

    /// Whether each disk is possible.
    ///
    /// # Errors
    /// 400
    pub(super) fn possible(
        &self,
        exchange: &Exchange<'_>,
        cloud: &Cloud,
        flavor: &Flavor,
    ) -> Result<(), Fault> {
        if self.is_empty() {
            return Ok(());
        }
        let viewer = suitable::viewer(exchange);
        let volumes = self
            .0
            .iter()
            .filter(|device| device.source == Source::Volume);
        let mut named = BTreeSet::new();
        for id in volumes.filter_map(|device| device.id.as_deref()) {
            if cloud.volumes.find(id, viewer).is_none() {
                return Err(Fault::bad_request(format!(
                    "Volume {id} could not be found."
                )));
            }
            // Nova has no sentence of its own for this and asks Cinder to reserve each: here as if the first reservation were in
            // the second's way. No real Cinder was asked.
            if !named.insert(id) {
                return Err(Fault::bad_request(format!(
                    "Invalid volume: volume {id} status must be available or downloading to reserve, but the current \
                     status is reserved."
                )));
            }
        }
        let mut boot: Vec<i64> = self
            .0
            .iter()
            .filter_map(|device| device.boot_index)
            .collect();
        boot.retain(|index| *index >= 0);
        boot.sort_unstable();
        let in_a_row = (0_i64..).zip(&boot).all(|(place, index)| place == *index);
        if boot.is_empty() || !in_a_row {
            return Err(invalid(
                "Boot sequence for the instance and image/block device mapping combination is not valid.",
            ));
        }
        for device in &self.0 {
            device.possible(exchange, cloud)?;
        }
        self.fits(flavor)
    }

    fn fits(&self, flavor: &Flavor) -> Result<(), Fault> {
        let blank = |swap: bool| {
            let local = self
                .0
                .iter()
                .filter(|device| device.source == Source::Blank && !device.on_volume);
            local.filter(move |device| device.swap == swap)
        };
        let ephemeral: u64 = blank(false)
            .map(|device| device.size.unwrap_or(flavor.ephemeral))
            .fold(0, u64::saturating_add);
        if ephemeral > flavor.ephemeral {
            return Err(Fault::bad_request(
                "Ephemeral disks requested are larger than the instance type allows. If no size is given in one block \
                 device mapping, flavor ephemeral size will be used.",
            ));
        }
        if blank(true).count() > 1 {
            return Err(invalid("More than one swap drive requested."));
        }
        if blank(true).any(|device| device.size.unwrap_or(0) > flavor.swap) {
            return Err(Fault::bad_request(
                "Swap drive requested is larger than instance type allows.",
            ));
        }
        if self.0.iter().filter(|device| !device.on_volume).count() > 3 {
            return Err(invalid(
                "You specified more local devices than the limit allows",
            ));
        }
        Ok(())
    }

    /// Makes the volumes that are asked for, and puts these and the given ones on a server. Root first.
    pub(super) fn make(
        &self,
        cloud: &mut Cloud,
        maker: &Maker<'_>,
        server_id: Uuid,
    ) -> Vec<Volume> {
        let mut devices: Vec<&Device> = self.0.iter().collect();
        devices.sort_by_key(|device| {
            device
                .boot_index
                .filter(|index| *index >= 0)
                .unwrap_or(i64::MAX)
        });
        let mut volumes = Vec::new();
        for (place, device) in devices.into_iter().enumerate() {
            if device.on_volume {
                volumes.push(device.make(cloud, maker, server_id, place));
            }
        }
        volumes
    }
}

/// For whom volumes are made.
pub(super) struct Maker<'a> {
    pub(super) user_id: &'a str,
    pub(super) project_id: &'a str,
    pub(super) host: &'a str,
    pub(super) minter: &'a Minter,
    pub(super) now: Timestamp,
}

impl Device {
    fn possible(&self, exchange: &Exchange<'_>, cloud: &Cloud) -> Result<(), Fault> {
        let viewer = suitable::viewer(exchange);
        let id = self.id.as_deref().unwrap_or_default();
        if let Some(name) = self.volume_type.as_deref().filter(|name| !name.is_empty())
            && name != volume::DEFAULT_TYPE
        {
            return Err(Fault::bad_request(format!(
                "Volume type {name} could not be found."
            )));
        }
        match self.source {
            Source::Image => {
                if cloud.images.find(id, viewer).is_none() {
                    return Err(failed_to_get("image", id));
                }
                if self.on_volume && self.size.unwrap_or(0) == 0 {
                    return Err(Fault::bad_request(
                        "Images with destination_type 'volume' need to have a non-zero size specified",
                    ));
                }
            }
            Source::Volume => {
                let volume = cloud
                    .volumes
                    .find(id, viewer)
                    .ok_or_else(|| failed_to_get("volume", id))?;
                if volume.status == VolumeStatus::InUse && !volume.multiattach {
                    return Err(Fault::bad_request(format!(
                        "Invalid volume: volume {id} status must be available or downloading to reserve, but the current \
                         status is in-use."
                    )));
                }
            }
            Source::Snapshot => return Err(failed_to_get("snapshot", id)),
            Source::Blank => {
                if self.on_volume && self.size.unwrap_or(0) == 0 {
                    return Err(Fault::bad_request(
                        "Blank volumes (source: 'blank', dest: 'volume') need to have non-zero size",
                    ));
                }
            }
        }
        Ok(())
    }

    fn make(&self, cloud: &mut Cloud, maker: &Maker<'_>, server_id: Uuid, place: usize) -> Volume {
        let id = match (self.source, &self.id) {
            (Source::Volume, Some(id)) => id.clone(),
            _ => self.new_volume(cloud, maker),
        };
        let letter = char::from(b'a' + u8::try_from(place.min(25)).unwrap_or(0));
        let device = self
            .name
            .clone()
            .unwrap_or_else(|| format!("/dev/sd{letter}"));
        let attachment_id = maker.minter.uuid();
        // It was found possible under the same lock.
        let _ = cloud.volumes.attach(
            &id,
            Attachment {
                id: attachment_id.to_string(),
                server_id: server_id.to_string(),
                device: device.clone(),
                host: Some(maker.host.to_owned()),
                attached_at: maker.now,
            },
        );
        Volume {
            volume_id: id.into(),
            attachment_id,
            bdm_id: maker.minter.uuid(),
            device: device.into(),
            root: self.boot_index == Some(0),
            delete_on_termination: self.delete_on_termination,
            tag: self.tag.as_deref().map(Arc::from),
        }
    }

    /// Makes a volume as Nova asks Cinder for one, without a name.
    fn new_volume(&self, cloud: &mut Cloud, maker: &Maker<'_>) -> String {
        let image = self.id.as_deref().and_then(|id| cloud.images.get(id));
        let image = image.map(SourceImage::of);
        let id = maker.minter.uuid().to_string();
        cloud.volumes.add(volume::Volume {
            id: id.clone(),
            project_id: maker.project_id.to_owned(),
            user_id: maker.user_id.to_owned(),
            name: Some(String::new()),
            description: Some(String::new()),
            size: self.size.unwrap_or(1),
            status: VolumeStatus::Available,
            bootable: image.is_some(),
            multiattach: false,
            volume_type: volume::DEFAULT_TYPE.to_owned(),
            image,
            metadata: std::collections::BTreeMap::new(),
            attachments: Vec::new(),
            created_at: maker.now,
            updated_at: maker.now,
        });
        id
    }
}

/// A disk as `block_device_mapping_v2` writes it; nothing where it says that there is none.
fn newer(asked: &Value, image_given: bool) -> Result<Option<Device>, Fault> {
    if truth(&asked["no_device"]) {
        return Ok(None);
    }
    let text = |name: &str| asked[name].as_str().filter(|text| !text.is_empty());
    let source = match text("source_type") {
        Some("image") => Source::Image,
        Some("volume") => Source::Volume,
        Some("snapshot") => Source::Snapshot,
        _ => Source::Blank,
    };
    let local = text("destination_type") == Some("local");
    let id = text("uuid");
    let boot_index = number(&asked["boot_index"]);
    match (source, id) {
        (Source::Blank, Some(_)) => return Err(invalid("Invalid device UUID.")),
        (Source::Blank, None) if text("source_type").is_some() => {}
        (_, None) => return Err(invalid("Missing device UUID.")),
        (Source::Image, Some(_)) if local && !(image_given && boot_index == Some(0)) => {
            return Err(invalid("Mapping image to local is not supported."));
        }
        (_, Some(_)) => {}
    }
    if text("volume_type").is_some() && local {
        return Err(invalid(
            "Specifying a volume_type with destination_type=local is not supported.",
        ));
    }
    if text("volume_type").is_some() && source == Source::Volume {
        return Err(invalid(
            "Specifying volume type to existing volume is not supported.",
        ));
    }
    let on_volume = match text("destination_type") {
        Some("local") => false,
        Some(_) => true,
        None => matches!(source, Source::Volume | Source::Snapshot),
    };
    Ok(Some(Device {
        source,
        on_volume,
        id: id.map(str::to_owned),
        boot_index,
        size: number(&asked["volume_size"]).and_then(|size| u64::try_from(size).ok()),
        swap: text("guest_format") == Some("swap"),
        delete_on_termination: truth(&asked["delete_on_termination"]),
        name: text("device_name").map(str::to_owned),
        tag: text("tag").map(str::to_owned),
        volume_type: text("volume_type").map(str::to_owned),
    }))
}

/// The disks as `block_device_mapping` writes them. The root is the one called `vda`; else the image, if one is given.
fn older(asked: &[Value], image: Option<&str>) -> Result<Vec<Device>, Fault> {
    let mut devices = Vec::new();
    for asked in asked {
        if truth(&asked["no_device"]) {
            continue;
        }
        let text = |name: &str| asked[name].as_str().filter(|text| !text.is_empty());
        let swap = text("virtual_name") == Some("swap");
        let ephemeral = text("virtual_name").is_some_and(|name| name.starts_with("ephemeral"));
        let (source, id) = match (text("snapshot_id"), text("volume_id")) {
            _ if swap || ephemeral => (Source::Blank, None),
            (Some(id), _) => (Source::Snapshot, Some(id)),
            (None, Some(id)) => (Source::Volume, Some(id)),
            (None, None) => return Err(invalid("Unrecognized legacy format.")),
        };
        let name = text("device_name");
        let is_root = source != Source::Blank
            && name.is_some_and(|name| name.trim_start_matches("/dev/") == "vda");
        devices.push(Device {
            source,
            on_volume: source != Source::Blank,
            id: id.map(str::to_owned),
            boot_index: Some(if is_root { 0 } else { -1 }),
            size: number(&asked["volume_size"]).and_then(|size| u64::try_from(size).ok()),
            swap,
            delete_on_termination: truth(&asked["delete_on_termination"]),
            name: name.map(str::to_owned),
            tag: None,
            volume_type: None,
        });
    }
    let has_root = devices.iter().any(|device| device.boot_index == Some(0));
    if let Some(image) = image.filter(|_| !has_root) {
        devices.insert(
            0,
            Device {
                source: Source::Image,
                on_volume: false,
                id: Some(image.to_owned()),
                boot_index: Some(0),
                size: None,
                swap: false,
                delete_on_termination: true,
                name: None,
                tag: None,
                volume_type: None,
            },
        );
    }
    Ok(devices)
}

/// A number or its digits.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::String(digits) => digits.trim().parse().ok(),
        other => other.as_i64(),
    }
}

fn invalid(details: &str) -> Fault {
    Fault::bad_request(format!("Block Device Mapping is Invalid: {details}"))
}

fn failed_to_get(what: &str, id: &str) -> Fault {
    invalid(&format!("failed to get {what} {id}."))
}
