//! The day everyone rotates keys: all users want a new key at the same moment, and once all have one, all servers are to be
//! rebuilt with them, again at the same moment. Each time counts from that moment, so what waits for a place to be sent from waits
//! on the clock, too. A storm is measured from its first moment; it repeats while its run time lasts, and happens once at least.
//! Who has no room for another key has one deleted before the moment comes, and sits this storm out where that fails.

use std::{sync::Arc, time::Instant};

use futures::{StreamExt as _, stream};
use tokio::{sync::Semaphore, task::JoinSet};

use super::Plan;
use crate::{
    people::Person,
    scenario::{Job, KeyJob, Load},
};

/// Runs it.
pub async fn run(load: Arc<Load>, plan: &Plan, begin: Instant) {
    load.recorder.start_measuring(begin);
    let places = Arc::new(Semaphore::new(plan.most_in_flight));
    loop {
        // Who has no room for a new key would delete one in the storm, and nobody wants that then.
        stream::iter(load.people.all())
            .for_each_concurrent(plan.most_in_flight, |who| load.makes_room(who))
            .await;
        if load.stop.is_asked() {
            break;
        }
        let everybody = load.people.all().iter().filter(|who| who.has_room());
        let imports = everybody.map(|who| (Arc::clone(who), Job::Key(KeyJob::Import)));
        all_at_once(&load, &places, imports.collect()).await;
        if load.stop.is_asked() {
            break;
        }
        let rebuilds = std::iter::from_fn({
            let mut turn = 0;
            let load = Arc::clone(&load);
            move || {
                turn += 1;
                load.rebuild_of_anybody(turn)
            }
        });
        all_at_once(&load, &places, rebuilds.collect()).await;
        if load.stop.is_asked() || begin.elapsed() >= plan.run_time {
            break;
        }
    }
    load.recorder.stop_measuring(Instant::now());
}

async fn all_at_once(load: &Arc<Load>, places: &Arc<Semaphore>, jobs: Vec<(Arc<Person>, Job)>) {
    let due = Instant::now();
    let mut under_way = JoinSet::new();
    for (who, job) in jobs {
        let (load, places) = (Arc::clone(load), Arc::clone(places));
        under_way.spawn(async move {
            let _place = places.acquire_owned().await;
            if !load.stop.is_asked() {
                load.recorder.arrived(due, due.elapsed());
                load.go(&who, job, Some(due)).await;
            }
        });
    }
    under_way.join_all().await;
}
