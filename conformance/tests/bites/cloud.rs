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
};
use serde_json::Value;
use tokio::sync::mpsc;

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
    let mut embedded = embedded::start().await.unwrap();
    let others = std::mem::take(&mut embedded.others);
    let needed = BTreeSet::from([Caller::Expired]);
    let main = embedded.main.clone();
    let cloud = callers::reach(main, others, &needed).await.unwrap();
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

/// Whether a name of the table means a check: its whole id, or a pattern.
pub(crate) fn picks(name: &str, id: &str) -> bool {
    if name.contains(['*', '{']) {
        name.parse::<Filter>().unwrap().picks(id)
    } else {
        name == id
    }
}

/// The checks of these names, none of which may be empty.
pub(crate) fn checks_of(names: &[&str]) -> Vec<Check> {
    let registry = checks::registry();
    for name in names {
        let meant = registry.iter().any(|check| picks(name, check.id()));
        assert!(meant, "'{name}' is no check");
    }
    registry
        .into_iter()
        .filter(|check| names.iter().any(|name| picks(name, check.id())))
        .collect()
}

/// What became of each check, at each version it is asked at.
pub(crate) async fn run(
    checks: Vec<Check>,
    cloud: Cloud,
) -> BTreeMap<String, Vec<(Microversion, Outcome)>> {
    let plan = Plan::new(checks, &[], &Wanted::Boundaries, Microversion::MAX);
    let options = Options {
        parallel: 8,
        deadline: Duration::from_secs(30),
        run_id: "bites".to_owned(),
        command: "nova-conformance run".to_owned(),
    };
    let (sender, mut receiver) = mpsc::unbounded_channel();
    Run::new(plan, Arc::new(cloud), options, sender).go().await;
    let mut collected = Collected::default();
    while let Some(event) = receiver.recv().await {
        collected.add(&event);
    }
    let mut outcomes: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for finished in collected.finished.values() {
        let of_check = outcomes.entry(finished.check.id().to_owned()).or_default();
        of_check.push((finished.version, finished.outcome.clone()));
    }
    outcomes
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
