//! Counts while a run goes: what took how long, what failed, what was wrong. Everybody who sends requests holds a clone of the
//! one recorder. What begins before the warm-up's end, or after the measuring's, is left out, whenever it ends; wrong answers
//! count always. It knows results, and takes secrets out of what it is told.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use nova_client::redact;

use super::{Interval, Kind, Measured, REBUILD, Violation};
use crate::{histogram::Times, shared::millis};

/// How long an interval is at first.
const INTERVAL: Duration = Duration::from_secs(1);
/// Beyond so many intervals two become one, so that a long run's file stays small.
const INTERVALS: u32 = 512;
/// So many reasons of failures are told apart under one name.
const REASONS: usize = 40;
/// What the others are counted as.
const OTHER_REASONS: &str = "other reasons";
/// So much of a reason or of what shows a violation is kept, in characters.
const LONGEST: usize = 400;
/// So many seconds are kept for the live line.
const RECENT: usize = 4;
/// What is sent later than it was due by more than this is late.
const LATE: Duration = Duration::from_millis(1);

/// One thing that ended.
#[derive(Debug, Clone)]
pub struct Took {
    /// When it ended.
    pub at: Instant,
    /// How long it took, from when it was due (open model) or sent (closed).
    pub latency: Duration,
    /// How long it took from when it was sent.
    pub service: Duration,
    /// How long it took to the answer's first byte, from when it was due or sent, where that is known.
    pub first_byte: Option<Duration>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Fine,
    /// It was refused because the server was busy. No failure.
    Contention,
    /// It was not done. The reason is the same words each time, so that it can be counted: `503 Service Unavailable`.
    Failed(String),
}

/// Counts what a run measures. Clones count into the same.
#[derive(Debug, Clone)]
pub struct Recorder {
    began: Instant,
    open: bool,
    in_flight: Arc<AtomicI64>,
    /// Nothing awaits while this is held.
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    from: Option<Instant>,
    until: Option<Instant>,
    interval: Duration,
    names: BTreeMap<String, Counted>,
    measured: Measured,
    recent: VecDeque<Second>,
    requests: u64,
    failed: u64,
}

/// A [`super::Series`] while it is counted: its intervals can still be found by their number.
#[derive(Debug, Default)]
struct Counted {
    series: super::Series,
    intervals: BTreeMap<u32, Interval>,
}

/// What ended within one second of the run.
#[derive(Debug, Default)]
struct Second {
    n: u64,
    ended: u64,
    times: BTreeMap<String, Times>,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Phase {
    /// What begins now does not count yet.
    #[default]
    WarmUp,
    /// What begins now counts.
    Measuring,
    /// What began in time is waited for.
    Finishing,
}

/// How a run goes, for the live line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// Since its start.
    pub elapsed: Duration,
    /// Whether it is measured now.
    pub phase: Phase,
    /// Requests that ended, in all.
    pub requests: u64,
    /// Requests a second, in the last seconds that are over.
    pub rate: f64,
    /// The name that had the greatest 99th percentile in them, and its median and 99th percentile.
    pub slowest: Option<(String, Duration, Duration)>,
    /// What failed, in all.
    pub failed: u64,
    /// What was refused because the server was busy.
    pub contention: u64,
    /// Wrong answers, in all.
    pub violations: u64,
    /// Arrivals that were not sent.
    pub dropped: u64,
    /// What is under way.
    pub in_flight: i64,
}

impl Recorder {
    /// Counts for a run that begins now. `open`: arrivals come at a rate, so that the time from sending is worth knowing too.
    pub fn new(began: Instant, open: bool) -> Self {
        Self {
            began,
            open,
            in_flight: Arc::default(),
            state: Arc::new(Mutex::new(State {
                interval: INTERVAL,
                measured: Measured {
                    arrivals: open.then(Default::default),
                    ..Measured::default()
                },
                ..State::default()
            })),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Counting cannot stop half-way, so what another thread left is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The warm-up ends: what begins from here on counts.
    pub fn start_measuring(&self, from: Instant) {
        self.state().from = Some(from);
    }

    /// The measuring ends: what begins from here on does not count. What began before still does when it ends. Told more than
    /// once, the earliest end is the end: a run that is stopped early was measured until then, and not for as long as was planned.
    pub fn stop_measuring(&self, until: Instant) {
        let mut state = self.state();
        state.until = Some(state.until.map_or(until, |known| known.min(until)));
    }

    /// Something ended.
    pub fn took(&self, name: &str, took: Took) {
        let began = took.at.checked_sub(took.latency).unwrap_or(took.at);
        let second = took.at.saturating_duration_since(self.began).as_secs();
        let kind = kind(name);
        let mut state = self.state();
        let state = &mut *state;
        state.recent(second, name, kind, &took);
        let Some(n) = state.interval_for(began) else {
            if state.from.is_none_or(|from| began < from) && kind == Kind::Request {
                state.measured.warm_up.requests += 1;
                state.measured.warm_up.errors +=
                    u64::from(matches!(took.outcome, Outcome::Failed(_)));
            }
            return;
        };
        let counted = state.name(name, kind);
        let interval = counted.intervals.entry(n).or_insert_with(|| Interval {
            n,
            ..Interval::default()
        });
        match took.outcome {
            Outcome::Fine => {
                interval.times.record(took.latency);
                if self.open {
                    counted.series.service.record(took.service);
                }
                if let Some(first_byte) = took.first_byte {
                    counted.series.first_byte.record(first_byte);
                }
            }
            Outcome::Contention => interval.contention += 1,
            Outcome::Failed(reason) => {
                interval.errors += 1;
                counted.failed(&reason);
            }
        }
    }

    /// An arrival that was due at `due` is sent now, so much later.
    pub fn arrived(&self, due: Instant, late_by: Duration) {
        self.arrival(due, |arrivals| {
            arrivals.started += 1;
            arrivals.late += u64::from(late_by > LATE);
            arrivals.late_by.record(late_by);
        });
    }

    /// An arrival that was due at `due` is not sent, because too much is under way.
    pub fn dropped(&self, due: Instant) {
        self.arrival(due, |arrivals| arrivals.dropped += 1);
    }

    fn arrival(&self, due: Instant, count: impl FnOnce(&mut super::Arrivals)) {
        let mut state = self.state();
        if state.interval(due).is_some() {
            let arrivals = state.measured.arrivals.get_or_insert_default();
            arrivals.due += 1;
            count(arrivals);
        }
    }

    /// Somebody asked how far a rebuild is that began then.
    pub fn polled(&self, began: Instant) {
        let mut state = self.state();
        let counts = state.interval(began).is_some();
        state.measured.polls.asked += u64::from(counts);
    }

    /// A poll saw a part done of a rebuild that began then, and one sent so long before had not: the part may be that much too
    /// long.
    pub fn poll_error(&self, began: Instant, gap: Duration) {
        let mut state = self.state();
        if state.interval(began).is_some() {
            state.measured.polls.error.record(gap);
        }
    }

    /// An answer was wrong. Its `after_ms` is set here, and secrets are taken out of its words.
    pub fn violation(&self, violation: Violation) {
        let after = self.began.elapsed().as_millis();
        self.state().measured.violations.push(Violation {
            expected: shown(&violation.expected),
            found: shown(&violation.found),
            after_ms: u64::try_from(after).unwrap_or(u64::MAX),
            ..violation
        });
    }

    /// So many more, or fewer, are under way.
    pub fn in_flight(&self, more: i64) {
        self.in_flight.fetch_add(more, Ordering::Relaxed);
    }

    /// How it goes.
    pub fn snapshot(&self) -> Snapshot {
        let now = Instant::now();
        let elapsed = now.saturating_duration_since(self.began);
        let state = self.state();
        let over: Vec<&Second> = state
            .recent
            .iter()
            .filter(|second| {
                second.n < elapsed.as_secs() && second.n + RECENT as u64 > elapsed.as_secs()
            })
            .collect();
        let seconds = elapsed.as_secs().min(RECENT as u64 - 1);
        Snapshot {
            elapsed,
            phase: state.phase(now),
            requests: state.requests,
            rate: super::per_second(
                over.iter().map(|second| second.ended).sum(),
                Duration::from_secs(seconds),
            ),
            slowest: slowest(&over),
            failed: state.failed,
            contention: state
                .names
                .values()
                .flat_map(|counted| counted.intervals.values())
                .map(|interval| interval.contention)
                .sum(),
            violations: state.measured.violations.count,
            dropped: state
                .measured
                .arrivals
                .as_ref()
                .map_or(0, |arrivals| arrivals.dropped),
            in_flight: self.in_flight.load(Ordering::Relaxed),
        }
    }

    /// What was measured until now, or until [`Recorder::stop_measuring`].
    pub fn finish(&self) -> Measured {
        let state = self.state();
        let until = state.until.unwrap_or_else(Instant::now);
        let measured_for = state
            .from
            .map_or(Duration::ZERO, |from| until.saturating_duration_since(from));
        let names = state
            .names
            .iter()
            .map(|(name, counted)| {
                let mut series = counted.series.clone();
                series.intervals = counted.intervals.values().cloned().collect();
                (name.clone(), series)
            })
            .collect();
        Measured {
            measured_ms: millis(measured_for),
            interval_ms: millis(state.interval),
            names,
            ..state.measured.clone()
        }
    }
}

impl State {
    /// In which interval something is that began then; in none before and after what is measured.
    fn interval(&self, began: Instant) -> Option<u32> {
        let from = self.from?;
        if self.until.is_some_and(|until| began >= until) {
            return None;
        }
        let since = began.checked_duration_since(from)?;
        u32::try_from(since.as_millis() / self.interval.as_millis().max(1)).ok()
    }

    fn phase(&self, now: Instant) -> Phase {
        if self.interval(now).is_some() {
            Phase::Measuring
        } else if self.until.is_some_and(|until| now >= until) {
            Phase::Finishing
        } else {
            Phase::WarmUp
        }
    }

    /// As [`State::interval`], with the intervals made longer where there would be too many.
    fn interval_for(&mut self, began: Instant) -> Option<u32> {
        let mut n = self.interval(began)?;
        while n >= INTERVALS {
            n /= 2;
            self.interval *= 2;
            for counted in self.names.values_mut() {
                let mut half: BTreeMap<u32, Interval> = BTreeMap::new();
                for (n, interval) in std::mem::take(&mut counted.intervals) {
                    half.entry(n / 2)
                        .or_insert_with(|| Interval {
                            n: n / 2,
                            ..Interval::default()
                        })
                        .add(&interval);
                }
                counted.intervals = half;
            }
        }
        Some(n)
    }

    fn name(&mut self, name: &str, kind: Kind) -> &mut Counted {
        self.names.entry(name.to_owned()).or_insert_with(|| {
            let mut counted = Counted::default();
            counted.series.kind = kind;
            counted
        })
    }

    fn recent(&mut self, second: u64, name: &str, kind: Kind, took: &Took) {
        let request = kind == Kind::Request;
        self.requests += u64::from(request);
        self.failed += u64::from(matches!(took.outcome, Outcome::Failed(_)));
        // A little out of order is fine: threads tell when they can.
        let place = match self.recent.iter().rposition(|known| known.n == second) {
            Some(place) => place,
            None if self.recent.back().is_some_and(|last| last.n > second) => return,
            None => {
                self.recent.push_back(Second {
                    n: second,
                    ..Second::default()
                });
                if self.recent.len() > RECENT {
                    self.recent.pop_front();
                }
                self.recent.len() - 1
            }
        };
        let second = &mut self.recent[place];
        second.ended += u64::from(request);
        if took.outcome == Outcome::Fine {
            if let Some(times) = second.times.get_mut(name) {
                times.record(took.latency);
            } else {
                let mut times = Times::default();
                times.record(took.latency);
                second.times.insert(name.to_owned(), times);
            }
        }
    }
}

impl Counted {
    fn failed(&mut self, reason: &str) {
        let errors = &mut self.series.errors;
        let reason = shown(reason);
        let known = errors.len() < REASONS || errors.contains_key(&reason);
        let reason = if known {
            reason
        } else {
            OTHER_REASONS.to_owned()
        };
        *errors.entry(reason).or_default() += 1;
    }
}

fn kind(name: &str) -> Kind {
    if REBUILD[1..].contains(&name) {
        Kind::Part
    } else {
        Kind::Request
    }
}

/// A text without secrets, and not too long.
fn shown(text: &str) -> String {
    let text = redact::body(text.as_bytes());
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn slowest(seconds: &[&Second]) -> Option<(String, Duration, Duration)> {
    let mut names: BTreeMap<&str, Times> = BTreeMap::new();
    for second in seconds {
        for (name, times) in &second.times {
            names.entry(name).or_default().add(times);
        }
    }
    names
        .into_iter()
        .filter_map(|(name, times)| {
            Some((name.to_owned(), times.quantile(0.5)?, times.quantile(0.99)?))
        })
        .max_by_key(|(_, _, p99)| *p99)
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
