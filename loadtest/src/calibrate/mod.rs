//! `nova-loadtest calibrate`: does this tool report what is there? Times that are known are planted in a cloud of its own and
//! measured, by users and at a rate, and compared with what was planted; and it is told what the tool itself costs on this
//! machine. It knows runs, and the planted cloud.

pub mod front;
pub mod planted;

use std::{sync::Arc, time::Duration};

use nova_client::Config;
use serde::Serialize;

use crate::{
    embedded::{self, Embedded},
    engine::Model,
    machine,
    results::{Machine, REBUILD, Results},
    run::{self, NoResults, Order, Target},
    scenario::{Scenario, Weights},
    signals::Stop,
};
use front::Front;
use planted::{Planted, Shape, quantile};

/// By which part of itself a percentile may differ from what was planted.
pub const TOLERANCE: f64 = 0.02;

/// The request that times are planted in.
const LIST: &str = "keypairs.list";

/// What rebuilds are planted with.
const REBUILDS: Duration = Duration::from_secs(2);

/// How often a rebuild is looked at while calibrating.
const POLLING: Duration = Duration::from_millis(100);

/// By how much a rebuild can be too long beside the polling interval: the requests themselves.
const OF_REQUESTS: Duration = Duration::from_millis(50);

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// How long each distribution is measured in each model.
    pub run_time: Duration,
    /// So many users.
    pub users: usize,
    /// So many arrivals a second.
    pub rate: f64,
    /// What is drawn from.
    pub seed: u64,
}

/// One number that was planted and measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// What was planted.
    pub planted: String,
    /// `users` or `rate`.
    pub model: &'static str,
    /// Which number.
    pub what: &'static str,
    /// What it had to be, in ms.
    pub expected_ms: f64,
    /// What the planted cloud made of it by its own clock, in ms: later than planted where the machine is busy with other
    /// things. Not known of what is due while the cloud stands still, and of rebuilds.
    pub served_ms: Option<f64>,
    /// What was reported, in ms.
    pub reported_ms: f64,
    /// How far it may be off, in ms: above, and below.
    pub allowed_ms: (f64, f64),
    /// Whether it is within that.
    pub holds: bool,
}

impl Check {
    fn new(
        planted: &str,
        model: &'static str,
        what: &'static str,
        expected: Duration,
        reported: Option<Duration>,
        allowed: (Duration, Duration),
    ) -> Self {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let found = reported.unwrap_or_default();
        let (above, below) = allowed;
        let holds = reported.is_some() && found <= expected + above && found + below >= expected;
        Self {
            planted: planted.to_owned(),
            model,
            what,
            expected_ms: ms(expected),
            served_ms: None,
            reported_ms: ms(found),
            allowed_ms: (ms(above), ms(below)),
            holds,
        }
    }

    fn served(mut self, time: Option<Duration>) -> Self {
        self.served_ms = time.map(|time| time.as_secs_f64() * 1e3);
        self
    }

    /// Whether the planted cloud itself was late by more than half of what may be off: then the machine had no time for it, and
    /// what the tool reports says nothing of the tool.
    fn is_disturbed(&self) -> bool {
        let late = self.served_ms.unwrap_or(self.expected_ms) - self.expected_ms;
        late.abs() > self.expected_ms * TOLERANCE / 2.0
    }

    /// By which part of what was planted the report is off.
    pub fn off(&self) -> f64 {
        if self.expected_ms > 0.0 {
            self.reported_ms / self.expected_ms - 1.0
        } else {
            0.0
        }
    }
}

/// What the tool itself costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ceiling {
    /// Requests a second that it reached against a cloud that answers at once.
    pub requests_per_second: f64,
    /// Processor time of its own for each, in µs.
    pub own_us: Option<f64>,
    /// Of the planted cloud in the same process.
    pub cloud_us: Option<f64>,
}

/// What a calibration came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Where.
    pub machine: Machine,
    /// What was compared.
    pub checks: Vec<Check>,
    /// In both models, a cloud that stands still: which part of the time it did, and the 99th percentiles.
    pub hidden: Option<Hidden>,
    /// What it costs.
    pub ceiling: Option<Ceiling>,
    /// Whether somebody stopped it.
    pub interrupted: bool,
}

/// What a cloud that stands still looks like in the two models.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hidden {
    /// The part of the time in which it stood still.
    pub still: f64,
    /// What the closed model's users report as their 99th percentile, in ms.
    pub users_p99_ms: f64,
    /// What arrivals at a rate report.
    pub rate_p99_ms: f64,
}

impl Hidden {
    /// Whether the users, who wait instead of asking, do not see what arrivals at a rate do.
    pub fn holds(&self) -> bool {
        self.users_p99_ms * 2.0 < self.rate_p99_ms
    }
}

impl Calibration {
    /// Whether all that was planted was found, and a cloud that stands still looks as it has to in the two models.
    pub fn holds(&self) -> bool {
        !self.checks.is_empty()
            && self.checks.iter().all(|check| check.holds)
            && self.hidden.as_ref().is_some_and(Hidden::holds)
    }

    /// Whether the machine was too busy to plant what was to be found.
    pub fn is_disturbed(&self) -> bool {
        self.checks.iter().any(Check::is_disturbed)
    }
}

/// A cloud with planted times, and whoever measures it.
struct Bench<'a> {
    // Held: the front asks what it was forked from no more, but its people are these.
    _embedded: Embedded,
    _front: Front,
    planted: Arc<Planted>,
    people: Vec<Config>,
    wishes: &'a Wishes,
    stop: &'a Stop,
}

/// Calibrates, and tells what it does in sentences.
///
/// # Errors
/// [`NoResults`]: the planted cloud does not start or cannot be asked.
pub async fn calibrate(
    wishes: &Wishes,
    stop: &Stop,
    tell: &mut dyn FnMut(&str),
) -> Result<Calibration, NoResults> {
    let embedded = Embedded::start(embedded::Wish {
        rebuild: REBUILDS,
        jitter: 0.0,
        ..embedded::Wish::default()
    })
    .await?;
    let planted = Arc::new(Planted::new(wishes.seed));
    let front = Front::start(embedded.mock(), planted.clone())
        .map_err(|error| format!("the planted cloud does not start: {error}"))?;
    let mut people = embedded.people();
    for config in &mut people {
        config.auth_url = front.auth_url();
    }
    let bench = Bench {
        _embedded: embedded,
        _front: front,
        planted,
        people,
        wishes,
        stop,
    };
    let mut made = Calibration {
        machine: machine::machine(),
        checks: Vec::new(),
        hidden: None,
        ceiling: None,
        interrupted: false,
    };
    for shape in DISTRIBUTIONS {
        for model in [Model::Users(wishes.users), Model::Rate(wishes.rate)] {
            tell(&format!("{}, {}", shape.name(), name_of(model)));
            made.checks.extend(bench.distribution(shape, model).await?);
        }
    }
    tell("stalls");
    let (checks, hidden) = bench.stalls().await?;
    made.checks.extend(checks);
    made.hidden = hidden;
    tell("rebuilds");
    made.checks.extend(bench.rebuilds().await?);
    tell("its own cost");
    made.ceiling = Some(bench.ceiling().await?);
    made.interrupted = stop.is_asked();
    Ok(made)
}

/// What is planted beside a cloud that stands still: times as a cloud has them, so that the fraction of a millisecond that a
/// request takes to a cloud on the same machine and back is within the tolerance.
const DISTRIBUTIONS: [Shape; 2] = [
    Shape::Lognormal {
        median: Duration::from_millis(80),
        sigma: 0.6,
    },
    Shape::Bimodal {
        fast: Duration::from_millis(60),
        slow: Duration::from_millis(400),
        part: 0.1,
    },
];

/// Two seconds in every ten.
const STALLS: Shape = Shape::Stalls {
    base: Duration::from_millis(40),
    every: Duration::from_secs(10),
    still: Duration::from_secs(2),
};

/// So many users wait at most for a cloud that stands still: all of them go on at the same moment, and from then on keep step,
/// so that what many take of the processors is in every time.
const WAITING: usize = 8;

/// So long is two of their periods.
const STALLING: Duration = Duration::from_secs(20);

const fn name_of(model: Model) -> &'static str {
    match model {
        Model::Users(_) => "users",
        Model::Rate(_) => "rate",
    }
}

impl Bench<'_> {
    async fn lists(
        &self,
        shape: Shape,
        model: Model,
        run_time: Duration,
    ) -> Result<Results, NoResults> {
        let weights: Weights = "list=1".parse().map_err(NoResults::from)?;
        let order = self.order(Scenario::Keypairs(weights), model, run_time, 0);
        let planted = Arc::clone(&self.planted);
        run::run(&order, self.stop, |_| planted.plant(shape)).await
    }

    fn order(&self, scenario: Scenario, model: Model, run_time: Duration, fleet: usize) -> Order {
        let mut order = Order::new(Target::Named(self.people.clone()), scenario, model);
        order.plan.warm_up = Duration::ZERO;
        order.plan.run_time = run_time;
        order.plan.most_in_flight = 10_000;
        order.fleet.count = fleet;
        order.patience.poll_interval = POLLING;
        order.seed = self.wishes.seed;
        order.command = "nova-loadtest calibrate".to_owned();
        order
    }

    async fn distribution(&self, shape: Shape, model: Model) -> Result<Vec<Check>, NoResults> {
        let results = self.lists(shape, model, self.wishes.run_time).await?;
        Ok(self.compared(shape, model, &results))
    }

    /// What was reported, and what was planted meanwhile.
    fn compared(&self, shape: Shape, model: Model, results: &Results) -> Vec<Check> {
        let (given, held) = (self.planted.given(), self.planted.held());
        let checks = PERCENTILES.map(|(what, part)| {
            let expected = quantile(&given, part).unwrap_or_default();
            percentile(shape, model, what, expected, reported(results, LIST, part))
                .served(quantile(&held, part))
        });
        checks.to_vec()
    }

    /// A cloud that stands still: at a rate, what is due meanwhile shows it; of users, each asks once and waits.
    async fn stalls(&self) -> Result<(Vec<Check>, Option<Hidden>), NoResults> {
        let users = Model::Users(self.wishes.users.min(WAITING));
        let closed = self.lists(STALLS, users, STALLING).await?;
        let closed_p99 = reported(&closed, LIST, 0.99);
        let mut checks = self.compared(STALLS, users, &closed);
        let rate = Model::Rate(self.wishes.rate);
        let open = self.lists(STALLS, rate, STALLING).await?;
        let expected = self.due_in_stalls();
        let open_p99 = reported(&open, LIST, 0.99);
        for (what, part) in PERCENTILES {
            let expected = quantile(&expected, part).unwrap_or_default();
            checks.push(percentile(
                STALLS,
                rate,
                what,
                expected,
                reported(&open, LIST, part),
            ));
        }
        let Shape::Stalls { every, still, .. } = STALLS else {
            return Ok((checks, None));
        };
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let hidden = closed_p99.zip(open_p99).map(|(users, rate)| Hidden {
            still: still.as_secs_f64() / every.as_secs_f64(),
            users_p99_ms: ms(users),
            rate_p99_ms: ms(rate),
        });
        Ok((checks, hidden))
    }

    /// What arrivals at the rate have to report of a cloud that stands still: it follows from when each is due.
    fn due_in_stalls(&self) -> Vec<Duration> {
        let base = match STALLS {
            Shape::Stalls { base, .. } => base,
            _ => Duration::ZERO,
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of arrivals"
        )]
        let arrivals = (STALLING.as_secs_f64() * self.wishes.rate) as u32;
        let due = (0..arrivals).map(|n| Duration::from_secs_f64(f64::from(n) / self.wishes.rate));
        due.map(|due| base + STALLS.stands_still(due)).collect()
    }

    /// A rebuild ends as planted, and is seen to at the next look at the latest.
    async fn rebuilds(&self) -> Result<Vec<Check>, NoResults> {
        let order = self.order(Scenario::Rebuild, Model::Users(4), self.wishes.run_time, 4);
        let results = run::run(&order, self.stop, |_| self.planted.plant(Shape::Nothing)).await?;
        let allowed = (POLLING + OF_REQUESTS, Duration::ZERO);
        let checks = [("least", 0.0), ("p50", 0.5), ("most", 1.0)].map(|(what, part)| {
            let found = reported(&results, REBUILD[2], part);
            Check::new("rebuild", "users", what, REBUILDS, found, allowed)
        });
        Ok(checks.to_vec())
    }

    async fn ceiling(&self) -> Result<Ceiling, NoResults> {
        let users = Model::Users(self.wishes.users);
        let results = self
            .lists(Shape::Nothing, users, self.wishes.run_time)
            .await?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of requests and ms are far below 2^52"
        )]
        let each = |ms: u64| ms as f64 * 1e3 / results.totals().ended.max(1) as f64;
        let cost = results
            .shards
            .first()
            .map(|shard| shard.cost.clone())
            .unwrap_or_default();
        Ok(Ceiling {
            requests_per_second: results.rate(),
            own_us: cost.cpu_ms.map(each),
            cloud_us: cost.cloud_cpu_ms.map(each),
        })
    }
}

/// What is compared.
const PERCENTILES: [(&str, f64); 2] = [("p50", 0.5), ("p99", 0.99)];

fn reported(results: &Results, name: &str, part: f64) -> Option<Duration> {
    results.measured.names.get(name)?.times().quantile(part)
}

fn percentile(
    shape: Shape,
    model: Model,
    what: &'static str,
    expected: Duration,
    reported: Option<Duration>,
) -> Check {
    let allowed = expected.mul_f64(TOLERANCE);
    Check::new(
        shape.name(),
        name_of(model),
        what,
        expected,
        reported,
        (allowed, allowed),
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn check(reported: Option<Duration>) -> Check {
        Check::new("x", "rate", "p50", 100 * MS, reported, (5 * MS, MS))
    }

    #[rstest]
    #[case::as_planted(Some(100), true)]
    #[case::as_late_as_allowed(Some(105), true)]
    #[case::too_late(Some(106), false)]
    #[case::as_early_as_allowed(Some(99), true)]
    #[case::too_early(Some(98), false)]
    #[case::not_reported(None, false)]
    fn a_number_is_judged(#[case] reported: Option<u32>, #[case] holds: bool) {
        assert_eq!(check(reported.map(|ms| ms * MS)).holds, holds);
    }

    #[rstest]
    #[case::in_time(Some(100.9), false)]
    #[case::late(Some(101.1), true)]
    #[case::not_known(None, false)]
    fn a_cloud_that_is_late_itself_is_told(#[case] ms: Option<f64>, #[case] disturbed: bool) {
        let served = ms.map(|ms| Duration::from_secs_f64(ms / 1e3));
        assert_eq!(
            check(Some(100 * MS)).served(served).is_disturbed(),
            disturbed
        );
    }

    #[rstest]
    #[case::hidden_from_users(46.0, 1950.0, true)]
    #[case::seen_by_users(1900.0, 1950.0, false)]
    fn users_hide_that_a_cloud_stood_still(
        #[case] users_p99_ms: f64,
        #[case] rate_p99_ms: f64,
        #[case] holds: bool,
    ) {
        let hidden = Hidden {
            still: 0.2,
            users_p99_ms,
            rate_p99_ms,
        };
        assert_eq!(hidden.holds(), holds);
    }

    #[test]
    fn a_calibration_that_compared_nothing_does_not_hold() {
        let nothing = Calibration {
            machine: Machine::default(),
            checks: Vec::new(),
            hidden: None,
            ceiling: None,
            interrupted: false,
        };
        assert!(!nothing.holds());
    }
}
