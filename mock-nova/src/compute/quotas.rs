//! `os-quota-sets`: what a project, or a user in it, may have.

use nova_api::{Query, Superset};
use serde_json::{Map, Value, json};

use super::fault::Fault;
use super::words::truth;
use super::{Answered, Exchange};
use crate::cloud::Cloud;
use crate::cloud::quota::{Resource, Settable};
use crate::policy::{self, RuleId, Target};

pub(super) fn show(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    let project_id = project(exchange, policy::QUOTA_SETS_SHOW)?;
    Ok(quota_set(exchange, |cloud, resource| {
        Value::from(cloud.quotas.limit(project_id, given_user(query), resource))
    }))
}

pub(super) fn detail(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    let project_id = project(exchange, policy::QUOTA_SETS_DETAIL)?;
    let user_id = query.last("user_id").filter(|user_id| !user_id.is_empty());
    Ok(quota_set(exchange, |cloud, resource| {
        json!({
            "limit": cloud.quotas.limit(project_id, user_id, resource),
            "in_use": cloud.in_use(project_id, user_id, resource),
            "reserved": 0,
        })
    }))
}

pub(super) fn defaults(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    project(exchange, policy::QUOTA_SETS_DEFAULTS)?;
    Ok(quota_set(exchange, |cloud, resource| {
        Value::from(cloud.quotas.default_limit(resource))
    }))
}

pub(super) fn update(
    exchange: &Exchange<'_>,
    query: &Query,
    body: &Value,
) -> Result<Answered, Fault> {
    let project_id = project(exchange, policy::QUOTA_SETS_UPDATE)?;
    let user_id = given_user(query);
    let asked = body["quota_set"].as_object().cloned().unwrap_or_default();
    let forced = asked.get("force").is_some_and(truth);
    let limits: Vec<(Resource, i64)> = asked
        .iter()
        .filter_map(|(name, value)| Some((Resource::from_name(name)?, whole_number(value)?)))
        .collect();
    exchange.state.store.write(|cloud| {
        // All are checked before any is set, so that a refusal changes nothing.
        for (resource, limit) in limits.iter().filter(|_| !forced) {
            let in_use = cloud.in_use(project_id, user_id, *resource);
            within(
                cloud
                    .quotas
                    .settable(project_id, user_id, *resource, in_use),
                *resource,
                *limit,
            )?;
        }
        for (resource, limit) in &limits {
            cloud.quotas.set(project_id, user_id, *resource, *limit);
        }
        Ok::<(), Fault>(())
    })?;
    Ok(quota_set(exchange, |cloud, resource| {
        Value::from(cloud.quotas.limit(project_id, user_id, resource))
    }))
}

pub(super) fn delete(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    exchange.may(
        policy::QUOTA_SETS_DELETE,
        &Target::project(exchange.parameter()),
    )?;
    exchange
        .state
        .store
        .write(|cloud| cloud.quotas.forget(exchange.parameter(), given_user(query)));
    Ok(Answered::Nothing)
}

/// The project of the path, if the caller may and the project is there.
fn project<'a>(exchange: &'a Exchange<'_>, rule: RuleId) -> Result<&'a str, Fault> {
    let project_id = exchange.parameter();
    exchange.may(rule, &Target::project(project_id))?;
    // Nova asks Keystone as the caller. Only an administrator is told that a project is not there; others are
    // forbidden to know, and Nova then takes it for good.
    let may_know = exchange.caller.roles.iter().any(|role| role == "admin");
    let known = exchange
        .state
        .store
        .read(|cloud| cloud.identity.projects().contains(project_id));
    if known || !may_know {
        Ok(project_id)
    } else {
        Err(Fault::bad_request(format!(
            "Project ID {project_id} is not a valid project."
        )))
    }
}

/// The first `user_id` of the query that is not empty.
fn given_user(query: &Query) -> Option<&str> {
    let mut given = query
        .pairs()
        .iter()
        .filter(|(name, value)| name == "user_id" && !value.is_empty());
    given.next().map(|(_, value)| value.as_str())
}

fn quota_set(exchange: &Exchange<'_>, value: impl Fn(&Cloud, Resource) -> Value) -> Answered {
    let mut fields = Map::with_capacity(Resource::ALL.len() + 1);
    fields.insert("id".to_owned(), Value::from(exchange.parameter()));
    exchange.state.store.read(|cloud| {
        for (resource, name, _) in Resource::ALL {
            fields.insert(name.to_owned(), value(cloud, resource));
        }
    });
    exchange.render(&Superset::from(json!({"quota_set": fields})))
}

fn within(settable: Settable, resource: Resource, limit: i64) -> Result<(), Fault> {
    let order = |limit: i64| if limit == -1 { i64::MAX } else { limit };
    let name = Resource::ALL
        .iter()
        .find(|(known, ..)| *known == resource)
        .map_or("", |(_, name, _)| name);
    if order(limit) < order(settable.minimum) {
        return Err(Fault::bad_request(format!(
            "Quota limit {limit} for {name} must be greater than or equal to already used and reserved {}.",
            settable.minimum
        )));
    }
    if order(limit) > order(settable.maximum) {
        return Err(Fault::bad_request(format!(
            "Quota limit {limit} for {name} must be less than or equal to {}.",
            settable.maximum
        )));
    }
    Ok(())
}

/// A number or its digits, which is all the contract lets through.
fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::String(digits) => digits.trim().parse().ok(),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the contract bounds it to 31 bits"
        )]
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|float| float as i64)),
        _ => None,
    }
}
