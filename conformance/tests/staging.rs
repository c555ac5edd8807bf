//! A staging cloud as people have it: some of the credentials, of any kind, and policies of its own. The program is run
//! against a mock that nobody told about it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, path::Path, process::Command};

use mock_nova::MockNova;
use nova_client::{Config, Credentials, Domain, Project, RawRequest, Scope, Session, User};
use nova_conformance::{check::Caller, checks, expected::Expected, profile::Profile};
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How a run ended: its exit code, its report, and all that was said.
struct Ended {
    code: Option<i32>,
    report: Value,
    said: String,
}

impl Ended {
    /// Every instance: id, outcome, and the reason, where there is one.
    fn instances(&self) -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let checks = self.report["checks"].as_array().unwrap();
        let instances = checks.iter().flat_map(|check| {
            let of_check = check["instances"].as_array().unwrap();
            of_check.iter().map(|instance| {
                (
                    text(&check["id"]),
                    text(&instance["outcome"]),
                    text(&instance["reason"]),
                )
            })
        });
        instances.collect()
    }

    fn outcomes(&self, id: &str) -> BTreeSet<String> {
        let of_check = self.instances().into_iter().filter(|(of, ..)| of == id);
        of_check.map(|(_, outcome, _)| outcome).collect()
    }

    fn summary(&self, count: &str) -> u64 {
        self.report["summary"][count].as_u64().unwrap()
    }
}

async fn run(folder: &Path, arguments: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nova-conformance"));
    command
        .arg("run")
        .args(arguments)
        .args(["--report-dir", "reports"])
        .current_dir(folder)
        .env_clear()
        .env("OS_CLIENT_CONFIG_FILE", folder.join("clouds.yaml"));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let report = std::fs::read(folder.join("reports/report.json")).unwrap_or_default();
    Ended {
        code: output.status.code(),
        report: serde_json::from_slice(&report).unwrap_or_default(),
        said: String::from_utf8_lossy(&said).into_owned(),
    }
}

/// A clouds.yaml with an entry per person of the mock's default cloud, named after the user.
fn folder(mock: &MockNova) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let people = [
        ("demo", "demo"),
        ("demo_second", "demo"),
        ("alt_demo", "alt_demo"),
        ("demo_reader", "demo"),
        ("admin", "admin"),
    ];
    let clouds: serde_json::Map<String, Value> = people
        .iter()
        .map(|(user, project)| {
            let auth = json!({
                "auth_url": mock.auth_url(), "username": user, "password": "secret", "project_name": project,
                "user_domain_id": "default", "project_domain_id": "default",
            });
            ((*user).to_owned(), json!({"auth": auth}))
        })
        .collect();
    write(
        &folder,
        "clouds.yaml",
        &json!({"clouds": clouds}).to_string(),
    );
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    std::fs::write(folder.path().join(name), text).unwrap();
}

const EVERYBODY: &[&str] = &[
    "--os-cloud",
    "demo",
    "--second-cloud",
    "demo_second",
    "--other-cloud",
    "alt_demo",
    "--reader-cloud",
    "demo_reader",
    "--admin-cloud",
    "admin",
];

#[rstest]
#[case::one_user(&["--os-cloud", "demo"], &[])]
#[case::two_users(&["--os-cloud", "demo", "--second-cloud", "demo_second"], &[Caller::Second])]
#[case::two_users_and_an_admin(
    &["--os-cloud", "demo", "--second-cloud", "demo_second", "--admin-cloud", "admin"],
    &[Caller::Second, Caller::Admin]
)]
#[tokio::test]
async fn what_needs_more_people_is_skipped_and_says_whom(
    #[case] people: &[&str],
    #[case] there: &[Caller],
) {
    let mock = MockNova::builder().start().await.unwrap();
    let folder = folder(&mock);
    let arguments = [people, &["--filter", "keypairs", "--microversions", "2.35"]].concat();
    let ended = run(folder.path(), &arguments).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert_eq!(
        (ended.summary("errored"), ended.summary("violations")),
        (0, 0)
    );

    let missing = |caller: &Caller| {
        !there.contains(caller) && *caller != Caller::Main && caller.option().is_some()
    };
    let registry = checks::registry();
    for (id, outcome, reason) in ended.instances() {
        let check = registry.iter().find(|check| check.id() == id).unwrap();
        let lacks: Vec<&Caller> = check
            .callers()
            .iter()
            .filter(|caller| missing(caller))
            .collect();
        assert_eq!(
            outcome == "skipped",
            !lacks.is_empty(),
            "{id}: {outcome} {reason}"
        );
        for caller in lacks {
            assert!(reason.contains(caller.option().unwrap()), "{id}: {reason}");
        }
    }
    assert!(ended.summary("passed") > 100 && ended.summary("skipped") > 10);
}

/// The user's session, an application credential of theirs as `auth` of a clouds.yaml, and a token as another.
async fn credentials(mock: &MockNova, user: &str) -> (Value, Value) {
    let domain = || Domain::Id("default".to_owned());
    let named = User::Name {
        name: user.to_owned(),
        domain: domain(),
    };
    let project = Project::Name {
        name: "demo".to_owned(),
        domain: domain(),
    };
    let password = Credentials::Password {
        user: named,
        password: "secret".into(),
    };
    let config = Config::new(mock.auth_url(), password, Scope::Project(project));
    let session = Session::connect(config).await.unwrap();
    let keystone = session.service("compute").unwrap().at(mock.auth_url());
    let path = format!(
        "/users/{}/application_credentials",
        session.identity().user.id
    );
    let asked = json!({"application_credential": {"name": "staging", "secret": "app-hunter-two"}});
    let answer = keystone
        .send(&RawRequest::post(path).json(&asked))
        .await
        .unwrap();
    assert_eq!(answer.status, 201);
    let made = answer.json().unwrap();
    let application = json!({
        "auth_url": mock.auth_url(), "application_credential_id": made["application_credential"]["id"],
        "application_credential_secret": "app-hunter-two",
    });
    let token = json!({
        "auth_url": mock.auth_url(), "token": session.token().expose(), "project_name": "demo", "project_domain_id": "default",
    });
    (application, token)
}

#[rstest]
#[case::application_credentials(true)]
#[case::tokens(false)]
#[tokio::test]
async fn people_come_with_application_credentials_and_tokens(#[case] application: bool) {
    let mock = MockNova::builder().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let entry = |(credential, token): (Value, Value)| {
        if application {
            json!({"auth_type": "v3applicationcredential", "auth": credential})
        } else {
            json!({"auth_type": "v3token", "auth": token})
        }
    };
    let main = entry(credentials(&mock, "demo").await);
    let second = entry(credentials(&mock, "demo_second").await);
    let secrets = [&main, &second].map(|entry| {
        let auth = &entry["auth"];
        let secret = auth
            .get("token")
            .unwrap_or(&auth["application_credential_secret"]);
        secret.as_str().unwrap().to_owned()
    });
    let clouds = json!({"clouds": {"main": main, "second": second}});
    write(&folder, "clouds.yaml", &clouds.to_string());

    let ended = run(
        folder.path(),
        &[
            "--os-cloud",
            "main",
            "--second-cloud",
            "second",
            "--filter",
            "keypairs.create.callers",
        ],
    )
    .await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    for caller in ["main", "second", "expired"] {
        let outcomes = ended.outcomes(&format!("keypairs.create.callers.{caller}"));
        assert_eq!(
            outcomes,
            BTreeSet::from(["passed".to_owned()]),
            "{caller}: {}",
            ended.said
        );
    }
    for secret in secrets {
        assert!(!ended.said.contains(&secret) && !ended.report.to_string().contains(&secret));
    }
}

/// A mock whose policy file says `policy`, judged by everybody under `profile`.
async fn judged_under(policy: &str, profile: Option<&str>, filter: &[&str]) -> Ended {
    let elsewhere = tempfile::tempdir().unwrap();
    write(&elsewhere, "policy.yaml", policy);
    let mock = MockNova::builder().policy(elsewhere.path().join("policy.yaml"));
    let mock = mock.start().await.unwrap();
    let folder = folder(&mock);
    let mut arguments = [
        EVERYBODY,
        &["--microversions", "2.9,2.60", "--filter"],
        filter,
    ]
    .concat();
    if let Some(profile) = profile {
        write(&folder, "profile.yaml", profile);
        arguments.extend(["--profile", "profile.yaml"]);
    }
    run(folder.path(), &arguments).await
}

const NO_READERS: &str = "\
    \"os_compute_api:os-keypairs:create\": \"(role:member and user_id:%(user_id)s) or is_admin:True\"\n\
    \"os_compute_api:os-keypairs:delete\": \"(role:member and user_id:%(user_id)s) or is_admin:True\"\n";

#[tokio::test]
async fn a_profile_judges_who_may_do_what_and_says_so() {
    let filter = ["keypairs.create.callers", "keypairs.delete.callers"];
    let profile = "operations:\n  keypairs.{create,delete}: [member, admin]\n";
    let ended = judged_under(NO_READERS, None, &filter).await;
    assert_eq!(
        ended.code,
        Some(1),
        "without the profile the reader is refused wrongly: {}",
        ended.said
    );

    let ended = judged_under(NO_READERS, Some(profile), &filter).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert_eq!(ended.summary("not_applicable"), 0, "{}", ended.said);
    let mut checks = ended.report["checks"].as_array().unwrap().iter();
    let reader = checks
        .find(|check| check["id"] == "keypairs.create.callers.reader")
        .unwrap();
    assert!(
        reader["sentence"].as_str().unwrap().starts_with("Judged by the profile, not by Nova's default policy: keypairs.create is for member, admin."),
        "{reader}"
    );
    assert_eq!(reader["source"], "the profile, profile.yaml:2");
}

#[tokio::test]
async fn a_profile_that_the_cloud_does_not_keep_to_is_a_violation() {
    let profile = "operations:\n  keypairs.create: [member, admin]\n";
    let ended = judged_under("{}", Some(profile), &["keypairs.create.callers.reader"]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.said);
    assert_eq!(
        ended.outcomes("keypairs.create.callers.reader"),
        BTreeSet::from(["violation".to_owned()])
    );
}

const NO_KEYPAIRS: &str = "\"os_compute_api:os-keypairs:create\": \"!\"\n\"os_compute_api:os-keypairs:delete\": \"!\"\n\
    \"os_compute_api:os-keypairs:index\": \"!\"\n\"os_compute_api:os-keypairs:show\": \"!\"\n";

#[tokio::test]
async fn what_a_cloud_hides_from_everybody_does_not_apply_where_the_profile_says_so() {
    let filter = ["keypairs"];
    let ended = judged_under(NO_KEYPAIRS, Some("operations:\n  keypairs: []\n"), &filter).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert_eq!(
        (
            ended.summary("violations"),
            ended.summary("errored"),
            ended.summary("leaks")
        ),
        (0, 0, 0)
    );
    assert_eq!(
        ended.outcomes("keypairs.create.callers.main"),
        BTreeSet::from(["passed".to_owned()]),
        "that nobody may is judged"
    );
    let (_, outcome, reason) = ended
        .instances()
        .into_iter()
        .find(|(id, ..)| id == "keypairs.create.answer")
        .unwrap();
    assert_eq!(outcome, "not_applicable");
    assert_eq!(
        reason,
        "the profile (profile.yaml:2) says that keypairs.create is for nobody, and the cloud answered the caller 'main' 403: \
         Policy doesn't allow os_compute_api:os-keypairs:create to be performed."
    );
}

#[tokio::test]
async fn what_a_cloud_hides_is_no_excuse_without_a_profile() {
    let ended = judged_under(NO_KEYPAIRS, None, &["keypairs.create.answer"]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.said);
}

#[tokio::test]
async fn only_what_failed_is_asked_again() {
    let elsewhere = tempfile::tempdir().unwrap();
    write(&elsewhere, "policy.yaml", NO_READERS);
    let mock = MockNova::builder().policy(elsewhere.path().join("policy.yaml"));
    let mock = mock.start().await.unwrap();
    let folder = folder(&mock);
    let filter = [
        "--filter",
        "keypairs.create.callers",
        "--microversions",
        "2.1,2.60",
    ];
    let first = run(folder.path(), &[EVERYBODY, &filter].concat()).await;
    assert_eq!(first.code, Some(1), "{}", first.said);
    let failed: Vec<_> = first
        .instances()
        .into_iter()
        .filter(|(_, outcome, _)| outcome == "violation" || outcome == "errored")
        .collect();
    std::fs::rename(folder.path().join("reports"), folder.path().join("first")).unwrap();

    let again = run(
        folder.path(),
        &[EVERYBODY, &["--rerun", "first/report.json"]].concat(),
    )
    .await;
    assert_eq!(again.code, Some(1), "{}", again.said);
    assert_eq!(again.instances(), failed);
}

/// A run of one check that passes on the built-in cloud, with `--expected`.
async fn expecting(file: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "known.yaml", file);
    let arguments = [
        "--filter",
        "keypairs.delete.gone",
        "--expected",
        "known.yaml",
    ];
    run(folder.path(), &arguments).await
}

#[rstest]
#[case::that_passes(
    "expected:\n  - {checks: keypairs.delete.gone, reason: bug 1, expires: 2999-01-31}",
    1,
    "that were expected to fail pass: delete the entry at known.yaml:2"
)]
#[case::that_is_expired(
    "expected:\n  - {checks: keypairs.delete.gone, reason: bug 1, expires: 2020-01-31}",
    1,
    "expired on 2020-01-31, and excuses nothing any more"
)]
#[case::that_matches_no_check(
    "expected:\n  - {checks: keypairs.fly, reason: bug 1, expires: 2999-01-31}",
    2,
    "known.yaml:2: no check matches 'keypairs.fly'"
)]
#[case::that_is_not_asked(
    "expected:\n  - {checks: servers.rebuild, reason: bug 1, expires: 2999-01-31}",
    0,
    "whether it is still needed is not known"
)]
#[tokio::test]
async fn an_entry_of_expected_failures(
    #[case] file: &str,
    #[case] code: i32,
    #[case] sentence: &str,
) {
    let ended = expecting(file).await;
    assert_eq!(ended.code, Some(code), "{}", ended.said);
    assert!(ended.said.contains(sentence), "{}", ended.said);
}

#[tokio::test]
async fn a_report_in_which_nothing_failed_has_nothing_to_ask_again() {
    let folder = tempfile::tempdir().unwrap();
    let green = run(folder.path(), &["--filter", "keypairs.delete.gone"]).await;
    assert_eq!(green.code, Some(0), "{}", green.said);
    let again = run(folder.path(), &["--rerun", "reports/report.json"]).await;
    assert_eq!(again.code, Some(2), "{}", again.said);
    assert!(
        again
            .said
            .contains("nothing failed or errored in this report"),
        "{}",
        again.said
    );
}

#[test]
fn the_guides_examples_are_read() {
    let page = include_str!("../../docs/staging.md");
    let examples: Vec<&str> = page
        .split("```yaml\n")
        .skip(1)
        .filter_map(|after| after.split("```").next())
        .collect();
    let [expected, profile] = examples[..] else {
        panic!("{} examples", examples.len());
    };
    Expected::parse("docs/staging.md", expected, &checks::registry()).unwrap();
    Profile::parse("docs/staging.md", profile).unwrap();
}
