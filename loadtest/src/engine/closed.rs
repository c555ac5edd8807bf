//! The closed model: so many users, each of whom does one job after the other. goose is the engine: it starts the users, lets
//! each go on until the end, waits for what is under way, and makes its own report of what it is told.
//!
//! Requests are sent by `nova-client`, as in the open model, and told to goose as custom requests: so both models time the same
//! thing in the same way, to the answer's last byte, where goose's own requests end at the first.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Parser as _;
use goose::{
    GooseAttack,
    config::GooseConfiguration,
    goose::{GooseUser, Scenario, Transaction, TransactionFunction},
};

use super::{Plan, measure, until};
use crate::{
    scenario::{Load, Told},
    shared::pause,
};

/// What goose shows in the place of a protocol.
const METHOD: &str = "nova";

/// Which of the users a goose user is.
#[derive(Debug, Clone, Copy)]
struct Slot(usize);

/// Runs it.
///
/// # Errors
/// A sentence: goose refuses.
pub async fn run(load: Arc<Load>, plan: &Plan, users: usize, begin: Instant) -> Result<(), String> {
    let end = measure(&load, plan, begin);
    let host = load.people.at(0).endpoint().to_owned();
    let options = options(&host, users, plan.goose_report.as_deref());
    let configuration = GooseConfiguration::try_parse_from(options)
        .map_err(|error| format!("goose does not take its options: {error}"))?;
    let refused = |error: goose::GooseError| format!("goose stopped: {error}");
    let scenario = Scenario::new(load.scenario.name())
        .register_transaction(takes_a_place().set_on_start())
        .register_transaction(does_jobs(&load, end).set_name("job"));
    let attack = GooseAttack::initialize_with_config(configuration)
        .map_err(refused)?
        .register_scenario(scenario);
    let clock = {
        let load = Arc::clone(&load);
        tokio::spawn(async move {
            let why = if until(end, &load).await {
                "somebody asked"
            } else {
                "its time is over"
            };
            // Until goose has ended: when a load begins it forgets what it was told before, and a load on a busy machine may
            // begin that late.
            loop {
                goose::trigger_killswitch(why);
                pause(IDLE).await;
            }
        })
    };
    let attacked = Box::pin(attack.execute()).await;
    clock.abort();
    attacked.map(drop).map_err(refused)
}

/// goose's command line.
fn options(host: &str, users: usize, report: Option<&Path>) -> Vec<String> {
    let users = users.to_string();
    // All are started within the first second: what a ramp would do to the times is the warm-up's to leave out.
    let mut options: Vec<String> = [
        "nova-loadtest",
        "--host",
        host,
        "--users",
        &users,
        "--increase-rate",
        &users,
        "--no-telnet",
        "--no-print-metrics",
        "--quiet",
    ]
    .map(str::to_owned)
    .to_vec();
    if let Some(report) = report {
        options.push("--report-file".to_owned());
        options.push(report.display().to_string());
    }
    options
}

/// Each user gets a number.
fn takes_a_place() -> Transaction {
    let next = AtomicUsize::new(0);
    let function: TransactionFunction = Arc::new(move |user: &mut GooseUser| {
        let slot = next.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            user.set_session_data(Slot(slot));
            Ok(())
        })
    });
    Transaction::new(function)
}

fn does_jobs(load: &Arc<Load>, end: Instant) -> Transaction {
    let load = Arc::clone(load);
    let function: TransactionFunction = Arc::new(move |user: &mut GooseUser| {
        let load = Arc::clone(&load);
        Box::pin(async move {
            if Instant::now() >= end || load.stop.is_asked() {
                // goose looks every half second whether it is over, and asks for jobs until then.
                pause(IDLE).await;
                return Ok(());
            }
            let slot = user.get_session_data::<Slot>().map_or(0, |slot| slot.0);
            let who = load.people.at(slot);
            let Some(job) = load.next_in_turn(who, end).await else {
                tokio::time::timeout(IDLE, load.stop.asked()).await.ok();
                return Ok(());
            };
            for told in load.go(who, job, None).await {
                tell(user, told).await?;
            }
            Ok(())
        })
    });
    Transaction::new(function)
}

/// A user who has nothing to do looks again after this.
const IDLE: Duration = Duration::from_millis(50);

async fn tell(user: &mut GooseUser, told: Told) -> goose::goose::TransactionResult {
    let Told {
        name,
        took,
        status,
        failed,
    } = told;
    user.record_custom_request_duration(
        METHOD,
        name,
        took,
        failed.is_none(),
        status,
        failed.as_deref(),
    )
    .await
}
