//! Keystone as clients meet it: logging in, being refused, tokens that end, and the records behind them.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use std::time::Duration;

use mock_nova::MockNova;
use mock_nova::sim::Clock;
use reqwest::{Client, Method};
use rstest::rstest;
use serde_json::{Value, json};

const DEMO_USER: &str = "ee000000000000000000000000000002";
const DEMO_PROJECT: &str = "ca000000000000000000000000000002";
const ALT_PROJECT: &str = "ca000000000000000000000000000003";
const READER_ROLE: &str = "ad000000000000000000000000000004";
const MEMBER_ROLE: &str = "ad000000000000000000000000000003";

/// What came back.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    token: Option<String>,
    challenge: Option<String>,
    body: Value,
}

impl Answer {
    fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }
}

/// A cloud, and somebody who asks its Keystone.
struct Keystone {
    cloud: MockNova,
    client: Client,
}

impl Keystone {
    async fn start() -> Self {
        Self {
            cloud: MockNova::start().await,
            client: Client::new(),
        }
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.cloud.auth_url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body);
        }
        let answer = request.send().await.unwrap();
        let header = |name: &str| Some(answer.headers().get(name)?.to_str().unwrap().to_owned());
        assert_eq!(header("vary").as_deref(), Some("X-Auth-Token"));
        assert!(
            header("x-openstack-request-id")
                .unwrap()
                .starts_with("req-")
        );
        let (status, token, challenge) = (
            answer.status().as_u16(),
            header("x-subject-token"),
            header("www-authenticate"),
        );
        let body = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        Answer {
            status,
            token,
            challenge,
            body,
        }
    }

    async fn ask(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let body = (!body.is_null()).then(|| body.to_string());
        self.send(method, path, &[("x-auth-token", token)], body)
            .await
    }

    async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(token, "GET", path, Value::Null).await
    }

    async fn login(&self, auth: Value) -> Answer {
        self.send(
            "POST",
            "/auth/tokens?nocatalog",
            &[],
            Some(json!({ "auth": auth }).to_string()),
        )
        .await
    }

    /// Whether a token is still good for anything.
    async fn is_good(&self, token: &str) -> bool {
        self.get(token, "/auth/projects").await.status == 200
    }

    fn token(&self, user: &str) -> String {
        self.cloud.token_for(user).unwrap()
    }
}

fn password(user: &str, password: &str) -> Value {
    let user = json!({ "name": user, "domain": { "id": "default" }, "password": password });
    json!({ "methods": ["password"], "password": { "user": user } })
}

fn in_demo() -> Value {
    json!({ "project": { "name": "demo", "domain": { "name": "Default" } } })
}

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

#[tokio::test]
async fn a_user_comes_to_work_and_leaves() {
    let keystone = Keystone::start().await;
    let admin = keystone.token("admin");
    let user = json!({ "user": { "name": "new", "password": "one", "email": "new@example.com" } });
    let made = keystone.ask(&admin, "POST", "/users", user.clone()).await;
    assert_eq!(
        (made.status, &made.body["user"]["email"]),
        (201, &json!("new@example.com"))
    );
    assert!(made.body["user"].get("password").is_none());
    let again = keystone.ask(&admin, "POST", "/users", user).await;
    assert_eq!(again.status, 409);
    let id = made.body["user"]["id"].as_str().unwrap();

    let grant = format!("/projects/{DEMO_PROJECT}/users/{id}/roles/{MEMBER_ROLE}");
    let login =
        || keystone.login(json!({ "identity": password("new", "one"), "scope": in_demo() }));
    assert_eq!(login().await.status, 401);
    assert_eq!(
        keystone
            .ask(&admin, "PUT", &grant, Value::Null)
            .await
            .status,
        204
    );
    let token = login().await.token.unwrap();
    assert!(keystone.is_good(&token).await);

    // Without the role the token is worth nothing, and with it again it is what it was.
    assert_eq!(
        keystone
            .ask(&admin, "DELETE", &grant, Value::Null)
            .await
            .status,
        204
    );
    assert!(!keystone.is_good(&token).await);
    assert_eq!(
        keystone
            .ask(&admin, "DELETE", &grant, Value::Null)
            .await
            .status,
        404
    );
    keystone.ask(&admin, "PUT", &grant, Value::Null).await;
    assert!(keystone.is_good(&token).await);

    assert_eq!(
        keystone
            .ask(&admin, "DELETE", &format!("/users/{id}"), Value::Null)
            .await
            .status,
        204
    );
    assert!(!keystone.is_good(&token).await);
    assert_eq!(login().await.status, 401);
}

#[rstest]
#[case::another_password(json!({"user": {"password": "other"}}))]
#[case::disabled(json!({"user": {"enabled": false}}))]
#[tokio::test]
async fn a_user_who_is_changed_in_earnest_loses_the_tokens_for_good(#[case] change: Value) {
    let keystone = Keystone::start().await;
    let (admin, token) = (keystone.token("admin"), keystone.token("demo"));
    let path = format!("/users/{DEMO_USER}");
    assert_eq!(
        keystone.ask(&admin, "PATCH", &path, change).await.status,
        200
    );
    assert!(!keystone.is_good(&token).await);
    keystone
        .ask(
            &admin,
            "PATCH",
            &path,
            json!({ "user": { "enabled": true } }),
        )
        .await;
    assert!(!keystone.is_good(&token).await);
}

#[tokio::test]
async fn who_knows_the_password_may_change_it_without_a_token() {
    let keystone = Keystone::start().await;
    let path = format!("/users/{DEMO_USER}/password");
    let change = |original: &str| {
        Some(json!({ "user": { "original_password": original, "password": "new" } }).to_string())
    };
    assert_eq!(
        keystone
            .send("POST", &path, &[], change("wrong"))
            .await
            .status,
        401
    );
    assert_eq!(
        keystone
            .send("POST", &path, &[], change("secret"))
            .await
            .status,
        204
    );
    assert_eq!(
        keystone
            .login(json!({ "identity": password("demo", "secret") }))
            .await
            .status,
        401
    );
    assert_eq!(
        keystone
            .login(json!({ "identity": password("demo", "new") }))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn a_disabled_project_suspends_its_tokens() {
    let keystone = Keystone::start().await;
    let (admin, token) = (keystone.token("admin"), keystone.token("demo"));
    let path = format!("/projects/{DEMO_PROJECT}");
    for (enabled, good) in [(false, false), (true, true)] {
        let answer = keystone
            .ask(
                &admin,
                "PATCH",
                &path,
                json!({ "project": { "enabled": enabled } }),
            )
            .await;
        assert_eq!(answer.status, 200);
        assert_eq!(keystone.is_good(&token).await, good);
    }
}

#[tokio::test]
async fn an_application_credential_logs_in_with_the_roles_it_was_given() {
    let keystone = Keystone::start().await;
    let demo = keystone.token("demo");
    let path = format!("/users/{DEMO_USER}/application_credentials");
    let asked = json!({ "name": "ci", "roles": [{ "name": "reader" }], "expires_at": "2099-01-01T00:00:00" });
    let made = keystone
        .ask(
            &demo,
            "POST",
            &path,
            json!({ "application_credential": asked }),
        )
        .await;
    let made = &made.body["application_credential"];
    let (id, secret) = (
        made["id"].as_str().unwrap(),
        made["secret"].as_str().unwrap(),
    );
    let shown = keystone.get(&demo, &format!("{path}/{id}")).await;
    assert!(
        shown.body["application_credential"].get("secret").is_none(),
        "the secret is shown once"
    );

    let by_id = json!({ "id": id, "secret": secret });
    let by_name = json!({ "name": "ci", "user": { "name": "demo", "domain": { "id": "default" } }, "secret": secret });
    for credential in [by_id, by_name] {
        let identity =
            json!({ "methods": ["application_credential"], "application_credential": credential });
        let answer = keystone.login(json!({ "identity": identity })).await;
        assert_eq!(
            answer.body["token"]["roles"],
            json!([{ "id": READER_ROLE, "name": "reader" }])
        );
        assert_eq!(
            answer.body["token"]["application_credential"],
            json!({ "id": id, "name": "ci", "restricted": true })
        );
        let token = answer.token.unwrap();
        let more = keystone
            .ask(
                &token,
                "POST",
                &path,
                json!({ "application_credential": { "name": "more" } }),
            )
            .await;
        assert_eq!(more.status, 403, "a restricted credential makes no others");
    }
    let identity = json!({ "methods": ["application_credential"], "application_credential": { "id": id, "secret": "x" } });
    assert_eq!(
        keystone.login(json!({ "identity": identity })).await.status,
        401
    );
    let greedy =
        json!({ "application_credential": { "name": "more", "roles": [{ "name": "admin" }] } });
    assert_eq!(keystone.ask(&demo, "POST", &path, greedy).await.status, 400);
    assert_eq!(
        keystone
            .ask(&demo, "DELETE", &format!("{path}/{id}"), Value::Null)
            .await
            .status,
        204
    );
}

#[rstest]
#[case::user("/users", json!({"user": {"name": ""}}), 400, "Invalid input for field/attribute name. Value: . '' should be non-empty")]
#[case::unnamed("/users", json!({"user": {}}), 400, "Invalid input for field/attribute user. Value: {}. 'name' is a required property")]
#[case::unwrapped("/users", json!({}), 400, "'user' is a required property")]
#[case::taken_user(
    "/users", json!({"user": {"name": "demo"}}), 409,
    "Conflict occurred attempting to store user - Duplicate entry found with name demo at domain ID default."
)]
#[case::user_nowhere("/users", json!({"user": {"name": "x", "domain_id": "no"}}), 404, "Could not find domain: no.")]
#[case::project_nowhere("/projects", json!({"project": {"name": "x", "domain_id": "no"}}), 400, "Could not find domain: no.")]
#[case::taken_domain(
    "/domains", json!({"domain": {"name": "Default"}}), 409,
    "Conflict occurred attempting to store project - it is not permitted to have two projects acting as domains with the same name: Default."
)]
#[case::taken_role(
    "/roles", json!({"role": {"name": "member"}}), 409,
    "Conflict occurred attempting to store role - Duplicate entry found with name member."
)]
#[tokio::test]
async fn a_record_that_cannot_be_made_is_refused_in_keystones_words(
    #[case] path: &str,
    #[case] body: Value,
    #[case] status: u16,
    #[case] message: &str,
) {
    let keystone = Keystone::start().await;
    let answer = keystone
        .ask(&keystone.token("admin"), "POST", path, body)
        .await;
    assert_eq!((answer.status, answer.message()), (status, message));
}

#[rstest]
#[case::users("GET", "/users", "identity:list_users")]
#[case::another_user("GET", "/users/ee000000000000000000000000000001", "identity:get_user")]
#[case::unknown_user("GET", "/users/nobody", "identity:get_user")]
#[case::projects("GET", "/projects", "identity:list_projects")]
#[case::another_project(
    "GET",
    "/projects/ca000000000000000000000000000003",
    "identity:get_project"
)]
#[case::delete_project(
    "DELETE",
    "/projects/ca000000000000000000000000000002",
    "identity:delete_project"
)]
#[case::domains("GET", "/domains", "identity:list_domains")]
#[case::roles("GET", "/roles", "identity:list_roles")]
#[case::assignments("GET", "/role_assignments", "identity:list_role_assignments")]
#[case::services("GET", "/services", "identity:list_services")]
#[case::groups("GET", "/groups", "identity:list_groups")]
#[tokio::test]
async fn what_is_for_admins_is_refused_to_members_and_strangers(
    #[case] method: &str,
    #[case] path: &str,
    #[case] action: &str,
) {
    let keystone = Keystone::start().await;
    let answer = keystone
        .ask(&keystone.token("demo"), method, path, Value::Null)
        .await;
    let message = format!("You are not authorized to perform the requested action: {action}.");
    assert_eq!((answer.status, answer.message()), (403, message.as_str()));
    assert_eq!(keystone.send(method, path, &[], None).await.status, 401);
    assert_eq!(
        keystone
            .send(method, path, &[("x-auth-token", "bad")], None)
            .await
            .status,
        401
    );
}

#[rstest]
#[case::by_name("/users?name=demo", &["demo"])]
#[case::by_part("/users?name__contains=demo_", &["demo_second", "demo_reader"])]
#[case::none_disabled("/users?enabled=false", &[])]
#[case::a_page("/users?limit=2&marker=ee000000000000000000000000000001", &["demo", "demo_second"])]
#[tokio::test]
async fn a_list_holds_what_was_asked_for(#[case] path: &str, #[case] expected: &[&str]) {
    let keystone = Keystone::start().await;
    let answer = keystone.get(&keystone.token("admin"), path).await;
    let users = answer.body["users"].as_array().unwrap();
    let names: Vec<&str> = users
        .iter()
        .map(|user| user["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, expected);
}

#[tokio::test]
async fn effective_assignments_show_what_a_role_implies() {
    let keystone = Keystone::start().await;
    let path = format!("/role_assignments?user.id={DEMO_USER}&effective&include_names");
    let answer = keystone.get(&keystone.token("admin"), &path).await;
    let lines = answer.body["role_assignments"].as_array().unwrap();
    let roles: Vec<&str> = lines
        .iter()
        .map(|line| line["role"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["member", "reader"]);
}

#[tokio::test]
async fn an_unknown_path_is_a_page_and_an_unknown_method_is_405() {
    let keystone = Keystone::start().await;
    let admin = keystone.token("admin");
    assert_eq!(keystone.get(&admin, "/nothing").await.status, 404);
    assert_eq!(
        keystone
            .ask(&admin, "PATCH", "/users", Value::Null)
            .await
            .status,
        405
    );
}

#[tokio::test]
async fn a_seed_repeats_a_run_to_the_byte() {
    let run = || async {
        let clock = Clock::frozen("2026-01-01T00:00:00Z".parse().unwrap());
        let cloud = MockNova::builder()
            .seed(7)
            .clock(clock)
            .start()
            .await
            .unwrap();
        let keystone = Keystone {
            cloud,
            client: Client::new(),
        };
        let login = keystone
            .login(json!({ "identity": password("admin", "secret"), "scope": in_demo() }))
            .await;
        let token = login.token.clone().unwrap();
        let made = keystone
            .ask(
                &token,
                "POST",
                "/users",
                json!({ "user": { "name": "new" } }),
            )
            .await;
        (login.token, login.body, made.body["user"]["id"].clone())
    };
    assert_eq!(run().await, run().await);
}

#[tokio::test]
async fn a_reset_forgets_what_was_made_and_who_was_logged_in() {
    let keystone = Keystone::start().await;
    let admin = keystone.token("admin");
    keystone
        .ask(
            &admin,
            "POST",
            "/users",
            json!({ "user": { "name": "new" } }),
        )
        .await;
    keystone.cloud.reset();
    assert!(!keystone.is_good(&admin).await);
    let again = keystone.token("admin");
    assert_eq!(
        keystone.get(&again, "/users?name=new").await.body["users"],
        json!([])
    );
}
