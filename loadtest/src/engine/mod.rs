//! When jobs are done: by so many users, each of whom sends its next request once it has its answer ([`closed`], goose's engine);
//! at a rate, whatever the cloud does ([`open`], ours); or all at once ([`storm`]). It knows [`Load`], and nothing of what a job
//! is.

pub mod closed;
pub mod open;
pub mod pacing;
pub mod storm;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::scenario::{Load, Scenario};

/// Who decides when the next request is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Model {
    /// So many users.
    Users(usize),
    /// So many arrivals a second.
    Rate(f64),
}

/// How load is sent.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Who decides when the next request is sent.
    pub model: Model,
    /// So long nothing is measured.
    pub warm_up: Duration,
    /// So long it is measured.
    pub run_time: Duration,
    /// At a rate, and in a storm: so many jobs are under way at most.
    pub most_in_flight: usize,
    /// Of one arrival's distance from the next, the part by which this process comes later than the first of several.
    pub offset: f64,
    /// Where goose writes its own report.
    pub goose_report: Option<PathBuf>,
}

/// Sends it. When this returns, nothing is under way.
///
/// # Errors
/// A sentence: goose or the system refuses.
pub async fn run(load: Arc<Load>, plan: &Plan) -> Result<(), String> {
    let begin = Instant::now();
    match (&load.scenario, plan.model) {
        (Scenario::Storm, _) => {
            storm::run(load, plan, begin).await;
            Ok(())
        }
        (_, Model::Users(users)) => closed::run(load, plan, users, begin).await,
        (_, Model::Rate(rate)) => open::run(load, plan, rate, begin).await,
    }
}

/// Tells the recorder what of a run is measured. When it is over.
fn measure(load: &Load, plan: &Plan, begin: Instant) -> Instant {
    let from = begin + plan.warm_up;
    let until = from + plan.run_time;
    load.recorder.start_measuring(from);
    load.recorder.stop_measuring(until);
    until
}

/// Waits until then, or until somebody wants it to end. Whether somebody does.
async fn until(then: Instant, load: &Load) -> bool {
    tokio::time::timeout_at(then.into(), load.stop.asked())
        .await
        .is_ok()
}
