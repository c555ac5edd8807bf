//! `os-security-groups`, until 2.35: the groups of the network service, as Nova retold them.

use std::borrow::Cow;

use nova_api::{Query, Superset};
use serde_json::Value;
use uuid::Uuid;

use super::super::fault::Fault;
use super::super::{Answered, Exchange, paging};
use super::viewer;
use crate::cloud::Cloud;
use crate::cloud::network::{Direction, RuleOf, SecurityGroup};

pub(in crate::compute) fn list(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    exchange.may_this(&exchange.own_target())?;
    let all = query.last("all_tenants").is_some() && exchange.is_admin();
    let limit = paging::limit(query);
    // No limit and a limit of none are the same here.
    let limit = if limit == 0 { paging::MAX_PAGE } else { limit };
    let offset = paging::number(query, "offset").unwrap_or_default();
    let mut groups = exchange
        .state
        .store
        .read(|cloud| seen(exchange, cloud, all));
    // The page is cut before it is sorted.
    groups = groups.into_iter().skip(offset).take(limit).collect();
    groups
        .sort_by(|one, other| (&one.project_id, &one.name).cmp(&(&other.project_id, &other.name)));
    let shown = groups.iter().map(|group| shown(group, &groups)).collect();
    Ok(exchange.render(&Superset::object([(
        "security_groups",
        Superset::Array(shown),
    )])))
}

pub(in crate::compute) fn create(exchange: &Exchange<'_>, body: &Value) -> Result<Answered, Fault> {
    exchange.may_this(&exchange.own_target())?;
    let asked = &body["security_group"];
    let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    if text("name") == "default" {
        return Err(Fault::bad_request("Default security group already exists."));
    }
    let mut group = SecurityGroup {
        id: exchange.state.minter.uuid().to_string(),
        name: text("name"),
        description: text("description"),
        project_id: exchange.caller.project_id.clone().unwrap_or_default(),
        rules: Vec::new(),
        created_at: exchange.state.clock.now(),
    };
    group.rules = group.outward_rules();
    let answered = exchange.render(&Superset::object([("security_group", shown(&group, &[]))]));
    exchange
        .state
        .store
        .write(|cloud| cloud.networks.security_groups.add(group));
    Ok(answered)
}

pub(in crate::compute) fn show(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    exchange.may_this(&exchange.own_target())?;
    let (group, others) = find(exchange)?;
    Ok(exchange.render(&Superset::object([(
        "security_group",
        shown(&group, &others),
    )])))
}

pub(in crate::compute) fn delete(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    exchange.may_this(&exchange.own_target())?;
    let (group, _) = find(exchange)?;
    if group.is_default() {
        return Err(Fault::bad_request(
            "Insufficient rights for removing default security group.",
        ));
    }
    exchange.state.store.write(|cloud| {
        let mut servers = cloud.servers.youngest_first(Some(&group.project_id), None);
        let used = servers.any(|server| {
            let names = &server.security_groups;
            !server.nics.is_empty()
                && names
                    .iter()
                    .any(|name| **name == *group.name || **name == *group.id)
        });
        drop(servers);
        if used {
            return Err(Fault::bad_request(format!(
                "Security Group {} in use.",
                group.id
            )));
        }
        cloud.networks.security_groups.remove(&group.id);
        Ok(Answered::Nothing)
    })
}

/// The caller's own groups first; with `all`, then those of the other projects, each with its `default`.
fn seen(exchange: &Exchange<'_>, cloud: &Cloud, all: bool) -> Vec<SecurityGroup> {
    let own = exchange.caller.project_id.as_deref().unwrap_or_default();
    let groups = cloud.security_groups(own, all);
    groups.into_iter().map(Cow::into_owned).collect()
}

/// The group of the path, and those beside it, to which its rules may refer.
fn find(exchange: &Exchange<'_>) -> Result<(SecurityGroup, Vec<SecurityGroup>), Fault> {
    let id = exchange.parameter();
    if Uuid::try_parse(id).is_err() {
        return Err(Fault::bad_request("Security group id should be uuid"));
    }
    let seen = exchange
        .state
        .store
        .read(|cloud| seen(exchange, cloud, viewer(exchange).admin));
    match seen.iter().find(|group| group.id == id).cloned() {
        Some(group) => Ok((group, seen)),
        None => Err(Fault::not_found(format!(
            "Security group {id} does not exist"
        ))),
    }
}

fn shown<'a>(group: &'a SecurityGroup, others: &'a [SecurityGroup]) -> Superset<'a> {
    // Nova's groups had no rules about what leaves a server.
    let inward = group
        .rules
        .iter()
        .filter(|rule| rule.direction == Direction::Ingress);
    let rules = inward.filter_map(|rule| rule_shown(group, rule, others));
    Superset::object([
        ("id", Superset::from(group.id.as_str())),
        ("description", Superset::from(group.description.as_str())),
        ("name", Superset::from(group.name.as_str())),
        ("tenant_id", Superset::from(group.project_id.as_str())),
        ("rules", Superset::Array(rules.collect())),
    ])
}

/// A rule; nothing if it is about a group that is gone.
fn rule_shown<'a>(
    group: &'a SecurityGroup,
    rule: &'a RuleOf,
    others: &'a [SecurityGroup],
) -> Option<Superset<'a>> {
    let port =
        |port: Option<u32>| port.map_or(Superset::Null, |port| Superset::Integer(i64::from(port)));
    let (from, to) = match (rule.protocol.as_deref(), rule.port_min, rule.port_max) {
        (Some("tcp" | "udp"), None, None) => (Superset::Integer(1), Superset::Integer(65_535)),
        (Some(_), None, None) => (Superset::Integer(-1), Superset::Integer(-1)),
        (_, from, to) => (port(from), port(to)),
    };
    let nothing = || Superset::Object(Vec::new());
    let (source, range) = if let Some(id) = &rule.remote_group {
        let source = others.iter().chain([group]).find(|other| other.id == *id)?;
        let source = Superset::object([
            ("name", Superset::from(source.name.as_str())),
            ("tenant_id", Superset::from(source.project_id.as_str())),
        ]);
        (source, nothing())
    } else {
        // Of version 6, too: Nova knows no other range for everybody.
        let range = rule.remote_range.as_deref().unwrap_or("0.0.0.0/0");
        (
            nothing(),
            Superset::object([("cidr", Superset::from(range))]),
        )
    };
    Some(Superset::object([
        ("id", Superset::from(rule.id.as_str())),
        ("parent_group_id", Superset::from(group.id.as_str())),
        (
            "ip_protocol",
            rule.protocol
                .as_deref()
                .map_or(Superset::Null, Superset::from),
        ),
        ("from_port", from),
        ("to_port", to),
        ("group", source),
        ("ip_range", range),
    ]))
}
