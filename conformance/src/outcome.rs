//! What became of asking: the six outcomes of a check, and the ways a probe ends early. It knows nobody.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How binding the sentence is that a check enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Failing it is a violation: the run ends with exit code 1.
    Must,
    /// Failing it is a warning, which changes no exit code.
    Should,
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
        })
    }
}

/// What the cloud should have done, what it did, and where that is seen. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What the sentence demands.
    pub expected: String,
    /// What the cloud did.
    pub found: String,
    /// The place: `status of POST /os-keypairs`, or `/keypair/type in the answer of …`.
    #[serde(rename = "where")]
    pub place: String,
    /// Which of the check's exchanges shows it, from 0.
    pub exchange: Option<usize>,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}: expected {}, found {}",
            self.place, self.expected, self.found
        )
    }
}

/// What became of one check at one microversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The sentence holds.
    Passed,
    /// The cloud does not do what the sentence says.
    Failed(Level, Failure),
    /// The cloud does not do what the sentence says, and why that is known was written down: the reason.
    ExpectedFailure(Level, Failure, String),
    /// The question could not be asked, so nothing is known.
    Errored(String),
    /// The question was not asked, because something it needs was not given.
    Skipped(String),
    /// The question does not arise at this cloud.
    NotApplicable(String),
}

/// [`Outcome`] without what it carries: for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// [`Outcome::Passed`].
    Passed,
    /// [`Outcome::Failed`] of a MUST.
    Violation,
    /// [`Outcome::Failed`] of a SHOULD.
    Warning,
    /// [`Outcome::ExpectedFailure`].
    ExpectedFailure,
    /// [`Outcome::Errored`].
    Errored,
    /// [`Outcome::Skipped`].
    Skipped,
    /// [`Outcome::NotApplicable`].
    NotApplicable,
}

impl Kind {
    /// Every kind, in the order of the reports' columns.
    pub const ALL: [Self; 7] = [
        Self::Passed,
        Self::Violation,
        Self::Warning,
        Self::ExpectedFailure,
        Self::Errored,
        Self::Skipped,
        Self::NotApplicable,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Violation => "violation",
            Self::Warning => "warning",
            Self::ExpectedFailure => "expected failure",
            Self::Errored => "errored",
            Self::Skipped => "skipped",
            Self::NotApplicable => "not applicable",
        }
    }
}

impl Outcome {
    /// What kind it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Passed => Kind::Passed,
            Self::Failed(Level::Must, _) => Kind::Violation,
            Self::Failed(Level::Should, _) => Kind::Warning,
            Self::ExpectedFailure(..) => Kind::ExpectedFailure,
            Self::Errored(_) => Kind::Errored,
            Self::Skipped(_) => Kind::Skipped,
            Self::NotApplicable(_) => Kind::NotApplicable,
        }
    }

    /// Why it was neither passed nor failed, or why its failing was expected.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Errored(why)
            | Self::Skipped(why)
            | Self::NotApplicable(why)
            | Self::ExpectedFailure(_, _, why) => Some(why),
            Self::Passed | Self::Failed(..) => None,
        }
    }

    /// What was expected and found, where it failed.
    pub const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(_, failure) | Self::ExpectedFailure(_, failure, _) => Some(failure),
            _ => None,
        }
    }
}

/// Why a probe ended before its end. Probes meet it as the error that `?` passes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The cloud does not do what the sentence says.
    Failed(Failure),
    /// The question could not be asked: no answer, or what it needs could not be set up.
    CouldNotAsk(String),
    /// Something the question needs was not given.
    Skipped(String),
    /// The question does not arise at this cloud.
    NotApplicable(String),
    /// The run was interrupted.
    Interrupted,
}

/// What a probe returns: `Ok(())` where the sentence holds.
pub type Verdict = Result<(), Stop>;
