//! Change points: from which run on a measure is another. The stretch of a series that differs most from the rest is a change
//! if a series in which nothing changes would hardly ever have such a stretch; then each side of its edges is asked again
//! (circular binary segmentation, which sees a level that rises and falls again too). It knows numbers, and chance from a seed.

use std::collections::BTreeMap;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

/// So many series in which nothing changes are drawn to compare with.
const DRAWS: usize = 999;
/// At most such a part of them may have such a stretch.
const CHANCE: f64 = 0.01;
/// So many runs have to be on each side of an edge: one strange run is no change.
const SIDE: usize = 2;
/// With fewer runs nothing can be said.
const FEWEST: usize = 6;
/// Two runs of a cloud never differ by less than this, whatever the few that are there show: half a percent.
const LEAST_SPREAD: f64 = 0.005;

/// What chance alone does to a series, by its length. Drawn once for all series of a page.
#[derive(Debug)]
pub(super) struct Chance {
    rng: StdRng,
    scores: BTreeMap<usize, Vec<f64>>,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            scores: BTreeMap::new(),
        }
    }

    /// The part of series of this length in which nothing changes that have a stretch as different.
    fn of(&mut self, length: usize, score: f64) -> f64 {
        let Self { rng, scores } = self;
        let scores = scores.entry(length).or_insert_with(|| {
            let draws = (0..DRAWS).filter_map(|_| {
                let series: Vec<f64> = (0..length).map(|_| normal(rng)).collect();
                best(&series, 0.0).map(|stretch| stretch.score)
            });
            draws.collect()
        });
        let as_much = scores.iter().filter(|drawn| **drawn >= score).count();
        #[expect(clippy::cast_precision_loss, reason = "a thousand")]
        let part = (as_much + 1) as f64 / (DRAWS + 1) as f64;
        part
    }
}

/// The places where a series changes by more than the least, each the first of its new level, in order.
pub(super) fn points(series: &[f64], least: f64, chance: &mut Chance) -> Vec<usize> {
    let mut edges = vec![0, series.len()];
    divide(series, 0, least, chance, &mut edges);
    edges.sort_unstable();
    edges.dedup();
    // Levels that were divided on the way may be the same in the end.
    while let Some(same) = edges.windows(3).position(|edge| {
        let (before, after) = (&series[edge[0]..edge[1]], &series[edge[1]..edge[2]]);
        (mean(after) - mean(before)).abs() < least
    }) {
        edges.remove(same + 1);
    }
    edges.retain(|edge| (1..series.len()).contains(edge));
    edges
}

pub(super) fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / float(numbers.len().max(1))
}

#[expect(clippy::cast_precision_loss, reason = "runs are few")]
const fn float(count: usize) -> f64 {
    count as f64
}

/// A stretch of a series, and how much it differs from the rest: the difference of their means by what it would be by chance.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: usize,
    to: usize,
    difference: f64,
    score: f64,
}

fn divide(series: &[f64], from: usize, least: f64, chance: &mut Chance, edges: &mut Vec<usize>) {
    let Some(stretch) = best(series, LEAST_SPREAD) else {
        return;
    };
    if stretch.difference < least || chance.of(series.len(), stretch.score) > CHANCE {
        return;
    }
    let parts = [0, stretch.from, stretch.to, series.len()];
    for part in parts.windows(2) {
        edges.push(from + part[0]);
        divide(
            &series[part[0]..part[1]],
            from + part[0],
            least,
            chance,
            edges,
        );
    }
}

/// The stretch that differs most from the rest.
fn best(series: &[f64], least_spread: f64) -> Option<Stretch> {
    let length = series.len();
    if length < FEWEST {
        return None;
    }
    let mut sums = vec![0.0];
    let mut sum = 0.0;
    for value in series {
        sum += value;
        sums.push(sum);
    }
    let squares: f64 = series.iter().map(|value| value * value).sum();
    let edge =
        |place: usize| place == 0 || (SIDE..=length - SIDE).contains(&place) || place == length;
    let stretches = (0..length)
        .filter(|from| edge(*from))
        .flat_map(|from| (from + SIDE..=length).map(move |to| (from, to)))
        .filter(|(from, to)| edge(*to) && length - (to - from) >= SIDE);
    stretches
        .map(|(from, to)| {
            let (inside, outside) = (float(to - from), float(length - (to - from)));
            let one = (sums[to] - sums[from]) / inside;
            let other = (sum - (sums[to] - sums[from])) / outside;
            let rest = (squares - inside * one * one - outside * other * other).max(0.0);
            let spread = (rest / (inside + outside - 2.0)).sqrt().max(least_spread);
            let difference = (one - other).abs();
            Stretch {
                from,
                to,
                difference,
                score: difference / (spread * (1.0 / inside + 1.0 / outside).sqrt()),
            }
        })
        .max_by(|one, other| one.score.total_cmp(&other.score))
}

fn normal(rng: &mut StdRng) -> f64 {
    let (one, two): (f64, f64) = (rng.random_range(1e-12..1.0), rng.random());
    (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * two).cos()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const LEAST: f64 = 0.095;

    /// Levels of so many runs each, with the noise of a cloud.
    fn series(levels: &[(f64, usize)], seed: u64) -> Vec<f64> {
        let mut rng = StdRng::seed_from_u64(seed);
        levels
            .iter()
            .flat_map(|(level, runs)| std::iter::repeat_n(*level, *runs))
            .map(|level| level + 0.04 * normal(&mut rng))
            .collect()
    }

    #[rstest]
    #[case::one(&[(0.0, 10), (0.3, 8)], &[10])]
    #[case::up_and_down(&[(0.0, 8), (0.3, 8), (0.0, 8)], &[8, 16])]
    #[case::steps(&[(0.0, 7), (0.3, 7), (0.8, 7)], &[7, 14])]
    #[case::none(&[(0.0, 20)], &[])]
    #[case::small(&[(0.0, 10), (0.03, 10)], &[])]
    #[case::too_few(&[(0.0, 2), (0.9, 3)], &[])]
    #[case::one_strange_run(&[(0.0, 8), (0.9, 1), (0.0, 8)], &[])]
    fn changes_are_found(#[case] levels: &[(f64, usize)], #[case] want: &[usize]) {
        assert_eq!(points(&series(levels, 5), LEAST, &mut Chance::new(1)), want);
    }

    #[test]
    fn a_quiet_history_seldom_cries_wolf() {
        let mut chance = Chance::new(1);
        let cried = (0..60)
            .filter(|seed| !points(&series(&[(0.0, 12)], *seed), 0.0, &mut chance).is_empty())
            .count();
        println!("{cried} of 60 quiet histories are said to have changed");
        assert!(cried <= 3, "{cried}");
    }
}
