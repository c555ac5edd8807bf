//! Many runs, in the order in which they were: how the percentiles of each name moved, and where something changed for good.
//! Runs are put beside each other only where their load and their cloud were the same. It knows results, of which it keeps a
//! few numbers each: a history can be long.

mod change;

use std::{collections::BTreeMap, time::Duration};

use change::Chance;
use jiff::Timestamp;

use crate::{
    baseline::{MARGIN, QUANTILES},
    results::{Results, Shape, place},
};

/// Runs of one load on one cloud.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The scenario.
    pub scenario: String,
    /// The cloud's name.
    pub cloud: String,
    /// The load, that of its first run.
    pub shape: Shape,
    /// The runs, oldest first.
    pub runs: Vec<Run>,
    /// Where something changed, in the order of names.
    pub changes: Vec<Change>,
}

/// What is kept of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its file.
    pub file: String,
    /// Its name.
    pub id: String,
    /// When it began, as RFC 3339.
    pub started_at: String,
    /// Requests a second.
    pub rate: f64,
    /// What failed, as a part of all.
    pub failed: f64,
    /// Wrong answers.
    pub violations: u64,
    /// What the gate said then: its exit code and its sentence.
    pub judged: Option<(u8, String)>,
    /// By name and measure (`p50`, `p99`): how long it took.
    pub times: BTreeMap<(String, &'static str), Duration>,
}

/// A measure that is another from one run on.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The name.
    pub name: String,
    /// `p50` or `p99`.
    pub measure: &'static str,
    /// The first run after it, by its place among the group's runs.
    pub at: usize,
    /// The level before it: the geometric mean of the runs since the change before.
    pub before: Duration,
    /// The level after it.
    pub after: Duration,
}

impl Change {
    /// After by before.
    pub fn ratio(&self) -> f64 {
        self.after.as_secs_f64() / self.before.as_secs_f64().max(1e-9)
    }
}

impl Run {
    /// What is kept of these results.
    pub fn of(file: String, results: &Results) -> Self {
        let totals = results.totals();
        let mut times = BTreeMap::new();
        for (name, series) in &results.measured.names {
            let all = series.times();
            for (measure, part) in QUANTILES {
                if let Some(time) = all.quantile(part) {
                    times.insert((name.clone(), measure), time);
                }
            }
        }
        Self {
            file,
            id: results.run.id.clone(),
            started_at: results.run.started_at.clone(),
            rate: results.rate(),
            failed: crate::results::part(totals.failed, totals.ended),
            violations: results.measured.violations.count,
            judged: results
                .judgement
                .as_ref()
                .map(|judgement| (judgement.exit_code, judgement.sentence.clone())),
            times,
        }
    }
}

/// Runs by load and cloud.
#[derive(Debug, Clone, Default)]
pub struct History {
    groups: Vec<Group>,
}

impl History {
    /// Adds a run, from a file. A run that was interrupted says nothing about its load, and is left out.
    pub fn add(&mut self, file: String, results: &Results) {
        if results.run.interrupted {
            return;
        }
        let run = Run::of(file, results);
        let same = |group: &&mut Group| {
            group.scenario == results.run.scenario
                && group.cloud == results.cloud.name
                && group.shape.differs(&results.shape).is_none()
        };
        match self.groups.iter_mut().find(same) {
            Some(group) => group.runs.push(run),
            None => self.groups.push(Group {
                scenario: results.run.scenario.clone(),
                cloud: results.cloud.name.clone(),
                shape: results.shape.clone(),
                runs: vec![run],
                changes: Vec::new(),
            }),
        }
    }

    /// The groups, that of the newest run first, with their runs in order and where they changed. The same seed finds the
    /// same changes.
    pub fn groups(mut self, seed: u64) -> Vec<Group> {
        for group in &mut self.groups {
            group.runs.sort_by_key(began);
            group.changes = changes(&group.runs, seed);
        }
        self.groups
            .sort_by_key(|group| std::cmp::Reverse(group.runs.last().map(began)));
        self.groups
    }
}

/// When a run began; one that does not say it comes first.
fn began(run: &Run) -> (Option<Timestamp>, String) {
    (run.started_at.parse().ok(), run.file.clone())
}

fn changes(runs: &[Run], seed: u64) -> Vec<Change> {
    let mut keys: Vec<&(String, &'static str)> =
        runs.iter().flat_map(|run| run.times.keys()).collect();
    keys.sort_by_key(|(name, measure)| (place(name), *measure));
    keys.dedup();
    let mut changes = Vec::new();
    let mut chance = Chance::new(seed);
    for key in keys {
        // A run without the name is passed over: its place is kept for those that have it.
        let (places, logs): (Vec<usize>, Vec<f64>) = runs
            .iter()
            .enumerate()
            .filter_map(|(place, run)| {
                let time = run.times.get(key)?;
                Some((place, time.as_secs_f64().max(1e-7).ln()))
            })
            .unzip();
        let points = change::points(&logs, MARGIN.ln_1p(), &mut chance);
        let mut edges = vec![0];
        edges.extend(&points);
        edges.push(logs.len());
        let levels: Vec<Duration> = edges
            .windows(2)
            .map(|edge| Duration::from_secs_f64(change::mean(&logs[edge[0]..edge[1]]).exp()))
            .collect();
        for (point, level) in points.iter().zip(levels.windows(2)) {
            changes.push(Change {
                name: key.0.clone(),
                measure: key.1,
                at: places[*point],
                before: level[0],
                after: level[1],
            });
        }
    }
    changes
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::results::synthetic;

    /// So many runs, a day after another, whose creates got slower with the run of this number.
    pub(crate) fn history(runs: usize, slower_from: usize) -> History {
        let mut draw = synthetic::Draw::new(3);
        let mut history = History::default();
        for run in 0..runs {
            let level = if run < slower_from { 20.0 } else { 27.0 };
            let ms = level * (0.03 * draw.normal()).exp();
            let mut results = synthetic::empty();
            results.run.id = format!("run-{run}");
            results.run.started_at = format!("2026-03-{:02}T04:00:00Z", run + 1);
            results
                .measured
                .names
                .insert("keypairs.create".into(), draw.series(ms, 20, 50));
            history.add(format!("{run}.json"), &results);
        }
        history
    }

    #[test]
    fn a_change_is_found_where_it_was() {
        let groups = history(20, 12).groups(1);
        let found: Vec<(&str, usize)> = groups[0]
            .changes
            .iter()
            .map(|change| (change.measure, change.at))
            .collect();
        assert_eq!(found, [("p50", 12), ("p99", 12)]);
        let ratio = groups[0].changes[0].ratio();
        assert!((ratio - 1.35).abs() < 0.05, "{ratio}");
    }

    #[test]
    fn nothing_changed_where_nothing_did() {
        assert_eq!(history(20, 20).groups(1)[0].changes, []);
    }

    #[test]
    fn runs_are_in_the_order_in_which_they_were() {
        let mut history = History::default();
        for day in [3, 1, 2] {
            let mut results = synthetic::empty();
            results.run.started_at = format!("2026-03-0{day}T04:00:00Z");
            history.add(format!("{day}.json"), &results);
        }
        let groups = history.groups(1);
        let files: Vec<&str> = groups[0].runs.iter().map(|run| run.file.as_str()).collect();
        assert_eq!(files, ["1.json", "2.json", "3.json"]);
    }

    #[test]
    fn other_loads_and_clouds_are_other_groups_and_interrupted_runs_none() {
        let mut history = History::default();
        let plain = synthetic::empty();
        let mut bigger = plain.clone();
        bigger.shape.fleet += 1;
        let mut elsewhere = plain.clone();
        elsewhere.cloud.name = "other".into();
        let mut interrupted = plain.clone();
        interrupted.run.interrupted = true;
        for results in [&plain, &bigger, &elsewhere, &plain, &interrupted] {
            history.add("x.json".into(), results);
        }
        let groups = history.groups(1);
        let mut runs: Vec<usize> = groups.iter().map(|group| group.runs.len()).collect();
        runs.sort_unstable();
        assert_eq!(runs, [1, 1, 2]);
    }
}
