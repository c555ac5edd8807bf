//! `junit.xml`: what CI systems read. It knows what was collected.
//!
//! One suite per group of checks, one case per check and microversion. A violation is a failure; what could not be asked is an
//! error; a warning is a skipped case whose message begins with `warning:`, because JUnit knows none and it must not make a
//! build red. What was left on the cloud is an error of its own.

use std::io;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Collected;
use crate::{
    event::Finished,
    outcome::{Level, Outcome},
};

/// The report's text.
///
/// # Errors
/// The report cannot be written as XML.
pub fn render(collected: &Collected) -> io::Result<String> {
    let mut report = Report::new(env!("CARGO_PKG_NAME"));
    report.set_time(collected.summary.duration);
    let mut suites: Vec<TestSuite> = Vec::new();
    for finished in collected.finished.values() {
        let group = finished.check.group();
        let place = suites.iter().position(|suite| suite.name.as_str() == group);
        let place = place.unwrap_or_else(|| {
            suites.push(TestSuite::new(group));
            suites.len() - 1
        });
        suites[place].add_test_case(case(finished));
    }
    if !collected.expected.is_empty() {
        suites.push(expected(collected));
    }
    if !collected.leaks.is_empty() {
        suites.push(leaks(collected));
    }
    report.add_test_suites(suites);
    report.to_string().map_err(io::Error::other)
}

fn case(finished: &Finished) -> TestCase {
    let check = &finished.check;
    let status = match &finished.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed(Level::Must, failure) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status
                .set_type("violation")
                .set_message(failure.to_string())
                .set_description(told(finished));
            status
        }
        Outcome::Errored(why) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status
                .set_type("could not ask")
                .set_message(why)
                .set_description(told(finished));
            status
        }
        Outcome::ExpectedFailure(_, failure, why) => {
            skipped(&format!("expected failure ({why}): {failure}"))
        }
        Outcome::Failed(Level::Should, failure) => skipped(&format!("warning: {failure}")),
        Outcome::Skipped(why) => skipped(why),
        Outcome::NotApplicable(why) => skipped(&format!("not applicable: {why}")),
    };
    let mut case = TestCase::new(format!("{} at {}", check.id(), finished.version), status);
    case.set_classname(check.id()).set_time(finished.duration);
    case.add_property(("microversion", finished.version.to_string().as_str()));
    case
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    status
}

/// The rule, its source, and what was said.
fn told(finished: &Finished) -> String {
    let check = &finished.check;
    let mut told = format!(
        "{}\n{} ({})\n",
        check.title(),
        check.sentence(),
        check.source()
    );
    for exchange in &finished.exchanges {
        told.push('\n');
        told.push_str(&exchange.to_string());
        told.push('\n');
    }
    told
}

/// A case per entry of the file of expected failures: red where its checks pass or its day is over.
fn expected(collected: &Collected) -> TestSuite {
    let mut suite = TestSuite::new("expected failures");
    for expectation in &collected.expected {
        let sentence = expectation.sentence();
        let status = if expectation.standing.fails_the_run() {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("expected failure").set_message(&sentence);
            status
        } else {
            TestCaseStatus::success()
        };
        let name = format!("{}: {}", expectation.checks.join(", "), expectation.reason);
        suite.add_test_case(TestCase::new(name, status));
    }
    suite
}

fn leaks(collected: &Collected) -> TestSuite {
    let mut suite = TestSuite::new("left on the cloud");
    for leak in &collected.leaks {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("left on the cloud").set_message(&leak.why);
        suite.add_test_case(TestCase::new(leak.what.as_str(), status));
    }
    suite
}
