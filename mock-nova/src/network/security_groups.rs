//! `security-groups` and `security-group-rules`.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fault::Fault;
use super::kind::Kind;
use super::{Asking, instant};
use crate::cloud::Cloud;
use crate::cloud::network::{Direction, RuleOf, SecurityGroup};
use crate::cloud::viewer::Viewer;

/// The groups that a viewer may see: its project's, and to an administrator everybody's.
fn groups<'a>(cloud: &'a Cloud, viewer: Viewer<'_>) -> Vec<Cow<'a, SecurityGroup>> {
    cloud.security_groups(viewer.project_id.unwrap_or_default(), viewer.admin)
}

pub(super) fn seen(cloud: &Cloud, viewer: Viewer<'_>) -> Vec<Value> {
    groups(cloud, viewer)
        .iter()
        .map(|group| shown(group))
        .collect()
}

pub(super) fn rules_seen(cloud: &Cloud, viewer: Viewer<'_>) -> Vec<Value> {
    let groups = groups(cloud, viewer);
    groups
        .iter()
        .flat_map(|group| group.rules.iter().map(|rule| rule_shown(group, rule)))
        .collect()
}

fn shown(group: &SecurityGroup) -> Value {
    json!({
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "project_id": group.project_id,
        "tenant_id": group.project_id,
        "security_group_rules": group.rules.iter().map(|rule| rule_shown(group, rule)).collect::<Vec<_>>(),
        "stateful": true,
        "shared": false,
        "tags": [],
        "revision_number": 1,
        "created_at": instant(group.created_at),
        "updated_at": instant(group.created_at),
    })
}

fn rule_shown(group: &SecurityGroup, rule: &RuleOf) -> Value {
    json!({
        "id": rule.id,
        "security_group_id": group.id,
        "project_id": group.project_id,
        "tenant_id": group.project_id,
        "direction": rule.direction.name(),
        "ethertype": if rule.version_6 { "IPv6" } else { "IPv4" },
        "protocol": rule.protocol,
        "port_range_min": rule.port_min,
        "port_range_max": rule.port_max,
        "remote_ip_prefix": rule.remote_range,
        "remote_group_id": rule.remote_group,
        "remote_address_group_id": null,
        "normalized_cidr": rule.remote_range,
        "description": rule.description,
        "tags": [],
        "revision_number": 0,
        "created_at": instant(group.created_at),
        "updated_at": instant(group.created_at),
    })
}

pub(super) fn create(cloud: &mut Cloud, asking: &Asking<'_>) -> Result<String, Fault> {
    let name = asking.needed("name")?;
    if name == "default" {
        return Err(Fault::conflict(
            "SecurityGroupDefaultAlreadyExists",
            "Default security group already exists.",
        ));
    }
    let mut group = SecurityGroup {
        id: asking.state.minter.uuid().to_string(),
        name: name.to_owned(),
        description: asking.text("description").unwrap_or_default().to_owned(),
        project_id: asking.project_id()?,
        rules: Vec::new(),
        created_at: asking.state.clock.now(),
    };
    group.rules = group.outward_rules();
    let id = group.id.clone();
    cloud.networks.security_groups.add(group);
    Ok(id)
}

/// The group of this id, to be changed.
fn group_to_change<'a>(
    cloud: &'a mut Cloud,
    viewer: Viewer<'_>,
    id: &str,
) -> Result<&'a mut SecurityGroup, Fault> {
    let project_id = groups(cloud, viewer)
        .iter()
        .find(|group| group.id == id)
        .map(|group| group.project_id.clone())
        .ok_or_else(|| Kind::SecurityGroup.missing(id))?;
    cloud
        .networks
        .security_groups
        .get_mut(&project_id, id)
        .ok_or_else(|| Kind::SecurityGroup.missing(id))
}

pub(super) fn update(cloud: &mut Cloud, asking: &Asking<'_>, id: &str) -> Result<(), Fault> {
    let group = group_to_change(cloud, asking.viewer, id)?;
    if let Some(name) = asking.text("name") {
        if group.is_default() && name != group.name {
            let message = "Updating default security group not allowed.";
            return Err(Fault::conflict("SecurityGroupCannotUpdateDefault", message));
        }
        name.clone_into(&mut group.name);
    }
    if let Some(description) = asking.text("description") {
        description.clone_into(&mut group.description);
    }
    Ok(())
}

pub(super) fn delete(cloud: &mut Cloud, viewer: Viewer<'_>, id: &str) -> Result<(), Fault> {
    let group = cloud.networks.security_groups.get(id);
    // Nobody but an administrator removes a `default`, and it is there again as soon as somebody looks.
    if !viewer.admin && group.is_none_or(SecurityGroup::is_default) {
        let message = "Insufficient rights for removing default security group.";
        return Err(Fault::conflict("SecurityGroupCannotRemoveDefault", message));
    }
    let by_port = cloud
        .networks
        .ports
        .iter()
        .any(|port| port.security_groups.iter().any(|known| known == id));
    let by_server = group.is_some_and(|group| {
        let mut servers = cloud.servers.youngest_first(Some(&group.project_id), None);
        servers.any(|server| {
            let names = &server.security_groups;
            !server.nics.is_empty()
                && names
                    .iter()
                    .any(|name| **name == *group.name || &**name == id)
        })
    });
    if by_port || by_server {
        return Err(Fault::conflict(
            "SecurityGroupInUse",
            format!("Security Group {id} in use."),
        ));
    }
    cloud.networks.security_groups.remove(id);
    Ok(())
}

pub(super) fn create_rule(cloud: &mut Cloud, asking: &Asking<'_>) -> Result<String, Fault> {
    let direction = match asking.needed("direction")? {
        "ingress" => Direction::Ingress,
        "egress" => Direction::Egress,
        other => {
            let message = format!(
                "Invalid input for direction. Reason: '{other}' is not in ['ingress', 'egress']."
            );
            return Err(Fault::bad_request(message));
        }
    };
    let id = asking.state.minter.uuid().to_string();
    let version_6 = asking
        .text("ethertype")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("ipv6"));
    let mut rule = RuleOf::new(id.clone(), direction, version_6);
    rule.protocol = match asking.fields.get("protocol") {
        Some(Value::String(protocol)) => Some(protocol.to_ascii_lowercase()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    rule.port_min = port(asking, "port_range_min");
    rule.port_max = port(asking, "port_range_max");
    if rule
        .port_min
        .zip(rule.port_max)
        .is_some_and(|(least, most)| least > most)
        && rule.protocol.as_deref() != Some("icmp")
    {
        let message = "For TCP/UDP protocols, port_range_min must be <= port_range_max";
        return Err(Fault::new(
            StatusCode::BAD_REQUEST,
            "SecurityGroupInvalidPortRange",
            message,
        ));
    }
    rule.remote_range = asking.text("remote_ip_prefix").map(str::to_owned);
    rule.remote_group = asking.text("remote_group_id").map(str::to_owned);
    asking
        .text("description")
        .unwrap_or_default()
        .clone_into(&mut rule.description);
    let group = group_to_change(cloud, asking.viewer, asking.needed("security_group_id")?)?;
    if let Some(same) = group.rules.iter().find(|known| is_same(known, &rule)) {
        let message = format!(
            "Security group rule already exists. Rule id is {}.",
            same.id
        );
        return Err(Fault::conflict("SecurityGroupRuleExists", message));
    }
    group.rules.push(rule);
    Ok(id)
}

fn is_same(one: &RuleOf, other: &RuleOf) -> bool {
    let apart_from_its_id = |rule: &RuleOf| RuleOf {
        id: String::new(),
        description: String::new(),
        ..rule.clone()
    };
    apart_from_its_id(one) == apart_from_its_id(other)
}

/// A number or its digits.
fn port(asking: &Asking<'_>, name: &str) -> Option<u32> {
    let value = asking.fields.get(name)?;
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u32::try_from(number).ok()
}

pub(super) fn delete_rule(cloud: &mut Cloud, viewer: Viewer<'_>, id: &str) -> Result<(), Fault> {
    let group_id = groups(cloud, viewer)
        .iter()
        .find(|group| group.rules.iter().any(|rule| rule.id == id))
        .map(|group| group.id.clone())
        .ok_or_else(|| Kind::SecurityGroupRule.missing(id))?;
    let group = group_to_change(cloud, viewer, &group_id)?;
    group.rules.retain(|rule| rule.id != id);
    Ok(())
}
