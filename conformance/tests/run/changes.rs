//! What `nova-conformance diff` tells of two runs.

use nova_conformance::{
    exit::ExitCode,
    outcome::Kind,
    report::{
        changes::{Change, Changes},
        json,
        saved::Saved,
    },
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::reports::collected;

/// A report of one check at the versions that are given, each with an outcome.
fn saved(instances: &[(&str, &str)]) -> Saved {
    let instances: Vec<Value> = instances
        .iter()
        .map(|(version, outcome)| match *outcome {
            "passed" => json!({"microversion": version, "outcome": outcome, "duration_ms": 100}),
            "violation" | "warning" => json!({
                "microversion": version, "outcome": outcome, "duration_ms": 100, "exchanges": [],
                "failure": {"expected": "200", "found": "500", "where": "status of GET /servers", "exchange": null},
            }),
            _ => json!({"microversion": version, "outcome": outcome, "duration_ms": 100, "reason": "because"}),
        })
        .collect();
    saved_with(json!([check("a.b", instances)]))
}

fn check(id: &str, instances: Vec<Value>) -> Value {
    json!({"id": id, "level": "must", "title": "t", "sentence": "s", "source": "s", "instances": instances})
}

fn saved_with(checks: Value) -> Saved {
    let report = json!({
        "schema_version": 1,
        "run": {"id": "r", "started_at": "2026-08-01T00:00:00Z", "duration_ms": 1, "interrupted": false},
        "cloud": {"name": "fake", "min_version": "2.1", "max_version": "2.104"},
        "checks": checks,
    });
    Saved::parse(&report.to_string()).unwrap()
}

type List = fn(Changes) -> Vec<Change>;

#[rstest]
#[case::new_violation("passed", "violation", |c: Changes| c.new_failures, ExitCode::Violation)]
#[case::new_warning("passed", "warning", |c: Changes| c.new_failures, ExitCode::Holds)]
#[case::judged_and_failed("skipped", "violation", |c: Changes| c.new_failures, ExitCode::Violation)]
#[case::newly_asked_and_failed("", "violation", |c: Changes| c.new_failures, ExitCode::Violation)]
#[case::fixed("violation", "passed", |c: Changes| c.fixed, ExitCode::Holds)]
#[case::worse("warning", "violation", |c: Changes| c.other_failures, ExitCode::Violation)]
#[case::better("violation", "warning", |c: Changes| c.other_failures, ExitCode::Holds)]
#[case::newly_skipped("passed", "skipped", |c: Changes| c.no_longer_judged, ExitCode::CouldNotAsk)]
#[case::newly_errored("violation", "errored", |c: Changes| c.no_longer_judged, ExitCode::CouldNotAsk)]
#[case::no_longer_asked("passed", "", |c: Changes| c.no_longer_judged, ExitCode::CouldNotAsk)]
#[case::judged_at_last("errored", "passed", |c: Changes| c.newly_judged, ExitCode::Holds)]
fn a_change_is_told(
    #[case] was: &str,
    #[case] is: &str,
    #[case] list: List,
    #[case] code: ExitCode,
) {
    let with = |outcome: &str| -> Saved {
        let mut instances = vec![("2.1", "passed")];
        if !outcome.is_empty() {
            instances.push(("2.9", outcome));
            instances.push(("2.10", outcome));
        }
        saved(&instances)
    };
    let changes = Changes::between(&with(was), &with(is), 2.0);
    let [change] = &list(changes.clone())[..] else {
        panic!("{changes:?}");
    };
    assert_eq!(change.microversions, ["2.9", "2.10"]);
    assert_eq!(changes.exit_code(), code);
}

#[rstest]
#[case::another_id("status of GET /servers/1", "status of GET /servers/2", 0)]
#[case::the_answer_of_another_id(
    "/server/name in the answer of GET /servers/1",
    "/server/name in the answer of GET /servers/2",
    0
)]
#[case::another_member(
    "/server/name in the answer of GET /servers/1",
    "/server/key_name in the answer of GET /servers/1",
    1
)]
#[case::another_header("header vary of GET /servers", "header location of GET /servers", 1)]
fn a_failure_is_the_same_wherever_its_ids_differ(
    #[case] was: &str,
    #[case] is: &str,
    #[case] others: usize,
) {
    let at = |place: &str| {
        saved_with(json!([check(
            "a.b",
            vec![json!({
                "microversion": "2.1", "outcome": "violation", "duration_ms": 1, "exchanges": [],
                "failure": {"expected": "x", "found": "y", "where": place, "exchange": null},
            })]
        )]))
    };
    let changes = Changes::between(&at(was), &at(is), 2.0);
    assert_eq!(changes.other_failures.len(), others);
    assert_eq!(changes.exit_code(), ExitCode::Holds);
}

#[rstest]
#[case::passed("passed", "passed")]
#[case::violation("violation", "violation")]
#[case::skipped("skipped", "not_applicable")]
#[case::newly_asked_and_passed("", "passed")]
fn what_is_no_change_is_not_told(#[case] was: &str, #[case] is: &str) {
    let with = |outcome: &str| -> Saved {
        let instances: Vec<_> = [("2.1", "passed"), ("2.2", outcome)]
            .into_iter()
            .filter(|(_, outcome)| !outcome.is_empty())
            .collect();
        saved(&instances)
    };
    assert_eq!(
        Changes::between(&with(was), &with(is), 2.0),
        Changes::default()
    );
}

#[test]
fn checks_come_and_go() {
    let passed = || vec![json!({"microversion": "2.1", "outcome": "passed", "duration_ms": 1})];
    let skipped =
        vec![json!({"microversion": "2.1", "outcome": "skipped", "duration_ms": 1, "reason": "r"})];
    let before = saved_with(json!([check("a.old", passed()), check("a.never", skipped)]));
    let after = saved_with(json!([check("a.new", passed())]));
    let changes = Changes::between(&before, &after, 2.0);
    assert_eq!(
        (changes.came.as_slice(), changes.went.as_slice()),
        (
            &["a.new".to_owned()][..],
            &["a.old".to_owned(), "a.never".to_owned()][..]
        )
    );
    let [gone] = changes.no_longer_judged.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!(
        (gone.id.as_str(), gone.was, gone.is),
        ("a.old", Some(Kind::Passed), None)
    );
}

#[rstest]
#[case::twice_as_long(200, 400, true)]
#[case::a_little_longer(200, 390, false)]
#[case::within_the_noise(10, 100, false)]
#[case::faster(400, 200, false)]
#[case::from_nothing(0, 100, true)]
fn slower_is_what_takes_so_many_times_as_long(
    #[case] before: u64,
    #[case] after: u64,
    #[case] want: bool,
) {
    let taking = |ms: u64| {
        saved_with(json!([check(
            "a.b",
            vec![json!({"microversion": "2.1", "outcome": "passed", "duration_ms": ms})]
        )]))
    };
    let changes = Changes::between(&taking(before), &taking(after), 2.0);
    assert_eq!(changes.slower.len(), usize::from(want));
    assert_eq!(changes.exit_code(), ExitCode::Holds);
}

#[test]
fn only_what_passed_both_times_is_compared_in_time() {
    let taking = |outcome: &str, ms: u64| {
        let mut instance = json!({"microversion": "2.1", "outcome": outcome, "duration_ms": ms});
        if outcome == "skipped" {
            instance["reason"] = json!("r");
        }
        saved_with(json!([check("a.b", vec![instance])]))
    };
    let changes = Changes::between(&taking("skipped", 0), &taking("passed", 9000), 2.0);
    assert!(changes.slower.is_empty());
}

#[test]
fn an_interrupted_run_is_not_all_well() {
    let mut after = saved(&[("2.1", "passed")]);
    after.run.interrupted = true;
    let changes = Changes::between(&saved(&[("2.1", "passed")]), &after, 2.0);
    assert_eq!(changes.exit_code(), ExitCode::CouldNotAsk);
}

#[test]
fn a_report_is_read_as_it_was_written() {
    let text = json::render(&collected()).unwrap();
    let saved = Saved::parse(&text).unwrap();
    assert_eq!(saved.checks.len(), 4);
    assert_eq!(Changes::between(&saved, &saved, 2.0), Changes::default());
}

#[rstest]
#[case::another_version(
    r#"{"schema_version": 2}"#,
    "its schema_version is 2, and this nova-conformance reads 1"
)]
#[case::no_report(r#"{"checks": []}"#, "not a report.json of nova-conformance")]
#[case::no_json("<html>", "not a report.json of nova-conformance")]
fn what_is_no_report_is_refused(#[case] text: &str, #[case] why: &str) {
    let error = Saved::parse(text).unwrap_err();
    assert!(error.starts_with(why), "{error}");
}
