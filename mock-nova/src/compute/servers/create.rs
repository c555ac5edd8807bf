//! `POST /servers`: one server, or several alike.
//!
//! What is refused is refused in Nova's order (`api/openstack/compute/servers.py`, then `compute/api.py`): what the body says by
//! itself and policy first, then what the cloud has, then quotas. All of the latter is decided under the lock under which the
//! servers are added.

use std::collections::BTreeSet;
use std::sync::Arc;

use nova_api::{Audience, Superset};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::conflict;
use super::devices::Devices;
use super::forbidden;
use super::making::Plan;
use super::plugs::Networks;
use super::suitable::{self, Root};
use super::view;
use crate::cloud::Cloud;
use crate::cloud::flavor::Flavor;
use crate::cloud::image::Image;
use crate::cloud::quota::{Demand, Resource};
use crate::cloud::server::{Failure, HOST, NODE, ZONE};
use crate::compute::fault::Fault;
use crate::compute::{Answered, Exchange};
use crate::policy;
use crate::secret::Secret;

/// The zone of the services that are not hosts. It is offered, and no server finds a host in it.
const INTERNAL_ZONE: &str = "internal";

pub(in crate::compute) fn create(exchange: &Exchange<'_>, body: &Value) -> Result<Answered, Fault> {
    let asked = Asked::read(exchange, body)?;
    let now = exchange.state.clock.now();
    let made = exchange.state.store.write(|cloud| {
        let plan = asked.decide(exchange, cloud)?;
        Ok::<_, Fault>(plan.carry_out(exchange, cloud, &asked, now))
    })?;
    let Some(first) = made.first() else {
        return Err(conflict("No server was made."));
    };
    // Nova asks whether there is a value, and a word is one, be it "False".
    let reservation = match asked.server.get("return_reservation_id") {
        Some(Value::Bool(wanted)) => *wanted,
        Some(Value::String(word)) => !word.is_empty(),
        _ => false,
    };
    if reservation {
        let body = Superset::object([("reservation_id", Superset::from(&*first.reservation_id))]);
        return Ok(exchange.render_for(&body, Audience::Everyone));
    }
    let password = match asked.server.get("adminPass").and_then(Value::as_str) {
        Some(password) => Secret::new(password),
        None => Secret::new(suitable::password(&exchange.state.minter)),
    };
    let id = first.id.to_string();
    let default_group = || {
        Superset::Array(vec![Superset::object([(
            "name",
            Superset::from("default"),
        )])])
    };
    let groups = asked.server.get("security_groups").cloned();
    let disk = if first.disk_config_auto {
        "AUTO"
    } else {
        "MANUAL"
    };
    let shown = Superset::object([(
        "server",
        Superset::object([
            ("id", Superset::from(id.clone())),
            ("links", view::links(exchange, "servers", &id)),
            ("OS-DCF:diskConfig", Superset::from(disk)),
            (
                "security_groups",
                groups.map_or_else(default_group, Superset::from),
            ),
            ("adminPass", Superset::from(password.expose())),
        ]),
    )]);
    Ok(Answered::Located {
        body: exchange.contract.render(&shown, Audience::Everyone),
        location: exchange.link("servers", &id),
    })
}

/// How many servers one request makes at most, whatever quotas say: all of them are made while everybody else waits. Nova has no
/// such limit.
const MOST_AT_ONCE: u32 = 1000;

/// What the body asks for, as far as it can be judged by itself.
pub(super) struct Asked<'a> {
    pub(super) server: &'a Map<String, Value>,
    pub(super) hints: Option<&'a Map<String, Value>>,
    pub(super) min_count: i64,
    pub(super) max_count: i64,
    /// The zone that is asked for, and the host and hypervisor, if one is forced.
    pub(super) zone: Option<&'a str>,
    pub(super) host: Option<&'a str>,
    pub(super) node: Option<&'a str>,
    pub(super) devices: Devices,
    pub(super) networks: Networks,
}

impl<'a> Asked<'a> {
    fn read(exchange: &Exchange<'_>, body: &'a Value) -> Result<Self, Fault> {
        let none = || Fault::bad_request("Malformed request body");
        let server = body["server"].as_object().ok_or_else(none)?;
        let min_count = count(server.get("min_count")).unwrap_or(1);
        let max_count = count(server.get("max_count")).unwrap_or(min_count);
        if min_count > max_count {
            return Err(Fault::bad_request("min_count must be <= max_count"));
        }
        let text = |name: &str| server.get(name).and_then(Value::as_str);
        let zone = text("availability_zone");
        let own = exchange.own_target();
        let attributes = [("availability_zone", zone.unwrap_or_default())];
        let target = own.with(&attributes);
        exchange.may_this(&target)?;
        let certificates = server
            .get("trusted_image_certificates")
            .and_then(Value::as_array);
        if certificates.is_some_and(|ids| !ids.is_empty()) {
            exchange.may(policy::SERVERS_CREATE_TRUSTED_CERTS, &target)?;
        }
        let (mut zone, host, node) = place(zone)?;
        if host.is_some() || node.is_some() {
            exchange.may(policy::SERVERS_CREATE_FORCED_HOST, &target)?;
            // The forced host decides: another zone than its own is forgotten.
            zone = zone.filter(|zone| *zone == ZONE);
        }
        let destination = text("host").or(text("hypervisor_hostname"));
        if destination.is_some_and(|name| !name.is_empty()) {
            exchange.may(policy::SERVERS_REQUESTED_DESTINATION, &target)?;
            if host.is_some() || node.is_some() {
                return Err(Fault::bad_request(
                    "One mechanism with host and/or hypervisor_hostname and another mechanism with zone:host:node are \
                     mutually exclusive.",
                ));
            }
        }
        let devices = Devices::read(&body["server"])?;
        if !devices.is_empty() {
            exchange.may(policy::SERVERS_CREATE_ATTACH_VOLUME, &target)?;
        }
        if text("imageRef").is_none_or(str::is_empty) && devices.is_empty() {
            return Err(Fault::bad_request("Missing imageRef attribute"));
        }
        let networks = Networks::read(&body["server"]["networks"])?;
        if networks.is_a_wish() {
            exchange.may(policy::SERVERS_CREATE_ATTACH_NETWORK, &target)?;
        }
        let hints = ["os:scheduler_hints", "OS-SCH-HNT:scheduler_hints"];
        let hints = hints.into_iter().find_map(|name| body.get(name));
        Ok(Self {
            server,
            hints: hints.and_then(Value::as_object),
            min_count: min_count.max(1),
            max_count: max_count.max(min_count).max(1),
            zone,
            host,
            node,
            devices,
            networks,
        })
    }

    /// A text of the body, where it is one.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.server.get(name).and_then(Value::as_str)
    }

    fn flavor(&self, exchange: &Exchange<'_>, cloud: &Cloud) -> Result<Arc<Flavor>, Fault> {
        // A number is an id too, and a link ends in one; tabs and line ends are no part of a link.
        let id = match self.server.get("flavorRef") {
            Some(Value::String(text)) => text
                .trim_start_matches(|letter| letter <= ' ')
                .replace(['\t', '\n', '\r'], ""),
            Some(other) => other.to_string(),
            None => return Err(Fault::bad_request("Malformed request body")),
        };
        let path = id.split(['?', '#']).next().unwrap_or_default();
        let id = path.rsplit('/').next().unwrap_or_default();
        cloud
            .flavors
            .get(id)
            .filter(|flavor| flavor.public || exchange.is_admin())
            .cloned()
            .ok_or_else(|| Fault::bad_request(format!("Flavor {id} could not be found.")))
    }

    /// Everything the servers need, if the cloud has it.
    fn decide(&self, exchange: &Exchange<'_>, cloud: &Cloud) -> Result<Plan, Fault> {
        let flavor = self.flavor(exchange, cloud)?;
        self.networks.shareable(self.max_count)?;
        if self.text("hostname").is_some_and(|name| !name.is_empty()) && self.max_count > 1 {
            return Err(Fault::bad_request(
                "Unable to allocate a single hostname to multiple instances",
            ));
        }
        let zone_known = self
            .zone
            .is_none_or(|zone| zone == ZONE || zone == INTERNAL_ZONE);
        if !zone_known && self.host.is_none() {
            return Err(Fault::bad_request(
                "The requested availability zone is not available",
            ));
        }
        let image = self.image(exchange, cloud)?;
        let boot = match image {
            Some(image) => Some(image),
            None => self.devices.root_image(exchange, cloud)?,
        };
        let asked_disk = suitable::asked_disk_config(&Value::Object(
            self.server
                .get_key_value("OS-DCF:diskConfig")
                .map(|(name, value)| (name.clone(), value.clone()))
                .into_iter()
                .collect(),
        ));
        let disk_config_auto = suitable::disk_config(asked_disk, boot)?;
        let groups = self.security_groups(exchange, cloud)?;
        self.networks.possible(exchange, cloud)?;
        let viewer = suitable::viewer(exchange);
        for part in ["kernel_id", "ramdisk_id"] {
            let part = boot.and_then(|image| image.properties.get(part));
            if part.is_some_and(|id| id != "nokernel" && cloud.images.find(id, viewer).is_none()) {
                return Err(no_image());
            }
        }
        let key = match self.text("key_name") {
            Some(name) => Some(
                suitable::callers_key(exchange, cloud, name)
                    .ok_or_else(|| Fault::bad_request("Invalid key_name provided."))?,
            ),
            None => None,
        };
        if let Some(boot) = boot {
            suitable::architecture(boot)?;
        }
        self.devices.shareable(self.max_count)?;
        let metadata = self.server.get("metadata").unwrap_or(&Value::Null);
        suitable::metadata_suits(exchange, cloud, suitable::items(metadata))?;
        let files = suitable::files(self.server.get("personality").unwrap_or(&Value::Null));
        suitable::files_within_quota(exchange, cloud, &files)?;
        let root = if self.devices.is_empty() {
            Root::OfFlavor
        } else {
            self.devices.root_place(cloud)
        };
        if let Some(boot) = boot {
            suitable::image_suits(exchange, &flavor, boot, root)?;
        }
        let group = self.group(exchange, cloud)?;
        self.destination_known()?;
        let count = self.within_quota(exchange, cloud, &flavor)?;
        self.devices.possible(exchange, cloud, &flavor)?;
        let room = group.and_then(|group| cloud.server_groups.get(group));
        let room = room.map(|group| group.members.len());
        if let Some(members) = room {
            let project_id = exchange.caller.project_id.as_deref().unwrap_or_default();
            let limit = cloud
                .quotas
                .limit(project_id, None, Resource::ServerGroupMembers);
            let wanted = i64::try_from(members)
                .unwrap_or(i64::MAX)
                .saturating_add(i64::from(count));
            if limit >= 0 && wanted > limit {
                return Err(forbidden("Quota exceeded, too many servers in group"));
            }
        }
        Ok(Plan {
            flavor,
            image: image.map(suitable::boot_image).map(Arc::new),
            disk_config_auto,
            groups,
            key,
            files,
            group,
            count,
        })
    }

    fn image<'c>(
        &self,
        exchange: &Exchange<'_>,
        cloud: &'c Cloud,
    ) -> Result<Option<&'c Image>, Fault> {
        let id = self.text("imageRef").filter(|id| !id.is_empty());
        let certificates = self.server.get("trusted_image_certificates");
        match id {
            Some(id) => cloud
                .images
                .find(id, suitable::viewer(exchange))
                .map(Some)
                .ok_or_else(no_image),
            None if certificates
                .and_then(Value::as_array)
                .is_some_and(|ids| !ids.is_empty()) =>
            {
                Err(Fault::bad_request(
                    "Image certificate validation is not supported when booting from volume",
                ))
            }
            None => Ok(None),
        }
    }

    /// The names of the groups that are asked for; `default`, if none are.
    fn security_groups(
        &self,
        exchange: &Exchange<'_>,
        cloud: &Cloud,
    ) -> Result<Vec<String>, Fault> {
        let project_id = exchange.caller.project_id.as_deref().unwrap_or_default();
        let asked = self.server.get("security_groups").and_then(Value::as_array);
        let names: BTreeSet<&str> = asked
            .into_iter()
            .flatten()
            .filter_map(|group| group["name"].as_str())
            .filter(|name| !name.is_empty())
            .collect();
        let mut groups = Vec::new();
        for name in names {
            if name == "default" {
                groups.push(name.to_owned());
                continue;
            }
            match cloud
                .networks
                .security_groups
                .named(project_id, name)
                .as_slice()
            {
                [] => {
                    return Err(Fault::bad_request(format!(
                        "Unable to find security_group with name or id '{name}'"
                    )));
                }
                [one] => groups.push(one.name.clone()),
                _ => {
                    return Err(conflict(format!(
                        "Multiple security_group matches found for name '{name}', use an ID to be more specific."
                    )));
                }
            }
        }
        if groups.is_empty() {
            groups.push("default".to_owned());
        }
        Ok(groups)
    }

    /// The server group that the hints name, if they name one.
    fn group(&self, exchange: &Exchange<'_>, cloud: &Cloud) -> Result<Option<Uuid>, Fault> {
        let Some(id) = self.hints.and_then(|hints| hints.get("group")) else {
            return Ok(None);
        };
        let id = match id {
            Value::Array(ids) => ids.first().and_then(Value::as_str),
            other => other.as_str(),
        };
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            return Ok(None);
        };
        view::id(id)
            .and_then(|id| cloud.server_groups.get(id))
            .filter(|group| exchange.sees(&group.project_id))
            .map(|group| Some(group.id))
            .ok_or_else(|| Fault::bad_request(format!("Instance group {id} could not be found.")))
    }

    /// Whether the host and hypervisor that are asked for are there.
    fn destination_known(&self) -> Result<(), Fault> {
        let asked = [
            (self.text("host"), HOST),
            (self.text("hypervisor_hostname"), NODE),
        ];
        for (name, known) in asked {
            if let Some(name) = name.filter(|name| !name.is_empty() && *name != known) {
                return Err(Fault::bad_request(format!(
                    "Compute host {name} could not be found."
                )));
            }
        }
        Ok(())
    }

    /// How many servers quotas allow: as many as asked for, or fewer, if fewer were asked for too.
    fn within_quota(
        &self,
        exchange: &Exchange<'_>,
        cloud: &Cloud,
        flavor: &Flavor,
    ) -> Result<u32, Fault> {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let demand = Demand {
            min_count: self.min_count,
            max_count: self.max_count,
            cores: number(flavor.vcpus),
            ram: number(flavor.ram),
        };
        let project_id = exchange.caller.project_id.as_deref().unwrap_or_default();
        let user_id = &exchange.caller.user_id;
        let scopes = [
            (None, cloud.servers.used(project_id)),
            (
                Some(user_id.as_str()),
                cloud.servers.used_by(project_id, user_id),
            ),
        ];
        let mut count = demand.max_count;
        for (user_id, used) in scopes {
            if user_id.is_some()
                && !cloud
                    .quotas
                    .has_own(project_id, user_id.unwrap_or_default())
            {
                continue;
            }
            let allowed = cloud
                .quotas
                .room_for(project_id, user_id, used, &demand)
                .map_err(|sentence| forbidden(sentence.to_string()))?;
            count = count.min(allowed);
        }
        match u32::try_from(count) {
            Ok(count) if count <= MOST_AT_ONCE => Ok(count),
            _ => Err(Fault::bad_request(format!(
                "This cloud makes at most {MOST_AT_ONCE} servers by one request, not {count}."
            ))),
        }
    }

    /// Why the scheduler would find no host, if it would not.
    pub(super) fn unschedulable(&self, cloud: &Cloud, plan: &Plan) -> Option<Failure> {
        let elsewhere = self
            .host
            .is_some_and(|host| !host.is_empty() && host != HOST)
            || self
                .node
                .is_some_and(|node| !node.is_empty() && node != NODE)
            || self.zone == Some(INTERNAL_ZONE);
        let full = plan
            .group
            .and_then(|group| cloud.server_groups.get(group))
            .is_some_and(|group| !group.has_room_on_one_host());
        (elsewhere || full).then(Failure::no_valid_host)
    }
}

/// `zone`, `zone:host`, `zone:host:node` or `zone::node`.
type Place<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

fn place(asked: Option<&str>) -> Result<Place<'_>, Fault> {
    let some = |text| Some(text).filter(|text: &&str| !text.is_empty());
    let Some(asked) = asked else {
        return Ok((None, None, None));
    };
    let parts: Vec<&str> = asked.split(':').collect();
    match parts.as_slice() {
        [zone] => Ok((some(zone), None, None)),
        [zone, host] => Ok((some(zone), some(host), None)),
        [zone, host, node] => Ok((some(zone), some(host), some(node))),
        _ => Err(Fault::bad_request(
            "Invalid input received: Unable to parse availability_zone",
        )),
    }
}

/// A count, as a number or its digits.
fn count(asked: Option<&Value>) -> Option<i64> {
    let count = match asked? {
        Value::String(digits) => digits.trim().parse().ok(),
        other => other.as_i64(),
    };
    Some(count.unwrap_or(i64::MAX))
}

fn no_image() -> Fault {
    Fault::bad_request("Can not find requested image")
}
