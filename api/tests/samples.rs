//! The recorded answers of a real Nova agree with the history at every version: no field that the contract does not
//! have, and none that it always has is missing.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up shall fail"
)]

use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use nova_api::{Band, Contract, Microversion, Operation, Output, bands, contract, legacy_contract};
use serde_json::{Value, json};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../api-samples/nova-34.0.0");

/// A recorded request of an operation, and its answer.
struct Sample {
    place: String,
    operation: Operation,
    status: u64,
    body: Option<Value>,
}

/// The samples of one folder: of a version, or `legacy`. None are recorded at a version where no band begins.
fn samples(folder: &str) -> &'static [Sample] {
    static ALL: LazyLock<BTreeMap<String, Vec<Sample>>> = LazyLock::new(|| {
        let folders = fs::read_dir(SAMPLES).unwrap();
        folders
            .map(|folder| {
                let path = folder.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                let samples = if name == "unversioned" || path.is_file() {
                    Vec::new()
                } else {
                    read(&path, &name)
                };
                (name, samples)
            })
            .collect()
    });
    ALL.get(folder).map_or(&[], Vec::as_slice)
}

fn read(path: &Path, folder: &str) -> Vec<Sample> {
    let files = fs::read_dir(path).unwrap();
    files
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let operation = Operation::ALL
                .iter()
                .filter(|operation| {
                    name.strip_prefix(operation.name())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
                })
                // `server-tags.delete-all` is not a variant of `server-tags.delete`.
                .max_by_key(|operation| operation.name().len())
                .expect("a file is named after an operation");
            let sample: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            Sample {
                place: format!("{folder}/{name}"),
                operation: *operation,
                status: sample["answer"]["status"].as_u64().unwrap(),
                body: sample["answer"].get("body").map(plausible),
            }
        })
        .collect()
}

/// A value of each kind in the place of the kind's name.
fn plausible(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (plausible_text(name), plausible(member)))
            .collect(),
        Value::Array(items) => items.iter().map(plausible).collect(),
        Value::String(text) if text == "<integer-id>" => json!(1),
        Value::String(text) => json!(plausible_text(text)),
        other => other.clone(),
    }
}

/// A text in which each `<kind>` or `<kind:label>` is a text of that kind.
fn plausible_text(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let Some((kind, after)) = after.split_once('>') else {
            out.push('<');
            rest = after;
            continue;
        };
        out.push_str(match kind.split(':').next().unwrap_or(kind) {
            _ if kind == "timestamp:us" => "2026-08-01T12:00:00.000000",
            _ if kind == "timestamp:Z" => "2026-08-01T12:00:00Z",
            "endpoint" | "image-endpoint" => "http://cloud",
            "ipv4" => "192.0.2.1",
            "ipv6" => "2001:db8::1",
            "mac" => "fa:16:3e:00:00:01",
            "user" | "project" => "70a599e031e749b7b260868f441e862b",
            "server"
            | "image"
            | "volume"
            | "uuid"
            | "group"
            | "server-group"
            | "network"
            | "attachment"
            | "bdm"
            | "security-group"
            | "security-group-rule"
            | "port" => "70a599e0-31e7-49b7-b260-868f441e862b",
            other => other,
        });
        rest = after;
    }
    out + rest
}

fn check(sample: &Sample, contract: &Contract, mistakes: &mut Vec<String>) {
    if !(200..300).contains(&sample.status) {
        return;
    }
    let status = u16::try_from(sample.status).unwrap();
    if !contract.succeeds_with(status) {
        mistakes.push(format!(
            "{}: {} instead of {}",
            sample.place,
            sample.status,
            contract.status()
        ));
    }
    match &sample.body {
        Some(body) => mistakes.extend(
            contract
                .mistakes_in(body)
                .into_iter()
                .map(|mistake| format!("{}: {mistake}", sample.place)),
        ),
        None if contract.answer_schema().is_some() && status == contract.status() => {
            mistakes.push(format!("{}: no body", sample.place))
        }
        None => {}
    }
}

#[test]
fn recorded_answers_obey_the_contract_of_every_version_of_their_band() {
    let mut mistakes = Vec::new();
    for operation in Operation::ALL {
        for band in bands(*operation) {
            for sample in samples(&band.first.to_string())
                .iter()
                .filter(|sample| sample.operation == *operation)
            {
                for version in Microversion::all() {
                    if (band.first.minor()..=band.last.minor()).contains(&version.minor()) {
                        check(sample, contract(*operation, version), &mut mistakes);
                    }
                }
            }
        }
    }
    for sample in samples("legacy") {
        check(sample, legacy_contract(sample.operation), &mut mistakes);
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn every_band_of_every_operation_has_a_recorded_success() {
    let mut missing = Vec::new();
    for operation in Operation::ALL {
        for band in bands(*operation)
            .iter()
            .filter(|band| band.contract.routed())
        {
            let recorded = samples(&band.first.to_string());
            let succeeded = recorded.iter().any(|sample| {
                sample.operation == *operation && sample.status == u64::from(band.contract.status())
            });
            if !succeeded {
                missing.push(format!("{operation} at {}", band.first));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "no recorded success of {}",
        missing.join("\n")
    );
}

/// What no recorded answer can show, and why.
const NEVER_RECORDED: &[(Operation, &str, &str)] = &[
    (
        Operation::FloatingIpList,
        "/floating_ips/*",
        "the reference cloud's network service has none",
    ),
    (
        Operation::ServerRebuild,
        "/server/fault",
        "the answer comes before a rebuild can fail, but for a race",
    ),
];

/// A field that every answer has is in a recorded answer of every band; one that comes sometimes, in one of any band,
/// so that no `Shows` stands unproven.
#[test]
fn every_shown_field_is_in_a_recorded_answer() {
    let mut missing = Vec::new();
    for operation in Operation::ALL {
        let recorded: Vec<(&Band, Vec<Value>)> = bands(*operation)
            .iter()
            .filter(|band| band.contract.routed())
            .map(|band| (band, bodies(&band.first.to_string(), *operation)))
            .collect();
        let anywhere = |path: &str| {
            let mut all = recorded.iter().flat_map(|(_, bodies)| bodies);
            all.any(|body| leads_somewhere(body, path))
        };
        for (band, bodies) in &recorded {
            for (path, _, output) in band.contract.outputs() {
                let excused = NEVER_RECORDED.iter().any(|(known, above, _)| {
                    known == operation
                        && path
                            .strip_prefix(above)
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                });
                let seen = match output {
                    Output::Always(_) => bodies.iter().any(|body| leads_somewhere(body, path)),
                    Output::Sometimes(_) => anywhere(path),
                };
                if !seen && !excused {
                    missing.push(format!("{operation} at {}: {path}", band.first));
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "no recorded answer shows {}",
        missing.join("\n")
    );
}

/// The recorded answers of success of one operation.
fn bodies(folder: &str, operation: Operation) -> Vec<Value> {
    samples(folder)
        .iter()
        .filter(|sample| sample.operation == operation && (200..300).contains(&sample.status))
        .filter_map(|sample| sample.body.clone())
        .collect()
}

/// Whether the path leads anywhere; `*` is any item of an array or member of an object.
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
