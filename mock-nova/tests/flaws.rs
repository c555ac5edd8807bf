//! A cloud that is wrong on purpose is wrong in that way only, over the network and without one.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use axum::body::Bytes;
use axum::http::Request;
use mock_nova::{Flaw, MockNova};
use rstest::rstest;
use serde_json::Value;

async fn listed(cloud: &MockNova, version: &str) -> reqwest::Response {
    let request = reqwest::Client::new()
        .get(format!("{}/compute/v2.1/os-keypairs", cloud.url()))
        .header("x-auth-token", cloud.token_for("demo").unwrap())
        .header("openstack-api-version", format!("compute {version}"));
    request.send().await.unwrap()
}

#[rstest]
#[case::right(None, true)]
#[case::wrong(Some("keypairs.no-request-id"), false)]
#[case::wrong_elsewhere(Some("keypairs.limit-ignored"), true)]
#[case::wrong_in_its_history(Some("history.2.10.keypairs.list.takes-query-user_id.late"), true)]
#[tokio::test]
async fn a_flaw_of_behavior_is_served(#[case] flaw: Option<&str>, #[case] names_request: bool) {
    let mut builder = MockNova::builder();
    if let Some(name) = flaw {
        builder = builder.flaw(Flaw::named(name).unwrap());
    }
    let cloud = builder.start().await.unwrap();
    let answer = listed(&cloud, "2.1").await;
    assert_eq!(answer.status(), 200);
    let header = answer.headers().contains_key("x-openstack-request-id");
    assert_eq!(header, names_request);
}

#[rstest]
#[case::the_version_before("2.74", 200)]
#[case::where_it_is_late("2.75", 200)]
#[case::where_it_came("2.76", 400)]
#[tokio::test]
async fn a_flaw_of_the_history_is_served(#[case] version: &str, #[case] status: u16) {
    let name = "history.2.75.keypairs.list.refuses-other-query.late";
    let near = MockNova::start().await;
    let token = near.token_for("demo").unwrap();
    let near = near.near(Flaw::named(name));
    let request = Request::get("/compute/v2.1/os-keypairs?unknown=1")
        .header("x-auth-token", token)
        .header("openstack-api-version", format!("compute {version}"))
        .body(Bytes::new())
        .unwrap();
    assert_eq!(near.ask(request).await.status(), status);
}

#[tokio::test]
async fn clouds_without_a_network_have_what_theirs_had_and_no_more_in_common() {
    let cloud = MockNova::start().await;
    let token = cloud.token_for("demo").unwrap();
    let (one, other) = (cloud.near(None), cloud.near(None));
    let request = |method: &str, body: &'static str| {
        Request::builder()
            .method(method)
            .uri("/compute/v2.1/os-keypairs")
            .header("x-auth-token", &token)
            .header("content-type", "application/json")
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap()
    };
    let made = one
        .ask(request("POST", r#"{"keypair": {"name": "k"}}"#))
        .await;
    assert_eq!(made.status(), 200);
    let mut counts = Vec::new();
    for near in [&one, &other] {
        let list: Value =
            serde_json::from_slice(near.ask(request("GET", "")).await.body()).unwrap();
        counts.push(list["keypairs"].as_array().unwrap().len());
    }
    assert_eq!(counts, [1, 0]);
}
