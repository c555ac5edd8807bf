//! The rule that nobody tests: keys belong to users, servers to projects, and a rebuild looks the key up for **whoever calls
//! it**, not for whoever made the server (`key_name_rebuild_req` of the Compute API reference).

use rstest::rstest;
use serde_json::{Value, json};

use super::{
    ADMIN, ADMIN_HERE, Caller, DEMO_USER, IMAGE, LATEST, MAKER, Nova, OTHER_IMAGE, SECOND,
};
use mock_nova::cloud::server::{Failure, Script, Task};

const NO_KEY: &str = "Invalid key_name provided.";

/// A server of the maker's, made with its key `first`; the maker also has `both`, the second member has `second` and `both`,
/// and the administrator has `admins`.
async fn scene() -> (Nova, String) {
    let nova = Nova::start().await;
    for (caller, name) in [
        (MAKER, "first"),
        (MAKER, "both"),
        (SECOND, "second"),
        (SECOND, "both"),
        (ADMIN, "admins"),
    ] {
        nova.keypair(caller, name).await;
    }
    let server = nova.server(json!({"key_name": "first"})).await;
    (nova, server)
}

#[rstest]
#[case::the_makers_own(MAKER, "both")]
#[case::one_that_only_the_caller_has(SECOND, "second")]
#[case::one_that_the_maker_has_too(SECOND, "both")]
#[case::an_administrators_own(ADMIN, "admins")]
#[case::the_same_from_within_the_project(ADMIN_HERE, "admins")]
#[tokio::test]
async fn the_callers_key_is_put_in(#[case] caller: Caller, #[case] name: &str) {
    let (nova, server) = scene().await;

    let answer = nova
        .rebuild(caller, &server, LATEST, json!({"key_name": name}))
        .await;

    assert_eq!(answer.status, 202, "{}", answer.body);
    assert_eq!(answer.body["server"]["key_name"], name);
    let kept = nova.kept(&server);
    let key = kept.key.as_deref().unwrap();
    assert!(
        key.data.ends_with(&format!("{}-{name}", caller.0)),
        "{}",
        key.data
    );
}

#[rstest]
#[case::the_makers_is_not_the_second_members(SECOND, "first")]
#[case::the_second_members_is_not_the_makers(MAKER, "second")]
#[case::the_makers_is_not_an_administrators(ADMIN, "first")]
#[case::nor_from_within_the_project(ADMIN_HERE, "both")]
#[case::nobody_has_it(MAKER, "nobodys")]
#[case::another_case(MAKER, "FIRST")]
#[case::spaces(MAKER, " first")]
#[case::an_end_of_text(MAKER, "first\0")]
#[tokio::test]
async fn a_key_that_is_not_the_callers_is_unknown(#[case] caller: Caller, #[case] name: &str) {
    let (nova, server) = scene().await;

    let answer = nova
        .rebuild(caller, &server, LATEST, json!({"key_name": name}))
        .await;

    assert_eq!(answer.refusal(&server), (400, NO_KEY.to_owned()));
    assert_eq!(nova.show(&server).await["key_name"], "first");
}

#[rstest]
#[case::null_takes_it_away(json!({"key_name": null}), Value::Null)]
#[case::omission_keeps_it(json!({}), json!("first"))]
#[tokio::test]
async fn without_a_name(
    #[values(MAKER, SECOND, ADMIN)] caller: Caller,
    #[case] more: Value,
    #[case] want: Value,
) {
    let (nova, server) = scene().await;

    let answer = nova.rebuild(caller, &server, LATEST, more).await;

    assert_eq!(answer.body["server"]["key_name"], want);
    assert_eq!(nova.show(&server).await["key_name"], want);
}

#[tokio::test]
async fn the_server_stays_its_makers() {
    let (nova, server) = scene().await;
    let before = nova.show(&server).await;

    nova.rebuild(SECOND, &server, LATEST, json!({"key_name": "second"}))
        .await;

    let after = nova.show(&server).await;
    assert_eq!(after["user_id"], DEMO_USER);
    for same in [
        "id",
        "user_id",
        "tenant_id",
        "created",
        "addresses",
        "flavor",
        "hostId",
    ] {
        assert_eq!(before[same], after[same], "{same}");
    }
}

#[tokio::test]
async fn a_key_that_was_deleted_is_on_its_server_still() {
    let (nova, server) = scene().await;
    let gone = nova
        .ask(MAKER, "DELETE", "/os-keypairs/first", LATEST, &Value::Null)
        .await;
    assert_eq!(gone.status, 204);

    let kept = nova.rebuild(SECOND, &server, LATEST, json!({})).await;
    assert_eq!(kept.body["server"]["key_name"], "first");
    let refused = nova
        .rebuild(MAKER, &server, LATEST, json!({"key_name": "first"}))
        .await;
    assert_eq!(refused.refusal(&server), (400, NO_KEY.to_owned()));
}

/// Nova saves the key with the request and takes nothing of it back when the rebuild fails afterwards; only a rebuild for
/// which there is no host gets its image back.
#[rstest]
#[case::on_the_host(false, OTHER_IMAGE)]
#[case::for_want_of_a_host(true, IMAGE)]
#[tokio::test]
async fn a_rebuild_that_fails_has_changed_the_key(#[case] unscheduled: bool, #[case] image: &str) {
    let (nova, server) = scene().await;
    nova.mock.state().store.write(|cloud| {
        cloud.servers.script(Script {
            task: Task::Rebuild,
            server: None,
            times: Some(1),
            failure: Failure {
                code: 500,
                message: "No valid host was found. ".to_owned(),
                details: Some("Traceback".to_owned()),
                unscheduled,
            },
        });
    });

    let more = json!({"key_name": "second", "imageRef": OTHER_IMAGE});
    let answer = nova.rebuild(SECOND, &server, LATEST, more).await;

    assert_eq!(answer.status, 202);
    let failed = nova.show(&server).await;
    assert_eq!(
        (
            &failed["status"],
            &failed["key_name"],
            &failed["image"]["id"]
        ),
        (&json!("ERROR"), &json!("second"), &json!(image))
    );
}

#[rstest]
#[case::unknown_before(
    "2.53",
    400,
    "Additional properties are not allowed ('key_name' was unexpected)"
)]
#[case::known("2.54", 202, "")]
#[tokio::test]
async fn a_key_can_be_named_from_2_54_on(
    #[case] version: &str,
    #[case] status: u16,
    #[case] sentence: &str,
) {
    let (nova, server) = scene().await;
    let answer = nova
        .rebuild(MAKER, &server, version, json!({"key_name": "both"}))
        .await;
    assert_eq!(answer.status, status);
    assert!(answer.message().ends_with(sentence), "{}", answer.message());
}

#[rstest]
#[case::a_number(json!(1))]
#[case::empty(json!(""))]
#[case::too_long(json!("x".repeat(256)))]
#[tokio::test]
async fn a_name_must_be_a_name(#[case] name: Value) {
    let (nova, server) = scene().await;
    let answer = nova
        .rebuild(MAKER, &server, LATEST, json!({"key_name": name}))
        .await;
    assert_eq!(answer.status, 400);
    assert!(
        answer
            .message()
            .ends_with("is not valid under any of the given schemas"),
        "{}",
        answer.message()
    );
}

#[tokio::test]
async fn the_action_names_the_caller() {
    let (nova, server) = scene().await;
    nova.rebuild(SECOND, &server, LATEST, json!({"key_name": "second"}))
        .await;
    let actions = nova
        .get(MAKER, &format!("/servers/{server}/os-instance-actions"))
        .await;
    let newest = &actions.body["instanceActions"][0];
    assert_eq!(newest["action"], "rebuild");
    assert_eq!(newest["user_id"], "ee000000000000000000000000000003");
}
