//! `--create-users`: an administrator makes the people of a run, and nothing of them is left.

use std::collections::BTreeSet;

use mock_nova::MockNova;
use nova_client::{
    Config, Credentials, Domain, Project, RawRequest, Scope, Service, Session, User,
};
use rstest::rstest;

use crate::support::{Ended, folder, program, run, sweep, write};

/// Nova as the administrator reaches it, and Keystone.
async fn as_admin(mock: &MockNova) -> (Service, Service) {
    let domain = || Domain::Id("default".to_owned());
    let credentials = Credentials::Password {
        user: User::Name {
            name: "admin".to_owned(),
            domain: domain(),
        },
        password: "secret".into(),
    };
    let project = Project::Name {
        name: "admin".to_owned(),
        domain: domain(),
    };
    let config = Config::new(mock.auth_url(), credentials, Scope::Project(project));
    let session = Session::connect(config).await.unwrap();
    let compute = session.service("compute").unwrap();
    let keystone = compute.at(session.keystone());
    (compute, keystone)
}

/// The names of all users and projects of a cloud, and of all their servers, server groups and keypairs.
async fn everybody(mock: &MockNova) -> BTreeSet<String> {
    let (compute, keystone) = as_admin(mock).await;
    let mut names = BTreeSet::new();
    let mut users = Vec::new();
    for kind in ["users", "projects"] {
        let answer = keystone.send(&RawRequest::get(format!("/{kind}"))).await;
        let list = answer.unwrap().json().unwrap();
        for item in list[kind].as_array().unwrap() {
            names.insert(format!("{kind} {}", item["name"].as_str().unwrap()));
            if kind == "users" {
                users.push(item["id"].as_str().unwrap().to_owned());
            }
        }
    }
    for user in users {
        let keypairs = RawRequest::get(format!("/os-keypairs?user_id={user}")).at("2.10");
        let list = compute.send(&keypairs).await.unwrap().json().unwrap();
        for item in list["keypairs"].as_array().unwrap() {
            names.insert(format!("keypair {}", item["keypair"]["name"]));
        }
    }
    for (path, key) in [
        ("/servers?all_tenants=1", "servers"),
        ("/os-server-groups?all_projects=1", "server_groups"),
    ] {
        let list = compute.send(&RawRequest::get(path)).await.unwrap();
        for item in list.json().unwrap()[key].as_array().unwrap() {
            names.insert(format!("{key} {}", item["name"]));
        }
    }
    names
}

/// Those among them that a run made.
fn of_runs(names: &BTreeSet<String>) -> Vec<&String> {
    names.iter().filter(|name| name.contains("nvc-")).collect()
}

async fn run_by_admin(mock: &MockNova, arguments: &[&str]) -> Ended {
    let made = ["--admin-cloud", "admin", "--create-users"];
    run(folder(mock).path(), &[&made, arguments].concat()).await
}

const SOME: &[&str] = &[
    "--microversions",
    "2.60",
    "--filter",
    "keypairs.create.callers",
    "keypairs.list.owners",
    "servers.rebuild.image.another",
];

#[rstest]
#[case::all_of_them(&[], &["main", "second", "other", "reader"])]
#[case::those_who_are_not_named(&["--os-cloud", "demo", "--reader-cloud", "demo_reader"], &["second", "other"])]
#[tokio::test]
async fn everybody_is_made_and_nobody_is_left(#[case] named: &[&str], #[case] made: &[&str]) {
    let mock = MockNova::builder().start().await.unwrap();
    let before = everybody(&mock).await;
    let ended = run_by_admin(&mock, &[named, SOME].concat()).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let judged = (
        ended.summary("skipped"),
        ended.summary("errored"),
        ended.summary("leaks"),
    );
    assert_eq!(judged, (0, 0, 0), "{}", ended.said);
    for who in ["main", "second", "other", "reader"] {
        let is_told = ended.said.contains(&format!("-people-{who}'"));
        assert_eq!(is_told, made.contains(&who), "{who}: {}", ended.said);
    }
    assert_eq!(everybody(&mock).await, before);
}

#[tokio::test]
async fn a_cloud_without_the_role_gets_no_reader() {
    let mock = MockNova::builder().start().await.unwrap();
    let (_, keystone) = as_admin(&mock).await;
    let roles = RawRequest::get("/roles?name=reader");
    let roles = keystone.send(&roles).await.unwrap().json().unwrap();
    let id = roles["roles"][0]["id"].as_str().unwrap();
    let path = format!("/roles/{id}");
    let mutable = serde_json::json!({"role": {"options": {"immutable": false}}});
    let change = RawRequest::new(http::Method::PATCH, &path).json(&mutable);
    assert_eq!(keystone.send(&change).await.unwrap().status, 200);
    let deletion = RawRequest::delete(&path);
    assert_eq!(keystone.send(&deletion).await.unwrap().status, 204);

    let filter = ["--filter", "keypairs.create.callers.{main,reader}"];
    let ended = run_by_admin(&mock, &filter).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let instances = ended.instances().into_iter();
    let mut readers = instances.filter(|(id, ..)| id.ends_with(".reader"));
    let (_, outcome, reason) = readers.next().unwrap();
    assert_eq!(outcome, "skipped");
    assert!(
        reason.contains("the cloud has no role 'reader'"),
        "{reason}"
    );
}

#[tokio::test]
async fn nobody_is_made_whom_no_check_needs() {
    let mock = MockNova::builder().start().await.unwrap();
    let ended = run_by_admin(&mock, &["--filter", "keypairs.delete.gone"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert!(
        ended.said.contains("-people-main'") && !ended.said.contains("-people-second"),
        "{}",
        ended.said
    );
}

#[tokio::test]
async fn the_command_that_asks_again_makes_people_too() {
    let mock = MockNova::builder().start().await.unwrap();
    let ended = run_by_admin(&mock, &["--filter", "keypairs.delete.gone"]).await;
    let report = ended.report.to_string();
    assert!(
        report.contains("nova-conformance run --create-users --admin-cloud admin"),
        "{report}"
    );
}

#[rstest]
#[case::by_no_administrator(&["--create-users"], "--admin-cloud <NAME>")]
#[case::by_a_plain_member(
    &["--create-users", "--admin-cloud", "demo"],
    "user 'demo' of --admin-cloud could not look for roles: GET /v3/roles answered 403"
)]
#[case::for_the_administrator(
    &["--create-users", "--admin-cloud", "admin", "--os-cloud", "admin"],
    "user 'admin' is both --admin-cloud and --os-cloud (or OS_CLOUD)"
)]
#[case::for_a_project_that_is_not_named(
    &["--create-users", "--admin-cloud", "admin", "--second-cloud", "demo_second"],
    "--second-cloud and --reader-cloud name people of the project of --os-cloud"
)]
#[case::for_files_that_cannot_be_written(
    &["--create-users", "--admin-cloud", "admin", "--report-dir", "clouds.yaml/reports"],
    "the reports cannot be written to clouds.yaml/reports"
)]
#[case::for_a_secret_that_is_not_there(
    &["--create-users", "--admin-cloud", "admin", "--metadata-url", "http://127.0.0.1:9", "--metadata-secret-env", "NO_SUCH"],
    "--metadata-secret-env names NO_SUCH, which is not set"
)]
#[tokio::test]
async fn a_run_that_does_not_begin_leaves_nobody(#[case] arguments: &[&str], #[case] why: &str) {
    let mock = MockNova::builder().start().await.unwrap();
    let before = everybody(&mock).await;
    let ended = run(folder(&mock).path(), arguments).await;
    assert_eq!(ended.code, Some(2), "{}", ended.said);
    assert!(ended.said.contains(why), "{}", ended.said);
    assert_eq!(everybody(&mock).await, before);
}

#[tokio::test]
async fn a_sweep_by_somebody_who_is_no_administrator_says_what_it_did_not_see() {
    let mock = MockNova::builder().start().await.unwrap();
    let swept = sweep(folder(&mock).path(), &["--admin-cloud", "demo"]).await;
    assert_eq!(swept.code, Some(3), "{}", swept.said);
    assert!(
        swept.said.contains(
            "could not look for users that runs made for themselves: GET /v3/users answered 403"
        ),
        "{}",
        swept.said
    );
}

/// Only administrators may delete keypairs: what the people of a run make is left, and so are they, until it is swept.
#[tokio::test]
async fn people_stay_with_what_is_left_of_theirs_and_are_swept_with_it() {
    let elsewhere = tempfile::tempdir().unwrap();
    write(
        &elsewhere,
        "policy.yaml",
        "\"os_compute_api:os-keypairs:delete\": \"is_admin:True\"\n",
    );
    let mock = MockNova::builder().policy(elsewhere.path().join("policy.yaml"));
    let mock = mock.start().await.unwrap();
    let before = everybody(&mock).await;
    let ended = run_by_admin(&mock, &["--filter", "keypairs.create.callers.main"]).await;
    assert_eq!(ended.code, Some(3), "{}", ended.said);
    assert!(
        ended
            .report
            .to_string()
            .contains("something that was made is left, and may be theirs"),
        "{}",
        ended.report
    );
    let left = everybody(&mock).await;
    assert!(
        of_runs(&left).iter().any(|name| name.starts_with("users"))
            && of_runs(&left)
                .iter()
                .any(|name| name.starts_with("keypair")),
        "{left:?}"
    );

    let admin = ["--admin-cloud", "admin", "--older-than"];
    let young = sweep(folder(&mock).path(), &[&admin[..], &["1h"]].concat()).await;
    assert_eq!(young.code, Some(0), "{}", young.said);
    assert_eq!(everybody(&mock).await, left, "{}", young.said);
    let swept = sweep(folder(&mock).path(), &[&admin[..], &["0s"]].concat()).await;
    assert_eq!(swept.code, Some(0), "{}", swept.said);
    assert_eq!(everybody(&mock).await, before, "{}", swept.said);
}

/// The signal that nobody can catch, while the people of a run have servers and keypairs.
#[tokio::test]
async fn what_a_killed_runs_people_left_is_swept_by_the_administrator() {
    let mock = MockNova::builder().start().await.unwrap();
    let before = everybody(&mock).await;
    let folder = folder(&mock);
    let mut child = program(folder.path())
        .args(["run", "--admin-cloud", "admin", "--create-users"])
        .args(["--microversions", "2.60", "--filter", "security.rebuild"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let begin = |left: &BTreeSet<String>, kind: &str| {
        of_runs(left).iter().any(|name| name.starts_with(kind))
    };
    let mut left = everybody(&mock).await;
    while !(begin(&left, "servers") && begin(&left, "keypair")) {
        assert_eq!(child.try_wait().unwrap(), None, "they make something");
        left = everybody(&mock).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();

    let swept = sweep(
        folder.path(),
        &["--admin-cloud", "admin", "--older-than", "0s"],
    )
    .await;
    assert_eq!(swept.code, Some(0), "{}", swept.said);
    assert!(
        swept.said.contains("' of user 'nvc-"),
        "whose it was is told: {}",
        swept.said
    );
    assert_eq!(everybody(&mock).await, before, "{}", swept.said);
}

/// A Ctrl-C while people are made: the request that is under way may have made somebody, and nobody is left.
#[cfg(unix)]
#[tokio::test]
async fn an_interrupt_while_people_are_made_leaves_nobody() {
    let mock = MockNova::builder().start().await.unwrap();
    let before = everybody(&mock).await;
    let folder = folder(&mock);
    let mut child = program(folder.path())
        .args(["run", "--admin-cloud", "admin", "--create-users"])
        .spawn()
        .unwrap();
    while of_runs(&everybody(&mock).await).is_empty() {
        assert_eq!(child.try_wait().unwrap(), None, "somebody is made");
    }
    let id = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(killed.unwrap().success());
    let ended = tokio::task::spawn_blocking(move || child.wait().unwrap()).await;
    assert_eq!(ended.unwrap().code(), Some(130));
    assert_eq!(everybody(&mock).await, before);
}
