//! In whose name load is sent: people made for the run, and tokens that end while it goes.

use std::time::Duration;

use nova_loadtest::{
    embedded::{Embedded, Wish},
    engine::Model,
    run::{Newcomers, Target},
    scenario::Scenario,
    signals::Stop,
};

use crate::support::{belongings, cloud, order, results, said};

#[tokio::test(flavor = "multi_thread")]
async fn people_are_made_for_the_run_and_taken_back() {
    let cloud = cloud(None).await;
    let before = belongings(&cloud);
    let mut order = order(&cloud, Scenario::Rebuild);
    order.target = Target::Named(Vec::new());
    order.newcomers = Some(Newcomers {
        admin: Some(cloud.admin()),
        users: 6,
        projects: 3,
    });
    let results = results(&order).await;
    let wrong: Vec<String> = results.measured.violations.first.iter().map(said).collect();
    assert_eq!(wrong, [""; 0]);
    let callers = &results.shape.callers;
    assert_eq!(
        (callers.users, callers.projects, callers.made),
        (6, 3, true)
    );
    assert_eq!(results.totals().failed, 0, "{:?}", results.measured.names);
    assert_eq!(results.leaks, []);
    assert_eq!(belongings(&cloud), before);
}

/// The load goes on for longer than tokens live.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_renewed_before_they_end() {
    let wish = Wish {
        token_lifetime: Duration::from_secs(6),
        ..Wish::default()
    };
    let cloud = Embedded::start(wish).await.unwrap();
    let weights = "import=1,list=1,show=1".parse().unwrap();
    let mut order = order(&cloud, Scenario::Keypairs(weights));
    // Few enough that a busy machine answers each long before a token ends.
    order.plan.model = Model::Rate(20.0);
    order.plan.run_time = Duration::from_secs(8);
    let results = results(&order).await;
    assert_eq!(
        results.totals().failed,
        0,
        "{:?} {:?}",
        results.notes,
        results.measured.names["keypairs.list"].errors
    );
    assert_eq!(results.leaks, []);
}

/// Whoever stops a run early finds the cloud as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stopped_cleans_up() {
    let cloud = cloud(None).await;
    let before = belongings(&cloud);
    let mut order = order(&cloud, Scenario::Rebuild);
    order.plan.run_time = Duration::from_secs(600);
    let stop = Stop::default();
    let asks = stop.clone();
    let results = nova_loadtest::run::run(&order, &stop, |_| asks.ask())
        .await
        .unwrap();
    assert!(results.run.interrupted);
    assert_eq!(results.leaks, []);
    assert_eq!(belongings(&cloud), before);
}

/// Who is in a project without servers would only watch.
#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_with_fewer_servers_than_projects_is_refused() {
    let cloud = cloud(None).await;
    let mut order = order(&cloud, Scenario::Rebuild);
    order.fleet.count = 1;
    let none = nova_loadtest::run::run(&order, &Stop::default(), |_| ())
        .await
        .unwrap_err();
    assert!(none.why.to_string().contains("--fleet"), "{}", none.why);
}

/// Where the load cannot begin, what was made for it is taken back as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_begin_leaves_nothing() {
    let cloud = cloud(None).await;
    let before = belongings(&cloud);
    let mut order = order(&cloud, Scenario::Rebuild);
    order.fleet.images = vec!["too-large".to_owned()];
    let none = nova_loadtest::run::run(&order, &Stop::default(), |_| ())
        .await
        .unwrap_err();
    assert!(none.why.to_string().contains("/servers"), "{}", none.why);
    assert_eq!(none.left, []);
    assert_eq!(belongings(&cloud), before);
}
