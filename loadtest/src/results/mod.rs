//! What a run measured, and all that is needed to judge it, to draw it again, to add it to others and to compare it with
//! another: `results.json`. The shape is stable within a `schema_version`: members may be added, none is renamed, removed or
//! given another meaning. It knows times, and nobody who measures or judges.
//!
//! ```text
//! schema_version   1
//! tool             name, version
//! run              id, scenario, started_at (RFC 3339), command, seed, interrupted
//! cloud            name, endpoint, min_version, max_version, embedded
//! shape            model (users or rate), warm_up_ms, run_time_ms, callers, fleet, polling, weights, first_byte_only
//! shards[]         one per process: name, started_at, machine, cost (cpu_ms, cloud_cpu_ms, wall_ms, rss_bytes)
//! measured
//!   measured_ms    how long was measured, without the warm-up
//!   interval_ms    how long an interval is
//!   names{}        per request or part: kind, intervals[] (n, times, errors, contention), errors{}, service, first_byte
//!   warm_up        requests, errors: what was asked before anything was measured
//!   polls          asked; error: by how much the parts of a rebuild can be too long
//!   arrivals       of a rate: due, started, late, dropped, late_by
//!   violations     count, kinds{}, first[] (name, kind, expected, found, request_id, after_ms)
//! leaks[] notes[] files{}
//! judgement        what the gate said, if it was asked: see gate
//! ```
//!
//! Times are written as count, sum_us, least_us, most_us and `at`: the buckets of an HDR histogram of three digits that hold
//! something, each as two numbers, how many µs after the bucket before it begins and how many times it holds.

mod recorder;
#[cfg(test)]
pub(crate) mod synthetic;

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use serde::{Deserialize, Serialize};

pub use recorder::{Outcome, Phase, Recorder, Snapshot, Took};

use crate::{gate::Judgement, histogram::Times};

/// The version of the shape above.
pub const SCHEMA_VERSION: u32 = 1;

/// The name of a file of results.
pub const FILE: &str = "results.json";

/// The three parts of a rebuild, each measured from its start: taken (202), seen to have begun, done.
pub const REBUILD: [&str; 3] = ["rebuild.accepted", "rebuild.seen", "rebuild.active"];

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The version of the shape.
    pub schema_version: u32,
    /// Who measured.
    pub tool: Tool,
    /// Which run.
    pub run: Run,
    /// Who was asked.
    pub cloud: Cloud,
    /// With what load.
    pub shape: Shape,
    /// From where: one entry for each process.
    pub shards: Vec<Shard>,
    /// What was measured.
    pub measured: Measured,
    /// What is left on the cloud.
    pub leaks: Vec<Left>,
    /// What people should know, sentences.
    pub notes: Vec<String>,
    /// Other reports of the same run beside this file, such as goose's own: what it is, and its name.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// What the gate said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judgement: Option<Judgement>,
}

/// Who measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// The program.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Tool {
    /// This program.
    pub fn this() -> Self {
        Self {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// Which run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its name, part of the names of all it makes.
    pub id: String,
    /// `keypairs`, `rebuild`, `mixed` or `storm`.
    pub scenario: String,
    /// When it began, as RFC 3339.
    pub started_at: String,
    /// The command that runs it again, without secrets.
    pub command: String,
    /// What its choices were drawn from.
    pub seed: Option<u64>,
    /// Whether somebody stopped it before its time.
    pub interrupted: bool,
}

/// Who was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cloud {
    /// The cloud's name.
    pub name: String,
    /// The address of its Compute API, without the project that it may end with.
    pub endpoint: String,
    /// The oldest microversion it offers.
    pub min_version: String,
    /// The newest microversion it offers.
    pub max_version: String,
    /// Whether it is the mock in the process that measured, which then shares its processors.
    pub embedded: bool,
}

/// With what load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Who decides when the next request is sent.
    pub model: Model,
    /// So long nothing was measured.
    pub warm_up_ms: u64,
    /// So long it was meant to run, without the warm-up; nothing where it runs until it is done or stopped.
    pub run_time_ms: Option<u64>,
    /// Users of the cloud in whose name requests are sent.
    pub callers: Callers,
    /// Servers to be rebuilt.
    pub fleet: u64,
    /// So long a rebuild's server is left alone between two polls.
    pub polling_ms: Option<u64>,
    /// How often each part of the scenario is chosen, as parts of the sum.
    pub weights: BTreeMap<String, f64>,
    /// Whether latencies end at the answer's first byte instead of its last.
    pub first_byte_only: bool,
}

/// Who decides when the next request is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// Closed: each of so many users sends its next request once it has its answer.
    Users(u64),
    /// Open: so many arrivals a second, whatever the cloud does; latency counts from when each was due.
    Rate(f64),
}

/// Users of the cloud in whose name requests are sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callers {
    /// Users.
    pub users: u64,
    /// Projects they are in.
    pub projects: u64,
    /// Whether they were made for the run.
    pub made: bool,
}

/// One process that sent load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shard {
    /// Its name: the run's, or that of its part.
    pub name: String,
    /// When its load began, as RFC 3339.
    pub started_at: String,
    /// Where it ran.
    pub machine: Machine,
    /// What it took.
    pub cost: Cost,
}

/// Where a process ran.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The system and its version.
    pub system: String,
    /// The processor.
    pub processor: String,
    /// Processors it could use.
    pub cores: u64,
    /// Memory, in bytes.
    pub memory_bytes: Option<u64>,
}

/// What a process took.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Processor time, its own and the system's for it, in ms; without an embedded cloud's.
    pub cpu_ms: Option<u64>,
    /// That of an embedded cloud, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_cpu_ms: Option<u64>,
    /// From its start to its end, in ms.
    pub wall_ms: u64,
    /// The most memory it held, in bytes.
    pub rss_bytes: Option<u64>,
}

/// What was measured: what a [`Recorder`] gives.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// How long was measured, without the warm-up.
    pub measured_ms: u64,
    /// How long an interval is. A second, or that doubled for a long run.
    pub interval_ms: u64,
    /// What was asked and what was timed, by name.
    pub names: BTreeMap<String, Series>,
    /// What was asked before anything was measured.
    pub warm_up: WarmUp,
    /// Asking how far a rebuild is.
    pub polls: Polls,
    /// Of a rate: how it was reached.
    pub arrivals: Option<Arrivals>,
    /// Wrong answers.
    pub violations: Violations,
}

impl Measured {
    /// The names in the order in which people read them: by the alphabet, but the parts of a rebuild as they follow each other.
    pub fn in_order(&self) -> Vec<(&str, &Series)> {
        let mut all: Vec<(&str, &Series)> = self
            .names
            .iter()
            .map(|(name, series)| (name.as_str(), series))
            .collect();
        all.sort_by_key(|(name, _)| place(name));
        all
    }
}

/// A name's place among names.
pub(crate) fn place(name: &str) -> (&str, usize, &str) {
    let group = name.split('.').next().unwrap_or(name);
    let part = REBUILD.iter().position(|part| *part == name);
    (group, part.unwrap_or(REBUILD.len()), name)
}

/// What a name is the name of. The first part of a rebuild is the request that asks for it; the others are parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A request.
    #[default]
    Request,
    /// A part of something that takes several, such as a rebuild. It is no request of its own.
    Part,
}

/// Everything under one name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What it is.
    pub kind: Kind,
    /// The intervals in which something began, oldest first.
    pub intervals: Vec<Interval>,
    /// Why something failed, and how often.
    pub errors: BTreeMap<String, u64>,
    /// In the open model: from sending to the answer, which hides the time that requests waited to be sent.
    #[serde(default, skip_serializing_if = "Times::is_empty")]
    pub service: Times,
    /// To the answer's first byte, where the times are to its last.
    #[serde(default, skip_serializing_if = "Times::is_empty")]
    pub first_byte: Times,
}

impl Series {
    /// The times of all intervals.
    pub fn times(&self) -> Times {
        let mut all = Times::default();
        for interval in &self.intervals {
            all.add(&interval.times);
        }
        all
    }

    /// How many failed.
    pub fn failed(&self) -> u64 {
        self.intervals.iter().map(|interval| interval.errors).sum()
    }

    /// How many were refused because the server was busy.
    pub fn contention(&self) -> u64 {
        self.intervals
            .iter()
            .map(|interval| interval.contention)
            .sum()
    }

    /// How many succeeded.
    pub fn succeeded(&self) -> u64 {
        self.intervals
            .iter()
            .map(|interval| interval.times.count())
            .sum()
    }

    /// How many ended, whichever way.
    pub fn ended(&self) -> u64 {
        self.succeeded() + self.failed() + self.contention()
    }
}

/// What began in one interval.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// Which: the first after the warm-up is 0.
    pub n: u32,
    /// How long what succeeded took.
    pub times: Times,
    /// How many failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub errors: u64,
    /// How many were refused because the server was busy (409): no failure, but counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub contention: u64,
}

impl Interval {
    /// Adds what another counted.
    pub(crate) fn add(&mut self, other: &Self) {
        self.times.add(&other.times);
        self.errors += other.errors;
        self.contention += other.contention;
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What was asked before anything was measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmUp {
    /// What began before the warm-up's end.
    pub requests: u64,
    /// What of it failed.
    pub errors: u64,
}

/// Asking how far a rebuild is. Polls are no requests of the scenario: they have no times and no part in its rate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Polls {
    /// How many.
    pub asked: u64,
    /// By how much a part of a rebuild can be too long: the time from the poll before to the one that saw it.
    pub error: Times,
}

/// How a rate was reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrivals {
    /// Arrivals that were due while it was measured.
    pub due: u64,
    /// Those that were sent.
    pub started: u64,
    /// Those that were sent later than they were due by more than a millisecond; their latency says so.
    pub late: u64,
    /// Those that were never sent, because too much was under way.
    pub dropped: u64,
    /// By how much those that were sent were late.
    pub late_by: Times,
}

/// Wrong answers. One of them fails a run, whatever the speed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violations {
    /// How many.
    pub count: u64,
    /// How many of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// The first of them, with what shows it.
    pub first: Vec<Violation>,
}

impl Violations {
    /// So many are kept with what shows them.
    pub const KEPT: usize = 100;

    /// Counts one.
    pub(crate) fn push(&mut self, violation: Violation) {
        self.count += 1;
        *self.kinds.entry(violation.kind.clone()).or_default() += 1;
        if self.first.len() < Self::KEPT {
            self.first.push(violation);
        }
    }

    /// Counts those of another.
    pub(crate) fn add(&mut self, other: &Self) {
        self.count += other.count;
        for (kind, count) in &other.kinds {
            *self.kinds.entry(kind.clone()).or_default() += count;
        }
        self.first.extend(other.first.iter().cloned());
        self.first.sort_by_key(|violation| violation.after_ms);
        self.first.truncate(Self::KEPT);
    }
}

/// A wrong answer, and what shows it. Nothing in it is secret: the recorder takes secrets out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The name of what was asked.
    pub name: String,
    /// What is wrong, in few words that are always the same: `fingerprint`, `key_name after a rebuild`.
    pub kind: String,
    /// What the answer had to say.
    pub expected: String,
    /// What it said.
    pub found: String,
    /// The answer's request id.
    pub request_id: Option<String>,
    /// When, in ms since the run's start; within the warm-up too.
    pub after_ms: u64,
}

/// Something left on the cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// No run has more intervals, nor longer ones.
const MOST_INTERVALS: u32 = 1 << 16;
const LONGEST_INTERVAL_MS: u64 = 1000 << 20;

impl Measured {
    /// Whether its intervals are such as can be drawn and added up.
    fn can_be(&self) -> Result<(), String> {
        let seconds = self.interval_ms / 1000;
        if !self.interval_ms.is_multiple_of(1000)
            || !seconds.is_power_of_two()
            || self.interval_ms > LONGEST_INTERVAL_MS
        {
            return Err(format!(
                "interval_ms is {}, and not a second, or that doubled again and again",
                self.interval_ms
            ));
        }
        let mut all = self.names.values().flat_map(|series| &series.intervals);
        match all.find(|interval| interval.n >= MOST_INTERVALS) {
            Some(interval) => Err(format!("there is an interval of number {}", interval.n)),
            None => Ok(()),
        }
    }
}

/// Enough of any file of results to see whether the rest can be read.
#[derive(Deserialize)]
struct Version {
    schema_version: u32,
}

impl Results {
    /// Reads a file.
    ///
    /// # Errors
    /// A sentence that names the file: it cannot be read, or holds no results of this shape.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path)
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// A sentence: it holds no results, or its shape is of another version.
    pub fn parse(text: &str) -> Result<Self, String> {
        let none = |error: serde_json::Error| format!("no results of nova-loadtest: {error}");
        let Version { schema_version } = serde_json::from_str(text).map_err(none)?;
        if schema_version != SCHEMA_VERSION {
            return Err(format!(
                "its schema_version is {schema_version}, and this program reads {SCHEMA_VERSION}"
            ));
        }
        let results: Self = serde_json::from_str(text).map_err(none)?;
        results
            .measured
            .can_be()
            .map_err(|why| format!("no results of nova-loadtest: {why}"))?;
        Ok(results)
    }

    /// The text of a file.
    ///
    /// # Errors
    /// A number that JSON cannot say, such as a rate that is infinite.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string(self).map(|text| text + "\n")
    }

    /// How long was measured.
    pub const fn measured_for(&self) -> Duration {
        Duration::from_millis(self.measured.measured_ms)
    }

    /// What was asked and what became of it. Polls are no requests; a rebuild that was taken and did not end well has failed.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for (name, series) in &self.measured.names {
            if series.kind == Kind::Request {
                totals.ended += series.ended();
                totals.contention += series.contention();
            }
            if series.kind == Kind::Request || name == REBUILD[2] {
                totals.failed += series.failed();
            }
        }
        totals
    }

    /// Requests that failed: of a rebuild, only that it was not taken.
    pub fn requests_failed(&self) -> u64 {
        let series = self.measured.names.values();
        let requests = series.filter(|series| series.kind == Kind::Request);
        requests.map(Series::failed).sum()
    }

    /// Requests that ended, a second.
    pub fn rate(&self) -> f64 {
        per_second(self.totals().ended, self.measured_for())
    }
}

/// What was asked, over all names of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests that ended, whichever way.
    pub ended: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those refused because the server was busy.
    pub contention: u64,
}

/// So many in so long, a second; 0 where it took no time.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of requests are far below 2^52"
)]
pub(crate) fn per_second(count: u64, time: Duration) -> f64 {
    let seconds = time.as_secs_f64();
    if seconds > 0.0 {
        count as f64 / seconds
    } else {
        0.0
    }
}

/// A part of a whole, from 0 to 1; 0 of nothing.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of requests are far below 2^52"
)]
pub(crate) fn part(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

#[cfg(test)]
mod tests;
