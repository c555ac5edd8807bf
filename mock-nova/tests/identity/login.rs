//! Logging in, being refused, and what becomes of tokens.

use std::time::Duration;

use mock_nova::MockNova;
use mock_nova::sim::Clock;
use reqwest::Client;
use rstest::rstest;
use serde_json::{Value, json};

use super::{ALT_PROJECT, Answer, DEMO_PROJECT, DEMO_USER, Keystone, in_demo, password};

#[rstest]
#[case::password_by_name(json!({"user": {"name": "demo", "domain": {"id": "default"}, "password": "secret"}}))]
#[case::password_by_domain_name(json!({"user": {"name": "demo", "domain": {"name": "Default"}, "password": "secret"}}))]
#[case::password_by_id(json!({"user": {"id": DEMO_USER, "password": "secret"}}))]
#[tokio::test]
async fn a_password_is_taken_for_a_user_however_named(#[case] password: Value) {
    let keystone = Keystone::start().await;
    let identity = json!({ "methods": ["password"], "password": password });
    let answer = keystone
        .login(json!({ "identity": identity, "scope": in_demo() }))
        .await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.body["token"]["user"]["id"], DEMO_USER);
    assert_eq!(answer.body["token"]["project"]["id"], DEMO_PROJECT);
    assert!(keystone.is_good(&answer.token.unwrap()).await);
}

#[rstest]
#[case::project_by_id("demo", json!({"project": {"id": DEMO_PROJECT}}), "project", &["member", "reader"])]
#[case::project_by_name("demo_reader", in_demo(), "project", &["reader"])]
#[case::system("admin", json!({"system": {"all": true}}), "system", &["admin", "manager", "member", "reader"])]
#[tokio::test]
async fn a_scope_gives_the_roles_there_with_all_they_imply(
    #[case] user: &str,
    #[case] scope: Value,
    #[case] key: &str,
    #[case] expected: &[&str],
) {
    let keystone = Keystone::start().await;
    let answer = keystone
        .login(json!({ "identity": password(user, "secret"), "scope": scope }))
        .await;
    let token = &answer.body["token"];
    let roles: Vec<&str> = token["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| role["name"].as_str().unwrap())
        .collect();
    assert_eq!(roles, expected);
    assert!(token.get(key).is_some(), "{token}");
}

#[rstest]
#[case::nothing_asked(None)]
#[case::as_a_word(Some(json!("unscoped")))]
#[case::as_old_clients_write_it(Some(json!({"unscoped": {}})))]
#[tokio::test]
async fn without_a_scope_a_token_has_no_roles(#[case] scope: Option<Value>) {
    let keystone = Keystone::start().await;
    let mut auth = json!({ "identity": password("demo", "secret") });
    if let Some(scope) = scope {
        auth["scope"] = scope;
    }
    let answer = keystone.login(auth).await;
    assert_eq!(answer.status, 201);
    assert!(answer.body["token"].get("roles").is_none());
}

#[rstest]
#[case::wrong_password("demo", "wrong", in_demo())]
#[case::unknown_user("nobody", "secret", in_demo())]
#[case::no_role_there("demo", "secret", json!({"project": {"id": ALT_PROJECT}}))]
#[case::unknown_project("demo", "secret", json!({"project": {"id": "nowhere"}}))]
#[case::unknown_domain("demo", "secret", json!({"domain": {"id": "nowhere"}}))]
#[case::not_in_the_domain("demo", "secret", json!({"domain": {"id": "default"}}))]
#[case::not_of_the_system("demo", "secret", json!({"system": {"all": true}}))]
#[tokio::test]
async fn whatever_is_wrong_with_a_login_is_answered_alike(
    #[case] user: &str,
    #[case] secret: &str,
    #[case] scope: Value,
) {
    let keystone = Keystone::start().await;
    let answer = keystone
        .login(json!({ "identity": password(user, secret), "scope": scope }))
        .await;
    let error = json!({
        "code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication.",
    });
    let challenge = Some(format!("Keystone uri=\"{}\"", keystone.cloud.auth_url()));
    assert_eq!(
        answer,
        Answer {
            status: 401,
            token: None,
            challenge,
            body: json!({ "error": error })
        }
    );
}

#[rstest]
#[case::empty("", 400, "Expecting to find auth in request body.")]
#[case::no_json("x", 400, "Expecting to find valid JSON in request body.")]
#[case::a_list("[]", 400, "Expecting to find valid JSON in request body.")]
#[case::no_auth("{}", 400, "Expecting to find auth in request body.")]
#[case::no_identity(r#"{"auth": {}}"#, 400, "'identity' is a required property")]
#[case::no_methods(
    r#"{"auth": {"identity": {}}}"#,
    400,
    "Invalid input for field 'identity': 'methods' is a required property"
)]
#[case::method_without_data(
    r#"{"auth": {"identity": {"methods": ["password"]}}}"#,
    400,
    "Expecting to find password in identity."
)]
#[case::no_methods_at_all(
    r#"{"auth": {"identity": {"methods": []}}}"#,
    401,
    "The request you have made requires authentication."
)]
#[case::unknown_method(
    r#"{"auth": {"identity": {"methods": ["magic"], "magic": {}}}}"#,
    401,
    "Attempted to authenticate with an unsupported method."
)]
#[case::no_domain(
    r#"{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "demo", "password": "secret"}}}}}"#,
    400,
    "Expecting to find domain in user."
)]
#[case::neither_id_nor_name(
    r#"{"auth": {"identity": {"methods": ["password"], "password": {"user": {"password": "secret"}}}}}"#,
    400,
    "Invalid input for field identity/password/user: id or name must be present."
)]
#[case::unknown_token(
    r#"{"auth": {"identity": {"methods": ["token"], "token": {"id": "x"}}}}"#,
    404,
    "Could not recognize Fernet token"
)]
#[case::unknown_application_credential(
    r#"{"auth": {"identity": {"methods": ["application_credential"], "application_credential": {"id": "x", "secret": "y"}}}}"#,
    404,
    "Could not find Application Credential: x."
)]
#[tokio::test]
async fn a_malformed_login_is_told_what_is_missing(
    #[case] body: &str,
    #[case] status: u16,
    #[case] begins: &str,
) {
    let keystone = Keystone::start().await;
    let answer = keystone
        .send("POST", "/auth/tokens", &[], Some(body.to_owned()))
        .await;
    assert_eq!(answer.status, status);
    assert!(answer.message().starts_with(begins), "{}", answer.message());
}

#[tokio::test]
async fn a_token_ends_with_its_lifetime() {
    let clock = Clock::frozen("2026-01-01T00:00:00Z".parse().unwrap());
    let lifetime = Duration::from_secs(600);
    let builder = MockNova::builder()
        .clock(clock.clone())
        .token_lifetime(lifetime);
    let keystone = Keystone {
        cloud: builder.start().await.unwrap(),
        client: Client::new(),
    };
    let answer = keystone
        .login(json!({ "identity": password("demo", "secret"), "scope": in_demo() }))
        .await;
    assert_eq!(
        answer.body["token"]["issued_at"],
        "2026-01-01T00:00:00.000000Z"
    );
    assert_eq!(
        answer.body["token"]["expires_at"],
        "2026-01-01T00:10:00.000000Z"
    );
    let token = answer.token.unwrap();

    clock.advance(lifetime - Duration::from_secs(1));
    assert!(keystone.is_good(&token).await);
    clock.advance(Duration::from_secs(1));
    assert_eq!(keystone.get(&token, "/auth/projects").await.status, 401);
}

#[tokio::test]
async fn a_revoked_token_takes_those_made_from_it_along() {
    let keystone = Keystone::start().await;
    let root = keystone
        .login(json!({ "identity": password("demo", "secret") }))
        .await
        .token
        .unwrap();
    let by_token = json!({ "methods": ["token"], "token": { "id": root } });
    let answer = keystone
        .login(json!({ "identity": by_token, "scope": in_demo() }))
        .await;
    assert_eq!(
        answer.body["token"]["methods"],
        json!(["password", "token"])
    );
    let (child, other) = (answer.token.unwrap(), keystone.token("demo"));

    let revoked = keystone
        .send(
            "DELETE",
            "/auth/tokens",
            &[("x-auth-token", &root), ("x-subject-token", &root)],
            None,
        )
        .await;
    assert_eq!(revoked.status, 204);
    assert!(!keystone.is_good(&root).await && !keystone.is_good(&child).await);
    assert!(keystone.is_good(&other).await);
}

#[tokio::test]
async fn a_token_made_from_another_ends_with_it() {
    let keystone = Keystone::start().await;
    let root = keystone
        .login(json!({ "identity": password("demo", "secret") }))
        .await;
    keystone.cloud.clock().advance(Duration::from_secs(1800));
    let by_token = json!({ "methods": ["token"], "token": { "id": root.token.unwrap() } });
    let child = keystone
        .login(json!({ "identity": by_token, "scope": in_demo() }))
        .await;
    assert_eq!(
        child.body["token"]["expires_at"],
        root.body["token"]["expires_at"]
    );
}

#[rstest]
#[case::own("demo", "demo", 200)]
#[case::anybodys_for_an_admin("admin", "demo", 200)]
#[case::anybodys_for_a_service("nova", "demo", 200)]
#[case::somebody_elses("demo", "demo_second", 403)]
#[tokio::test]
async fn a_token_is_shown_to_whom_it_concerns(
    #[case] who: &str,
    #[case] whose: &str,
    #[case] status: u16,
) {
    let keystone = Keystone::start().await;
    let (mine, subject) = (keystone.token(who), keystone.token(whose));
    let headers = [
        ("x-auth-token", mine.as_str()),
        ("x-subject-token", subject.as_str()),
    ];
    assert_eq!(
        keystone
            .send("GET", "/auth/tokens", &headers, None)
            .await
            .status,
        status
    );
}

#[tokio::test]
async fn the_catalog_leads_back_to_the_name_the_client_used() {
    let keystone = Keystone::start().await;
    let token = keystone.token("demo");
    let headers = [
        ("x-auth-token", token.as_str()),
        ("host", "cloud.example:8774"),
        ("x-forwarded-proto", "https"),
    ];
    let answer = keystone.send("GET", "/auth/catalog", &headers, None).await;
    let services = answer.body["catalog"].as_array().unwrap();
    let compute = services
        .iter()
        .find(|service| service["type"] == "compute")
        .unwrap();
    assert_eq!(
        compute["endpoints"][0]["url"],
        "https://cloud.example:8774/compute/v2.1"
    );
}
