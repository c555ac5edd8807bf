//! A server as answers show it: one superset body, which the operation's contract prunes.
//!
//! What policy hides is left out here; what the version hides, the contract leaves out.

use std::borrow::Cow;
use std::net::IpAddr;

use jiff::Timestamp;
use nova_api::{Audience, Superset};
use sha2::{Digest as _, Sha224};
use uuid::Uuid;

use super::super::Exchange;
use super::image_properties;
use crate::cloud::server::{Nic, Server, VmState};
use crate::policy::{self, Target};

/// The members of an object, in the order in which they are written.
pub(in crate::compute) type Members<'a> = Vec<(Cow<'a, str>, Superset<'a>)>;

/// The statuses that are shown with a progress, which this cloud leaves at 0 as Nova's drivers do.
const IN_PROGRESS: [&str; 6] = [
    "ACTIVE",
    "BUILD",
    "REBUILD",
    "RESIZE",
    "VERIFY_RESIZE",
    "MIGRATING",
];

/// What policy lets a caller see of servers.
#[derive(Clone, Copy, Debug)]
pub(in crate::compute) struct Sight {
    /// Where it is, what its hypervisor calls it and so on.
    attributes: bool,
    /// Whether the host is up: always, or only when nobody knows.
    host_status: Option<HostStatus>,
    extra_specs: bool,
    /// A failure's details.
    details: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HostStatus {
    Any,
    UnknownOnly,
}

impl Sight {
    /// Of servers that match this target.
    pub(in crate::compute) fn of(exchange: &Exchange<'_>, target: &Target<'_>) -> Self {
        let allows = |rule| exchange.allows(rule, target);
        let host_status = if allows(policy::SERVERS_SHOW_HOST_STATUS) {
            Some(HostStatus::Any)
        } else if allows(policy::SERVERS_SHOW_HOST_STATUS_UNKNOWN) {
            Some(HostStatus::UnknownOnly)
        } else {
            None
        };
        Self {
            attributes: allows(policy::EXTENDED_SERVER_ATTRIBUTES),
            host_status,
            extra_specs: allows(policy::SERVERS_SHOW_FLAVOR_EXTRA_SPECS),
            details: exchange.is_admin(),
        }
    }

    /// For whom the contract prunes.
    pub(in crate::compute) const fn audience(self) -> Audience {
        if self.attributes || self.host_status.is_some() || self.details {
            Audience::Admins
        } else {
            Audience::Everyone
        }
    }
}

/// What a list says of a server.
pub(in crate::compute) fn basic<'a>(exchange: &Exchange<'_>, server: &'a Server) -> Superset<'a> {
    let id = server.id.to_string();
    Superset::object([
        ("id", Superset::from(id.clone())),
        ("name", Superset::from(&*server.name)),
        ("links", links(exchange, "servers", &id)),
    ])
}

/// The two links of a thing: to itself at this version, and without a version.
pub(in crate::compute) fn links<'a>(
    exchange: &Exchange<'_>,
    collection: &str,
    id: &str,
) -> Superset<'a> {
    let own = Superset::object([
        ("rel", Superset::from("self")),
        ("href", Superset::from(exchange.link(collection, id))),
    ]);
    Superset::Array(vec![own, bookmark(exchange, collection, id)])
}

fn bookmark<'a>(exchange: &Exchange<'_>, collection: &str, id: &str) -> Superset<'a> {
    Superset::object([
        ("rel", Superset::from("bookmark")),
        ("href", Superset::from(exchange.bookmark(collection, id))),
    ])
}

/// All there is to say of a server to this caller.
pub(in crate::compute) fn detailed<'a>(
    exchange: &Exchange<'_>,
    server: &'a Server,
    sight: Sight,
) -> Members<'a> {
    let id = server.id.to_string();
    let status = server.status();
    let text = |text: Option<&'a str>| text.map_or(Superset::Null, Superset::from);
    let mut members: Members<'a> = Vec::with_capacity(52);
    let mut add =
        |name: &'static str, value: Superset<'a>| members.push((Cow::Borrowed(name), value));
    let access = |ip: Option<String>| Superset::from(ip.unwrap_or_default());
    add(
        "accessIPv4",
        access(server.access_ip_v4.map(|ip| ip.to_string())),
    );
    add(
        "accessIPv6",
        access(server.access_ip_v6.map(|ip| ip.to_string())),
    );
    add("addresses", addresses(server));
    add("created", zulu(server.created_at));
    add("flavor", flavor(exchange, server, sight.extra_specs));
    add(
        "hostId",
        server.host.as_deref().map_or(Superset::from(""), |host| {
            Superset::from(host_id(&server.project_id, host))
        }),
    );
    add("image", image(exchange, server));
    add("links", links(exchange, "servers", &id));
    add("id", Superset::from(id));
    add("metadata", metadata(server));
    add("name", Superset::from(&*server.name));
    add("status", Superset::from(status));
    add("tenant_id", Superset::from(&*server.project_id));
    add("user_id", Superset::from(&*server.user_id));
    add("updated", zulu(server.updated_at));
    let disk = if server.disk_config_auto {
        "AUTO"
    } else {
        "MANUAL"
    };
    add("OS-DCF:diskConfig", Superset::from(disk));
    if let Some(fault) = fault(server, status, sight) {
        add("fault", fault);
    }
    if IN_PROGRESS.contains(&status) {
        add("progress", Superset::Integer(0));
    }
    let zone = server.availability_zone.as_deref().unwrap_or_default();
    add("OS-EXT-AZ:availability_zone", Superset::from(zone));
    let drive = if server.config_drive { "True" } else { "" };
    add("config_drive", Superset::from(drive));
    add("key_name", text(server.key_name()));
    add("OS-SRV-USG:launched_at", micros(server.launched_at));
    add("OS-SRV-USG:terminated_at", micros(server.terminated_at));
    // Until it has ports, nobody can say which groups guard them.
    if !server.nics.is_empty() && server.vm_state != VmState::Building && !server.is_deleted() {
        let groups = server
            .security_groups
            .iter()
            .map(|name| Superset::object([("name", Superset::from(&**name))]));
        add("security_groups", Superset::Array(groups.collect()));
    }
    let scheduled = server.host.is_some() || server.launched_at.is_some();
    if sight.attributes {
        add("OS-EXT-SRV-ATTR:host", text(server.host.as_deref()));
        let name = if scheduled || server.vm_state == VmState::Error {
            server.instance_name()
        } else {
            String::new()
        };
        add("OS-EXT-SRV-ATTR:instance_name", Superset::from(name));
        add("OS-EXT-SRV-ATTR:hypervisor_hostname", text(server.node()));
        let kernel = |name: &str| {
            server
                .boot_property(name)
                .filter(|id| *id != "nokernel")
                .unwrap_or_default()
        };
        add(
            "OS-EXT-SRV-ATTR:kernel_id",
            Superset::from(kernel("kernel_id")),
        );
        add(
            "OS-EXT-SRV-ATTR:launch_index",
            Superset::Integer(i64::from(server.launch_index)),
        );
        add(
            "OS-EXT-SRV-ATTR:ramdisk_id",
            Superset::from(kernel("ramdisk_id")),
        );
        add(
            "OS-EXT-SRV-ATTR:reservation_id",
            Superset::from(&*server.reservation_id),
        );
        let root = server.root_device_name.as_deref().filter(|_| scheduled);
        add("OS-EXT-SRV-ATTR:root_device_name", text(root));
        add(
            "OS-EXT-SRV-ATTR:user_data",
            text(server.user_data.as_deref()),
        );
    }
    if sight.attributes || hostname_is_for_everyone(exchange) {
        add(
            "OS-EXT-SRV-ATTR:hostname",
            Superset::from(&*server.hostname),
        );
    }
    add(
        "OS-EXT-STS:task_state",
        server
            .task_state
            .map_or(Superset::Null, |state| Superset::from(state.name())),
    );
    add(
        "OS-EXT-STS:vm_state",
        Superset::from(server.vm_state.name()),
    );
    add(
        "OS-EXT-STS:power_state",
        Superset::Integer(server.power_state.code()),
    );
    add("os-extended-volumes:volumes_attached", volumes(server));
    add("locked", Superset::Bool(server.locked.is_some()));
    let host_status = if server.host.is_some() { "UP" } else { "" };
    if sight.host_status == Some(HostStatus::Any) {
        add("host_status", Superset::from(host_status));
    }
    add("description", text(server.description.as_deref()));
    add(
        "tags",
        Superset::Array(
            server
                .tags
                .iter()
                .map(|tag| Superset::from(tag.as_str()))
                .collect(),
        ),
    );
    add("user_data", text(server.user_data.as_deref()));
    add("trusted_image_certificates", certificates(server));
    let groups = server
        .server_group
        .iter()
        .map(|group| Superset::from(group.to_string()));
    add("server_groups", Superset::Array(groups.collect()));
    let reason = server
        .locked
        .as_deref()
        .and_then(|lock| lock.reason.as_deref());
    add("locked_reason", text(reason));
    add(
        "pinned_availability_zone",
        text(server.pinned_availability_zone.as_deref()),
    );
    let hints = server.scheduler_hints.as_deref().cloned();
    add(
        "scheduler_hints",
        hints.map_or(Superset::Object(Vec::new()), Superset::from),
    );
    members
}

/// Whether the version shows the hostname to every caller and not only to those who may see attributes.
fn hostname_is_for_everyone(exchange: &Exchange<'_>) -> bool {
    exchange
        .contract
        .outputs()
        .iter()
        .any(|(path, audience, _)| {
            *audience == Audience::Everyone && path.ends_with("/OS-EXT-SRV-ATTR:hostname")
        })
}

fn flavor<'a>(exchange: &Exchange<'_>, server: &'a Server, extra_specs: bool) -> Superset<'a> {
    let flavor = &server.flavor;
    let number = |value: u64| Superset::Integer(i64::try_from(value).unwrap_or(i64::MAX));
    let mut members: Members<'a> = vec![
        (Cow::Borrowed("id"), Superset::from(flavor.id.as_str())),
        (
            Cow::Borrowed("links"),
            Superset::Array(vec![bookmark(exchange, "flavors", &flavor.id)]),
        ),
        (Cow::Borrowed("vcpus"), number(flavor.vcpus)),
        (Cow::Borrowed("ram"), number(flavor.ram)),
        (Cow::Borrowed("disk"), number(flavor.disk)),
        (Cow::Borrowed("ephemeral"), number(flavor.ephemeral)),
        (Cow::Borrowed("swap"), number(flavor.swap)),
        (
            Cow::Borrowed("original_name"),
            Superset::from(flavor.name.as_str()),
        ),
    ];
    if extra_specs {
        let specs = flavor.extra_specs.iter();
        let specs = specs
            .map(|(name, value)| (Cow::Borrowed(name.as_str()), Superset::from(value.as_str())));
        members.push((
            Cow::Borrowed("extra_specs"),
            Superset::Object(specs.collect()),
        ));
    }
    Superset::Object(members)
}

fn image<'a>(exchange: &Exchange<'_>, server: &'a Server) -> Superset<'a> {
    let Some(image) = &server.image else {
        return Superset::from("");
    };
    let properties = image
        .properties
        .iter()
        .filter(|(name, _)| image_properties::is_known(name))
        .map(|(name, value)| (Cow::Borrowed(name.as_str()), Superset::from(value.as_str())));
    Superset::object([
        ("id", Superset::from(&*image.id)),
        (
            "links",
            Superset::Array(vec![bookmark(exchange, "images", &image.id)]),
        ),
        ("properties", Superset::Object(properties.collect())),
    ])
}

fn metadata(server: &Server) -> Superset<'_> {
    // Nova's database marks the metadata of a deleted server as deleted.
    let shown = server.metadata.iter().filter(|_| !server.is_deleted());
    Superset::Object(
        shown
            .map(|(key, value)| (Cow::Borrowed(key.as_str()), Superset::from(value.as_str())))
            .collect(),
    )
}

/// The addresses by network: fixed ones first, then floating ones. None while the server is being built.
pub(in crate::compute) fn addresses(server: &Server) -> Superset<'_> {
    let mut by_label: Members<'_> = Vec::new();
    if server.vm_state == VmState::Building {
        return Superset::Object(by_label);
    }
    for nic in &server.nics {
        let label = &*nic.label;
        if by_label.iter().any(|(known, _)| known == label) {
            continue;
        }
        by_label.push((
            Cow::Borrowed(label),
            Superset::Array(addresses_of(server, label)),
        ));
    }
    Superset::Object(by_label)
}

/// The addresses on one network.
pub(in crate::compute) fn addresses_of<'a>(server: &'a Server, label: &str) -> Vec<Superset<'a>> {
    let nics = || server.nics.iter().filter(|nic| &*nic.label == label);
    let fixed = nics().flat_map(|nic| {
        nic.fixed_ips
            .iter()
            .map(move |ip| address(nic, ip, "fixed"))
    });
    let floating = nics().flat_map(|nic| {
        nic.floating_ips
            .iter()
            .map(move |ip| address(nic, ip, "floating"))
    });
    fixed.chain(floating).collect()
}

fn address<'a>(nic: &Nic, ip: &IpAddr, kind: &'static str) -> Superset<'a> {
    Superset::object([
        (
            "version",
            Superset::Integer(if ip.is_ipv4() { 4 } else { 6 }),
        ),
        ("addr", Superset::from(ip.to_string())),
        ("OS-EXT-IPS:type", Superset::from(kind)),
        ("OS-EXT-IPS-MAC:mac_addr", Superset::from(nic.mac_text())),
    ])
}

fn volumes(server: &Server) -> Superset<'_> {
    let volumes = server.volumes.iter().map(|volume| {
        Superset::object([
            ("id", Superset::from(&*volume.volume_id)),
            (
                "delete_on_termination",
                Superset::Bool(volume.delete_on_termination),
            ),
        ])
    });
    Superset::Array(volumes.collect())
}

fn certificates(server: &Server) -> Superset<'_> {
    match &server.trusted_certificates {
        Some(ids) => Superset::Array(ids.iter().map(|id| Superset::from(id.as_str())).collect()),
        None => Superset::Null,
    }
}

fn fault<'a>(server: &'a Server, status: &str, sight: Sight) -> Option<Superset<'a>> {
    let fault = server
        .fault
        .as_deref()
        .filter(|_| matches!(status, "ERROR" | "DELETED"))?;
    let mut members: Members<'a> = vec![
        (
            Cow::Borrowed("code"),
            Superset::Integer(i64::from(fault.code)),
        ),
        (Cow::Borrowed("created"), zulu(fault.created_at)),
        (
            Cow::Borrowed("message"),
            Superset::from(fault.message.as_str()),
        ),
    ];
    if let Some(details) = fault
        .details
        .as_deref()
        .filter(|_| sight.details || fault.code != 500)
    {
        members.push((Cow::Borrowed("details"), Superset::from(details)));
    }
    Some(Superset::Object(members))
}

/// The host, hidden behind a digest that differs from project to project.
pub(in crate::compute) fn host_id(project_id: &str, host: &str) -> String {
    let mut digest = Sha224::new();
    digest.update(project_id.as_bytes());
    digest.update(host.as_bytes());
    hex(&digest.finalize())
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

/// UTC to the second with a `Z`.
pub(in crate::compute) fn zulu<'a>(time: Timestamp) -> Superset<'a> {
    Superset::from(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// UTC with microseconds and without a zone, as Nova prints a column; null where there is none.
pub(in crate::compute) fn micros<'a>(time: Option<Timestamp>) -> Superset<'a> {
    time.map_or(Superset::Null, |time| {
        Superset::from(time.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string())
    })
}

/// An id as it is written: Nova looks for it letter by letter, so capitals or missing dashes find nothing.
pub(in crate::compute) fn id(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    let written = &mut Uuid::encode_buffer();
    (id.hyphenated().encode_lower(written) == text).then_some(id)
}
