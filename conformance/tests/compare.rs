//! Comparing: like clouds answer alike, and a difference is found, told once and shown the shortest way.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use std::{
    cell::Cell,
    collections::BTreeSet,
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
use rstest::rstest;

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

/// A cloud that ends at 2.90.
async fn older() -> MockNova {
    MockNova::builder()
        .max_microversion(Microversion::new(90).unwrap())
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn like_clouds_answer_alike_and_nothing_is_left() {
    let (one, other) = (MockNova::start().await, MockNova::start().await);
    let mut comparison = comparison(&one, &other).await;
    let findings = comparison.run(SETTINGS, |_, _| {}).await;
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
    let (older, newer) = (older().await, MockNova::start().await);
    let mut comparison = comparison(&older, &newer).await;
    let findings = comparison.run(SETTINGS, |_, _| {}).await;
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
    let again = comparison.run(only, |_, _| {}).await;
    assert_eq!(
        again.kinds.keys().collect::<Vec<_>>(),
        [kind],
        "the number repeats it"
    );
}

#[tokio::test]
async fn a_cloud_that_dies_ends_the_run_with_what_was_found() {
    let (older, newer) = (older().await, MockNova::start().await);
    let mut comparison = comparison(&older, &newer).await;
    let dying = Cell::new(Some(newer));
    let findings = comparison.run(SETTINGS, |_, _| drop(dying.take())).await;
    assert!(findings.broken_off.is_some());
    assert!(findings.asked < SETTINGS.requests && !findings.kinds.is_empty());
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

/// The program's code, and all it says, where clouds.yaml has the entry `here`, and `here-admin` for the same user.
async fn compare(mock: &MockNova, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let entry = |name: &str| {
        format!(
            "  {name}:\n    auth:\n      auth_url: {}\n      username: demo\n      password: secret\n      project_name: demo\n      \
             user_domain_id: default\n      project_domain_id: default\n",
            mock.auth_url()
        )
    };
    let clouds = ["here", "twice", "twice-admin"].map(entry).concat();
    let path = folder.path().join("clouds.yaml");
    std::fs::write(&path, format!("clouds:\n{clouds}")).unwrap();
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_nova-conformance"))
        .arg("compare")
        .args(arguments)
        .env("OS_CLIENT_CONFIG_FILE", path)
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[tokio::test]
async fn the_program_ends_with_0_where_there_is_no_difference() {
    let mock = MockNova::start().await;
    let arguments = ["--against", "here", "--requests", "50", "--seed", "3"];
    let (code, said) = compare(&mock, &arguments).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("mock-nova and here: 50 requests to each with seed 3"),
        "{said}"
    );
}

#[rstest]
#[case::nothing_to_compare_with(&[], "--against <NAME>")]
#[case::itself(
    &["--against", "mock"],
    "'mock' would be compared with itself: name another cloud with --against"
)]
#[case::not_everything(
    &["--against", "here", "--require-all"],
    "--require-all: clouds.yaml has no 'here-second', no 'here-other', no 'here-reader', no 'here-admin': add"
)]
#[case::one_user_twice(
    &["--against", "twice"],
    "the entry 'twice-admin' and the entry 'twice' are the same user, 'demo'"
)]
#[tokio::test]
async fn the_program_refuses_with_2_and_a_sentence(
    #[case] arguments: &[&str],
    #[case] sentence: &str,
) {
    let mock = MockNova::start().await;
    let (code, said) = compare(&mock, arguments).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains(sentence), "{said}");
}
