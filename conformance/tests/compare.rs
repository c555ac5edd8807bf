//! Comparing: like clouds answer alike, and a difference is found, told once and shown the shortest way.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use std::{
    collections::BTreeSet,
    process::Command,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use mock_nova::MockNova;
use nova_api::Microversion;
use nova_client::{Config, Credentials, Domain, Project, Scope, User};
use nova_conformance::{
    caller::Caller,
    callers,
    compare::{Comparison, Settings, difference::Kind, side::Side},
};

const SETTINGS: Settings = Settings {
    requests: 400,
    seed: 7,
    only: None,
    shrunk: 10,
};

async fn side(mock: &MockNova) -> Side {
    let as_ = |user: &str, project: &str| {
        let domain = || Domain::Id("default".to_owned());
        let user = User::Name {
            name: user.to_owned(),
            domain: domain(),
        };
        let scope = Scope::Project(Project::Name {
            name: project.to_owned(),
            domain: domain(),
        });
        Config::new(
            mock.auth_url(),
            Credentials::Password {
                user,
                password: "secret".into(),
            },
            scope,
        )
    };
    let others = vec![
        (Caller::Other, as_("alt_demo", "alt_demo")),
        (Caller::Admin, as_("admin", "admin")),
    ];
    let cloud = callers::reach(
        as_("demo", "demo"),
        others,
        &BTreeSet::from([Caller::Expired]),
    )
    .await
    .unwrap();
    Side::new(cloud, &mock.auth_url(), Duration::from_secs(30))
}

async fn comparison(one: &MockNova, other: &MockNova) -> Comparison {
    Comparison::new(
        side(one).await,
        side(other).await,
        Arc::new(AtomicBool::new(false)),
    )
    .await
    .unwrap()
}

#[tokio::test]
async fn like_clouds_answer_alike_and_nothing_is_left() {
    let (one, other) = (MockNova::start().await, MockNova::start().await);
    let mut comparison = comparison(&one, &other).await;
    let findings = comparison.run(SETTINGS, |_, _| {}).await.unwrap();
    assert_eq!(
        findings.kinds.keys().collect::<Vec<&Kind>>(),
        Vec::<&Kind>::new()
    );
    assert_eq!((findings.asked, findings.left_behind.len()), (400, 0));
    assert!(
        findings.succeeded > 150,
        "only {} of 400 requests succeeded",
        findings.succeeded
    );
    side(&one).await.must_be_empty().await.unwrap();
}

#[tokio::test]
async fn a_difference_is_found_told_once_and_shown_the_shortest_way() {
    let older = MockNova::builder()
        .max_microversion(Microversion::new(90).unwrap())
        .start()
        .await
        .unwrap();
    let newer = MockNova::start().await;
    let mut comparison = comparison(&older, &newer).await;
    let findings = comparison.run(SETTINGS, |_, _| {}).await.unwrap();
    let of_the_version = |kind: &Kind| kind.what.iter().any(|what| what.contains("406 (Version"));
    let (kind, finding) = findings
        .kinds
        .iter()
        .find(|(kind, finding)| of_the_version(kind) && finding.shortest.is_some())
        .unwrap();
    let shortest = finding.shortest.as_ref().unwrap();
    assert_eq!(shortest.len(), 1, "{shortest:#?}");
    let ask = &shortest[0];
    assert!(
        ask.headers
            .iter()
            .all(|(name, _)| name.ends_with("-api-version")),
        "{}",
        ask.as_curl()
    );

    let only = Settings {
        only: Some(finding.first.number),
        shrunk: 0,
        ..SETTINGS
    };
    let again = comparison.run(only, |_, _| {}).await.unwrap();
    assert_eq!(
        again.kinds.keys().collect::<Vec<_>>(),
        [kind],
        "the number repeats it"
    );
}

#[tokio::test]
async fn somebody_who_owns_keypairs_is_not_asked_as() {
    let mock = MockNova::start().await;
    let mut owner = side(&mock).await;
    let ask = &nova_conformance::record::script()
        .into_iter()
        .find(|step| step.place.ends_with("2.1/keypairs.create-imported.json"))
        .unwrap()
        .ask;
    assert_eq!(owner.ask(ask).await.unwrap().status, 200);
    let other = MockNova::start().await;
    let refused = Comparison::new(
        side(&mock).await,
        side(&other).await,
        Arc::new(AtomicBool::new(false)),
    )
    .await
    .unwrap_err();
    assert!(
        refused.contains("owns 1 keypair(s), such as \"sample\""),
        "{refused}"
    );
}

#[test]
fn the_program_ends_with_0_where_there_is_no_difference() {
    let output = Command::new(env!("CARGO_BIN_EXE_nova-conformance"))
        .args(["compare", "--requests", "50", "--seed", "3"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        told.contains("mock-nova and mock-nova: 50 requests to each with seed 3"),
        "{told}"
    );
}
