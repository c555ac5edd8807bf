//! The block bootstrap: how sure a ratio of quantiles is, from how restless the two runs were. Neighbouring seconds of a run
//! resemble each other (a cloud that is slow now is slow a moment later), so whole blocks of seconds are drawn again, with
//! replacement, and each draw's quantiles are those of its blocks' histograms added. It knows series, and chance from a seed.

use std::collections::BTreeMap;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::{
    histogram::{self, Times, rank},
    results::{Measured, Series},
};

/// So often is drawn.
pub(crate) const DRAWS: usize = 1_000;
/// What lies outside of the interval at each end.
const TAIL: f64 = 0.025;

/// A series cut into blocks of neighbouring intervals.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocks {
    intervals: u32,
    blocks: Vec<Times>,
    all: Times,
}

impl Blocks {
    /// Blocks that grow with the square root of the run's length: long enough to hold how long a cloud stays in a mood, so
    /// that the interval is not too narrow, and enough of them to draw from.
    pub(super) fn of(series: &Series, measured: &Measured) -> Self {
        let all = series.times();
        let last = series.intervals.last().map_or(0, |interval| interval.n + 1);
        let whole = u32::try_from(measured.measured_ms / measured.interval_ms.max(1))
            .unwrap_or(u32::MAX)
            .max(last);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the root of a u32 is one"
        )]
        let length = (f64::from(whole).sqrt().round() as u32).max(1);
        // An end that is no whole block is drawn with the one before it.
        let count = (whole / length).max(1);
        let mut blocks = vec![Times::default(); count as usize];
        for interval in &series.intervals {
            let place = (interval.n / length).min(count - 1);
            blocks[place as usize].add(&interval.times);
        }
        Self {
            intervals: whole,
            blocks,
            all,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.blocks.len()
    }

    /// How many intervals were measured.
    pub(super) const fn intervals(&self) -> u32 {
        self.intervals
    }

    pub(super) const fn all(&self) -> &Times {
        &self.all
    }
}

/// A ratio, as a logarithm, and its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub(super) log: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// For each part: how the second run's quantile relates to the first's. Nothing where one of them has no times.
pub(super) fn ratios(
    before: &Blocks,
    now: &Blocks,
    parts: &[f64],
    seed: u64,
) -> Vec<Option<Estimate>> {
    let (Some(first), Some(second)) = (logs(&before.all, parts), logs(&now.all, parts)) else {
        return vec![None; parts.len()];
    };
    let mut rng = StdRng::seed_from_u64(seed);
    let befores = Table::new(before).draws(parts, &mut rng);
    let nows = Table::new(now).draws(parts, &mut rng);
    let wider = wider(before.len().min(now.len()));
    (0..parts.len())
        .map(|part| {
            let mut logs: Vec<f64> = befores
                .iter()
                .zip(&nows)
                .filter_map(|(before, now)| Some(now.as_ref()?[part] - before.as_ref()?[part]))
                .collect();
            logs.sort_by(f64::total_cmp);
            let log = second[part] - first[part];
            let at = |tail: f64| {
                let rank = rank(logs.len() as u64, tail)?;
                logs.get(usize::try_from(rank - 1).ok()?).copied()
            };
            // Both histograms can be off by their error; an interval is never narrower than that.
            let least = 2.0 * histogram::ERROR;
            Some(Estimate {
                log,
                low: log - ((log - at(TAIL)?) * wider).max(least),
                high: log + ((at(1.0 - TAIL)? - log) * wider).max(least),
            })
        })
        .collect()
}

/// By how much an interval from so few blocks has to be wider than one from very many: Student's t by the normal's 1.96.
fn wider(blocks: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
    let free = blocks.saturating_sub(1).max(1) as f64;
    1.0 + 1.21 / free + 1.44 / (free * free)
}

fn logs(times: &Times, parts: &[f64]) -> Option<Vec<f64>> {
    parts
        .iter()
        .map(|part| Some(times.quantile(*part)?.as_secs_f64().max(1e-7).ln()))
        .collect()
}

/// The blocks' buckets by their place among all that occur, so that a draw is additions only.
struct Table {
    /// The logarithm of each bucket's time in seconds, shortest first.
    logs: Vec<f64>,
    blocks: Vec<Vec<(usize, u64)>>,
}

impl Table {
    fn new(blocks: &Blocks) -> Self {
        let places: BTreeMap<u64, usize> = blocks
            .all
            .buckets()
            .enumerate()
            .map(|(place, (us, _))| (us, place))
            .collect();
        #[expect(
            clippy::cast_precision_loss,
            reason = "three digits of a time are compared"
        )]
        let logs = places.keys().map(|us| (*us.max(&1) as f64 / 1e6).ln());
        Self {
            logs: logs.collect(),
            blocks: blocks
                .blocks
                .iter()
                .map(|block| {
                    block
                        .buckets()
                        .filter_map(|(us, count)| Some((*places.get(&us)?, count)))
                        .collect()
                })
                .collect(),
        }
    }

    /// The quantiles of each draw; nothing of a draw of blocks in which nothing was measured.
    fn draws(&self, parts: &[f64], rng: &mut StdRng) -> Vec<Option<Vec<f64>>> {
        let mut counts = vec![0_u64; self.logs.len()];
        let mut drawn = vec![0_u64; self.blocks.len()];
        (0..DRAWS)
            .map(|_| {
                counts.fill(0);
                drawn.fill(0);
                for _ in 0..self.blocks.len() {
                    drawn[rng.random_range(0..self.blocks.len())] += 1;
                }
                for (block, times) in self.blocks.iter().zip(&drawn) {
                    if *times > 0 {
                        for (place, count) in block {
                            counts[*place] += count * times;
                        }
                    }
                }
                self.quantiles(&counts, parts)
            })
            .collect()
    }

    /// The parts ascend, so one walk finds them all.
    fn quantiles(&self, counts: &[u64], parts: &[f64]) -> Option<Vec<f64>> {
        let total = counts.iter().sum();
        let mut found = Vec::with_capacity(parts.len());
        let mut wanted = parts.iter().map(|part| rank(total, *part));
        let mut next = wanted.next().flatten()?;
        let mut passed = 0;
        for (count, log) in counts.iter().zip(&self.logs) {
            passed += count;
            while passed >= next {
                found.push(*log);
                match wanted.next() {
                    Some(rank) => next = rank?,
                    None => return Some(found),
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::few(4, 2.776)]
    #[case::some(9, 2.262)]
    #[case::many(30, 2.042)]
    fn few_blocks_ask_for_students_t(#[case] free: usize, #[case] t: f64) {
        let found = wider(free + 1) * 1.96;
        assert!((found - t).abs() < 0.06, "{found} {t}");
    }
}
