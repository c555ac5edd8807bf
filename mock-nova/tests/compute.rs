//! What recorded samples and checks cannot say of the Compute service: the dialect of 2011, a deployment's own
//! policy, and what holds when many ask at once.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use std::collections::HashSet;
use std::io::Write as _;

use mock_nova::MockNova;
use nova_api::Microversion;
use reqwest::{Client, Method, RequestBuilder};
use rstest::rstest;
use serde_json::{Value, json};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvf2nY6gRUT8JQvYtXCZ4C5pDXx4CCOQ0nFDUrmP+eR a@b";

fn request(mock: &MockNova, user: &str, method: Method, path: &str) -> RequestBuilder {
    let token = mock.token_for(user).unwrap();
    Client::new()
        .request(method, format!("{}/compute{path}", mock.url()))
        .header("X-Auth-Token", token)
}

async fn answer(request: RequestBuilder) -> (u16, String) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn create(mock: &MockNova, user: &str, keypair: Value) -> RequestBuilder {
    request(mock, user, Method::POST, "/v2.1/os-keypairs")
        .header("OpenStack-API-Version", "compute 2.10")
        .json(&json!({"keypair": keypair}))
}

/// "About The Keypairs Extension", 2011-09-16.
#[rstest]
#[case::of_2011("/v1.1/extensions")]
#[case::its_successor("/v2/extensions")]
#[tokio::test]
async fn the_extensions_of_2011_are_listed_in_json(#[case] path: &str) {
    let mock = MockNova::start().await;
    let (status, body) = answer(request(&mock, "demo", Method::GET, path)).await;
    assert_eq!(status, 200);
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        told,
        json!({"extensions": [{
            "updated": "2011-08-08T00:00:00+00:00",
            "name": "Keypairs",
            "links": [],
            "namespace": "http://docs.openstack.org/ext/keypairs/api/v1.1",
            "alias": "os-keypairs",
            "description": "Keypair Support",
        }]})
    );
}

#[rstest]
#[case::list("/v1.1/extensions", "<extensions ")]
#[case::one("/v1.1/extensions/os-keypairs", "<extension ")]
#[tokio::test]
async fn the_extensions_of_2011_are_told_in_xml(#[case] path: &str, #[case] root: &str) {
    let mock = MockNova::start().await;
    let asked = request(&mock, "demo", Method::GET, path).header("Accept", "application/xml");
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/xml");
    let body = answer.text().await.unwrap();
    assert!(body.contains(root), "{body}");
    assert!(
        body.contains(r#"alias="os-keypairs" updated="2011-08-08T00:00:00+00:00""#),
        "{body}"
    );
    assert!(
        body.contains("<description>Keypair Support</description>"),
        "{body}"
    );
}

#[tokio::test]
async fn keypairs_work_below_the_project_of_2011() {
    let mock = MockNova::start().await;
    let project = mock.state().store.read(|cloud| {
        cloud
            .identity
            .projects()
            .iter()
            .find(|project| project.name == "demo")
            .unwrap()
            .id
            .clone()
    });
    let path = format!("/v1.1/{project}/os-keypairs");
    let made = request(&mock, "demo", Method::POST, &path)
        .json(&json!({"keypair": {"name": " mine ", "public_key": KEY, "colour": "red"}}));
    assert_eq!(answer(made).await.0, 200);
    let (status, body) = answer(request(&mock, "demo", Method::GET, &format!("{path}/mine"))).await;
    assert_eq!(
        (status, body.contains(r#""name":"mine""#)),
        (200, true),
        "{body}"
    );
}

#[tokio::test]
async fn a_policy_file_decides_who_may() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(
        file,
        "\"os_compute_api:os-keypairs:index\": \"role:manager and user_id:%(user_id)s\""
    )
    .unwrap();
    let mock = MockNova::builder()
        .policy(file.path())
        .start()
        .await
        .unwrap();
    let list = |user: &str| request(&mock, user, Method::GET, "/v2.1/os-keypairs");
    let (status, body) = answer(list("demo")).await;
    assert_eq!(status, 403);
    assert!(
        body.contains("Policy doesn't allow os_compute_api:os-keypairs:index to be performed."),
        "{body}"
    );
    // An admin is a manager too.
    assert_eq!(answer(list("admin")).await.0, 200);
}

#[tokio::test]
async fn an_older_nova_offers_less() {
    let newest = Microversion::new(53).unwrap();
    let mock = MockNova::builder()
        .max_microversion(newest)
        .start()
        .await
        .unwrap();
    let at = |version: &str| {
        request(&mock, "demo", Method::GET, "/v2.1/os-keypairs")
            .header("OpenStack-API-Version", version)
    };
    let (status, body) = answer(at("compute 2.54")).await;
    assert_eq!(status, 406);
    assert!(
        body.contains("Minimum is 2.1 and maximum is 2.53."),
        "{body}"
    );
    let latest = at("compute latest").send().await.unwrap();
    assert_eq!(latest.headers()["openstack-api-version"], "compute 2.53");
}

#[tokio::test]
async fn a_quota_holds_when_many_fill_it_at_once() {
    let mock = MockNova::start().await;
    let project = mock.state().store.read(|cloud| {
        cloud
            .identity
            .projects()
            .iter()
            .find(|project| project.name == "demo")
            .unwrap()
            .id
            .clone()
    });
    let quota = request(
        &mock,
        "admin",
        Method::PUT,
        &format!("/v2.1/os-quota-sets/{project}"),
    )
    .json(&json!({"quota_set": {"key_pairs": 5}}));
    assert_eq!(answer(quota).await.0, 200);
    let names = (0..20).map(|n| json!({"name": format!("k{n}"), "public_key": KEY}));
    let made =
        futures::future::join_all(names.map(|keypair| answer(create(&mock, "demo", keypair))))
            .await;
    assert_eq!(made.iter().filter(|(status, _)| *status == 201).count(), 5);
    assert_eq!(made.iter().filter(|(status, _)| *status == 403).count(), 15);
}

#[tokio::test]
async fn every_generated_key_is_handed_out_once() {
    let mock = MockNova::start().await;
    let asked = (0..6).map(|n| answer(create(&mock, "demo", json!({"name": format!("k{n}")}))));
    let mut seen = HashSet::new();
    for (status, body) in futures::future::join_all(asked).await {
        assert_eq!(status, 201);
        let told: Value = serde_json::from_str(&body).unwrap();
        assert!(seen.insert(told["keypair"]["private_key"].as_str().unwrap().to_owned()));
    }
}

#[tokio::test]
async fn of_two_who_take_a_name_at_once_one_is_refused() {
    let mock = MockNova::start().await;
    let asked = (0..8).map(|_| {
        answer(create(
            &mock,
            "demo",
            json!({"name": "mine", "public_key": KEY}),
        ))
    });
    let mut statuses: Vec<u16> = futures::future::join_all(asked)
        .await
        .into_iter()
        .map(|(status, _)| status)
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn a_reset_forgets_keypairs_and_quotas() {
    let mock = MockNova::start().await;
    assert_eq!(
        answer(create(
            &mock,
            "demo",
            json!({"name": "mine", "public_key": KEY})
        ))
        .await
        .0,
        201
    );
    mock.reset();
    let (status, _) = answer(request(
        &mock,
        "demo",
        Method::GET,
        "/v2.1/os-keypairs/mine",
    ))
    .await;
    assert_eq!(status, 404);
}
