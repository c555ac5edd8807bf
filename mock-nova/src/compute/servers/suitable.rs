//! Whether a server can be what is asked: what its image demands, what quotas allow, and the key of whoever asks.
//!
//! Creating, rebuilding and resizing ask the same questions in the same order and refuse with the same sentences, those of
//! Nova's `compute/api.py`. Knows the cloud and its quotas.

use std::sync::Arc;

use serde_json::Value;

use super::super::Exchange;
use super::super::fault::Fault;
use super::super::words::boolean;
use super::refusals::forbidden;
use crate::cloud::Cloud;
use crate::cloud::flavor::Flavor;
use crate::cloud::image::Image;
use crate::cloud::quota::Resource;
use crate::cloud::server::{BootImage, Key, Server};
use crate::cloud::viewer::Viewer;
use crate::cloud::volume::{SourceImage, Volume};
use crate::policy;
use crate::sim::Minter;

const GIB: u64 = 1 << 30;

/// The most characters of a name or a text of metadata.
const LONGEST_ITEM: usize = 255;

/// Where a server's root disk is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::compute) enum Root {
    /// On its host, as large as its flavor says.
    OfFlavor,
    /// On a volume of so many GiB, where that is known already.
    Volume(Option<u64>),
}

/// Who looks at images and volumes when the caller asks for them.
pub(in crate::compute) fn viewer<'a>(exchange: &'a Exchange<'_>) -> Viewer<'a> {
    Viewer {
        project_id: exchange.caller.project_id.as_deref(),
        admin: exchange.is_admin(),
    }
}

/// The keypair of this name that belongs to **the caller**, in the form in which servers keep it.
///
/// Whose server it is for does not matter: keys belong to users and servers to projects, and so it is the key of whoever asks
/// that is put in (`key_name_rebuild_req` of the Compute API reference).
pub(in crate::compute) fn callers_key(
    exchange: &Exchange<'_>,
    cloud: &Cloud,
    name: &str,
) -> Option<Arc<Key>> {
    let keypair = cloud.keypairs.find(&exchange.caller.user_id, name)?;
    Some(Arc::new(Key {
        name: keypair.name.clone(),
        data: keypair.public_key.clone(),
        kind: keypair.kind.name(),
    }))
}

/// Whether a server may have these items of metadata: as many, and of these names. Only the older endpoints let names come so
/// far that are none; where Nova forgets that they can, it answers 500 in the place of this 400.
///
/// # Errors
/// 403 for too many, 400 for a name or a text of another length
pub(in crate::compute) fn metadata_suits<'a>(
    exchange: &Exchange<'_>,
    cloud: &Cloud,
    items: impl ExactSizeIterator<Item = (&'a str, &'a str)>,
) -> Result<(), Fault> {
    within(exchange, cloud, Resource::MetadataItems, items.len())
        .map_err(|limit| forbidden(format!("Maximum number of metadata items exceeds {limit}")))?;
    for (name, text) in items {
        if name.is_empty() {
            return Err(Fault::bad_request(
                "Invalid metadata:  has 0 characters, less than 1.",
            ));
        }
        for (what, part) in [("key", name), ("value", text)] {
            if part.chars().count() > LONGEST_ITEM {
                return Err(Fault::bad_request(format!(
                    "Invalid metadata size: Metadata property {what} greater than {LONGEST_ITEM} characters"
                )));
            }
        }
    }
    Ok(())
}

/// The items of a request's metadata, which its schema has seen to be texts.
pub(in crate::compute) fn items(metadata: &Value) -> impl ExactSizeIterator<Item = (&str, &str)> {
    let items: Vec<(&str, &str)> = metadata
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, text)| (name.as_str(), text.as_str().unwrap_or_default()))
        .collect();
    items.into_iter()
}

/// Whether these files, as pairs of a path and its content in base64, may be put into a server.
///
/// # Errors
/// 403
pub(in crate::compute) fn files_within_quota(
    exchange: &Exchange<'_>,
    cloud: &Cloud,
    files: &[(String, String)],
) -> Result<(), Fault> {
    // Nova measures the text as it came, by characters.
    let longest = |of: fn(&(String, String)) -> &str| {
        files
            .iter()
            .map(|file| of(file).chars().count())
            .max()
            .unwrap_or(0)
    };
    within(exchange, cloud, Resource::InjectedFiles, files.len())
        .map_err(|_| forbidden("Personality file limit exceeded"))?;
    let path = longest(|(path, _)| path);
    within(exchange, cloud, Resource::InjectedFilePathBytes, path)
        .map_err(|limit| forbidden(format!("Personality file path exceeds maximum {limit}")))?;
    let content = longest(|(_, content)| content);
    within(exchange, cloud, Resource::InjectedFileContentBytes, content)
        .map_err(|limit| forbidden(format!("Personality file content exceeds maximum {limit}")))
}

/// The files of a body's `personality`.
pub(in crate::compute) fn files(personality: &serde_json::Value) -> Vec<(String, String)> {
    let text =
        |file: &serde_json::Value, name: &str| file[name].as_str().unwrap_or_default().to_owned();
    let files = personality.as_array().into_iter().flatten();
    files
        .map(|file| (text(file, "path"), text(file, "contents")))
        .collect()
}

/// The limit that holds for the caller, if `count` is over it.
fn within(
    exchange: &Exchange<'_>,
    cloud: &Cloud,
    resource: Resource,
    count: usize,
) -> Result<(), i64> {
    let caller = exchange.caller;
    let project_id = caller.project_id.as_deref().unwrap_or_default();
    // As in Nova, the project's own limit counts beside the user's.
    let limits = [None, Some(caller.user_id.as_str())]
        .map(|user_id| cloud.quotas.limit(project_id, user_id, resource));
    let over = |limit: i64| usize::try_from(limit).is_ok_and(|limit| count > limit);
    if limits.into_iter().any(over) {
        Err(limits[0])
    } else {
        Ok(())
    }
}

/// Whether the name of a processor is one that Nova knows, where the image tells one.
///
/// # Errors
/// 400
pub(in crate::compute) fn architecture(image: &Image) -> Result<(), Fault> {
    let Some(name) = image
        .properties
        .get("hw_architecture")
        .filter(|name| !name.is_empty())
    else {
        return Ok(());
    };
    let wanted = name.to_lowercase();
    if ARCHITECTURES.contains(&wanted.as_str()) || ALIASES.contains(&wanted.as_str()) {
        return Ok(());
    }
    Err(Fault::bad_request(format!(
        "Architecture name '{name}' is not recognised"
    )))
}

/// The processors that libvirt knows, by its names.
const ARCHITECTURES: [&str; 34] = [
    "aarch64",
    "alpha",
    "armv6",
    "armv7b",
    "armv7l",
    "cris",
    "i686",
    "ia64",
    "lm32",
    "m68k",
    "microblaze",
    "microblazeel",
    "mips",
    "mips64",
    "mips64el",
    "mipsel",
    "openrisc",
    "parisc",
    "parisc64",
    "ppc",
    "ppc64",
    "ppc64le",
    "ppcemb",
    "ppcle",
    "s390",
    "s390x",
    "sh4",
    "sh4eb",
    "sparc",
    "sparc64",
    "unicore32",
    "x86_64",
    "xtensa",
    "xtensaeb",
];

/// Other names of some of them.
const ALIASES: [&str; 6] = ["i386", "i486", "i586", "x86_32", "x86_32p", "amd64"];

/// Whether the disk is grown to the flavor's: as asked, else as the image says.
///
/// # Errors
/// 400 if the image forbids what is asked.
pub(in crate::compute) fn disk_config(
    asked: Option<bool>,
    image: Option<&Image>,
) -> Result<bool, Fault> {
    let says = image
        .and_then(|image| Some((image, image.properties.get("auto_disk_config")?)))
        .map(|(image, says)| (image, says.trim().to_lowercase()));
    match (asked, says) {
        (Some(true), Some((image, says))) if says == "disabled" => {
            Err(Fault::bad_request(disk_is_fixed(&image.id)))
        }
        (Some(asked), _) => Ok(asked),
        (None, Some((_, says))) => Ok(boolean(&says) == Some(true)),
        (None, None) => Ok(false),
    }
}

/// That an image forbids its disk to be grown.
pub(super) fn disk_is_fixed(image_id: &str) -> String {
    format!("Requested image {image_id} has automatic disk resize disabled.")
}

/// That a volume is not as it must be on a server that is changed.
pub(super) fn volume_is_not_attached(volume: &Volume) -> String {
    format!(
        "Invalid volume: volume '{}' status must be 'in-use'. Currently in '{}' status",
        volume.id,
        volume.status.name()
    )
}

/// The image that a server's root volume was made from, if it was made from one.
pub(super) fn image_of_root<'a>(cloud: &'a Cloud, server: &Server) -> Option<&'a SourceImage> {
    let root = server.volumes.first()?;
    cloud.volumes.get(&root.volume_id)?.image.as_ref()
}

/// What the image of a server's root volume demands; memory only, since the volume is there already.
pub(super) fn demands_of_volume(cloud: &Cloud, server: &Server) -> Demands<'static> {
    let image = image_of_root(cloud, server);
    let ram = image.and_then(|image| image.properties.get("min_ram")?.parse().ok());
    Demands {
        ram: ram.unwrap_or(0),
        ..Demands::default()
    }
}

/// What `OS-DCF:diskConfig` asks for, where it is there.
pub(in crate::compute) fn asked_disk_config(body: &serde_json::Value) -> Option<bool> {
    body["OS-DCF:diskConfig"]
        .as_str()
        .map(|asked| asked == "AUTO")
}

/// Whether a server of this flavor can be made from this image.
///
/// # Errors
/// 400, or 403 for a flavor that has no disk.
pub(in crate::compute) fn image_suits(
    exchange: &Exchange<'_>,
    flavor: &Flavor,
    image: &Image,
    root: Root,
) -> Result<(), Fault> {
    let encrypted = image.properties.get("cinder_encryption_key_id");
    if encrypted.is_some_and(|key| !key.is_empty()) {
        return Err(Fault::bad_request(format!(
            "Image {} is unacceptable: Direct booting of an image uploaded from an encrypted volume is unsupported.",
            image.id
        )));
    }
    if !image.is_active() {
        return Err(Fault::bad_request(format!(
            "Image {} is not active.",
            image.id
        )));
    }
    flavor_suits(exchange, flavor, &Demands::of(image), root)
}

/// What a server keeps of its image: the properties, and what Nova's `system_metadata` has beside them.
pub(in crate::compute) fn boot_image(image: &Image) -> BootImage {
    let mut properties = image.properties.clone();
    for (name, value) in [
        ("min_ram", image.min_ram.to_string()),
        ("min_disk", image.min_disk.to_string()),
        ("disk_format", image.disk_format.clone()),
        ("container_format", image.container_format.clone()),
    ] {
        properties.insert(name.to_owned(), value);
    }
    BootImage {
        id: image.id.as_str().into(),
        properties,
    }
}

/// What an image demands of a flavor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::compute) struct Demands<'a> {
    /// In MiB.
    pub(in crate::compute) ram: u64,
    /// In GiB.
    pub(in crate::compute) disk: u64,
    /// The size of its file in bytes.
    pub(in crate::compute) size: u64,
    /// `optional` or `mandatory`, where it says.
    pub(in crate::compute) config_drive: Option<&'a str>,
}

impl<'a> Demands<'a> {
    /// Those of a server's image, of which the size is not kept.
    pub(in crate::compute) fn kept(image: &'a BootImage) -> Self {
        let number = |name: &str| {
            let value = image.properties.get(name)?;
            value.parse().ok()
        };
        Self {
            ram: number("min_ram").unwrap_or(0),
            disk: number("min_disk").unwrap_or(0),
            size: 0,
            config_drive: image.properties.get("img_config_drive").map(String::as_str),
        }
    }

    /// Those of an image.
    pub(in crate::compute) fn of(image: &'a Image) -> Self {
        Self {
            ram: image.min_ram,
            disk: image.min_disk,
            size: image.size,
            config_drive: image.properties.get("img_config_drive").map(String::as_str),
        }
    }
}

/// Whether a flavor gives what an image demands.
///
/// # Errors
/// 400, or 403 for a flavor that has no disk.
pub(in crate::compute) fn flavor_suits(
    exchange: &Exchange<'_>,
    flavor: &Flavor,
    demands: &Demands<'_>,
    root: Root,
) -> Result<(), Fault> {
    if let Some(option) = demands.config_drive
        && !matches!(option, "optional" | "mandatory")
    {
        // Nova does not expect it here and answers 500; this cloud never does.
        return Err(Fault::bad_request(format!(
            "Image's config drive option '{option}' is invalid"
        )));
    }
    if flavor.ram < demands.ram {
        return Err(Fault::bad_request(
            "Flavor's memory is too small for requested image.",
        ));
    }
    let least = demands.disk.saturating_mul(GIB);
    match root {
        Root::Volume(None) => Ok(()),
        Root::Volume(Some(gib)) => {
            let size = gib.saturating_mul(GIB);
            if least > size {
                return Err(Fault::bad_request(format!(
                    "Volume is smaller than the minimum size specified in image metadata. \
                     Volume size is {size} bytes, minimum size is {least} bytes."
                )));
            }
            Ok(())
        }
        Root::OfFlavor if flavor.disk == 0 => {
            if exchange.allows(policy::SERVERS_ZERO_DISK_FLAVOR, &exchange.own_target()) {
                return Ok(());
            }
            Err(forbidden(
                "Only volume-backed servers are allowed for flavors with zero disk.",
            ))
        }
        Root::OfFlavor => {
            let disk = flavor.disk.saturating_mul(GIB);
            if demands.size > disk {
                return Err(Fault::bad_request(format!(
                    "Flavor's disk is too small for requested image. Flavor disk is {disk} bytes, image is {} bytes.",
                    demands.size
                )));
            }
            if least > disk {
                return Err(Fault::bad_request(format!(
                    "Flavor's disk is smaller than the minimum size specified in image metadata. \
                     Flavor disk is {disk} bytes, minimum size is {least} bytes."
                )));
            }
            Ok(())
        }
    }
}

/// A password as Nova makes them: twelve characters, none of which is taken for another, with a digit, a capital and a small
/// letter among them.
pub(in crate::compute) fn password(minter: &Minter) -> String {
    const GROUPS: [&[u8]; 3] = [
        b"23456789",
        b"ABCDEFGHJKLMNPQRSTUVWXYZ",
        b"abcdefghijkmnopqrstuvwxyz",
    ];
    const LENGTH: usize = 12;
    let mut password: Vec<u8> = Vec::with_capacity(LENGTH);
    for group in GROUPS {
        password.extend(minter.from_alphabet(group, 1).into_bytes());
    }
    password.extend(
        minter
            .from_alphabet(&GROUPS.concat(), LENGTH - GROUPS.len())
            .into_bytes(),
    );
    for last in (1..password.len()).rev() {
        let bound = u64::try_from(last + 1).unwrap_or(u64::MAX);
        let place = usize::try_from(minter.number(0, bound)).unwrap_or(0);
        password.swap(last, place);
    }
    password.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_twelve_characters_and_one_of_each_kind() {
        let minter = Minter::seeded(1);
        for _ in 0..500 {
            let password = password(&minter);
            assert_eq!(password.len(), 12, "{password}");
            assert!(
                password.contains(|c: char| c.is_ascii_digit()),
                "{password}"
            );
            assert!(
                password.contains(|c: char| c.is_ascii_uppercase()),
                "{password}"
            );
            assert!(
                password.contains(|c: char| c.is_ascii_lowercase()),
                "{password}"
            );
            assert!(!password.contains(['0', 'O', '1', 'l', 'I']), "{password}");
        }
    }
}
