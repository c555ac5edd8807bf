//! What `docs/report.schema.json` promises of `report.json`.

use nova_conformance::report::json;
use rstest::rstest;
use serde_json::{Value, json};

use crate::reports::collected;

const SCHEMA: &str = include_str!("../../../docs/report.schema.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn report() -> Value {
    serde_json::from_str(&json::render(&collected()).unwrap()).unwrap()
}

fn mistakes(schema: &Value, report: &Value) -> Vec<String> {
    let validator = jsonschema::draft202012::new(schema).unwrap();
    validator
        .iter_errors(report)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// The schema without members beyond those it names.
fn closed(mut schema: Value) -> Value {
    fn close(schema: &mut Value) {
        match schema {
            Value::Object(members) => {
                members.values_mut().for_each(close);
                if members.get("type") == Some(&json!("object")) {
                    members.insert("additionalProperties".to_owned(), Value::Bool(false));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(close),
            _ => {}
        }
    }
    close(&mut schema);
    schema
}

#[test]
fn the_schema_is_one() {
    assert!(jsonschema::draft202012::meta::is_valid(&schema()));
}

#[test]
fn a_report_is_as_the_schema_says() {
    assert_eq!(mistakes(&schema(), &report()), Vec::<String>::new());
}

#[test]
fn the_schema_names_every_member() {
    assert_eq!(mistakes(&closed(schema()), &report()), Vec::<String>::new());
}

#[test]
fn a_report_of_a_run_that_never_began_is_as_the_schema_says() {
    let empty = json::render(&nova_conformance::report::Collected::default()).unwrap();
    let empty = serde_json::from_str(&empty).unwrap();
    assert_eq!(mistakes(&schema(), &empty), Vec::<String>::new());
}

#[test]
fn members_may_be_added() {
    let mut report = report();
    report["new"] = json!(1);
    report["checks"][0]["instances"][0]["new"] = json!(1);
    assert_eq!(mistakes(&schema(), &report), Vec::<String>::new());
}

#[rstest]
#[case::another_version("/schema_version", json!(2))]
#[case::outcome("/checks/0/instances/0/outcome", json!("fine"))]
#[case::failure_of_what_passed("/checks/0/instances/1/outcome", json!("passed"))]
#[case::violation_without_failure("/checks/0/instances/0/outcome", json!("violation"))]
#[case::skipped_without_reason("/checks/0/instances/0/outcome", json!("skipped"))]
#[case::version("/checks/0/instances/0/microversion", json!("latest"))]
#[case::count("/summary/passed", json!(-1))]
#[case::header("/checks/0/instances/1/exchanges/0/request_headers/0", json!(["only a name"]))]
#[case::status("/checks/0/instances/1/exchanges/0/status", json!("200"))]
fn a_wrong_report_is_refused(#[case] place: &str, #[case] value: Value) {
    let mut report = report();
    *report.pointer_mut(place).unwrap() = value;
    assert_ne!(mistakes(&schema(), &report), Vec::<String>::new());
}
