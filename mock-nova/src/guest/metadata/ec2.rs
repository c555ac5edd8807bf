//! The tree of EC2, which guests knew before OpenStack made its own: folders are listed, leaves are text.

use std::collections::BTreeMap;

use super::openstack::user_data;
use super::{Found, hostname};
use crate::cloud::server::Server;

/// Every version, oldest first.
const VERSIONS: [&str; 9] = [
    "1.0",
    "2007-01-19",
    "2007-03-01",
    "2007-08-29",
    "2007-10-10",
    "2007-12-15",
    "2008-02-01",
    "2008-09-01",
    "2009-04-04",
];

/// What there is at one place of the tree.
#[derive(Debug)]
enum Node {
    Leaf(Vec<u8>),
    Names(Vec<String>),
    Folder(Folder),
    /// A folder that its parent lists by this line.
    Listed(String, Folder),
}

type Folder = BTreeMap<String, Node>;

/// The list of versions.
pub(super) fn versions() -> String {
    format!("{}\nlatest", VERSIONS.join("\n"))
}

/// What `path` leads to, for a guest that asks from `address`.
pub(super) fn find(server: &Server, address: Option<&str>, path: &[&str]) -> Option<Found> {
    let Some((name, rest)) = path.split_first() else {
        return Some(Found::text(versions()));
    };
    let version = match *name {
        "latest" => VERSIONS.last(),
        name => VERSIONS.iter().find(|version| **version == name),
    }?;
    let mut node = &Node::Folder(root(server, address, version));
    for name in rest {
        node = match node {
            Node::Folder(folder) | Node::Listed(_, folder) => folder.get(*name)?,
            Node::Leaf(_) | Node::Names(_) => return None,
        };
    }
    Some(Found::text(match node {
        Node::Leaf(text) => text.clone(),
        Node::Names(names) => names.join("\n").into_bytes(),
        Node::Folder(folder) | Node::Listed(_, folder) => listing(folder).into_bytes(),
    }))
}

fn listing(folder: &Folder) -> String {
    let lines = folder.iter().map(|(name, node)| match node {
        Node::Leaf(_) | Node::Names(_) => name.clone(),
        Node::Folder(_) => format!("{name}/"),
        Node::Listed(line, _) => line.clone(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn root(server: &Server, address: Option<&str>, version: &str) -> Folder {
    let mut root = Folder::new();
    root.insert(
        "meta-data".to_owned(),
        Node::Folder(meta_data(server, address, version)),
    );
    if let Some(text) = user_data(server) {
        root.insert("user-data".to_owned(), Node::Leaf(text));
    }
    root
}

fn meta_data(server: &Server, address: Option<&str>, version: &str) -> Folder {
    let mut data = Folder::new();
    let mut put = |name: &str, node: Node| data.insert(name.to_owned(), node);
    let fixed = server
        .nics
        .iter()
        .flat_map(|nic| &nic.fixed_ips)
        .find(|ip| ip.is_ipv4());
    let floating = server.nics.iter().flat_map(|nic| &nic.floating_ips).next();
    let local = fixed
        .map(ToString::to_string)
        .or_else(|| address.map(str::to_owned));

    put("ami-id", leaf(ami_id(server)));
    put("ami-launch-index", leaf(server.launch_index.to_string()));
    put("ami-manifest-path", leaf("FIXME"));
    put("instance-id", leaf(format!("i-{:08x}", server.number)));
    put("hostname", leaf(hostname(server)));
    // Python's word for nothing is what Nova writes.
    put(
        "local-ipv4",
        leaf(local.unwrap_or_else(|| "None".to_owned())),
    );
    put("reservation-id", leaf(&*server.reservation_id));
    put(
        "security-groups",
        Node::Names(
            server
                .security_groups
                .iter()
                .map(ToString::to_string)
                .collect(),
        ),
    );
    if let Some(key) = server.key.as_deref() {
        let key_0 = Folder::from([("openssh-key".to_owned(), leaf(&*key.data))]);
        let listed = Node::Listed(format!("0={}", key.name), key_0);
        put(
            "public-keys",
            Node::Folder(Folder::from([("0".to_owned(), listed)])),
        );
    }
    if version >= "2007-01-19" {
        put("local-hostname", leaf(hostname(server)));
        put("public-hostname", leaf(hostname(server)));
        put(
            "public-ipv4",
            leaf(floating.map(ToString::to_string).unwrap_or_default()),
        );
    }
    if version >= "2007-08-29" {
        put("instance-type", leaf(&*server.flavor.name));
    }
    if version >= "2007-12-15" {
        put("block-device-mapping", Node::Folder(block_devices(server)));
    }
    if version >= "2008-02-01" {
        let zone = server.availability_zone.as_deref().unwrap_or("None");
        put(
            "placement",
            Node::Folder(Folder::from([("availability-zone".to_owned(), leaf(zone))])),
        );
    }
    if version >= "2008-09-01" {
        put("instance-action", leaf("none"));
    }
    data
}

/// Nova numbers images in the order in which guests ask; here an image's number is the beginning of its id.
fn ami_id(server: &Server) -> String {
    let id = server.image.as_deref().map_or("", |image| &*image.id);
    format!("ami-{}", id.get(..8).unwrap_or("00000000"))
}

fn block_devices(server: &Server) -> Folder {
    let root = server.root_device_name.as_deref().unwrap_or("/dev/sda1");
    let mut devices = Folder::from([
        (
            "ami".to_owned(),
            leaf(root.strip_prefix("/dev/").unwrap_or(root)),
        ),
        ("root".to_owned(), leaf(root)),
    ]);
    for (number, volume) in server.volumes.iter().enumerate() {
        devices.insert(format!("ebs{number}"), leaf(&*volume.device));
    }
    devices
}

fn leaf(text: impl AsRef<str>) -> Node {
    Node::Leaf(text.as_ref().as_bytes().to_vec())
}
