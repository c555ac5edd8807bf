//! A cloud that stands still for a while: at a rate, all that were due meanwhile have to show it.

use std::{sync::Arc, time::Duration};

use nova_loadtest::{
    calibrate::{
        front::Front,
        planted::{Planted, Shape},
    },
    engine::Model,
    run::run,
    scenario::Scenario,
    signals::Stop,
};

use crate::support::{cloud, cloud_rebuilding_in, order, results, through};

/// Servers that are never ready again are lost to the load. Who waits for one waits until the run's end, and no longer. No
/// other test here has users: goose, which they are, is stopped for a whole process.
#[tokio::test(flavor = "multi_thread")]
async fn users_without_a_server_wait_for_the_end() {
    let hours = Duration::from_secs(7200);
    let cloud = cloud_rebuilding_in(hours).await;
    let mut order = order(&cloud, Scenario::Rebuild);
    order.plan.model = Model::Users(3);
    order.plan.run_time = Duration::from_secs(1);
    // One in each project.
    order.fleet.count = 2;
    order.patience.rebuild = Duration::from_millis(100);
    let ended = tokio::time::timeout(Duration::from_secs(60), results(&order)).await;
    let measured = ended.expect("the run has an end").measured;
    assert_eq!(measured.names["rebuild.accepted"].ended(), 2);
    assert_eq!(measured.names["rebuild.active"].failed(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_meanwhile_counts_from_when_it_was_due() {
    let cloud = cloud(None).await;
    let planted = Arc::new(Planted::new(1));
    let front = Front::start(cloud.mock(), planted.clone()).unwrap();
    let weights = "list=1".parse().unwrap();
    let mut order = order(&cloud, Scenario::Keypairs(weights));
    order.target = through(&front, &cloud);
    order.plan.model = Model::Rate(100.0);
    // From the middle on, for the other half.
    let shape = Shape::Stalls {
        base: Duration::from_millis(1),
        every: Duration::from_secs(2),
        still: Duration::from_secs(1),
    };
    let results = run(&order, &Stop::default(), |_| planted.plant(shape))
        .await
        .unwrap();
    let arrivals = results.measured.arrivals.as_ref().unwrap();
    assert_eq!((arrivals.due, arrivals.dropped), (200, 0));
    // Half of all waited, half of a second on average: no busy machine makes that less.
    let times = results.measured.names["keypairs.list"].times();
    let p75 = times.quantile(0.75).unwrap();
    assert!(p75 >= Duration::from_millis(400), "{p75:?}");
}
