//! Times that are planted in a cloud, and what whoever measures them has to find. It knows only numbers.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::front::Way;
use crate::chance::Chance;

/// How answers' times are distributed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// No time at all.
    Nothing,
    /// Their logarithms are normal: many are near the median, a few take several times as long.
    Lognormal {
        /// Half of them take less.
        median: Duration,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
    /// Most take one time, and a part of them another.
    Bimodal {
        /// Of most.
        fast: Duration,
        /// Of the others.
        slow: Duration,
        /// The others' part.
        part: f64,
    },
    /// All take the same, but now and then the cloud stands still, and whoever came meanwhile waits for its end.
    Stalls {
        /// What all take.
        base: Duration,
        /// The cloud stands still once in each of these, at its middle.
        every: Duration,
        /// For so long.
        still: Duration,
    },
}

/// So many times make a deck, which holds each part of the distribution exactly as often as it has to.
const DECK: usize = 1000;

impl Shape {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Lognormal { .. } => "lognormal",
            Self::Bimodal { .. } => "bimodal",
            Self::Stalls { .. } => "stalls",
        }
    }

    /// The time below which this part of all are.
    fn quantile(self, part: f64) -> Duration {
        match self {
            Self::Nothing => Duration::ZERO,
            Self::Lognormal { median, sigma } => {
                median.mul_f64((sigma * normal_quantile(part)).exp())
            }
            Self::Bimodal {
                fast,
                slow,
                part: others,
            } => {
                if part < 1.0 - others {
                    fast
                } else {
                    slow
                }
            }
            Self::Stalls { base, .. } => base,
        }
    }

    /// How long a request waits that comes so long after the beginning, before its own time begins.
    pub fn stands_still(self, since: Duration) -> Duration {
        let Self::Stalls { every, still, .. } = self else {
            return Duration::ZERO;
        };
        let in_period = since.as_secs_f64() % every.as_secs_f64();
        let begins = every.as_secs_f64() / 2.0;
        let ends = begins + still.as_secs_f64();
        if (begins..ends).contains(&in_period) {
            Duration::from_secs_f64(ends - in_period)
        } else {
            Duration::ZERO
        }
    }
}

/// The quantile of the standard normal distribution, to within 5e-4: Abramowitz and Stegun, 26.2.23.
fn normal_quantile(part: f64) -> f64 {
    let tail = part.min(1.0 - part).max(f64::MIN_POSITIVE);
    let t = (-2.0 * tail.ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let z = t - above / below;
    if part < 0.5 { -z } else { z }
}

/// Plants times in the lists of keypairs, and keeps what it planted.
#[derive(Debug)]
pub struct Planted {
    state: Mutex<State>,
    chance: Chance,
}

#[derive(Debug)]
struct State {
    shape: Shape,
    begin: Instant,
    deck: Vec<Duration>,
    given: Vec<Duration>,
    held: Vec<Duration>,
}

impl Planted {
    /// Plants nothing yet.
    pub fn new(seed: u64) -> Self {
        Self {
            state: Mutex::new(State {
                shape: Shape::Nothing,
                begin: Instant::now(),
                deck: Vec::new(),
                given: Vec::new(),
                held: Vec::new(),
            }),
            chance: Chance::new(seed),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on, these.
    pub fn plant(&self, shape: Shape) {
        *self.state() = State {
            shape,
            begin: Instant::now(),
            deck: Vec::new(),
            given: Vec::new(),
            held: Vec::new(),
        };
    }

    /// What was planted since.
    pub fn given(&self) -> Vec<Duration> {
        self.state().given.clone()
    }

    /// What became of it: for how long requests were really held back. On a machine that is busy with other things, longer.
    pub fn held(&self) -> Vec<Duration> {
        self.state().held.clone()
    }

    /// The next time, for a request that came then.
    fn next(&self, came: Instant) -> Duration {
        let mut state = self.state();
        let shape = state.shape;
        if state.deck.is_empty() {
            state.deck = self.deck(shape);
        }
        let own = state.deck.pop().unwrap_or_default();
        let still = shape.stands_still(came.saturating_duration_since(state.begin));
        state.given.push(own + still);
        own + still
    }

    /// Every part of the distribution, in an order by chance: so that what is planted is the distribution, and not a sample of
    /// it that happens to be slow.
    fn deck(&self, shape: Shape) -> Vec<Duration> {
        #[expect(clippy::cast_precision_loss, reason = "a deck is small")]
        let part = |n: usize| (n as f64 + 0.5) / DECK as f64;
        let mut deck: Vec<Duration> = (0..DECK).map(|n| shape.quantile(part(n))).collect();
        for n in (1..deck.len()).rev() {
            let other = usize::try_from(self.chance.draw() % (n as u64 + 1)).unwrap_or_default();
            deck.swap(n, other);
        }
        deck
    }
}

impl Way for Planted {
    fn held_until(&self, request: &http::Request<Bytes>, came: Instant) -> Option<Instant> {
        let is_list = request.method() == http::Method::GET
            && request.uri().path().ends_with("/os-keypairs")
            && self.state().shape != Shape::Nothing;
        is_list.then(|| came + self.next(came))
    }

    fn held(&self, time: Duration) {
        self.state().held.push(time);
    }
}

/// The time below which this part of some times are.
pub fn quantile(times: &[Duration], part: f64) -> Option<Duration> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank of what is in memory"
    )]
    let rank = (part * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[rstest]
    #[case::median(0.5, 0.0)]
    #[case::high(0.99, 2.326)]
    #[case::low(0.01, -2.326)]
    fn the_normal_distributions_quantiles(#[case] part: f64, #[case] want: f64) {
        assert!(
            (normal_quantile(part) - want).abs() < 1e-3,
            "{}",
            normal_quantile(part)
        );
    }

    #[test]
    fn a_deck_is_the_distribution() {
        let shape = Shape::Lognormal {
            median: 50 * MS,
            sigma: 0.6,
        };
        let deck = Planted::new(1).deck(shape);
        let near = |part, want: f64| {
            let found = quantile(&deck, part).unwrap().as_secs_f64() * 1e3;
            assert!((found / want - 1.0).abs() < 0.02, "{part}: {found}");
        };
        near(0.5, 50.0);
        near(0.99, 50.0 * (0.6_f64 * 2.326).exp());
    }

    #[rstest]
    #[case::before(4_999, 0)]
    #[case::at_its_beginning(5_000, 2_000)]
    #[case::at_its_middle(6_000, 1_000)]
    #[case::after(7_000, 0)]
    #[case::in_the_next_period(16_500, 500)]
    fn who_comes_while_it_stands_still_waits_for_the_end(#[case] ms: u32, #[case] waits: u32) {
        let shape = Shape::Stalls {
            base: MS,
            every: Duration::from_secs(10),
            still: Duration::from_secs(2),
        };
        let found = shape.stands_still(ms * MS).as_secs_f64() * 1e3;
        assert!((found - f64::from(waits)).abs() < 0.01, "{found}");
    }
}
