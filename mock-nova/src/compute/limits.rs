//! `limits`: what a project may have, and how much of it is used.

use nova_api::{Query, Superset};
use serde_json::{Map, Value, json};

use super::fault::Fault;
use super::{Answered, Exchange};
use crate::cloud::quota::Resource;
use crate::policy::{self, Target};

/// The names under which limits show quotas.
const LIMITS: [(&str, Resource); 13] = [
    ("maxTotalCores", Resource::Cores),
    ("maxPersonality", Resource::InjectedFiles),
    ("maxPersonalitySize", Resource::InjectedFileContentBytes),
    ("maxTotalInstances", Resource::Instances),
    ("maxTotalKeypairs", Resource::KeyPairs),
    ("maxServerMeta", Resource::MetadataItems),
    ("maxImageMeta", Resource::MetadataItems),
    ("maxTotalRAMSize", Resource::Ram),
    ("maxServerGroups", Resource::ServerGroups),
    ("maxServerGroupMembers", Resource::ServerGroupMembers),
    ("maxTotalFloatingIps", Resource::FloatingIps),
    ("maxSecurityGroups", Resource::SecurityGroups),
    ("maxSecurityGroupRules", Resource::SecurityGroupRules),
];

/// The names under which limits show what is used. What has none is counted by Nova no more.
const USED: [(&str, Option<Resource>); 6] = [
    ("totalRAMUsed", Some(Resource::Ram)),
    ("totalCoresUsed", Some(Resource::Cores)),
    ("totalInstancesUsed", Some(Resource::Instances)),
    ("totalFloatingIpsUsed", None),
    ("totalSecurityGroupsUsed", None),
    ("totalServerGroupsUsed", Some(Resource::ServerGroups)),
];

pub(super) fn show(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    exchange.may(policy::LIMITS, &Target::none())?;
    let own = exchange.caller.project_id.as_deref().unwrap_or_default();
    let project_id = match query.last("tenant_id") {
        Some(project_id) => {
            exchange.may(policy::LIMITS_OTHER_PROJECT, &exchange.own_target())?;
            project_id
        }
        None => own,
    };
    let absolute: Map<String, Value> = exchange.state.store.read(|cloud| {
        let limits = LIMITS
            .iter()
            .map(|(name, resource)| (*name, cloud.quotas.limit(project_id, None, *resource)));
        let used = USED.iter().map(|(name, resource)| {
            let used = resource.map_or(0, |resource| cloud.in_use(project_id, None, resource));
            (*name, used)
        });
        limits
            .chain(used)
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect()
    });
    let body = json!({"limits": {"rate": [], "absolute": absolute}});
    Ok(exchange.render(&Superset::from(body)))
}
