//! The recorded answers of a real Nova agree with the history at every version: no field that the contract does not have, and
//! none that it always has is missing.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up shall fail"
)]

use std::{collections::BTreeSet, fs, path::Path};

use nova_api::{Contract, Microversion, Operation, bands, contract, legacy_contract};
use serde_json::{Value, json};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../api-samples/nova-34.0.0");

/// A recorded request of an operation, and its answer.
struct Sample {
    place: String,
    operation: Operation,
    status: u64,
    body: Option<Value>,
}

/// The samples of one folder: of a version, or `legacy`.
fn samples(folder: &str) -> Vec<Sample> {
    let mut samples = Vec::new();
    for file in fs::read_dir(Path::new(SAMPLES).join(folder)).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let operation = Operation::ALL
            .iter()
            .find(|operation| {
                name.strip_prefix(operation.name())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            })
            .expect("a file is named after an operation");
        let sample: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        samples.push(Sample {
            place: format!("{folder}/{name}"),
            operation: *operation,
            status: sample["answer"]["status"].as_u64().unwrap(),
            body: sample["answer"].get("body").map(plausible),
        });
    }
    samples
}

/// A value of each kind in the place of the kind's name.
fn plausible(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), plausible(member)))
            .collect(),
        Value::Array(items) => items.iter().map(plausible).collect(),
        Value::String(text) => match text.as_str() {
            "<integer-id>" => json!(1),
            "<timestamp:us>" => json!("2026-08-01T12:00:00.000000"),
            text => json!(
                text.replace("<endpoint>", "http://cloud")
                    .replace(['<', '>'], "")
                    .replace("user:", "user-")
                    .replace("project:", "project-")
            ),
        },
        other => other.clone(),
    }
}

fn check(sample: &Sample, contract: &Contract, mistakes: &mut Vec<String>) {
    if !(200..300).contains(&sample.status) {
        return;
    }
    if sample.status != u64::from(contract.status()) {
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
        None if contract.answer_schema().is_some() => {
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
        check(&sample, legacy_contract(sample.operation), &mut mistakes);
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn every_band_of_every_operation_has_a_recorded_success() {
    for operation in Operation::ALL {
        for band in bands(*operation)
            .iter()
            .filter(|band| band.contract.routed())
        {
            let recorded = samples(&band.first.to_string());
            let succeeded = recorded.iter().any(|sample| {
                sample.operation == *operation && sample.status == u64::from(band.contract.status())
            });
            assert!(
                succeeded,
                "{operation} at {} has no recorded success",
                band.first
            );
        }
    }
}

/// A field that the contract says comes sometimes comes in one sample at least, so that no `Shows` stands unproven.
#[test]
fn every_shown_field_is_in_a_recorded_answer() {
    for operation in Operation::ALL {
        for band in bands(*operation) {
            let recorded = samples(&band.first.to_string());
            let seen: BTreeSet<String> = recorded
                .iter()
                .filter(|sample| {
                    sample.operation == *operation && (200..300).contains(&sample.status)
                })
                .filter_map(|sample| sample.body.as_ref())
                .flat_map(|body| paths("", body))
                .collect();
            for (path, ..) in band.contract.outputs() {
                assert!(
                    seen.contains(*path),
                    "{operation} at {}: no recorded answer shows {path}",
                    band.first
                );
            }
        }
    }
}

/// The paths of a body's members, `*` for each item of an array.
fn paths(above: &str, value: &Value) -> Vec<String> {
    let below = |path: String, value: &Value| {
        let mut all = paths(&path, value);
        all.push(path);
        all
    };
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| below(format!("{above}/{name}"), member))
            .collect(),
        Value::Array(items) => items
            .iter()
            .flat_map(|item| below(format!("{above}/*"), item))
            .collect(),
        _ => Vec::new(),
    }
}
