//! The file of results: what is written is read again, and keeps its shape.

use rstest::rstest;

use super::*;

#[test]
fn a_file_gives_back_what_was_written() {
    let mut results = synthetic::mixed(1, 20.0);
    results.measured.violations.push(synthetic::violation());
    results.measured.arrivals = Some(Arrivals::default());
    let text = results.text().unwrap();
    assert_eq!(Results::parse(&text).unwrap(), results);
}

#[rstest]
#[case::no_json("{", "no results of nova-loadtest: EOF")]
#[case::other("{}", "no results of nova-loadtest: missing field `schema_version`")]
#[case::newer(
    r#"{"schema_version": 9}"#,
    "its schema_version is 9, and this program reads 1"
)]
#[case::part(
    r#"{"schema_version": 1}"#,
    "no results of nova-loadtest: missing field"
)]
fn another_file_is_refused(#[case] text: &str, #[case] why: &str) {
    let found = Results::parse(text).unwrap_err();
    assert!(found.starts_with(why), "{found}");
}

/// The members of a value, each with its path; what is named by a run is `*`.
fn members(value: &serde_json::Value, path: &str, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (name, value) in object {
                let named_by_run = ["names", "errors", "kinds", "weights", "files"]
                    .iter()
                    .any(|map| path.ends_with(map));
                let name = if named_by_run { "*" } else { name };
                members(value, &format!("{path}.{name}"), found);
            }
        }
        serde_json::Value::Array(array) if array.iter().any(serde_json::Value::is_object) => {
            for value in array {
                members(value, &format!("{path}[]"), found);
            }
        }
        _ => found.push(path.trim_start_matches('.').to_owned()),
    }
}

#[test]
fn no_member_of_the_file_is_renamed() {
    let results = crate::report::html::tests::bad();
    let mut found = Vec::new();
    let value = serde_json::to_value(&results).unwrap();
    members(&value, "", &mut found);
    found.sort_unstable();
    found.dedup();
    // A member may be added here; one that has to be changed asks for another schema_version.
    assert_eq!(found.join("\n"), include_str!("members.txt").trim_end());
}

#[test]
fn a_rebuild_that_went_wrong_is_a_failure_and_no_request() {
    let mut results = synthetic::mixed(1, 20.0);
    let before = results.totals();
    let active = results.measured.names.get_mut(REBUILD[2]).unwrap();
    active.intervals[3].errors += 2;
    let after = results.totals();
    assert_eq!(
        (after.ended, after.failed),
        (before.ended, before.failed + 2)
    );
}

#[test]
fn no_more_violations_are_kept_than_can_be_read() {
    let mut violations = Violations::default();
    for _ in 0..250 {
        violations.push(synthetic::violation());
    }
    assert_eq!(
        (violations.count, violations.first.len()),
        (250, Violations::KEPT)
    );
}

#[rstest]
#[case::an_interval_of_a_second_and_a_half(|measured: &mut Measured| measured.interval_ms = 1500)]
#[case::no_interval(|measured: &mut Measured| measured.interval_ms = 0)]
#[case::intervals_of_ages(|measured: &mut Measured| measured.interval_ms = 1000 << 40)]
#[case::an_interval_at_the_end_of_time(|measured: &mut Measured| {
    measured.names.get_mut(REBUILD[2]).unwrap().intervals[3].n = u32::MAX;
})]
fn intervals_that_cannot_be_drawn_are_refused(#[case] change: fn(&mut Measured)) {
    let mut results = synthetic::mixed(1, 20.0);
    change(&mut results.measured);
    let refused = Results::parse(&results.text().unwrap()).unwrap_err();
    assert!(refused.contains("interval"), "{refused}");
}
