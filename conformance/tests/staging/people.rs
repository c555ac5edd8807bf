//! People as they are named: some of them, with any kind of credential.

use std::collections::BTreeSet;

use mock_nova::MockNova;
use nova_client::{Config, Credentials, Domain, Project, RawRequest, Scope, Session, User};
use nova_conformance::{check::Caller, checks};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{folder, run, write};

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
