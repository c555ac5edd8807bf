//! Roles granted to groups: its members have them, as long as they are members.

use rstest::rstest;
use serde_json::{Value, json};

use super::{ALT_PROJECT, DEMO_USER, Keystone, MEMBER_ROLE, READER_ROLE, password};

#[rstest]
#[case::in_a_project(format!("/projects/{ALT_PROJECT}"), json!({"project": {"id": ALT_PROJECT}}))]
#[case::in_a_domain("/domains/default".to_owned(), json!({"domain": {"id": "default"}}))]
#[case::of_the_system("/system".to_owned(), json!({"system": {"all": true}}))]
#[tokio::test]
async fn a_group_passes_its_roles_on_to_its_members(#[case] place: String, #[case] scope: Value) {
    let keystone = Keystone::start().await;
    let admin = keystone.token("admin");
    let ask = async |method: &str, path: &str| {
        let answer = keystone.ask(&admin, method, path, Value::Null).await;
        (answer.status, answer.body)
    };
    let login = async || {
        let identity = password("demo", "secret");
        let auth = json!({ "identity": identity, "scope": scope });
        keystone.login(auth).await
    };
    let body = json!({ "group": { "name": "guests" } });
    let group = keystone.ask(&admin, "POST", "/groups", body).await;
    let group = group.body["group"]["id"].as_str().unwrap().to_owned();
    let (roles, member) = (
        format!("{place}/groups/{group}/roles"),
        format!("/groups/{group}/users/{DEMO_USER}"),
    );
    let role = format!("{roles}/{MEMBER_ROLE}");

    assert_eq!(ask("GET", &role).await.0, 404);
    assert_eq!(ask("PUT", &role).await.0, 204);
    assert_eq!(ask("HEAD", &role).await.0, 204);
    assert_eq!(ask("GET", &roles).await.1["roles"][0]["name"], "member");
    assert_eq!(login().await.status, 401);
    assert_eq!(ask("PUT", &member).await.0, 204);
    let token = login().await.token.unwrap();
    assert!(keystone.is_good(&token).await);

    let path = format!("/role_assignments?role.id={READER_ROLE}&user.id={DEMO_USER}&effective");
    let lines = ask("GET", &path).await.1;
    let lines = lines["role_assignments"].as_array().unwrap();
    assert!(lines.iter().any(|line| {
        let by = line["links"]["membership"].as_str();
        by.is_some_and(|by| by.ends_with(&member)) && line["user"]["id"] == DEMO_USER
    }));
    let path = format!("/role_assignments?group.id={group}&include_names");
    let lines = ask("GET", &path).await.1;
    assert_eq!(lines["role_assignments"][0]["group"]["name"], "guests");

    assert_eq!(ask("DELETE", &role).await.0, 204);
    assert!(!keystone.is_good(&token).await);
    assert_eq!(ask("DELETE", &role).await.0, 404);
}

#[tokio::test]
async fn a_role_goes_to_what_exists_only() {
    let keystone = Keystone::start().await;
    let admin = keystone.token("admin");
    for (path, message) in [
        (
            format!("/projects/{ALT_PROJECT}/groups/none/roles/{MEMBER_ROLE}"),
            "Could not find group: none.",
        ),
        (
            format!("/projects/{ALT_PROJECT}/users/none/roles/{MEMBER_ROLE}"),
            "Could not find user: none.",
        ),
    ] {
        let answer = keystone.ask(&admin, "PUT", &path, Value::Null).await;
        assert_eq!((answer.status, answer.message()), (404, message));
    }
}
