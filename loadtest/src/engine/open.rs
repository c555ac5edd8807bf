//! The open model: arrivals come at a rate, whatever the cloud does, and each one's time counts from when it was due. So a cloud
//! that stands still for two seconds shows two seconds to all that were due meanwhile, and not only to the few who were waiting
//! for it. What is too much to be under way is dropped and counted.

use std::{sync::Arc, time::Instant};

use tokio::sync::Semaphore;

use super::{
    Plan, measure,
    pacing::{self, Arrivals},
};
use crate::scenario::Load;

/// Runs it.
///
/// # Errors
/// A sentence: the system gives no thread.
pub async fn run(load: Arc<Load>, plan: &Plan, rate: f64, begin: Instant) -> Result<(), String> {
    let end = measure(&load, plan, begin);
    let arrivals = Arrivals {
        begin,
        end,
        rate,
        offset: plan.offset,
    };
    let mut due = pacing::tell(arrivals, load.stop.clone())
        .map_err(|error| format!("the system gives no thread to tell the time: {error}"))?;
    let room = u32::try_from(plan.most_in_flight).unwrap_or(u32::MAX);
    let in_flight = Arc::new(Semaphore::new(plan.most_in_flight));
    let mut turn = 0;
    while let Some(due) = due.recv().await {
        let Ok(place) = Arc::clone(&in_flight).try_acquire_owned() else {
            load.recorder.dropped(due);
            continue;
        };
        let Some((who, job)) = load.next_of_anybody(turn) else {
            load.recorder.dropped(due);
            continue;
        };
        turn += 1;
        let load = Arc::clone(&load);
        tokio::spawn(async move {
            // Here, so that the time it waited for a thread of the runtime's counts as being late.
            load.recorder.arrived(due, due.elapsed());
            load.go(&who, job, Some(due)).await;
            drop(place);
        });
    }
    // All places are free again once nothing is under way.
    let _ = in_flight.acquire_many(room).await;
    Ok(())
}
