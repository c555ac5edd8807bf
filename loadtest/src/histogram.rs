//! Times, counted in the buckets of an HDR histogram with three significant digits: a percentile is at most 0.1 % more than
//! what was measured, the number, the sum, the least and the greatest are exact. Only buckets that hold something are kept,
//! because a run has thousands of these, one per second and name, and a whole HDR histogram is 200 KiB. Adding two gives
//! what one that had seen everything would hold, which is what merging and the bootstrap stand on. It knows nobody.

use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

use hdrhistogram::Histogram;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// By how much a percentile can be more than what was measured, as a part of it.
pub const ERROR: f64 = 0.001;

/// One day: longer times count as a day.
const LONGEST_US: u64 = 24 * 60 * 60 * 1_000_000;

/// No run counts more in one bucket: adding up files that say so stays within what numbers hold.
const MOST: u64 = 1 << 40;

/// Who knows the buckets. It counts nothing.
#[expect(
    clippy::expect_used,
    reason = "the bounds are constants that hdrhistogram takes"
)]
static SCALE: LazyLock<Histogram<u64>> = LazyLock::new(|| {
    Histogram::new_with_bounds(1, LONGEST_US, 3).expect("three digits from 1 µs to a day")
});

/// The least time, in µs, of the bucket a time is in.
pub fn bucket(us: u64) -> u64 {
    SCALE.lowest_equivalent(us.min(LONGEST_US))
}

/// Times, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    /// The buckets, by their least time in µs.
    counts: BTreeMap<u64, u64>,
    count: u64,
    sum_us: u64,
    least_us: u64,
    most_us: u64,
}

impl Times {
    /// Counts one time.
    pub fn record(&mut self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(LONGEST_US);
        *self.counts.entry(bucket(us)).or_default() += 1;
        self.least_us = if self.count == 0 {
            us
        } else {
            self.least_us.min(us)
        };
        self.most_us = self.most_us.max(us);
        self.count += 1;
        self.sum_us = self.sum_us.saturating_add(us);
    }

    /// Counts all that another has counted.
    pub fn add(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        for (bucket, count) in &other.counts {
            *self.counts.entry(*bucket).or_default() += count;
        }
        self.least_us = if self.count == 0 {
            other.least_us
        } else {
            self.least_us.min(other.least_us)
        };
        self.most_us = self.most_us.max(other.most_us);
        self.count += other.count;
        self.sum_us = self.sum_us.saturating_add(other.sum_us);
    }

    /// How many.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Whether none was counted.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The time that this part of all (0 to 1) did not exceed, or `None` where there is none.
    pub fn quantile(&self, part: f64) -> Option<Duration> {
        let rank = rank(self.count, part)?;
        let mut passed = 0;
        for (bucket, count) in &self.counts {
            passed += count;
            if passed >= rank {
                let us = SCALE.highest_equivalent(*bucket);
                return Some(Duration::from_micros(us.clamp(self.least_us, self.most_us)));
            }
        }
        self.most()
    }

    /// The mean, exact.
    pub fn mean(&self) -> Option<Duration> {
        self.sum_us
            .checked_div(self.count)
            .map(Duration::from_micros)
    }

    /// The greatest, exact.
    pub fn most(&self) -> Option<Duration> {
        (self.count > 0).then(|| Duration::from_micros(self.most_us))
    }

    /// The least, exact.
    pub fn least(&self) -> Option<Duration> {
        (self.count > 0).then(|| Duration::from_micros(self.least_us))
    }

    /// How many were in buckets up to and with the one of this time.
    pub fn count_up_to(&self, time: Duration) -> u64 {
        let us = u64::try_from(time.as_micros()).unwrap_or(LONGEST_US);
        self.counts.range(..=us).map(|(_, count)| count).sum()
    }

    /// The buckets that hold something: their least time in µs and how many they hold, shortest first.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> {
        self.counts.iter().map(|(bucket, count)| (*bucket, *count))
    }
}

/// Which in order, from 1, is the one that this part of so many do not exceed.
pub(crate) fn rank(count: u64, part: f64) -> Option<u64> {
    if count == 0 {
        return None;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are far below 2^52, and the part is within 0 and 1"
    )]
    // What is a hair above a whole number is that number: 0.7 × 10 is 7.000000000000001.
    let rank = (part.clamp(0.0, 1.0) * count as f64 - 1e-9).ceil() as u64;
    Some(rank.clamp(1, count))
}

/// How times stand in a file: `at` holds bucket, count, bucket, count …, each bucket as its distance from the one before.
#[derive(Serialize, Deserialize)]
struct Written {
    count: u64,
    sum_us: u64,
    least_us: u64,
    most_us: u64,
    at: Vec<u64>,
}

impl Serialize for Times {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut at = Vec::with_capacity(self.counts.len() * 2);
        let mut before = 0;
        for (bucket, count) in &self.counts {
            at.extend([bucket - before, *count]);
            before = *bucket;
        }
        Written {
            count: self.count,
            sum_us: self.sum_us,
            least_us: self.least_us,
            most_us: self.most_us,
            at,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let mut counts = BTreeMap::new();
        let mut total: u64 = 0;
        let mut at = 0_u64;
        let (pairs, rest) = written.at.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(D::Error::custom("at: a bucket without its count"));
        }
        for [step, count] in pairs {
            at = at
                .checked_add(*step)
                .filter(|at| bucket(*at) == *at)
                .ok_or_else(|| D::Error::custom("at: no bucket begins there"))?;
            if *count == 0 || *count > MOST || counts.insert(at, *count).is_some() {
                return Err(D::Error::custom(
                    "at: a bucket that holds nothing or too many, or is there twice",
                ));
            }
            total = total.saturating_add(*count);
        }
        if total != written.count {
            return Err(D::Error::custom(format!(
                "the buckets hold {total} times, and count says {}",
                written.count
            )));
        }
        let ends = counts.keys().next().zip(counts.keys().next_back());
        let is_within = |(first, last): (&u64, &u64)| {
            written.least_us <= written.most_us
                && bucket(written.least_us) == *first
                && bucket(written.most_us) == *last
        };
        if !ends.is_none_or(is_within) {
            return Err(D::Error::custom(
                "least_us and most_us are not in the first and the last bucket",
            ));
        }
        Ok(Self {
            counts,
            count: written.count,
            sum_us: written.sum_us,
            least_us: written.least_us,
            most_us: written.most_us,
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
    use rstest::rstest;

    use super::*;

    fn times(us: impl IntoIterator<Item = u64>) -> Times {
        let mut times = Times::default();
        for us in us {
            times.record(Duration::from_micros(us));
        }
        times
    }

    /// Times from microseconds to minutes, each power of ten as often.
    fn spread(seed: u64, many: usize) -> Vec<u64> {
        let mut rng = StdRng::seed_from_u64(seed);
        (0..many)
            .map(|_| 10_f64.powf(rng.random_range(0.5..8.0)) as u64)
            .collect()
    }

    #[rstest]
    #[case::median(0.5)]
    #[case::p99(0.99)]
    #[case::p999(0.999)]
    #[case::least(0.0)]
    #[case::most(1.0)]
    fn a_quantile_is_the_sorted_one_within_the_error(#[case] part: f64) {
        let mut all = spread(1, 10_000);
        let found = times(all.iter().copied()).quantile(part).unwrap();
        all.sort_unstable();
        let want = all[(rank(10_000, part).unwrap() - 1) as usize] as f64;
        let found = found.as_micros() as f64;
        assert!(
            found >= want && found <= want * (1.0 + ERROR),
            "{found} {want}"
        );
    }

    #[test]
    fn quantiles_are_those_of_hdrhistogram() {
        let all = spread(2, 5_000);
        let mut reference = SCALE.clone();
        for us in &all {
            reference.record(*us).unwrap();
        }
        let ours = times(all);
        for part in [0.1, 0.5, 0.9, 0.95, 0.99, 0.999] {
            let found = ours.quantile(part).unwrap().as_micros();
            assert_eq!(found, u128::from(reference.value_at_quantile(part)));
        }
    }

    #[test]
    fn parts_added_are_the_whole() {
        let all = spread(3, 4_000);
        let mut added = Times::default();
        for part in all.chunks(1_000) {
            added.add(&times(part.iter().copied()));
        }
        assert_eq!(added, times(all));
    }

    #[test]
    fn the_sum_the_least_and_the_most_are_exact() {
        let times = times([1_234_567, 7_654_321, 2]);
        let sum: u64 = 1_234_567 + 7_654_321 + 2;
        assert_eq!(times.most(), Some(Duration::from_micros(7_654_321)));
        assert_eq!(times.least(), Some(Duration::from_micros(2)));
        assert_eq!(times.mean(), Some(Duration::from_micros(sum / 3)));
        assert_eq!(times.quantile(1.0), times.most());
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Times::default().quantile(0.5), None);
        assert_eq!(Times::default().mean(), None);
    }

    #[test]
    fn a_file_gives_back_what_was_written() {
        let times = times(spread(4, 1_000));
        let written = serde_json::to_string(&times).unwrap();
        assert_eq!(serde_json::from_str::<Times>(&written).unwrap(), times);
    }

    #[rstest]
    #[case::odd(r#"{"count":1,"sum_us":5,"least_us":5,"most_us":5,"at":[5]}"#)]
    #[case::other_count(r#"{"count":2,"sum_us":5,"least_us":5,"most_us":5,"at":[5,1]}"#)]
    #[case::least_above_most(r#"{"count":1,"sum_us":5,"least_us":6,"most_us":5,"at":[5,1]}"#)]
    #[case::most_elsewhere(r#"{"count":1,"sum_us":5,"least_us":5,"most_us":9,"at":[5,1]}"#)]
    #[case::nothing_in_a_bucket(r#"{"count":0,"sum_us":0,"least_us":0,"most_us":0,"at":[5,0]}"#)]
    #[case::a_bucket_twice(r#"{"count":2,"sum_us":10,"least_us":5,"most_us":5,"at":[5,1,0,1]}"#)]
    #[case::no_bucket(r#"{"count":1,"sum_us":2049,"least_us":2049,"most_us":2049,"at":[2049,1]}"#)]
    fn a_file_that_cannot_be_is_refused(#[case] written: &str) {
        assert!(serde_json::from_str::<Times>(written).is_err());
    }
}
