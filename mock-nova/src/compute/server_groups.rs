//! `os-server-groups`: servers that shall be on one host, or on different ones.

use axum::http::StatusCode;
use nova_api::{Query, Superset};
use serde_json::Value;
use uuid::Uuid;

use super::fault::Fault;
use super::{Answered, Exchange, paging};
use crate::cloud::quota::{Exceeded, Resource};
use crate::cloud::server_group::{Placement, ServerGroup};
use crate::policy::{self, Target};

pub(in crate::compute) fn list(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    let target = exchange.own_target();
    exchange.may_this(&target)?;
    // Others than administrators see their own, whatever they ask.
    let all = query.last("all_projects").is_some() && exchange.is_admin();
    if all {
        exchange.may(policy::SERVER_GROUPS_ALL, &target)?;
    }
    let limit = paging::limit(query);
    // No limit and a limit of none are the same here.
    let limit = if limit == 0 { paging::MAX_PAGE } else { limit };
    let offset = paging::number(query, "offset").unwrap_or_default();
    let own = exchange.caller.project_id.as_deref();
    let groups: Vec<ServerGroup> = exchange.state.store.read(|cloud| {
        let groups = cloud.server_groups.iter();
        let seen = groups.filter(|group| all || own == Some(group.project_id.as_str()));
        seen.skip(offset).take(limit).cloned().collect()
    });
    let shown = groups.iter().map(shown).collect();
    Ok(exchange.render(&Superset::object([(
        "server_groups",
        Superset::Array(shown),
    )])))
}

pub(in crate::compute) fn create(exchange: &Exchange<'_>, body: &Value) -> Result<Answered, Fault> {
    exchange.may_this(&exchange.own_target())?;
    let project_id = exchange.caller.project_id.clone().unwrap_or_default();
    let user_id = exchange.caller.user_id.clone();
    let asked = &body["server_group"];
    let policy = asked["policy"]
        .as_str()
        .or_else(|| asked["policies"][0].as_str());
    let placement = policy
        .and_then(Placement::from_name)
        .unwrap_or(Placement::AntiAffinity);
    let rules = asked["rules"].as_object().filter(|rules| !rules.is_empty());
    let group = ServerGroup {
        id: exchange.state.minter.uuid(),
        number: 0,
        name: asked["name"].as_str().unwrap_or_default().to_owned(),
        project_id,
        user_id,
        placement,
        most_per_host: rules.and_then(|rules| whole_number(rules.get("max_server_per_host")?)),
        members: Vec::new(),
    };
    let made = exchange.state.store.write(|cloud| {
        let count = cloud.server_groups.count(&group.project_id) + 1;
        cloud
            .quotas
            .check(
                &group.project_id,
                &group.user_id,
                Resource::ServerGroups,
                count,
            )
            .map_err(|Exceeded| {
                Fault::new(
                    StatusCode::FORBIDDEN,
                    "Quota exceeded, too many server groups.",
                )
            })?;
        if rules.is_some() && placement != Placement::AntiAffinity {
            return Err(Fault::bad_request(
                "Only anti-affinity policy supports rules.",
            ));
        }
        Ok(cloud.server_groups.add(group).clone())
    })?;
    Ok(exchange.render(&Superset::object([("server_group", shown(&made))])))
}

pub(in crate::compute) fn show(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let group = group(exchange)?;
    Ok(exchange.render(&Superset::object([("server_group", shown(&group))])))
}

pub(in crate::compute) fn delete(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let group = group(exchange)?;
    let gone = exchange
        .state
        .store
        .write(|cloud| cloud.server_groups.remove(group.id));
    gone.map(|_| Answered::Nothing)
        .ok_or_else(|| missing(exchange))
}

/// The group of the path, as the caller may see it, if policy agrees.
fn group(exchange: &Exchange<'_>) -> Result<ServerGroup, Fault> {
    let id = Uuid::try_parse(exchange.parameter()).ok();
    let found = id.and_then(|id| {
        exchange
            .state
            .store
            .read(|cloud| cloud.server_groups.get(id).cloned())
    });
    let group = found
        .filter(|group| exchange.sees(&group.project_id))
        .ok_or_else(|| missing(exchange))?;
    exchange.may_this(&Target::project(&group.project_id))?;
    Ok(group)
}

fn missing(exchange: &Exchange<'_>) -> Fault {
    Fault::not_found(format!(
        "Instance group {} could not be found.",
        exchange.parameter()
    ))
}

/// A number or its digits.
fn whole_number(value: &Value) -> Option<u32> {
    let number = value
        .as_u64()
        .or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(u32::try_from(number).unwrap_or(u32::MAX))
}

fn shown(group: &ServerGroup) -> Superset<'_> {
    let policy = || Superset::from(group.placement.name());
    let rules = group.most_per_host.map(|most| {
        (
            "max_server_per_host".into(),
            Superset::Integer(i64::from(most)),
        )
    });
    let members = group
        .members
        .iter()
        .map(|id| Superset::from(id.to_string()));
    Superset::object([
        ("id", Superset::from(group.id.to_string())),
        ("name", Superset::from(group.name.as_str())),
        ("policies", Superset::Array(vec![policy()])),
        ("policy", policy()),
        ("rules", Superset::Object(rules.into_iter().collect())),
        ("metadata", Superset::Object(Vec::new())),
        ("members", Superset::Array(members.collect())),
        ("project_id", Superset::from(group.project_id.as_str())),
        ("user_id", Superset::from(group.user_id.as_str())),
    ])
}
