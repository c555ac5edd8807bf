//! The records behind a login, and who may change them.

use mock_nova::MockNova;
use mock_nova::sim::Clock;
use reqwest::Client;
use rstest::rstest;
use serde_json::{Value, json};

use super::{DEMO_PROJECT, DEMO_USER, Keystone, MEMBER_ROLE, READER_ROLE, in_demo, password};

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
