//! A cloud that is right: no violation, no failure, every job done, nothing left.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use bytes::Bytes;
use rstest::rstest;

use nova_loadtest::{
    calibrate::front::{Front, Way},
    results::{Kind, REBUILD},
    scenario::{Scenario, Weights},
};

use crate::support::{belongings, cloud, order, results, said, through};

fn mixed() -> Scenario {
    Scenario::Mixed {
        weights: Weights::default(),
        rebuilds: 0.1,
    }
}

#[rstest]
#[case::keypairs(Scenario::Keypairs(Weights::default()), &["keypairs.import", "keypairs.generate", "keypairs.x509", "keypairs.list", "keypairs.page", "keypairs.show", "keypairs.delete"])]
#[case::rebuild(Scenario::Rebuild, &REBUILD)]
#[case::mixed(mixed(), &["keypairs.import", "keypairs.list", "rebuild.accepted", "rebuild.active"])]
#[case::storm(Scenario::Storm, &["keypairs.import", "rebuild.accepted", "rebuild.active"])]
#[tokio::test(flavor = "multi_thread")]
async fn a_right_cloud_stays_right_and_clean(#[case] scenario: Scenario, #[case] names: &[&str]) {
    let cloud = cloud(None).await;
    let before = belongings(&cloud);
    let results = results(&order(&cloud, scenario)).await;
    let wrong: Vec<String> = results.measured.violations.first.iter().map(said).collect();
    assert_eq!(wrong, [""; 0]);
    assert_eq!(results.totals().failed, 0, "{:?}", results.measured.names);
    for name in names {
        let series = results.measured.names.get(*name);
        assert!(
            series.is_some_and(|series| series.succeeded() > 0),
            "{name}"
        );
    }
    assert_eq!(results.leaks, []);
    assert_eq!(belongings(&cloud), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_are_no_requests() {
    let cloud = cloud(None).await;
    let results = results(&order(&cloud, Scenario::Rebuild)).await;
    assert!(results.measured.polls.asked > 0);
    let requests = results
        .measured
        .names
        .iter()
        .filter(|(_, series)| series.kind == Kind::Request);
    let names: Vec<&str> = requests.map(|(name, _)| name.as_str()).collect();
    assert!(
        names
            .iter()
            .all(|name| ["rebuild.accepted", "rebuild.foreign-key"].contains(name)),
        "{names:?}"
    );
}

/// What is due when all servers are being rebuilt is not sent, and counted.
#[tokio::test(flavor = "multi_thread")]
async fn arrivals_that_find_no_server_are_dropped() {
    let cloud = cloud(None).await;
    let mut order = order(&cloud, Scenario::Rebuild);
    order.fleet.count = 2;
    let results = results(&order).await;
    let arrivals = results.measured.arrivals.unwrap();
    assert!(arrivals.dropped > 0);
    assert_eq!(arrivals.due, arrivals.started + arrivals.dropped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_never_has_more_keypairs_than_allowed() {
    let cloud = cloud(None).await;
    // No room for more than one would be a failure of the cloud's quota.
    cloud.mock().set_default_quotas([("key_pairs", 3)]);
    let weights = "import=1,generate=1,show=1".parse().unwrap();
    let results = results(&order(&cloud, Scenario::Keypairs(weights))).await;
    assert_eq!(results.totals().failed, 0, "{:?}", results.measured.names);
    assert!(results.measured.names.contains_key("keypairs.delete"));
}

/// A gateway that gives up on every fifth change, which the cloud has made all the same.
#[derive(Default)]
struct ImpatientGateway(AtomicU64);

impl Way for ImpatientGateway {
    fn held_until(&self, _request: &http::Request<Bytes>, _came: Instant) -> Option<Instant> {
        None
    }

    fn change(&self, asked: &http::Request<Bytes>, answer: &mut http::Response<Bytes>) {
        let is_change = asked.method() != http::Method::GET
            && (asked.uri().path().contains("/os-keypairs")
                || asked.uri().path().ends_with("/action"));
        // The fleet's own keys, which come first, are no part of the load.
        let number = self.0.fetch_add(u64::from(is_change), Ordering::Relaxed);
        if is_change && number > 100 && number.is_multiple_of(5) {
            *answer.status_mut() = http::StatusCode::GATEWAY_TIMEOUT;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_gateway_gave_up_on_may_have_been_done() {
    let cloud = cloud(None).await;
    let before = belongings(&cloud);
    let front = Front::start(cloud.mock(), Arc::new(ImpatientGateway::default())).unwrap();
    let mut order = order(&cloud, mixed());
    order.target = through(&front, &cloud);
    let results = results(&order).await;
    let wrong: Vec<String> = results.measured.violations.first.iter().map(said).collect();
    assert_eq!(wrong, [""; 0]);
    assert!(results.totals().failed > 0);
    assert_eq!((results.leaks, belongings(&cloud)), (vec![], before));
}
