//! `report.json`: everything a run found, for programs. It knows what was collected.
//!
//! The shape is stable within a `schema_version`: members may be added, none is renamed, removed or given another meaning.
//!
//! ```text
//! schema_version   1
//! tool             name, version
//! run              id, started_at (RFC 3339), duration_ms, interrupted, exit_code, command (asks this cloud again), selection
//!                  (what follows it to ask all of this again)
//! made             requests, keypairs, servers, rebuilds, servers_at_once: how much was asked for and made, cleaning up included
//! cloud            name, endpoint, min_version, max_version
//! summary          passed, violations, warnings, expected_failures, stale_expectations, errored, skipped, not_applicable, not_started, leaks: counts of instances
//! checks[]         id, level (must, should), title, sentence, source, instances[], in the order of the plan
//!   instances[]    microversion, outcome, duration_ms, oldest version first
//!                  outcome: passed, violation, warning, expected_failure, errored, skipped, not_applicable
//!     reason       why it was errored, skipped or not applicable, or why its failure was expected
//!     failure      of a violation, warning or expected_failure: expected, found, where, exchange (an index into exchanges, or null)
//!     exchanges[]  of a violation, warning or errored: caller, method, path, base (root, legacy), request_headers,
//!                  request_body, status, answer_headers, answer_body, error, duration_ms; headers are [name, value]; secrets are <redacted>
//! notes[]          sentences
//! leaks[]          what, why: what is left on the cloud
//! expected[]       of --expected: checks[], microversions (or null), reason, expires, place, standing (fails, passes, expired,
//!                  not_known), failed, passed
//! ```

use std::io;

use serde::Serialize;

use super::Collected;
use crate::{
    event::Finished,
    exchange::Exchange,
    exit::ExitCode,
    expected::Expectation,
    ledger::Leak,
    outcome::{Failure, Kind, Level},
    servers::Made,
};

/// The version of the shape above.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    tool: Tool,
    run: Run<'a>,
    made: Made,
    cloud: Cloud<'a>,
    summary: Counts,
    checks: Vec<Check<'a>>,
    notes: &'a [String],
    leaks: &'a [Leak],
    expected: &'a [Expectation],
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Run<'a> {
    id: &'a str,
    started_at: &'a str,
    duration_ms: u64,
    interrupted: bool,
    exit_code: u8,
    command: &'a str,
    selection: &'a str,
}

#[derive(Serialize)]
struct Cloud<'a> {
    name: &'a str,
    endpoint: &'a str,
    min_version: &'a str,
    max_version: &'a str,
}

#[derive(Serialize)]
struct Counts {
    passed: usize,
    violations: usize,
    warnings: usize,
    expected_failures: usize,
    stale_expectations: usize,
    errored: usize,
    skipped: usize,
    not_applicable: usize,
    not_started: usize,
    leaks: usize,
}

#[derive(Serialize)]
struct Check<'a> {
    id: &'a str,
    level: Level,
    title: &'a str,
    sentence: &'a str,
    source: &'a str,
    instances: Vec<Instance<'a>>,
}

#[derive(Serialize)]
struct Instance<'a> {
    microversion: String,
    outcome: Kind,
    duration_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a Failure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchanges: Option<&'a [Exchange]>,
}

impl<'a> From<&'a Finished> for Instance<'a> {
    fn from(finished: &'a Finished) -> Self {
        let outcome = finished.outcome.kind();
        let telling = matches!(
            outcome,
            Kind::Violation | Kind::Warning | Kind::ExpectedFailure | Kind::Errored
        );
        Self {
            microversion: finished.version.to_string(),
            outcome,
            duration_ms: millis(finished.duration),
            reason: finished.outcome.reason(),
            failure: finished.outcome.failure(),
            exchanges: telling.then_some(finished.exchanges.as_slice()),
        }
    }
}

/// The report's text.
///
/// # Errors
/// None that is known: every value has a place in JSON.
pub fn render(collected: &Collected) -> io::Result<String> {
    let summary = &collected.summary;
    let started = collected.started.as_deref();
    let report = Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        },
        run: Run {
            id: started.map_or("", |run| &run.run_id),
            started_at: started.map_or("", |run| &run.started_at),
            duration_ms: millis(summary.duration),
            interrupted: summary.interrupted,
            exit_code: ExitCode::of(summary).code(),
            command: started.map_or("", |run| &run.command),
            selection: started.map_or("", |run| run.selection.trim_start()),
        },
        made: summary.made,
        cloud: Cloud {
            name: started.map_or("", |run| &run.cloud),
            endpoint: started.map_or("", |run| &run.endpoint),
            min_version: started.map_or("", |run| &run.versions.0),
            max_version: started.map_or("", |run| &run.versions.1),
        },
        summary: Counts {
            passed: summary.passed,
            violations: summary.violations,
            warnings: summary.warnings,
            expected_failures: summary.expected_failures,
            stale_expectations: summary.stale_expectations,
            errored: summary.errored,
            skipped: summary.skipped,
            not_applicable: summary.not_applicable,
            not_started: summary.not_started,
            leaks: summary.leaks,
        },
        checks: collected.by_check().into_iter().filter_map(check).collect(),
        notes: &collected.notes,
        leaks: &collected.leaks,
        expected: &collected.expected,
    };
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    Ok(text)
}

fn check(instances: Vec<&Finished>) -> Option<Check<'_>> {
    let check = &instances.first()?.check;
    Some(Check {
        id: check.id(),
        level: check.level(),
        title: check.title(),
        sentence: check.sentence(),
        source: check.source(),
        instances: instances.into_iter().map(Instance::from).collect(),
    })
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
