//! `--baseline FILE`: is this run worse than an earlier one of the same load? For each name, how its median and its 99th
//! percentile changed, as a ratio with its 95 % confidence interval ([`bootstrap`]), and what that allows to say. It knows
//! results.
//!
//! A difference within the margin is none: a run is *worse* where the whole interval lies beyond it, *same* where the whole
//! interval lies within, and where the interval crosses the margin it says so, and how long both runs would have to be.
//! What the interval cannot know is how one day differs from another; the margin is for that.

mod bootstrap;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) use bootstrap::DRAWS;
use bootstrap::{Blocks, Estimate};

use crate::{
    results::{Model, Results, Series, Shape, place},
    words,
};

/// What is compared of each name.
pub const QUANTILES: [(&str, f64); 2] = [("p50", 0.5), ("p99", 0.99)];

/// By how much a time may differ and still be called the same, unless somebody says otherwise.
pub const MARGIN: f64 = 0.1;

/// A longer run than so many times this one is not worth telling.
const LONGEST: f64 = 100.0;

/// So many times have to lie beyond a quantile before anything is said about it.
const BEYOND: f64 = 10.0;

/// So many blocks have to be there, and so many intervals for them.
const BLOCKS: usize = 5;
const INTERVALS: f64 = 30.0;

/// What an earlier run is asked.
#[derive(Debug, Clone)]
pub struct Baseline {
    results: Results,
    file: String,
    margin: f64,
    seed: u64,
}

/// How a run compares with its baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The earlier run's file.
    pub file: String,
    /// Its name.
    pub run: String,
    /// When it began, as RFC 3339.
    pub started_at: String,
    /// The cloud it asked.
    pub cloud: String,
    /// By how much a time may differ and still be the same.
    pub margin: f64,
    /// What the bootstrap was drawn from: the same seed gives the same judgement.
    pub seed: u64,
    /// Each name and quantile.
    pub rows: Vec<Compared>,
}

/// One quantile of one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// The name.
    pub name: String,
    /// `p50` or `p99`.
    pub measure: String,
    /// What it was, in µs.
    pub before_us: Option<u64>,
    /// What it is, in µs.
    pub now_us: Option<u64>,
    /// Now by before.
    pub effect: Option<Effect>,
    /// What that allows to say.
    pub verdict: Verdict,
    /// Why it cannot be told, and what would tell it.
    pub why: Option<String>,
    /// How long both runs would have to be to tell.
    pub needs_s: Option<u64>,
}

/// A ratio and its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// What was found.
    pub ratio: f64,
    /// The interval's lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// What can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It takes less time than before, by more than the margin.
    Better,
    /// It takes more.
    Worse,
    /// It takes as long, within the margin.
    Same,
    /// The runs are too short or too restless to say.
    CannotTell,
}

impl Verdict {
    /// As people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Same => "same",
            Self::CannotTell => "cannot tell",
        }
    }
}

impl Comparison {
    /// How many rows say so.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.rows
            .iter()
            .filter(|row| row.verdict == verdict)
            .count()
    }
}

impl Baseline {
    /// Compares with this run, from this file.
    pub fn new(results: Results, file: impl Into<String>, margin: f64, seed: u64) -> Self {
        Self {
            results,
            file: file.into(),
            margin,
            seed,
        }
    }

    /// Whether a run of this scenario and shape can be compared with it, so that it is known before an hour of load.
    ///
    /// # Errors
    /// A sentence: what differs.
    pub fn fits(&self, scenario: &str, shape: &Shape) -> Result<(), String> {
        let differs = if self.results.run.scenario == scenario {
            self.results.shape.differs(shape)
        } else {
            Some(format!(
                "its scenario is {}, and this one {scenario}",
                self.results.run.scenario
            ))
        };
        match differs {
            None => Ok(()),
            Some(how) => Err(format!(
                "{} cannot be compared with this run: {how}",
                self.file
            )),
        }
    }

    /// Compares a run with it.
    pub fn compare(&self, now: &Results) -> Comparison {
        let before = &self.results;
        let nothing = Series::default();
        let mut names: Vec<&str> = before.measured.names.keys().map(String::as_str).collect();
        names.extend(
            now.measured
                .names
                .keys()
                .map(String::as_str)
                .filter(|name| !before.measured.names.contains_key(*name)),
        );
        names.sort_by_key(|name| place(name));
        let rows = names.into_iter().flat_map(|name| {
            let of = |results: &Results| {
                let series = results.measured.names.get(name).unwrap_or(&nothing);
                Blocks::of(series, &results.measured)
            };
            self.rows(name, &of(before), &of(now), now.measured_for())
        });
        Comparison {
            file: self.file.clone(),
            run: before.run.id.clone(),
            started_at: before.run.started_at.clone(),
            cloud: before.cloud.name.clone(),
            margin: self.margin,
            seed: self.seed,
            rows: rows.collect(),
        }
    }

    fn rows(&self, name: &str, before: &Blocks, now: &Blocks, lasted: Duration) -> Vec<Compared> {
        let parts = QUANTILES.map(|(_, part)| part);
        let estimates = bootstrap::ratios(before, now, &parts, self.seed);
        QUANTILES
            .into_iter()
            .zip(estimates)
            .map(|((measure, part), estimate)| {
                let judged = self.judged(before, now, part, estimate, lasted);
                let us = |blocks: &Blocks| {
                    let time = blocks.all().quantile(part)?;
                    u64::try_from(time.as_micros()).ok()
                };
                Compared {
                    name: name.to_owned(),
                    measure: measure.to_owned(),
                    before_us: us(before),
                    now_us: us(now),
                    ..judged
                }
            })
            .collect()
    }

    /// What the estimate allows to say.
    fn judged(
        &self,
        before: &Blocks,
        now: &Blocks,
        part: f64,
        estimate: Option<Estimate>,
        lasted: Duration,
    ) -> Compared {
        let unknown = |why: &str, needs: Option<f64>, effect: Option<Effect>| {
            let longer = needs
                .filter(|times| *times <= LONGEST)
                .map(|times| lasted.mul_f64(times));
            let needs_s = longer.map(|longer| longer.as_secs() + 1);
            Compared {
                effect,
                verdict: Verdict::CannotTell,
                why: Some(match longer {
                    Some(longer) => {
                        format!("{why}; runs of {} each would tell", words::about(longer))
                    }
                    None => why.to_owned(),
                }),
                needs_s,
                ..Compared::empty()
            }
        };
        let few = before.all().count().min(now.all().count());
        if few == 0 {
            let when = if now.all().is_empty() {
                "now"
            } else {
                "before"
            };
            return unknown(&format!("nothing was measured {when}"), None, None);
        }
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let beyond = few as f64 * (1.0 - part);
        if beyond < BEYOND {
            let why = format!("only {} in one of them", words::counted(few, "time"));
            return unknown(&why, Some(BEYOND / beyond), None);
        }
        let blocks = before.len().min(now.len());
        let Some(estimate) = estimate.filter(|_| blocks >= BLOCKS) else {
            let times = INTERVALS / f64::from(before.intervals().min(now.intervals()).max(1));
            return unknown("one of them is too short", Some(times), None);
        };
        let effect = Effect {
            ratio: estimate.log.exp(),
            low: estimate.low.exp(),
            high: estimate.high.exp(),
        };
        let margin = self.margin.ln_1p();
        let verdict = if estimate.low > margin {
            Verdict::Worse
        } else if estimate.high < -margin {
            Verdict::Better
        } else if estimate.low >= -margin && estimate.high <= margin {
            Verdict::Same
        } else {
            // The interval shrinks with the root of the time; it has to fit between what was found and the margin.
            let room = (estimate.log.abs() - margin).abs();
            let half = (estimate.high - estimate.log).max(estimate.log - estimate.low);
            let times = (half / room).powi(2);
            let why = if times <= LONGEST {
                "the interval crosses the margin"
            } else {
                "the difference is the margin itself, as far as can be seen"
            };
            return unknown(why, Some(times), Some(effect));
        };
        Compared {
            effect: Some(effect),
            verdict,
            ..Compared::empty()
        }
    }
}

impl Compared {
    const fn empty() -> Self {
        Self {
            name: String::new(),
            measure: String::new(),
            before_us: None,
            now_us: None,
            effect: None,
            verdict: Verdict::CannotTell,
            why: None,
            needs_s: None,
        }
    }
}

impl Shape {
    /// In what another shape differs so that times of the two say nothing about the cloud, as a sentence; nothing where they
    /// can be compared. How long both ran does not matter.
    pub(crate) fn differs(&self, other: &Self) -> Option<String> {
        let two = |what: &str, one: String, other: String| {
            (one != other).then(|| format!("its {what} is {one}, and this one's {other}"))
        };
        two("load", self.model.words(), other.model.words())
            .or_else(|| two("fleet", self.fleet.to_string(), other.fleet.to_string()))
            .or_else(|| two("polling", polling(self), polling(other)))
            .or_else(|| two("mixture", mixture(self), mixture(other)))
            .or_else(|| {
                (self.first_byte_only != other.first_byte_only).then(|| {
                    "one measures to the answer's first byte, the other to its last".to_owned()
                })
            })
    }
}

impl Model {
    /// As people read it.
    pub fn words(&self) -> String {
        match self {
            Self::Users(users) => words::counted(*users, "user"),
            Self::Rate(rate) => format!("{} arrivals", words::rate(*rate)),
        }
    }
}

fn polling(shape: &Shape) -> String {
    shape
        .polling_ms
        .map_or_else(|| "none".to_owned(), |ms| format!("every {ms} ms"))
}

/// How often each part of a scenario is chosen: `create 50 %, list 50 %`.
pub(crate) fn mixture(shape: &Shape) -> String {
    let sum: f64 = shape.weights.values().sum();
    let parts: Vec<String> = shape
        .weights
        .iter()
        .map(|(name, weight)| format!("{name} {}", words::percent(weight / sum)))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests;
