//! A cloud that is right, reached over the network, and runs of checks against it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use nova_api::Microversion;
use nova_conformance::{
    caller::{Caller, Cloud},
    callers,
    check::Check,
    embedded,
    outcome::{Kind, Outcome},
    report::Collected,
    runner::{Options, Run},
    select::{Plan, Wanted},
    servers::{Made, Settings},
};
use tokio::sync::mpsc;

/// A running mock and everybody who can ask it.
pub(crate) async fn right() -> (embedded::Embedded, Cloud) {
    let mut embedded = embedded::start_like_the_reference().await.unwrap();
    let others = std::mem::take(&mut embedded.others);
    let needed = BTreeSet::from([Caller::Expired]);
    let main = embedded.main.clone();
    let mut cloud = callers::reach(main, others, &needed).await.unwrap();
    cloud.guest = Some(embedded.guest().await.unwrap());
    (embedded, cloud)
}

/// Servers with an address.
pub(crate) fn addressed() -> Settings {
    Settings {
        network: embedded::NETWORK.parse().unwrap(),
        ..Settings::default()
    }
}

/// What became of each check, at each version it is asked at, and what was made.
pub(crate) async fn run_as(
    checks: Vec<Check>,
    cloud: Cloud,
    servers: Settings,
) -> (BTreeMap<String, Vec<(Microversion, Outcome)>>, Made) {
    let plan = Plan::new(checks, &[], &Wanted::Boundaries, Microversion::MAX);
    let options = Options {
        // A project may have ten server groups, and a check has up to two at a time.
        parallel: 4,
        deadline: Duration::from_secs(30),
        servers,
        run_id: "bites".to_owned(),
        command: "nova-conformance run".to_owned(),
    };
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let summary = Run::new(plan, Arc::new(cloud), options, sender).go().await;
    let mut collected = Collected::default();
    while let Some(event) = receiver.recv().await {
        collected.add(&event);
    }
    let mut outcomes: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for finished in collected.finished.values() {
        let of_check = outcomes.entry(finished.check.id().to_owned()).or_default();
        of_check.push((finished.version, finished.outcome.clone()));
    }
    (outcomes, summary.made)
}

/// The instances that did not end as they should.
pub(crate) fn other_than(
    kind: Kind,
    outcomes: &BTreeMap<String, Vec<(Microversion, Outcome)>>,
) -> Vec<(&String, &Microversion, &Outcome)> {
    outcomes
        .iter()
        .flat_map(|(id, of_check)| {
            of_check
                .iter()
                .map(move |(version, outcome)| (id, version, outcome))
        })
        .filter(|(.., outcome)| outcome.kind() != kind)
        .collect()
}

/// What the documentation says a full run makes at most.
pub(crate) fn told_to_cost(what: &str) -> usize {
    const KINDNESS: &str = include_str!("../../../docs/kindness.md");
    let row = format!("| {what} | ");
    let told = KINDNESS
        .lines()
        .find_map(|line| line.strip_prefix(&row))
        .unwrap();
    told.trim_end_matches(" |")
        .replace(',', "")
        .parse()
        .unwrap()
}
