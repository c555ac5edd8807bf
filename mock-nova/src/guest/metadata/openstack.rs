//! The tree that OpenStack made for guests: `/openstack`, its versions, and the files of each.
//!
//! Unlike the Compute API's, these versions only grow: each shows what the ones before did.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Found, JSON, TEXT, hostname};
use crate::cloud::server::{Nic, Server};
use crate::state::AppState;

/// Every version, oldest first: the date of the release that began it.
const VERSIONS: [&str; 10] = [
    "2012-08-10",
    "2013-04-04",
    "2013-10-17",
    "2015-10-15",
    "2016-06-30",
    "2016-10-06",
    "2017-02-22",
    "2018-08-27",
    "2020-10-14",
    "2025-04-04",
];

/// One of [`VERSIONS`]: they are dates, and so ordered as their texts are.
#[derive(Clone, Copy, Debug)]
struct Version(&'static str);

impl Version {
    fn named(name: &str) -> Option<Self> {
        let version = match name {
            "latest" => VERSIONS.last(),
            _ => VERSIONS.iter().find(|version| **version == name),
        };
        version.copied().map(Self)
    }

    fn is_since(self, version: &str) -> bool {
        self.0 >= version
    }
}

/// What `path`, without `openstack`, leads to.
pub(super) fn find(state: &AppState, server: &Server, path: &[&str]) -> Option<Found> {
    let Some((name, rest)) = path.split_first() else {
        return Some(Found::text(versions(state)));
    };
    let version = Version::named(name)?;
    let json = |value: Value| Some(Found::Document(JSON, value.to_string().into_bytes()));
    match rest {
        [] | ["version"] => Some(Found::text(files(server, version).join("\n"))),
        ["meta_data.json"] => json(meta_data(state, server, version)),
        ["user_data"] => user_data(server).map(Found::text),
        ["password"] if version.is_since("2013-04-04") => Some(Found::Password),
        ["vendor_data.json"] if version.is_since("2013-10-17") => json(json!({})),
        ["vendor_data2.json"] if version.is_since("2016-10-06") => json(json!({"static": {}})),
        // Nova calls this one plain text.
        ["network_data.json"] => {
            let network = network_data(server).to_string();
            Some(Found::Document(TEXT, network.into_bytes()))
        }
        _ => None,
    }
}

/// What the guest was given to read, as it was before it was put in base64.
pub(super) fn user_data(server: &Server) -> Option<Vec<u8>> {
    STANDARD.decode(server.user_data.as_deref()?).ok()
}

/// The list of versions, without those that are yet to come.
fn versions(state: &AppState) -> String {
    let today = state.clock.now().strftime("%Y-%m-%d").to_string();
    let mut lines: Vec<&str> = VERSIONS
        .into_iter()
        .filter(|version| *version <= today.as_str())
        .collect();
    lines.push("latest");
    lines.join("\n")
}

fn files(server: &Server, version: Version) -> Vec<&'static str> {
    [
        ("meta_data.json", true),
        ("user_data", server.user_data.is_some()),
        ("password", version.is_since("2013-04-04")),
        ("vendor_data.json", version.is_since("2013-10-17")),
        ("network_data.json", version.is_since("2015-10-15")),
        ("vendor_data2.json", version.is_since("2016-10-06")),
    ]
    .into_iter()
    .filter_map(|(file, is_there)| is_there.then_some(file))
    .collect()
}

fn meta_data(state: &AppState, server: &Server, version: Version) -> Value {
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
    put("uuid", json!(server.id.to_string()));
    if !server.metadata.is_empty() {
        put("meta", json!(server.metadata));
    }
    if let Some(key) = server.key.as_deref() {
        put("public_keys", json!({ key.name.as_str(): key.data }));
        put(
            "keys",
            json!([{"name": key.name, "type": key.kind, "data": key.data}]),
        );
    }
    put("hostname", json!(hostname(server)));
    put("name", json!(*server.name));
    put("launch_index", json!(server.launch_index));
    put(
        "availability_zone",
        json!(server.availability_zone.as_deref()),
    );
    if version.is_since("2013-04-04") {
        put(
            "random_seed",
            json!(STANDARD.encode(state.minter.bytes(512))),
        );
    }
    if version.is_since("2015-10-15") {
        put("project_id", json!(*server.project_id));
    }
    if version.is_since("2016-06-30") {
        put("devices", devices(server, version));
    }
    if version.is_since("2020-10-14") {
        put("dedicated_cpus", json!([]));
    }
    Value::Object(data)
}

/// The devices that the guest is to know by a tag. No hypervisor has put them on a bus.
fn devices(server: &Server, version: Version) -> Value {
    let nics = server.nics.iter().filter_map(|nic| {
        let tag = nic.tag.as_deref()?;
        let mut device = Map::new();
        if version.is_since("2018-08-27") {
            device.insert("vf_trusted".to_owned(), json!(false));
        }
        device.insert("type".to_owned(), json!("nic"));
        device.insert("mac".to_owned(), json!(nic.mac_text()));
        Some((device, tag))
    });
    let disks = server.volumes.iter().filter_map(|volume| {
        let mut device = Map::new();
        device.insert("type".to_owned(), json!("disk"));
        device.insert("serial".to_owned(), json!(*volume.volume_id));
        device.insert("path".to_owned(), json!(*volume.device));
        Some((device, volume.tag.as_deref()?))
    });
    nics.chain(disks)
        .map(|(mut device, tag)| {
            device.insert("bus".to_owned(), json!("none"));
            device.insert("address".to_owned(), json!("none"));
            device.insert("tags".to_owned(), json!([tag]));
            Value::Object(device)
        })
        .collect()
}

/// How the guest is to set its network up.
fn network_data(server: &Server) -> Value {
    if server.nics.is_empty() {
        return json!({});
    }
    let name = |nic: &Nic| {
        let port = nic.port_id.to_string();
        format!("tap{}", port.get(..11).unwrap_or(&port))
    };
    let links: Value = server
        .nics
        .iter()
        .map(|nic| {
            json!({
                "id": name(nic), "vif_id": nic.port_id.to_string(), "type": "ovs", "mtu": 1450,
                "ethernet_mac_address": nic.mac_text(),
            })
        })
        .collect();
    let addresses = server
        .nics
        .iter()
        .flat_map(|nic| nic.fixed_ips.iter().map(move |ip| (nic, ip)));
    let networks: Value = addresses
        .enumerate()
        .map(|(number, (nic, address))| {
            let kind = if address.is_ipv4() { "ipv4_dhcp" } else { "ipv6_dhcp" };
            json!({"id": format!("network{number}"), "type": kind, "link": name(nic), "network_id": *nic.network_id})
        })
        .collect();
    json!({"links": links, "networks": networks, "services": []})
}
