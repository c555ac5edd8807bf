//! `nova-loadtest keypairs`, `rebuild`, `mixed` and `storm`: from the command line to an exit code.

use std::time::Duration;

use jiff::Timestamp;
use rand::{TryRng as _, rngs::SysRng};

use super::{
    complain,
    gate::{Gate, GateArgs},
    people::People,
    report::{GOOSE, ReportArgs},
    some_span, span,
};
use crate::{
    embedded,
    engine::Model,
    exit::ExitCode,
    report::live::Live,
    results::Callers,
    run::{self, NoResults, Order},
    scenario::{Patience, Scenario, Weights, fleet::Wish},
    shared::ReachError,
    signals::Stop,
};

/// So many users, where nothing else is said.
const USERS: usize = 10;

/// So long a warm-up is, where nothing else is said.
const WARM_UP: Duration = Duration::from_secs(2);

/// The options that every scenario has.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How much")]
pub(super) struct Common {
    #[command(flatten)]
    people: People,
    /// So many users at a time, each of whom sends its next request once it has its answer.
    /// [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    users: Option<u32>,
    /// Instead of users: so many jobs a second, whatever the cloud does. Times count from when each was due.
    #[arg(long, value_name = "N/s", conflicts_with = "users", value_parser = parse_rate)]
    rate: Option<f64>,
    /// At most so many jobs are under way: with --rate, further arrivals are dropped and counted; in a storm they wait, on the
    /// clock.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    in_flight: u32,
    /// How long is measured.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = some_span)]
    run_time: Duration,
    /// How long load is sent before anything is measured [default: 2s]
    #[arg(long, value_name = "TIME", value_parser = span)]
    warm_up: Option<Duration>,
    /// At most so many keypairs of each user's at a time, within their quota.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    keypairs_per_user: u32,
    /// How long one request may take.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = some_span)]
    timeout: Duration,
    /// What the choice of jobs is drawn from, to repeat a run's [default: another each time]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// When to begin to send, for several processes that are to do so together.
    #[arg(long, value_name = "RFC 3339")]
    start_at: Option<Timestamp>,
    /// Which of how many processes this is, from 0, such as 2/4: with --rate, their arrivals interleave.
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    shard: Option<(u32, u32)>,
    /// How long a rebuild of the built-in cloud takes.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = span, conflicts_with_all = ["os_cloud", "admin_cloud"])]
    mock_rebuild: Duration,
    #[command(flatten)]
    gate: GateArgs,
    #[command(flatten)]
    reports: ReportArgs,
}

/// The options of scenarios with keypairs.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Keypairs")]
pub(super) struct Keys {
    /// How often each job is chosen: import, generate, x509, list, walk, show, delete. What is not named is not done.
    #[arg(long, value_name = "NAME=N,…", default_value_t)]
    weights: Weights,
}

/// The options of scenarios with servers.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Servers")]
pub(super) struct Servers {
    /// So many servers are made, to be rebuilt.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    fleet: u32,
    /// Images that rebuilds alternate between, by name or id [default: two that suit the flavor]
    #[arg(long, value_name = "IMAGE", num_args = 1..)]
    image: Vec<String>,
    /// The servers' flavor, by name or id [default: the smallest with a disk]
    #[arg(long, value_name = "FLAVOR")]
    flavor: Option<String>,
    /// The servers' network: none, auto, or an id.
    #[arg(long, value_name = "NETWORK", default_value = "none")]
    network: String,
    /// How long a server is left alone between two looks at how far its rebuild is: by so much its times can be too long.
    #[arg(long, value_name = "TIME", default_value = "500ms", value_parser = some_span)]
    poll_interval: Duration,
    /// How long a rebuild, or the making of a server, may take.
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = some_span)]
    rebuild_timeout: Duration,
}

impl Default for Servers {
    fn default() -> Self {
        Self {
            fleet: 0,
            image: Vec::new(),
            flavor: None,
            network: "none".to_owned(),
            poll_interval: Duration::from_millis(500),
            rebuild_timeout: Duration::from_secs(600),
        }
    }
}

/// `nova-loadtest keypairs`.
#[derive(Debug, clap::Args)]
pub(super) struct Keypairs {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    keys: Keys,
}

/// `nova-loadtest rebuild` and `storm`.
#[derive(Debug, clap::Args)]
pub(super) struct Rebuilds {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    servers: Servers,
}

/// `nova-loadtest mixed`.
#[derive(Debug, clap::Args)]
pub(super) struct Mixed {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    keys: Keys,
    #[command(flatten)]
    servers: Servers,
    /// The part of all jobs that are rebuilds, from 0 to 1.
    #[arg(help_heading = "Servers", long, value_name = "PART", default_value_t = 0.05, value_parser = parse_part)]
    rebuilds: f64,
}

impl Keypairs {
    pub(super) async fn go(self) -> ExitCode {
        let scenario = Scenario::Keypairs(self.keys.weights);
        self.common.go(scenario, &Servers::default()).await
    }
}

impl Rebuilds {
    pub(super) async fn go(self, scenario: Scenario) -> ExitCode {
        self.common.go(scenario, &self.servers).await
    }
}

impl Mixed {
    pub(super) async fn go(self) -> ExitCode {
        let scenario = Scenario::Mixed {
            weights: self.keys.weights,
            rebuilds: self.rebuilds,
        };
        self.common.go(scenario, &self.servers).await
    }
}

impl Common {
    async fn go(self, scenario: Scenario, servers: &Servers) -> ExitCode {
        let stop = Stop::default();
        match self.run(scenario, servers, &stop).await {
            Ok(code) => code,
            Err(NoResults { why, left }) => {
                for left in &left {
                    complain(format!("left on the cloud: {}: {}", left.what, left.why));
                }
                let code = match &why {
                    _ if stop.is_asked() => ExitCode::Interrupted,
                    _ if !left.is_empty() => ExitCode::CouldNotAsk,
                    ReachError::Usage(_) => ExitCode::Usage,
                    ReachError::Unreachable(_) => ExitCode::CouldNotAsk,
                };
                complain(why);
                code
            }
        }
    }

    async fn run(
        &self,
        scenario: Scenario,
        servers: &Servers,
        stop: &Stop,
    ) -> Result<ExitCode, NoResults> {
        self.fits(&scenario).map_err(ReachError::Usage)?;
        let order = self.order(scenario, servers)?;
        let gate = self.gate(&order)?;
        stop.catch_signals(ExitCode::Interrupted.code(), || {
            complain("interrupted: deleting what was made (press Ctrl-C again to leave it there)");
        })?;
        stop.at_the_last(|| {
            complain("stopped; what was made is left on the cloud: nova-loadtest sweep deletes it");
        });
        let total =
            (order.scenario != Scenario::Storm).then(|| order.plan.warm_up + order.plan.run_time);
        let results = run::run(&order, stop, |recorder| Live::start(recorder, total)).await?;
        Ok(gate.finish(results, &self.reports))
    }

    /// Whether the options make sense of this scenario.
    fn fits(&self, scenario: &Scenario) -> Result<(), String> {
        let given = [
            ("--users", self.users.is_some()),
            ("--rate", self.rate.is_some()),
            ("--warm-up", self.warm_up.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) if *scenario == Scenario::Storm => Err(format!(
                "{option} says nothing of a storm, in which everybody begins at once: leave it out, and name the users with --os-cloud or --make-users"
            )),
            _ => Ok(()),
        }
    }

    /// What is demanded, as far as it can be known before any load that it cannot be judged.
    fn gate(&self, order: &Order) -> Result<Gate, NoResults> {
        let usage = |why| NoResults::from(ReachError::Usage(why));
        let gate = self.gate.read().map_err(usage)?;
        let is_storm = order.scenario == Scenario::Storm;
        let is_open = matches!(order.plan.model, Model::Rate(_));
        gate.thresholds_fit(is_open || is_storm).map_err(usage)?;
        // How many take part in a storm is known when they have logged in.
        if !is_storm {
            let shape = run::shape(order, Callers::default());
            gate.baseline_fits(order.scenario.name(), &shape)
                .map_err(usage)?;
        }
        self.reports
            .make_empty(self.gate.baseline())
            .map_err(usage)?;
        Ok(gate)
    }

    fn order(&self, scenario: Scenario, servers: &Servers) -> Result<Order, NoResults> {
        let built_in = embedded::Wish {
            rebuild: self.mock_rebuild,
            ..embedded::Wish::default()
        };
        let (target, newcomers) = self.people.target(built_in)?;
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let model = match self.rate {
            Some(rate) => Model::Rate(rate),
            None => Model::Users(self.users.map_or(USERS, count)),
        };
        let mut order = Order::new(target, scenario, model);
        order.newcomers = newcomers;
        order.plan.warm_up = self.warm_up.unwrap_or(WARM_UP);
        order.plan.run_time = self.run_time;
        // Goose's own report tells of users only.
        let is_gooses = matches!(model, Model::Users(_)) && order.scenario != Scenario::Storm;
        order.plan.goose_report = is_gooses.then(|| self.reports.directory().join(GOOSE));
        order.plan.most_in_flight = count(self.in_flight);
        order.plan.offset = self
            .shard
            .map_or(0.0, |(this, all)| f64::from(this) / f64::from(all));
        order.fleet = Wish {
            count: count(servers.fleet),
            images: servers.image.clone(),
            flavor: servers.flavor.clone(),
            network: servers.network.clone(),
            patience: servers.rebuild_timeout,
        };
        order.patience = Patience {
            poll_interval: servers.poll_interval,
            rebuild: servers.rebuild_timeout,
        };
        order.keypairs = count(self.keypairs_per_user);
        order.timeout = self.timeout;
        order.seed = match self.seed {
            Some(seed) => seed,
            None => random_seed()?,
        };
        order.start_at = self.start_at;
        order.processes = self.shard.map_or(1, |(_, all)| count(all));
        order.command = command();
        Ok(order)
    }
}

/// The command line as it was typed. It holds no secrets: those are in clouds.yaml and the environment.
fn command() -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&byte);
    let words = std::env::args().skip(1).map(|word| {
        if !word.is_empty() && word.bytes().all(plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    let words = std::iter::once("nova-loadtest".to_owned()).chain(words);
    words.collect::<Vec<_>>().join(" ")
}

fn random_seed() -> Result<u64, String> {
    // A seed that is read back from a JSON file keeps its value in every reader.
    SysRng.try_next_u32().map(u64::from).map_err(|error| {
        format!("the operating system gives no random numbers, to choose jobs by: {error}")
    })
}

/// `200/s` or `200`.
fn parse_rate(text: &str) -> Result<f64, String> {
    text.trim_end_matches("/s")
        .parse()
        .ok()
        .filter(|rate| (0.01..=1_000_000.0).contains(rate))
        .ok_or_else(|| "write a number of jobs a second, such as 200/s".to_owned())
}

fn parse_part(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|part| (0.0..=1.0).contains(part))
        .ok_or_else(|| "write a number from 0 to 1".to_owned())
}

/// `2/4`.
fn parse_shard(text: &str) -> Result<(u32, u32), String> {
    text.split_once('/')
        .and_then(|(this, all)| Some((this.parse().ok()?, all.parse().ok()?)))
        .filter(|(this, all)| this < all)
        .ok_or_else(|| "write which of how many, counted from 0, such as 2/4".to_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::with_unit("200/s", Some(200.0))]
    #[case::without("0.5", Some(0.5))]
    #[case::none("0", None)]
    #[case::of_minutes("200/m", None)]
    fn rates(#[case] text: &str, #[case] want: Option<f64>) {
        assert_eq!(parse_rate(text).ok(), want);
    }

    #[rstest]
    #[case::first("0/4", Some((0, 4)))]
    #[case::beyond("4/4", None)]
    #[case::words("a/b", None)]
    fn shards(#[case] text: &str, #[case] want: Option<(u32, u32)>) {
        assert_eq!(parse_shard(text).ok(), want);
    }
}
