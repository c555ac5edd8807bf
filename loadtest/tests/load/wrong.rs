//! Clouds that are wrong while they are loaded: each is found out, whatever its speed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use bytes::Bytes;
use nova_loadtest::{
    calibrate::front::{Front, Way},
    scenario::{Scenario, Weights},
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{cloud, order, results, said, through};

#[rstest]
#[case::key_of_the_owner("rebuild.keys-of-the-owner", Scenario::Rebuild, "own key refused")]
#[case::key_ignored("rebuild.keys-ignored", Scenario::Rebuild, "key_name after a rebuild")]
#[case::null_keeps_the_key(
    "rebuild.null-keeps-the-key",
    Scenario::Rebuild,
    "key_name after a rebuild"
)]
#[case::another_owner(
    "rebuild.rebuilt-by-is-owned-by",
    Scenario::Rebuild,
    "owner after a rebuild"
)]
#[case::another_server("rebuild.rebuilt-is-another", Scenario::Rebuild, "id after a rebuild")]
#[case::unknown_keys(
    "rebuild.unknown-keys-passed-over",
    Scenario::Rebuild,
    "another user's key taken"
)]
#[case::one_key_for_all(
    "keypairs.one-key-for-all",
    Scenario::Keypairs(Weights::default()),
    "fingerprint"
)]
#[case::other_fingerprint(
    "keypairs.fingerprint-of-sha256",
    Scenario::Keypairs(Weights::default()),
    "fingerprint"
)]
#[case::empty_list(
    "keypairs.list-is-empty",
    Scenario::Keypairs(Weights::default()),
    "keypair missing in a list"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_flaw_is_a_violation(#[case] flaw: &str, #[case] scenario: Scenario, #[case] kind: &str) {
    let cloud = cloud(Some(flaw)).await;
    let results = results(&order(&cloud, scenario)).await;
    let violations = results.measured.violations;
    let first: Vec<String> = violations.first.iter().map(said).collect();
    assert!(violations.kinds.contains_key(kind), "{first:?}");
}

/// Once in so many answers, a keypair is shown with somebody else's key.
struct SomebodyElsesKey {
    every: u64,
    shown: AtomicU64,
}

impl Way for SomebodyElsesKey {
    fn held_until(&self, _request: &http::Request<Bytes>, _came: Instant) -> Option<Instant> {
        None
    }

    fn change(&self, asked: &http::Request<Bytes>, answer: &mut http::Response<Bytes>) {
        let is_show = asked.method() == http::Method::GET
            && asked.uri().path().contains("/os-keypairs/")
            && answer.status() == 200;
        if !is_show || !(self.shown.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(self.every)
        {
            return;
        }
        let mut body: Value = serde_json::from_slice(answer.body()).unwrap();
        body["keypair"]["public_key"] = json!(
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvf2nY6gRUT8JQvYtXCZ4C5pDXx4CCOQ0nFDUrmP+eR someone"
        );
        body["keypair"]["fingerprint"] = json!("a2:02:69:1c:0f:a1:d5:a7:a5:2a:1f:4b:0a:18:8f:50");
        let text = body.to_string();
        answer
            .headers_mut()
            .insert(http::header::CONTENT_LENGTH, text.len().into());
        *answer.body_mut() = text.into();
    }
}

/// One wrong answer in a thousand is enough, and no other answer is called wrong.
#[tokio::test(flavor = "multi_thread")]
async fn one_answer_in_a_thousand_is_found() {
    let cloud = cloud(None).await;
    let way = Arc::new(SomebodyElsesKey {
        every: 1000,
        shown: AtomicU64::new(0),
    });
    let front = Front::start(cloud.mock(), way.clone()).unwrap();
    let weights = "import=1,show=20".parse().unwrap();
    let mut order = order(&cloud, Scenario::Keypairs(weights));
    order.target = through(&front, &cloud);
    order.plan.model = nova_loadtest::engine::Model::Rate(600.0);
    order.plan.run_time = std::time::Duration::from_secs(4);
    let results = results(&order).await;
    let wrong = way.shown.load(Ordering::Relaxed) / way.every;
    let violations = results.measured.violations;
    let first: Vec<String> = violations.first.iter().map(said).collect();
    assert!(wrong > 0, "{:?}", results.measured.names.keys());
    assert_eq!(
        violations.kinds.get("fingerprint"),
        Some(&wrong),
        "{first:?}"
    );
    assert_eq!(
        violations.kinds.get("public key"),
        Some(&wrong),
        "{first:?}"
    );
    assert_eq!(violations.count, 2 * wrong, "{first:?}");
}

/// Lists that have something twice, or are none.
struct WrongLists(fn(&mut Value));

impl Way for WrongLists {
    fn held_until(&self, _request: &http::Request<Bytes>, _came: Instant) -> Option<Instant> {
        None
    }

    fn change(&self, asked: &http::Request<Bytes>, answer: &mut http::Response<Bytes>) {
        let is_list = asked.method() == http::Method::GET
            && asked.uri().path().ends_with("/os-keypairs")
            && answer.status() == 200;
        if !is_list {
            return;
        }
        let mut body: Value = serde_json::from_slice(answer.body()).unwrap();
        (self.0)(&mut body);
        let text = body.to_string();
        answer
            .headers_mut()
            .insert(http::header::CONTENT_LENGTH, text.len().into());
        *answer.body_mut() = text.into();
    }
}

#[rstest]
#[case::a_keypair_twice("keypair twice in a list", |body: &mut Value| {
    let list = body["keypairs"].as_array_mut().unwrap();
    list.extend(list.first().cloned());
})]
#[case::no_list("list that cannot be read", |body: &mut Value| body["keypairs"] = Value::Null)]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_list_is_a_violation(#[case] kind: &str, #[case] change: fn(&mut Value)) {
    let cloud = cloud(None).await;
    let front = Front::start(cloud.mock(), Arc::new(WrongLists(change))).unwrap();
    let weights = "import=1,list=4".parse().unwrap();
    let mut order = order(&cloud, Scenario::Keypairs(weights));
    order.target = through(&front, &cloud);
    let violations = results(&order).await.measured.violations;
    assert!(
        violations.kinds.contains_key(kind),
        "{:?}",
        violations.kinds
    );
}
