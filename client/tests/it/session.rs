//! Keystone, the catalog and version discovery, against staged services.

use std::sync::Arc;

use crate::support::{PASSWORD, TOKEN, Then, Wire, alice, compute_at, keystone, token_body};
use nova_client::{ApiVersion, RawRequest, SendFault, Session, SessionError};
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_json, header_exists, method, path},
};

#[rstest]
#[case::bare("")]
#[case::with_a_slash("/")]
#[case::with_v3("/v3")]
#[case::with_v3_and_a_slash("/v3/")]
#[case::with_the_old_v2("/v2.0")]
#[tokio::test]
async fn a_session_knows_who_it_is(#[case] suffix: &str) {
    let keystone = keystone(&compute_at("http://c/v2.1")).await;
    let session = Session::connect(alice(&format!("{}{suffix}", keystone.uri())))
        .await
        .unwrap();
    let identity = session.identity();
    assert_eq!(identity.token.expose(), TOKEN);
    assert_eq!(identity.expires_at.to_string(), "2030-01-02T03:04:05Z");
    assert_eq!(
        (
            identity.user.name.as_str(),
            identity.user.domain.name.as_str()
        ),
        ("alice", "Default")
    );
    assert_eq!(
        identity.project.as_ref().map(|project| project.id.as_str()),
        Some("p1")
    );
    assert!(identity.has_role("Member") && !identity.has_role("admin"));
}

#[tokio::test]
async fn keystone_is_asked_with_the_password_and_the_scope() {
    let server = MockServer::start().await;
    let expected = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": "alice", "domain": {"id": "default"}, "password": PASSWORD}}},
        "scope": {"project": {"name": "demo", "domain": {"id": "default"}}}}});
    let answer = ResponseTemplate::new(201)
        .insert_header("X-Subject-Token", TOKEN)
        .set_body_json(token_body(&json!([])));
    Mock::given(body_json(expected))
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    Session::connect(alice(&server.uri())).await.unwrap();
}

#[rstest]
#[case::wrong_password(
    ResponseTemplate::new(401).set_body_json(json!({"error": {"code": 401, "title": "Unauthorized",
        "message": "The request you have made requires authentication."}})),
    "gave no token, but 401 (The request you have made requires authentication): check the user, the secret"
)]
#[case::no_keystone_there(
    ResponseTemplate::new(404),
    "gave no token, but 404: check `auth.auth_url`"
)]
#[case::an_unknown_token(
    ResponseTemplate::new(404).set_body_json(json!({"error": {"code": 404, "message": "Could not recognize Fernet token"}})),
    "gave no token, but 404 (Could not recognize Fernet token): check the token"
)]
#[case::moved(ResponseTemplate::new(302).insert_header("location", "https://x/v3"), "302 (to https://x/v3): set `auth.auth_url`")]
#[case::broken(
    ResponseTemplate::new(500),
    "gave no token, but 500: see Keystone's log"
)]
#[case::no_token(ResponseTemplate::new(201).set_body_json(token_body(&json!([]))), "201 without X-Subject-Token")]
#[case::not_json(
    ResponseTemplate::new(201).insert_header("x-subject-token", TOKEN).set_body_string("<html>"),
    "is not Keystone's (expected value at line 1 column 1)"
)]
#[case::no_user(
    ResponseTemplate::new(201).insert_header("x-subject-token", TOKEN)
        .set_body_json(json!({"token": {"expires_at": "2030-01-02T03:04:05.000000Z"}})),
    "missing field `user`"
)]
#[tokio::test]
async fn what_keystone_does_wrong_is_one_sentence(
    #[case] answer: ResponseTemplate,
    #[case] expected: &str,
) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let error = Session::connect(alice(&server.uri())).await.unwrap_err();
    let sentence = error.to_string();
    assert!(sentence.contains(expected), "{sentence}");
    assert!(
        !format!("{sentence}{error:?}").contains(PASSWORD)
            && !format!("{sentence}{error:?}").contains(TOKEN)
    );
}

#[tokio::test]
async fn a_keystone_that_is_away_is_unreachable() {
    let wire = Wire::start(Then::AnswerAndClose(b"")).await;
    let error = Session::connect(alice(&wire.url)).await.unwrap_err();
    assert!(
        matches!(&error, SessionError::Unreachable { source, .. } if source.fault() == SendFault::Reset),
        "{error}"
    );
}

#[tokio::test]
async fn every_clone_sees_a_renewed_token() {
    let server = MockServer::start().await;
    for (token, priority) in [("first", 1), ("second", 2)] {
        let answer = ResponseTemplate::new(201)
            .insert_header("X-Subject-Token", token)
            .set_body_json(token_body(&json!([])));
        Mock::given(method("POST"))
            .respond_with(answer)
            .up_to_n_times(1)
            .with_priority(priority)
            .mount(&server)
            .await;
    }
    let session = Session::connect(alice(&server.uri())).await.unwrap();
    let clone = session.clone();
    let seen = clone.identity();
    assert_eq!(clone.token().expose(), "first");
    session.renew_since(&seen).await.unwrap();
    assert_eq!(clone.token().expose(), "second");
    let same = clone.renew_since(&seen).await.unwrap();
    assert!(
        Arc::ptr_eq(&same, &session.identity()),
        "who saw the old token gets the new one without asking Keystone"
    );
    session.renew().await.unwrap_err();
    assert_eq!(
        clone.token().expose(),
        "second",
        "a renewal that fails leaves the token"
    );
}

fn catalog() -> Value {
    let endpoint = |interface: &str, region: &str, url: &str| json!({"id": url, "interface": interface, "region": region, "region_id": region, "url": url});
    json!([
        {"type": "identity", "name": "keystone", "id": "1", "endpoints": []},
        {"type": "compute", "name": "nova", "id": "2", "endpoints": [
            endpoint("internal", "North", "http://north.internal/v2.1"),
            endpoint("public", "North", "http://north.public/v2.1/"),
            endpoint("public", "South", "http://south.public/v2.1/p1"),
        ]},
    ])
}

#[rstest]
#[case::the_first_region(None, "public", "http://north.public/v2.1")]
#[case::a_region(Some("South"), "public", "http://south.public/v2.1/p1")]
#[case::an_interface(Some("North"), "internal", "http://north.internal/v2.1")]
#[tokio::test]
async fn an_endpoint_is_picked_by_region_and_interface(
    #[case] region: Option<&str>,
    #[case] interface: &str,
    #[case] expected: &str,
) {
    let keystone = keystone(&catalog()).await;
    let mut config = alice(&keystone.uri());
    config.region = region.map(str::to_owned);
    config.interface = interface.to_owned();
    assert_eq!(
        Session::connect(config)
            .await
            .unwrap()
            .endpoint("compute")
            .unwrap(),
        expected
    );
}

#[rstest]
#[case::another_region(
    "compute",
    Some("West"),
    catalog(),
    "the catalog has no public endpoint of service 'compute' in region 'West'; it has internal in North, public in North, \
     public in South: set `region_name`"
)]
#[case::another_service(
    "block-storage",
    None,
    catalog(),
    "the catalog has no public endpoint of service 'block-storage' in any region; it has identity, compute: name its URL in \
     `block_storage_endpoint_override`"
)]
#[case::no_catalog(
    "compute", None, json!([]),
    "in any region; it has nothing: the token is good for no project, so name one"
)]
#[tokio::test]
async fn a_missing_endpoint_lists_what_there_is(
    #[case] service: &str,
    #[case] region: Option<&str>,
    #[case] catalog: Value,
    #[case] expected: &str,
) {
    let keystone = keystone(&catalog).await;
    let mut config = alice(&keystone.uri());
    config.region = region.map(str::to_owned);
    let error = Session::connect(config)
        .await
        .unwrap()
        .endpoint(service)
        .unwrap_err()
        .to_string();
    assert!(error.contains(expected), "{error}");
}

#[tokio::test]
async fn an_override_replaces_the_catalog() {
    let keystone = keystone(&catalog()).await;
    let mut config = alice(&keystone.uri());
    config
        .endpoint_overrides
        .insert("compute".to_owned(), "http://mine/v2.1/".to_owned());
    assert_eq!(
        Session::connect(config)
            .await
            .unwrap()
            .endpoint("compute")
            .unwrap(),
        "http://mine/v2.1"
    );
}

fn v21(link: &str) -> Value {
    json!({"id": "v2.1", "status": "CURRENT", "version": "2.104", "min_version": "2.1",
        "links": [{"rel": "self", "href": link}, {"rel": "describedby", "href": "http://docs"}]})
}

fn v20() -> Value {
    json!({"id": "v2.0", "status": "SUPPORTED", "version": "", "min_version": "", "links": []})
}

#[rstest]
#[case::versioned("/compute/v2.1", "/compute/v2.1/", "/compute/v2.1")]
#[case::with_a_project("/compute/v2.1/p1", "/compute/v2.1/", "/compute/v2.1/p1")]
#[case::only_without_the_slash("/compute/v2.1/p1", "/compute/v2.1", "/compute/v2.1/p1")]
#[case::at_the_root_of_a_host("/v2.1", "/v2.1/", "/v2.1")]
#[tokio::test]
async fn microversions_are_found_at_a_versioned_url(
    #[case] url: &str,
    #[case] document: &str,
    #[case] expected: &str,
) {
    let nova = MockServer::start().await;
    let answer =
        ResponseTemplate::new(200).set_body_json(json!({"version": v21("http://inner/v2.1/")}));
    Mock::given(method("GET"))
        .and(path(document))
        .respond_with(answer)
        .mount(&nova)
        .await;
    let keystone = keystone(&compute_at(&format!("{}{url}", nova.uri()))).await;
    let found = Session::connect(alice(&keystone.uri()))
        .await
        .unwrap()
        .discover("compute")
        .await
        .unwrap();
    assert_eq!(found.versions.to_string(), "2.1 to 2.104");
    assert!(found.versions.contains(ApiVersion {
        major: 2,
        minor: 104
    }));
    assert!(!found.versions.contains(ApiVersion {
        major: 2,
        minor: 105
    }));
    assert_eq!(
        found.service.endpoint(),
        format!("{}{expected}", nova.uri())
    );
}

#[rstest]
#[case::list_of_versions("/compute", "/compute/", 300)]
#[case::list_at_the_root_of_a_host("", "/", 200)]
#[tokio::test]
async fn a_url_without_a_version_is_followed_on_its_own_host(
    #[case] url: &str,
    #[case] document: &str,
    #[case] status: u16,
) {
    let nova = MockServer::start().await;
    let list = json!({"versions": [v20(), v21(&format!("http://inner{url}/v2.1/"))]});
    let answer = ResponseTemplate::new(status).set_body_json(list);
    Mock::given(method("GET"))
        .and(path(document))
        .respond_with(answer)
        .mount(&nova)
        .await;
    let keystone = keystone(&compute_at(&format!("{}{url}", nova.uri()))).await;
    let found = Session::connect(alice(&keystone.uri()))
        .await
        .unwrap()
        .discover("compute")
        .await
        .unwrap();
    assert_eq!(
        found.service.endpoint(),
        format!("{}{url}/v2.1", nova.uri())
    );
}

#[tokio::test]
async fn a_version_document_behind_authentication_is_asked_for_with_the_token() {
    let nova = MockServer::start().await;
    let answer =
        ResponseTemplate::new(200).set_body_json(json!({"version": v21("http://inner/v2.1/")}));
    Mock::given(header_exists("x-auth-token"))
        .respond_with(answer)
        .with_priority(1)
        .mount(&nova)
        .await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(401))
        .with_priority(2)
        .mount(&nova)
        .await;
    let keystone = keystone(&compute_at(&format!("{}/v2.1", nova.uri()))).await;
    let found = Session::connect(alice(&keystone.uri()))
        .await
        .unwrap()
        .discover("compute")
        .await
        .unwrap();
    assert_eq!(found.versions.max.to_string(), "2.104");
}

#[tokio::test]
async fn where_versions_were_looked_for_is_said() {
    let nova = MockServer::start().await;
    let url = format!("{}/v2.1", nova.uri());
    let keystone = keystone(&compute_at(&url)).await;
    let error = Session::connect(alice(&keystone.uri()))
        .await
        .unwrap()
        .discover("compute")
        .await
        .unwrap_err();
    let expected = format!(
        "(tried: GET {url}/ gave 404, GET {url} gave 404, GET {}/ gave 404)",
        nova.uri()
    );
    assert!(error.to_string().contains(&expected), "{error}");
}

#[tokio::test]
async fn a_next_link_becomes_a_path() {
    let keystone = keystone(&compute_at("http://c/compute/v2.1")).await;
    let compute = Session::connect(alice(&keystone.uri()))
        .await
        .unwrap()
        .service("compute")
        .unwrap();
    let next = "http://c/compute/v2.1/os-keypairs?marker=a%20b";
    assert_eq!(compute.relative(next), Some("/os-keypairs?marker=a%20b"));
    assert_eq!(compute.relative("http://c/compute/v2.10/x"), None);
    assert_eq!(compute.relative("http://elsewhere/compute/v2.1/x"), None);
}

#[tokio::test]
async fn no_debug_output_holds_a_secret() {
    let keystone = keystone(&compute_at("http://c/v2.1")).await;
    let session = Session::connect(alice(&keystone.uri())).await.unwrap();
    let compute = session.service("compute").unwrap();
    let request = RawRequest::get("/x").with_token(TOKEN);
    let shown = format!(
        "{session:?} {compute:?} {:?} {:?} {request:?}",
        session.config(),
        session.identity()
    );
    assert!(
        !shown.contains(TOKEN) && !shown.contains(PASSWORD),
        "{shown}"
    );
}

#[rstest]
#[case::two_numbers("2.104", Some((2, 104)))]
#[case::one_number("2", None)]
#[case::three_numbers("2.1.0", None)]
#[case::a_sign("2.+1", None)]
#[case::latest("latest", None)]
#[case::empty("", None)]
fn a_version_is_two_numbers(#[case] text: &str, #[case] expected: Option<(u16, u16)>) {
    let expected = expected.map(|(major, minor)| ApiVersion { major, minor });
    assert_eq!(text.parse::<ApiVersion>().ok(), expected);
}
