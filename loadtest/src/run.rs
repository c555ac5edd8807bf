//! A run from its first login to its clean cloud: people, room for their keypairs, the fleet, the load, and at the end, whatever
//! happened, everything deleted again. It knows everybody but the command line.

use std::{
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::{Duration, Instant},
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use nova_client::{Config, RawRequest};
use serde_json::Value;

use crate::{
    chance::Chance,
    cleanup::clean_up,
    embedded::{self, Embedded},
    engine::{self, Model, Plan},
    machine::{self, Cpu},
    people::{
        People, Person,
        made::{Allowance, Host},
    },
    results::{
        Callers, Cloud, Cost, Left, Model as ShapeModel, Recorder, Results, Run, SCHEMA_VERSION,
        Shape, Shard, Tool,
    },
    scenario::{
        Load, NowAndThen, Patience, Scenario, Versions,
        fleet::{Fleet, Shipyard, Wish},
    },
    shared::{self, ReachError, millis},
    signals::Stop,
};

/// The cloud that is loaded.
#[derive(Debug, Clone)]
pub enum Target {
    /// A mock in this process.
    Embedded(embedded::Wish),
    /// A cloud, as these users of it; as nobody where all are made for the run.
    Named(Vec<Config>),
}

/// People made for the run.
#[derive(Debug, Clone)]
pub struct Newcomers {
    /// Who makes them; `None` for the embedded cloud's administrator.
    pub admin: Option<Config>,
    /// So many.
    pub users: usize,
    /// In so many projects.
    pub projects: usize,
}

/// What a run is asked for.
#[derive(Debug, Clone)]
pub struct Order {
    /// The cloud.
    pub target: Target,
    /// People to make.
    pub newcomers: Option<Newcomers>,
    /// What is done.
    pub scenario: Scenario,
    /// When.
    pub plan: Plan,
    /// With which servers.
    pub fleet: Wish,
    /// How patiently.
    pub patience: Patience,
    /// So many keypairs of a user's there are at most, at a time.
    pub keypairs: usize,
    /// How long one request may take.
    pub timeout: Duration,
    /// What choices are drawn from.
    pub seed: u64,
    /// When to begin to send, for processes that are to do so together.
    pub start_at: Option<jiff::Timestamp>,
    /// How many processes load the cloud together: in the names of the same users, they share what these may have.
    pub processes: usize,
    /// The command, for the report.
    pub command: String,
}

impl Order {
    /// A run of half a minute, with what the command line has where it is not told otherwise.
    pub fn new(target: Target, scenario: Scenario, model: Model) -> Self {
        let patience = Duration::from_secs(600);
        Self {
            target,
            newcomers: None,
            scenario,
            plan: Plan {
                model,
                warm_up: Duration::from_secs(2),
                run_time: Duration::from_secs(30),
                most_in_flight: 1000,
                offset: 0.0,
                goose_report: None,
            },
            fleet: Wish {
                count: 4,
                images: Vec::new(),
                flavor: None,
                network: "none".to_owned(),
                patience,
            },
            patience: Patience {
                poll_interval: Duration::from_millis(500),
                rebuild: patience,
            },
            keypairs: 50,
            timeout: Duration::from_secs(60),
            seed: 0,
            start_at: None,
            processes: 1,
            command: "nova-loadtest".to_owned(),
        }
    }
}

/// Why there are no results.
#[derive(Debug)]
pub struct NoResults {
    /// Why.
    pub why: ReachError,
    /// What is left on the cloud.
    pub left: Vec<Left>,
}

impl From<ReachError> for NoResults {
    fn from(why: ReachError) -> Self {
        Self {
            why,
            left: Vec::new(),
        }
    }
}

impl From<String> for NoResults {
    fn from(why: String) -> Self {
        ReachError::Unreachable(why).into()
    }
}

/// What people should know of a run, told while it goes. Clones collect into the same.
#[derive(Debug, Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    /// So many are kept.
    const KEPT: usize = 50;

    fn tell(&self, note: String) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() < Self::KEPT && !notes.contains(&note) {
            notes.push(note);
        }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Runs it. `watch` gets the recorder when the load begins, and what it gives is held until the load is over.
///
/// # Errors
/// [`NoResults`]: the cloud cannot be asked, or refuses what the load needs. What was made is deleted then, too.
pub async fn run<W>(
    order: &Order,
    stop: &Stop,
    watch: impl FnOnce(&Recorder) -> W,
) -> Result<Results, NoResults> {
    let run_id = shared::run_id()?;
    let prefix = shared::prefix(&run_id);
    let started_at = shared::now();
    // Held to the end: the embedded cloud stops when it is dropped.
    let (embedded, configs) = match &order.target {
        Target::Embedded(wish) => {
            let embedded = Embedded::start(wish.clone()).await?;
            let people = embedded.people();
            (Some(embedded), people)
        }
        Target::Named(configs) => (None, configs.clone()),
    };
    let host = host(order, embedded.as_ref()).await?;
    let everybody = async {
        let configs = match (&host, &order.newcomers) {
            (Some(host), Some(wanted)) => {
                let allowance = Allowance {
                    servers: order.fleet.count,
                    // Two more are what rebuilds need.
                    keypairs: order.keypairs + 2,
                };
                host.make(&prefix, wanted.users, wanted.projects, allowance, stop)
                    .await?
            }
            _ => configs,
        };
        let configs = configs
            .into_iter()
            .map(|config| of_ours(config, order.timeout));
        let mut people = People::reach(configs.collect()).await?;
        people.made = host.is_some();
        Ok::<_, ReachError>(people)
    };
    let people = match everybody.await {
        Ok(people) => people,
        Err(why) => {
            let left = match &host {
                Some(host) => host.take_back(&[]).await,
                None => Vec::new(),
            };
            return Err(NoResults { why, left });
        }
    };
    let notes = Notes::default();
    let keeper = people.keep_logged_in({
        let notes = notes.clone();
        move |note| notes.tell(note)
    });
    let loaded = load(order, &people, &prefix, stop, &notes, watch).await;
    // Made before it is cleaned up, so that what that costs is not the load's.
    let left = {
        let mut left = clean_up(&people, &prefix, order.scenario.needs_fleet(), CLEANING).await;
        if let Some(host) = &host {
            let made = host.take_back(&left).await;
            left.extend(made);
        }
        left
    };
    drop(keeper);
    let (recorder, cpu, wall, begun_at) = match loaded {
        Ok(loaded) => loaded,
        Err(why) => return Err(NoResults { why, left }),
    };
    if let Some(cpu) = cpu.filter(|_| embedded.is_some()) {
        notes.tell(format!(
            "the cloud was a mock in the same process, and took {:.1} s of processor time beside the load's {:.1} s: its times say little of a real cloud's",
            cpu.cloud.as_secs_f64(),
            cpu.own().as_secs_f64()
        ));
    }
    let machine = Shard {
        name: run_id.clone(),
        started_at: begun_at.to_string(),
        machine: machine::machine(),
        cost: Cost {
            cpu_ms: cpu.map(|cpu| millis(cpu.own())),
            cloud_cpu_ms: cpu.map(|cpu| millis(cpu.cloud)).filter(|ms| *ms > 0),
            wall_ms: millis(wall),
            rss_bytes: machine::most_memory(),
        },
    };
    let goose = order
        .plan
        .goose_report
        .as_ref()
        .filter(|file| file.is_file());
    let goose = goose.and_then(|file| file.file_name()?.to_str().map(str::to_owned));
    Ok(Results {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        run: Run {
            id: run_id,
            scenario: order.scenario.name().to_owned(),
            started_at: started_at.to_string(),
            command: order.command.clone(),
            seed: Some(order.seed),
            interrupted: stop.is_asked(),
        },
        cloud: Cloud {
            name: people.cloud.clone(),
            endpoint: people.at(0).endpoint_root().to_owned(),
            min_version: people.versions.min.to_string(),
            max_version: people.versions.max.to_string(),
            embedded: embedded.is_some(),
        },
        shape: shape(
            order,
            Callers {
                users: people.all().len() as u64,
                projects: people.projects() as u64,
                made: people.made,
            },
        ),
        shards: vec![machine],
        measured: recorder.finish(),
        leaks: left,
        notes: notes.take(),
        files: goose
            .into_iter()
            .map(|file| ("goose".to_owned(), file))
            .collect(),
        judgement: None,
    })
}

/// How long servers may take to go.
const CLEANING: Duration = Duration::from_secs(180);

/// Who makes people, where somebody has to.
async fn host(order: &Order, embedded: Option<&Embedded>) -> Result<Option<Host>, ReachError> {
    let Some(wanted) = &order.newcomers else {
        return Ok(None);
    };
    let admin = match (&wanted.admin, embedded) {
        (Some(admin), _) => admin.clone(),
        (None, Some(embedded)) => embedded.admin(),
        (None, None) => {
            return Err(ReachError::Usage(
                "users are to be made for the run, but nobody is named who may: name an administrator with --admin-cloud".to_owned(),
            ));
        }
    };
    Host::reach(of_ours(admin, order.timeout)).await.map(Some)
}

fn of_ours(mut config: Config, timeout: Duration) -> Config {
    config.deadline = timeout;
    config.user_agent = concat!("nova-loadtest/", env!("CARGO_PKG_VERSION")).to_owned();
    config
}

/// What the load came to: the counts, the processor time and the time it took.
type Loaded = (Recorder, Option<Cpu>, Duration, jiff::Timestamp);

async fn load<W>(
    order: &Order,
    people: &People,
    prefix: &str,
    stop: &Stop,
    notes: &Notes,
    watch: impl FnOnce(&Recorder) -> W,
) -> Result<Loaded, ReachError> {
    let versions = Versions::of(people.versions);
    // People made for this process are no other's.
    let sharing = if people.made { 1 } else { order.processes };
    let rooms = people
        .all()
        .iter()
        .map(|person| make_room(person, order, sharing));
    stream::iter(rooms)
        .buffered(8)
        .try_collect::<Vec<()>>()
        .await?;
    let fleet = if order.scenario.needs_fleet() {
        let shipyard = Shipyard {
            people,
            prefix,
            version: versions.newest,
            stop,
        };
        shipyard.build(&order.fleet).await?
    } else {
        Fleet::default()
    };
    if let Model::Users(users) = order.plan.model
        && matches!(order.scenario, Scenario::Rebuild | Scenario::Mixed { .. })
        && users > order.fleet.count
    {
        notes.tell(format!(
            "{users} users shared a fleet of {}: who was to rebuild a server waited where none was idle, and asked nothing else meanwhile",
            order.fleet.count
        ));
    }
    if order.fleet.images.is_empty() && fleet.ingredients.images.len() == 1 {
        notes.tell("one image alone suits the servers' flavor, so every rebuild is to the same one: name more with --image".to_owned());
    }
    if let Some(late) = wait_for_start(order, stop).await {
        notes.tell(late);
    }
    let (begin, begun_at) = (Instant::now(), shared::now());
    let cpu = Cpu::now();
    let is_open = matches!(order.plan.model, Model::Rate(_)) || order.scenario == Scenario::Storm;
    let recorder = Recorder::new(begin, is_open);
    let load = Arc::new(Load {
        prefix: prefix.to_owned(),
        scenario: order.scenario.clone(),
        people: people.clone(),
        versions,
        fleet,
        recorder: recorder.clone(),
        patience: order.patience,
        chance: Chance::new(order.seed),
        stop: stop.clone(),
        count: AtomicU64::new(0),
        now_and_then: NowAndThen::default(),
    });
    let watching = watch(&recorder);
    let stopped_early = async {
        stop.asked().await;
        recorder.stop_measuring(Instant::now());
        std::future::pending().await
    };
    let done = tokio::select! {
        done = engine::run(load, &order.plan) => done,
        done = stopped_early => done,
    };
    drop(watching);
    let wall = begin.elapsed();
    let cpu = Cpu::now().zip(cpu).map(|(now, before)| now.since(before));
    done.map_err(ReachError::Unreachable)?;
    Ok((recorder, cpu, wall, begun_at))
}

/// Waits until it is time to begin; what there is to say where that is past.
async fn wait_for_start(order: &Order, stop: &Stop) -> Option<String> {
    let left = order.start_at?.duration_since(shared::now());
    match Duration::try_from(left) {
        Ok(left) => {
            // Whether it is the time or a signal, what follows looks.
            let _ = tokio::time::timeout(left, stop.asked()).await;
            None
        }
        Err(_) => Some(format!(
            "the load began {:.1} s after --start-at: people and servers were not ready before",
            left.abs().as_secs_f64()
        )),
    }
}

/// Sets how many keypairs a person may have at a time, within this process's share of their quota.
async fn make_room(who: &Arc<Person>, order: &Order, sharing: usize) -> Result<(), ReachError> {
    let ask = async |path: &str| {
        let answer = who.send(&RawRequest::get(path)).await;
        let answer = answer.map_err(|error| ReachError::Unreachable(error.to_string()))?;
        if answer.status != 200 {
            return Err(ReachError::Unreachable(format!(
                "GET {path} as user '{}' answered {}",
                who.name, answer.status
            )));
        }
        Ok(serde_json::from_slice::<Value>(&answer.body).unwrap_or_default())
    };
    let limits = ask("/limits").await?;
    let most = limits
        .pointer("/limits/absolute/maxTotalKeypairs")
        .and_then(Value::as_i64);
    let listed = ask("/os-keypairs").await?;
    let there = listed["keypairs"].as_array().map_or(0, Vec::len);
    // A limit of -1 is none.
    let room = match most.map(usize::try_from) {
        Some(Ok(most)) => {
            // Rebuilds need two of their own.
            let of_rebuilds = if order.scenario.needs_fleet() { 2 } else { 0 };
            let free = most.saturating_sub(there) / sharing.max(1);
            free.saturating_sub(of_rebuilds).min(order.keypairs)
        }
        Some(Err(_)) | None => order.keypairs,
    };
    // Rebuilds need no others than their two.
    if room == 0 && order.scenario != Scenario::Rebuild {
        return Err(ReachError::Usage(format!(
            "user '{}' has {there} keypairs, and the quota of {} leaves too little room for a load: delete some, or name another user",
            who.name,
            most.unwrap_or_default()
        )));
    }
    who.set_room(room);
    Ok(())
}

/// The load that is asked for, sent in the name of these callers.
pub fn shape(order: &Order, callers: Callers) -> Shape {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let is_storm = order.scenario == Scenario::Storm;
    let rebuilds = order.scenario.needs_fleet();
    Shape {
        model: match order.plan.model {
            // Everybody at once: each user of the cloud is one of the load.
            _ if is_storm => ShapeModel::Users(callers.users),
            Model::Users(users) => ShapeModel::Users(count(users)),
            Model::Rate(rate) => ShapeModel::Rate(rate),
        },
        warm_up_ms: if is_storm {
            0
        } else {
            millis(order.plan.warm_up)
        },
        run_time_ms: (!is_storm).then(|| millis(order.plan.run_time)),
        callers,
        fleet: if rebuilds {
            count(order.fleet.count)
        } else {
            0
        },
        polling_ms: rebuilds.then(|| millis(order.patience.poll_interval)),
        weights: order.scenario.parts(),
        first_byte_only: false,
    }
}
