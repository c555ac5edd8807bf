//! Failures that are known, and asking again what failed.

use std::sync::Arc;

use crate::support::{Defect, Fake, cloud, collect, draft, look, options};
use jiff::civil::{Date, date};
use nova_api::{Microversion, Operation};
use nova_conformance::{
    caller::Caller,
    check::{Check, Cx, Verdict, Versions},
    event::Summary,
    exit::ExitCode,
    expected::{Expected, Expecting, Standing},
    outcome::Kind,
    report::{Collected, json, junit},
    runner::Run,
    select::{Filter, Plan, Wanted},
};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::sync::mpsc;

const TODAY: Date = date(2026, 12, 1);

async fn fail(cx: Cx) -> Verdict {
    let answer = cx
        .as_(Caller::Main)
        .ask(Operation::KeypairList, &[])
        .send()
        .await?;
    answer.expect_status(201)?;
    Ok(())
}

async fn cannot_ask(cx: Cx) -> Verdict {
    let answer = cx
        .as_(Caller::Main)
        .ask(Operation::KeypairShow, &["missing"])
        .send()
        .await?;
    answer.to_set_up(200)?;
    Ok(())
}

/// `a.fails` at 2.1, 2.2 and 2.10, `a.passes` at 2.1, `a.errs` at 2.1, and `a.admin`, for which nobody is there.
fn checks() -> Vec<Check> {
    let at = Versions::at(&[1, 2, 10]);
    vec![
        draft("a.fails").versions(at).probe(fail),
        draft("a.passes").probe(|cx| async move { look(&cx).await }),
        draft("a.errs").probe(cannot_ask),
        draft("a.admin")
            .callers([Caller::Admin])
            .probe(|cx| async move { look(&cx).await }),
    ]
}

/// A run of what `filter` picks, with a file of expected failures.
async fn run(file: &str, filter: &str) -> (Summary, Collected) {
    let filters: Vec<Filter> = vec![filter.parse().unwrap()];
    let plan = Plan::new(checks(), &filters, &Wanted::Boundaries, Microversion::MAX);
    let cloud = cloud(Fake::with(Defect::None));
    let expected = Expected::parse("known.yaml", file, &checks()).unwrap();
    let newest = Microversion::MAX;
    let expecting = Expecting::new(expected, &checks(), &plan, cloud.versions, newest, TODAY);
    let (sender, receiver) = mpsc::unbounded_channel();
    let run = Run::new(plan, Arc::new(cloud), options(), sender).expecting(expecting);
    let summary = run.go().await;
    (summary, collect(receiver).await)
}

fn entry(checks: &str, microversions: Option<&str>, expires: &str) -> String {
    let microversions =
        microversions.map_or(String::new(), |list| format!("    microversions: {list}\n"));
    format!(
        "expected:\n  - checks: {checks}\n{microversions}    reason: 'bug 1'\n    expires: {expires}\n"
    )
}

#[tokio::test]
async fn a_known_failure_is_told_and_does_not_fail_the_run() {
    let (summary, collected) = run(&entry("a.fails", None, "2026-12-01"), "a.fails").await;
    assert_eq!((summary.violations, summary.expected_failures), (0, 3));
    assert_eq!(ExitCode::of(&summary), ExitCode::Holds);

    let report: Value = serde_json::from_str(&json::render(&collected).unwrap()).unwrap();
    let instance = &report["checks"][0]["instances"][0];
    assert_eq!(
        (
            &instance["outcome"],
            &instance["reason"],
            &instance["failure"]["expected"]
        ),
        (&json!("expected_failure"), &json!("bug 1"), &json!("201"))
    );
    assert_eq!(instance["exchanges"].as_array().unwrap().len(), 1);
    assert_eq!(
        report["expected"],
        json!([{"checks": ["a.fails"], "microversions": null, "reason": "bug 1", "expires": "2026-12-01", "place": "known.yaml:2",
                "standing": "fails", "failed": 3, "passed": 0}])
    );
    let junit = junit::render(&collected).unwrap();
    assert!(junit.contains("expected failure (bug 1): "), "{junit}");
    assert!(
        junit.contains(r#"failures="0""#) && !junit.contains("<failure"),
        "{junit}"
    );
}

#[rstest]
#[case::from_the_ninth("2.10", 2, 1)]
#[case::a_list("[2.1, 2.2]", 1, 2)]
#[case::a_range("2.1-2.2", 1, 2)]
#[tokio::test]
async fn microversions_narrow_an_entry(
    #[case] microversions: &str,
    #[case] violations: usize,
    #[case] expected: usize,
) {
    let file = entry("a.fails", Some(microversions), "2027-01-31");
    let (summary, _) = run(&file, "a.fails").await;
    assert_eq!(
        (summary.violations, summary.expected_failures),
        (violations, expected)
    );
}

#[rstest]
#[case::all_pass("a.passes", "a.*", "2027-01-31", Standing::Passes, 1)]
#[case::one_of_them_fails("[a.passes, a.fails]", "a.*", "2027-01-31", Standing::Fails, 0)]
#[case::expired_and_passing("a.passes", "a.passes", "2026-11-30", Standing::Expired, 1)]
#[case::expired_and_not_asked("a.passes", "a.errs", "2026-11-30", Standing::Expired, 1)]
#[case::not_asked("a.passes", "a.errs", "2027-01-31", Standing::NotKnown, 0)]
#[case::half_of_it_asked("[a.passes, a.fails]", "a.passes", "2027-01-31", Standing::NotKnown, 0)]
#[case::could_not_be_asked("[a.passes, a.errs]", "a.*", "2027-01-31", Standing::NotKnown, 0)]
#[case::skipped("[a.passes, a.admin]", "a.*", "2027-01-31", Standing::NotKnown, 0)]
#[tokio::test]
async fn an_entry_stands_as(
    #[case] checks: &str,
    #[case] filter: &str,
    #[case] expires: &str,
    #[case] standing: Standing,
    #[case] stale: usize,
) {
    let (summary, collected) = run(&entry(checks, None, expires), filter).await;
    assert_eq!(collected.expected[0].standing, standing);
    assert_eq!(summary.stale_expectations, stale);
}

#[tokio::test]
async fn an_expired_entry_excuses_nothing() {
    let (summary, _) = run(&entry("a.fails", None, "2026-11-30"), "a.fails").await;
    assert_eq!((summary.violations, summary.expected_failures), (3, 0));
    assert_eq!(ExitCode::of(&summary), ExitCode::Violation);
}

#[tokio::test]
async fn what_could_not_be_asked_is_never_an_expected_failure() {
    let (_, collected) = run(&entry("a.errs", None, "2027-01-31"), "a.errs").await;
    assert_eq!(collected.finished[&0].outcome.kind(), Kind::Errored);
}

#[rstest]
#[case::json(r#"{"expected": [{"checks": "a.fails", "reason": "r", "expires": "2027-01-31"}]}"#)]
#[case::nothing_expected("expected: []")]
fn a_file_is_read(#[case] file: &str) {
    Expected::parse("known.yaml", file, &checks()).unwrap();
}

#[rstest]
#[case::no_reason(
    "expected:\n  - checks: a.fails\n    expires: 2027-01-31",
    "known.yaml:2: `reason: why this is known to fail` is missing"
)]
#[case::no_day(
    "expected:\n  - checks: a.fails\n    reason: r",
    "known.yaml:2: `expires: the last day"
)]
#[case::no_checks(
    "expected:\n  - reason: r\n    expires: 2027-01-31",
    "known.yaml:2: `checks: "
)]
#[case::not_a_day(&entry("a.fails", None, "soon"), "known.yaml:4: 'soon' is not a day: write it as 2027-01-31")]
#[case::no_such_check(&entry("a.b", None, "2027-01-31"), "known.yaml:2: no check matches 'a.b'")]
#[case::nowhere(&entry("a.fails", Some("2.20"), "2027-01-31"), "known.yaml:2: 'a.fails' asks nothing at these microversions")]
#[case::no_version(&entry("a.fails", Some("3.1"), "2027-01-31"), "known.yaml:3: '3.1': no such microversion")]
#[case::unknown_member(
    "expected:\n  - chekcs: a.fails",
    "known.yaml:2: 'chekcs' means nothing here: there is checks, microversions, reason, expires"
)]
#[case::no_list("a: b", "known.yaml:1: 'a' means nothing here: there is expected")]
#[case::not_yaml("expected: [", "known.yaml:")]
fn what_is_wrong_is_said_with_its_place(#[case] file: &str, #[case] want: &str) {
    let error = Expected::parse("known.yaml", file, &checks()).unwrap_err();
    assert!(error.starts_with(want), "{error}");
}
