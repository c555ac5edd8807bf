//! A cloud, a load on it, and a look at what the cloud has afterwards.

use std::time::Duration;

use mock_nova::Flaw;
use nova_loadtest::{
    calibrate::front::Front,
    embedded::{Embedded, Wish},
    engine::Model,
    results::{Results, Violation},
    run::{Order, Target, run},
    scenario::Scenario,
    signals::Stop,
};

/// A cloud whose rebuilds take next to no time.
pub(crate) async fn cloud(flaw: Option<&str>) -> Embedded {
    let wish = Wish {
        rebuild: Duration::from_millis(40),
        jitter: 0.0,
        flaw: flaw.map(|name| Flaw::named(name).unwrap()),
        ..Wish::default()
    };
    Embedded::start(wish).await.unwrap()
}

/// A cloud whose rebuilds take so long.
pub(crate) async fn cloud_rebuilding_in(rebuild: Duration) -> Embedded {
    let cloud = Wish {
        rebuild,
        jitter: 0.0,
        ..Wish::default()
    };
    Embedded::start(cloud).await.unwrap()
}

/// A cloud's people, who reach it through what stands before it.
pub(crate) fn through(front: &Front, cloud: &Embedded) -> Target {
    let mut people = cloud.people();
    for config in &mut people {
        config.auth_url = front.auth_url();
    }
    Target::Named(people)
}

/// A short load on it, as its people.
pub(crate) fn order(cloud: &Embedded, scenario: Scenario) -> Order {
    let target = Target::Named(cloud.people());
    let mut order = Order::new(target, scenario, Model::Rate(300.0));
    order.plan.warm_up = Duration::ZERO;
    order.plan.run_time = Duration::from_secs(2);
    order.fleet.count = 6;
    order.patience.poll_interval = Duration::from_millis(10);
    order.keypairs = 20;
    order
}

pub(crate) async fn results(order: &Order) -> Results {
    run(order, &Stop::default(), |_| ()).await.unwrap()
}

/// How many keypairs, servers, users and projects a cloud has.
pub(crate) fn belongings(cloud: &Embedded) -> (usize, usize, usize, usize) {
    let state = cloud.mock().state();
    state.settle();
    state.store.read(|cloud| {
        let users = cloud.identity.users();
        (
            users
                .iter()
                .map(|user| cloud.keypairs.count(&user.id))
                .sum(),
            cloud.servers.youngest_first(None, None).count(),
            users.iter().count(),
            cloud.identity.projects().iter().count(),
        )
    })
}

/// What a violation says, in one line.
pub(crate) fn said(violation: &Violation) -> String {
    let Violation {
        name,
        kind,
        expected,
        found,
        ..
    } = violation;
    format!("{name}: {kind}: expected {expected}, found {found}")
}
