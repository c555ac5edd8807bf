//! The mock answers, at every version, what the API description says: every field that is always shown is
//! there, every other one is seen at least once, and nothing else is.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

mod requests;
mod world;

use std::collections::BTreeSet;

use nova_api::{Contract, Microversion, Operation, Output, bands};
use rstest::rstest;
use serde_json::Value;

use world::World;

/// Whether the path, in which `*` is any item or member, leads anywhere.
fn leads_somewhere(value: &Value, path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return path.is_empty();
    };
    let (name, rest) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    match value {
        Value::Array(items) => items.iter().any(|item| leads_somewhere(item, rest)),
        Value::Object(members) if name == "*" => {
            members.values().any(|member| leads_somewhere(member, rest))
        }
        Value::Object(members) => members
            .get(name)
            .is_some_and(|member| leads_somewhere(member, rest)),
        _ => false,
    }
}

/// What Nova's schemas allow and its answers cannot show: a server that is being rebuilt has the status REBUILD, with which
/// no failure is shown.
const NEVER: &[(Operation, &str)] = &[(Operation::ServerRebuild, "/server/fault")];

/// What is wrong with the answers of success.
fn mistakes(contract: &Contract, answers: &[(u16, Value)]) -> Vec<String> {
    let mut mistakes = Vec::new();
    for (status, body) in answers {
        if *status != contract.status() {
            mistakes.push(format!("{status} {body}"));
        } else if contract.answer_schema().is_some() {
            mistakes.extend(contract.mistakes_in(body));
        } else if !body.is_null() {
            mistakes.push(format!("there is a body: {body}"));
        }
    }
    for (path, _, output) in contract.outputs() {
        if NEVER.contains(&(contract.operation(), *path)) {
            continue;
        }
        let shown = answers
            .iter()
            .filter(|(_, body)| leads_somewhere(body, path));
        // What is part of something is shown wherever that is.
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let whole = answers
            .iter()
            .filter(|(_, body)| leads_somewhere(body, parent));
        let want = match output {
            // A list may be empty.
            Output::Always(_) if !path.ends_with("/*") => whole.count().max(1),
            Output::Always(_) | Output::Sometimes(_) => 1,
        };
        if shown.count() < want {
            mistakes.push(format!("{path} is not shown"));
        }
    }
    mistakes
}

#[rstest]
#[case::keypairs("keypairs.")]
#[case::quotas("quota-sets.")]
#[case::limits("limits.")]
#[case::extensions("extensions.")]
#[case::servers("servers.")]
#[case::metadata("server-metadata.")]
#[case::tags("server-tags.")]
#[case::passwords("server-password.")]
#[case::addresses("server-addresses.")]
#[case::actions("instance-actions.")]
#[case::volume_attachments("volume-attachments.")]
#[case::server_groups("server-groups.")]
#[case::zones("availability-zones.")]
#[case::flavors("flavors.")]
#[case::extra_specs("flavor-extra-specs.")]
#[case::images("images.")]
#[case::networks("networks.")]
#[case::security_groups("security-groups.")]
#[case::floating_ips("floating-ips.")]
#[tokio::test]
async fn every_success_is_as_described_at_both_ends_of_every_band(#[case] names: &str) {
    let world = World::start().await;
    let mut wrong = Vec::new();
    let mut asked = 0;
    let operations = Operation::ALL
        .iter()
        .filter(|operation| operation.name().starts_with(names));
    for operation in operations {
        for band in bands(*operation)
            .iter()
            .filter(|band| band.contract.routed())
        {
            for version in BTreeSet::from([band.first.minor(), band.last.minor()]) {
                let version = Microversion::new(version).unwrap();
                let answers = world.successes(*operation, &band.contract, version).await;
                asked += answers.len();
                let found = mistakes(&band.contract, &answers);
                wrong.extend(
                    found
                        .into_iter()
                        .map(|mistake| format!("{operation} at {version}: {mistake}")),
                );
            }
        }
    }
    assert!(asked > 0, "no operation begins with {names}");
    assert_eq!(wrong, Vec::<String>::new());
}

/// So that no operation escapes the cases above.
#[test]
fn every_operation_belongs_to_a_case() {
    let source = include_str!("main.rs");
    let missed = Operation::ALL.iter().filter(|operation| {
        let group = operation.name().split('.').next().unwrap_or_default();
        !source.contains(&format!("(\"{group}.\")"))
    });
    assert_eq!(missed.collect::<Vec<_>>(), Vec::<&Operation>::new());
}
