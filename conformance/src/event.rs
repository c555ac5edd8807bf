//! What a run tells while it goes: the interface between the runner and the reporters. It knows outcomes and exchanges.

use std::{sync::Arc, time::Duration};

use nova_api::Microversion;

use crate::{
    check::Check,
    exchange::Exchange,
    expected::Expectation,
    ledger::Leak,
    outcome::{Kind, Outcome},
    select::Plan,
    servers::Made,
};

/// Something that happened. Events of instances come as they happen; `number` is the instance's place in the plan, so that
/// reports can be in its order whatever ran at the same time.
#[derive(Debug, Clone)]
pub enum Event {
    /// The run begins: the first event.
    RunStarted(Arc<Started>),
    /// An instance of a check begins to ask.
    CheckStarted {
        /// Its place in the plan.
        number: usize,
    },
    /// An instance of a check has ended, and what it made is deleted.
    CheckFinished(Arc<Finished>),
    /// Something people should know, a sentence.
    Note(String),
    /// Something is left on the cloud.
    Leak(Leak),
    /// How an entry of the file of expected failures stands, once all was asked.
    Expectation(Expectation),
    /// The run has ended: the last event.
    RunFinished(Summary),
}

/// What is going to be asked, and whom.
#[derive(Debug, Clone)]
pub struct Started {
    /// The run's name, part of the names of all it makes.
    pub run_id: String,
    /// When it began, as RFC 3339.
    pub started_at: String,
    /// The cloud's name.
    pub cloud: String,
    /// The URL of its Compute API.
    pub endpoint: String,
    /// The oldest and newest microversion it offers.
    pub versions: (String, String),
    /// What is going to be asked.
    pub plan: Plan,
    /// What begins a command that asks this cloud again.
    pub command: String,
    /// What has to follow it to ask all of this again, each option after a blank.
    pub selection: String,
}

/// One instance of a check, ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Its place in the plan.
    pub number: usize,
    /// The check.
    pub check: Arc<Check>,
    /// The microversion.
    pub version: Microversion,
    /// What became of it.
    pub outcome: Outcome,
    /// What was said, in order.
    pub exchanges: Vec<Exchange>,
    /// How long it took, without cleaning up.
    pub duration: Duration,
}

/// How a run ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many instances passed.
    pub passed: usize,
    /// How many failed a MUST.
    pub violations: usize,
    /// How many failed a SHOULD.
    pub warnings: usize,
    /// How many failed as was expected.
    pub expected_failures: usize,
    /// How many entries of the file of expected failures passed or have expired.
    pub stale_expectations: usize,
    /// How many could not ask.
    pub errored: usize,
    /// How many were skipped.
    pub skipped: usize,
    /// How many did not apply.
    pub not_applicable: usize,
    /// How many of the plan were not begun, because the run was interrupted or the cloud gave no
    /// answer any more.
    pub not_started: usize,
    /// How many things are left on the cloud.
    pub leaks: usize,
    /// Whether the run was interrupted.
    pub interrupted: bool,
    /// What was asked for and made.
    pub made: Made,
    /// How long it took.
    pub duration: Duration,
}

impl Summary {
    /// Counts one more.
    pub const fn count(&mut self, kind: Kind) {
        let count = match kind {
            Kind::Passed => &mut self.passed,
            Kind::Violation => &mut self.violations,
            Kind::Warning => &mut self.warnings,
            Kind::ExpectedFailure => &mut self.expected_failures,
            Kind::Errored => &mut self.errored,
            Kind::Skipped => &mut self.skipped,
            Kind::NotApplicable => &mut self.not_applicable,
        };
        *count += 1;
    }

    /// How many there are of a kind.
    pub const fn of(&self, kind: Kind) -> usize {
        match kind {
            Kind::Passed => self.passed,
            Kind::Violation => self.violations,
            Kind::Warning => self.warnings,
            Kind::ExpectedFailure => self.expected_failures,
            Kind::Errored => self.errored,
            Kind::Skipped => self.skipped,
            Kind::NotApplicable => self.not_applicable,
        }
    }

    /// How many instances were judged: passed or failed.
    pub const fn judged(&self) -> usize {
        self.passed + self.violations + self.warnings + self.expected_failures
    }
}
