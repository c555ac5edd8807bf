//! Runs that never were, for tests: times drawn from a known distribution, second by second.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{
    Callers, Cloud, Cost, Interval, Kind, Machine, Measured, Model, REBUILD, Results, Run,
    SCHEMA_VERSION, Series, Shape, Shard, Tool, Violation,
};

/// Draws what runs are made of.
pub(crate) struct Draw {
    rng: StdRng,
    /// How slow the cloud is now: it wanders, as clouds do.
    mood: f64,
}

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            mood: 0.0,
        }
    }

    /// A number around 0 with a deviation of 1.
    pub(crate) fn normal(&mut self) -> f64 {
        let (one, two): (f64, f64) = (self.rng.random_range(1e-12..1.0), self.rng.random());
        (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * two).cos()
    }

    /// Times whose median is `median_ms`, so many a second, whose level wanders from second to second.
    pub(crate) fn series(&mut self, median_ms: f64, seconds: u32, per_second: u32) -> Series {
        let mut intervals = Vec::new();
        for n in 0..seconds {
            self.mood = 0.7 * self.mood + 0.02 * self.normal();
            let mut interval = Interval {
                n,
                ..Interval::default()
            };
            for _ in 0..per_second {
                let ms = median_ms * (self.mood + 0.3 * self.normal()).exp();
                interval.times.record(Duration::from_secs_f64(ms / 1e3));
            }
            intervals.push(interval);
        }
        Series {
            intervals,
            ..Series::default()
        }
    }
}

/// A run of users in which nothing was measured.
pub(crate) fn empty() -> Results {
    Results {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        run: Run {
            id: "a1b2c3".into(),
            scenario: "mixed".into(),
            started_at: "2026-02-03T04:05:06Z".into(),
            command: "nova-loadtest mixed --users 64 --run-time 60s".into(),
            seed: Some(7),
            interrupted: false,
        },
        cloud: Cloud {
            name: "staging".into(),
            endpoint: "https://nova.example.org/v2.1".into(),
            min_version: "2.1".into(),
            max_version: "2.104".into(),
            embedded: false,
        },
        shape: Shape {
            model: Model::Users(64),
            warm_up_ms: 5_000,
            run_time_ms: Some(60_000),
            callers: Callers {
                users: 8,
                projects: 4,
                made: true,
            },
            fleet: 16,
            polling_ms: Some(200),
            weights: [("keypairs".to_owned(), 4.0), ("rebuild".to_owned(), 1.0)].into(),
            first_byte_only: false,
        },
        shards: vec![Shard {
            name: "a1b2c3".into(),
            started_at: "2026-02-03T04:05:06Z".into(),
            machine: Machine {
                system: "Linux 6.8".into(),
                processor: "a processor".into(),
                cores: 2,
                memory_bytes: Some(24 << 30),
            },
            cost: Cost {
                cpu_ms: Some(31_200),
                wall_ms: 66_000,
                cloud_cpu_ms: None,
                rss_bytes: Some(90 << 20),
            },
        }],
        measured: Measured {
            measured_ms: 60_000,
            interval_ms: 1_000,
            ..Measured::default()
        },
        leaks: Vec::new(),
        notes: Vec::new(),
        files: [].into(),
        judgement: None,
    }
}

/// A run of a minute in which a keypair took so long to make, and all else what it always takes.
pub(crate) fn mixed(seed: u64, create_ms: f64) -> Results {
    let mut draw = Draw::new(seed);
    let mut results = empty();
    let names = &mut results.measured.names;
    names.insert("keypairs.create".into(), draw.series(create_ms, 60, 100));
    names.insert("keypairs.list".into(), draw.series(4.0, 60, 50));
    for (name, ms) in REBUILD.into_iter().zip([35.0, 230.0, 1_800.0]) {
        let mut series = draw.series(ms, 60, 8);
        series.kind = if name == REBUILD[0] {
            Kind::Request
        } else {
            Kind::Part
        };
        names.insert(name.into(), series);
    }
    results
}

/// A wrong answer.
pub(crate) fn violation() -> Violation {
    Violation {
        name: "keypairs.show".into(),
        kind: "fingerprint".into(),
        expected: "17:4a:…".into(),
        found: "<b>9c:00:…".into(),
        request_id: Some("req-1".into()),
        after_ms: 12_345,
    }
}
