//! Choices that a seed repeats: which request comes next; and what is done now and then. It knows nobody.

use std::sync::atomic::{AtomicU64, Ordering};

/// Draws numbers. Many tasks may draw from one; each number is drawn once.
#[derive(Debug)]
pub struct Chance {
    seed: u64,
    drawn: AtomicU64,
}

impl Chance {
    /// Draws what this seed gives.
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            drawn: AtomicU64::new(0),
        }
    }

    /// The next number: SplitMix64.
    pub fn draw(&self) -> u64 {
        let n = self.drawn.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let mut bits = self
            .seed
            .wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number from 0 to 1, without 1.
    pub fn part(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are what a float holds")]
        let bits = (self.draw() >> 11) as f64;
        bits / 9_007_199_254_740_992.0
    }

    /// One of some things with weights; `None` where all weigh nothing.
    pub fn pick<'a, T>(&self, things: &'a [(T, f64)]) -> Option<&'a T> {
        let sum: f64 = things.iter().map(|(_, weight)| weight).sum();
        let mut at = self.part() * sum;
        let heavy = || things.iter().filter(|(_, weight)| *weight > 0.0);
        let found = heavy().find(|(_, weight)| {
            at -= weight;
            at < 0.0
        });
        // Sums of floats may end a little short.
        found.or_else(|| heavy().last()).map(|(thing, _)| thing)
    }
}

/// Something that is done now and then: the first time soon, then once in so many times.
#[derive(Debug)]
pub struct Occasion {
    every: u64,
    since: AtomicU64,
}

impl Occasion {
    /// Once in so many times.
    pub const fn once_in(every: u64) -> Self {
        Self {
            every,
            since: AtomicU64::new(every),
        }
    }

    /// One more time that it could be done: whether it is to be. It stays so until it [is done](Self::is_done).
    pub fn comes(&self) -> bool {
        self.since.fetch_add(1, Ordering::Relaxed) >= self.every
    }

    /// It was done.
    pub fn is_done(&self) {
        self.since.store(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_numbers() {
        let drawn = |seed| {
            let chance = Chance::new(seed);
            [(); 4].map(|()| chance.draw())
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
    }

    #[test]
    fn what_weighs_more_is_picked_more_often() {
        let chance = Chance::new(1);
        let things = [("never", 0.0), ("seldom", 1.0), ("often", 9.0)];
        let picked: Vec<_> = (0..1000).filter_map(|_| chance.pick(&things)).collect();
        let count = |name| picked.iter().filter(|picked| **picked == &name).count();
        assert_eq!(count("never"), 0);
        assert!((50..200).contains(&count("seldom")), "{}", count("seldom"));
    }

    #[test]
    fn where_nothing_weighs_anything_nothing_is_picked() {
        assert_eq!(Chance::new(1).pick(&[("a", 0.0)]), None);
    }

    #[test]
    fn an_occasion_comes_first_at_once_and_then_now_and_then() {
        let occasion = Occasion::once_in(3);
        let mut came = Vec::new();
        for n in 0..8 {
            if occasion.comes() {
                came.push(n);
                occasion.is_done();
            }
        }
        assert_eq!(came, [0, 3, 6]);
    }

    #[test]
    fn an_occasion_that_is_missed_comes_again() {
        let occasion = Occasion::once_in(3);
        assert!(occasion.comes() && occasion.comes());
    }
}
