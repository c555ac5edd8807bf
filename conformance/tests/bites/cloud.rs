//! A cloud that is right, the same cloud bent on the way, and runs of checks against either.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use nova_api::Microversion;
use nova_client::{RawRequest, Token};
use nova_conformance::{
    caller::{Base, Caller, Cloud, Party, Reply, Wire},
    callers,
    check::Check,
    checks, embedded,
    outcome::{Kind, Outcome},
    report::Collected,
    runner::{Options, Run},
    select::{Filter, Plan, Wanted},
    servers::{Made, Settings},
};
use serde_json::Value;
use tokio::sync::mpsc;

/// The network of the right cloud.
const NETWORK: &str = "3cb9bc59-5699-4588-a4b1-b87f96708bc6";

/// How a cloud is wrong: what it makes of a request.
pub(crate) type Bend = fn(Way, RawRequest) -> BoxFuture<'static, Result<Reply, String>>;

/// One request's way to the right cloud behind the bent one.
#[derive(Clone)]
pub(crate) struct Way {
    cloud: Arc<Cloud>,
    wire: Arc<dyn Wire>,
    pub(crate) caller: Caller,
    pub(crate) base: Base,
}

impl Way {
    /// What the right cloud answers.
    pub(crate) async fn send(&self, request: &RawRequest) -> Result<Reply, String> {
        self.wire.send(self.base, request).await
    }

    /// What the right cloud answers to somebody else.
    pub(crate) async fn send_as(
        &self,
        caller: Caller,
        request: &RawRequest,
    ) -> Result<Reply, String> {
        let mut request = request.clone();
        request.token = Token::Session;
        request.headers.retain(|(name, _)| name != "x-auth-token");
        let party = self.cloud.party(caller).unwrap();
        party.wire.send(self.base, &request).await
    }

    /// The id of a caller's user.
    pub(crate) fn id_of(&self, caller: Caller) -> String {
        let party = self.cloud.party(caller).unwrap();
        party.user.as_ref().unwrap().id.clone()
    }
}

struct Bent {
    way: Way,
    bend: Bend,
}

impl Wire for Bent {
    fn send<'a>(
        &'a self,
        base: Base,
        request: &'a RawRequest,
    ) -> BoxFuture<'a, Result<Reply, String>> {
        let way = Way {
            base,
            ..self.way.clone()
        };
        (self.bend)(way, request.clone()).boxed()
    }
}

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

/// The same cloud, bent.
pub(crate) fn bent(cloud: &Cloud, bend: Bend) -> Cloud {
    let right = Arc::new(cloud.clone());
    let mut bent = cloud.clone();
    for (caller, party) in cloud.parties() {
        let way = Way {
            cloud: Arc::clone(&right),
            wire: Arc::clone(&party.wire),
            caller,
            base: Base::Endpoint,
        };
        let wire = Arc::new(Bent { way, bend });
        bent.add(
            caller,
            Party {
                wire,
                ..party.clone()
            },
        );
    }
    bent
}

/// A name of the table: a check's whole id, or a pattern.
pub(crate) enum Name {
    Id(&'static str),
    Pattern(Filter),
}

impl Name {
    pub(crate) fn of(name: &'static str) -> Self {
        if name.contains(['*', '{']) {
            Self::Pattern(name.parse().unwrap())
        } else {
            Self::Id(name)
        }
    }

    /// Whether it means a check.
    pub(crate) fn picks(&self, id: &str) -> bool {
        match self {
            Self::Id(name) => *name == id,
            Self::Pattern(pattern) => pattern.picks(id),
        }
    }
}

/// The checks of these names, none of which may be empty.
pub(crate) fn checks_of(names: &[&'static str]) -> Vec<Check> {
    let mut registry = checks::registry();
    let meant: Vec<Name> = names.iter().map(|name| Name::of(name)).collect();
    for (name, meant) in names.iter().zip(&meant) {
        let any = registry.iter().any(|check| meant.picks(check.id()));
        assert!(any, "'{name}' is no check");
    }
    registry.retain(|check| meant.iter().any(|name| name.picks(check.id())));
    registry
}

/// Servers with an address.
pub(crate) fn addressed() -> Settings {
    Settings {
        network: NETWORK.parse().unwrap(),
        ..Settings::default()
    }
}

/// A wrong cloud has room for more, and is not waited for.
fn servers() -> Settings {
    Settings {
        patience: Duration::from_secs(3),
        most: 8,
        ..addressed()
    }
}

/// What became of each check, at each version it is asked at.
pub(crate) async fn run(
    checks: Vec<Check>,
    cloud: Cloud,
) -> BTreeMap<String, Vec<(Microversion, Outcome)>> {
    run_as(checks, cloud, servers()).await.0
}

/// The same with other servers, and what was made.
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

/// Changes a reply's body, where it is JSON.
pub(crate) fn edit(reply: &mut Reply, change: impl FnOnce(&mut Value)) {
    if let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) {
        change(&mut body);
        reply.body = body.to_string().into();
    }
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
