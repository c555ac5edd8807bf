//! Every state and every action: which may begin, where it leads, and with which sentence the others are refused.

use rstest::rstest;
use serde_json::{Value, json};

use super::{
    ADMIN, ADMIN_HERE, Caller, IMAGE, LATEST, MAKER, NO_IMAGE, Nova, READER, SECOND, STRANGER,
};

/// Every action with a body for it, and its name in refusals.
fn actions() -> Vec<(&'static str, Value, &'static str)> {
    let none = |action: &'static str| json!({ action: null });
    vec![
        ("start", none("os-start"), "start"),
        ("stop", none("os-stop"), "stop"),
        ("reboot", json!({"reboot": {"type": "SOFT"}}), "reboot"),
        ("reboot hard", json!({"reboot": {"type": "hard"}}), "reboot"),
        ("pause", none("pause"), "pause"),
        ("unpause", none("unpause"), "unpause"),
        ("suspend", none("suspend"), "suspend"),
        ("resume", none("resume"), "resume"),
        ("lock", none("lock"), "lock"),
        ("unlock", none("unlock"), "unlock"),
        ("rescue", none("rescue"), "rescue"),
        ("unrescue", none("unrescue"), "unrescue"),
        ("resize", json!({"resize": {"flavorRef": "2"}}), "resize"),
        ("confirm", none("confirmResize"), "confirmResize"),
        ("revert", none("revertResize"), "revertResize"),
        ("shelve", none("shelve"), "shelve"),
        ("unshelve", none("unshelve"), "unshelve"),
        (
            "reset",
            json!({"os-resetState": {"state": "active"}}),
            "os-resetState",
        ),
        (
            "rebuild",
            json!({"rebuild": {"imageRef": IMAGE}}),
            "rebuild",
        ),
    ]
}

/// A server brought into a vm_state by actions.
async fn server_in(nova: &Nova, state: &str) -> String {
    let server = nova.server(json!({})).await;
    let way = match state {
        "active" => return server,
        "stopped" => json!({"os-stop": null}),
        "paused" => json!({"pause": null}),
        "suspended" => json!({"suspend": null}),
        "rescued" => json!({"rescue": null}),
        "resized" => json!({"resize": {"flavorRef": "2"}}),
        "shelved_offloaded" => json!({"shelve": null}),
        _ => json!({"os-resetState": {"state": "error"}}),
    };
    let answer = nova.act(ADMIN, &server, LATEST, way).await;
    assert!(answer.status < 300, "{}", answer.body);
    nova.finish(&server);
    assert_eq!(nova.show(&server).await["OS-EXT-STS:vm_state"], state);
    server
}

/// For each state the actions that may begin in it: what the server's status is at once, and in the end.
#[rstest]
#[case::active("active", &[
    ("stop", "ACTIVE", "SHUTOFF"), ("reboot", "REBOOT", "ACTIVE"), ("reboot hard", "HARD_REBOOT", "ACTIVE"),
    ("pause", "ACTIVE", "PAUSED"), ("suspend", "ACTIVE", "SUSPENDED"), ("rescue", "ACTIVE", "RESCUE"),
    ("resize", "RESIZE", "VERIFY_RESIZE"), ("shelve", "ACTIVE", "SHELVED_OFFLOADED"), ("rebuild", "REBUILD", "ACTIVE"),
])]
#[case::stopped("stopped", &[
    ("start", "SHUTOFF", "ACTIVE"), ("reboot hard", "SHUTOFF", "ACTIVE"), ("rescue", "SHUTOFF", "RESCUE"),
    ("resize", "RESIZE", "VERIFY_RESIZE"), ("shelve", "SHUTOFF", "SHELVED_OFFLOADED"), ("rebuild", "REBUILD", "SHUTOFF"),
])]
#[case::paused("paused", &[
    ("unpause", "PAUSED", "ACTIVE"), ("reboot hard", "PAUSED", "ACTIVE"), ("shelve", "PAUSED", "SHELVED_OFFLOADED"),
])]
#[case::suspended("suspended", &[
    ("resume", "SUSPENDED", "ACTIVE"), ("reboot hard", "SUSPENDED", "ACTIVE"), ("shelve", "SUSPENDED", "SHELVED_OFFLOADED"),
])]
#[case::rescued("rescued", &[("unrescue", "RESCUE", "ACTIVE")])]
#[case::resized("resized", &[("confirm", "VERIFY_RESIZE", "ACTIVE"), ("revert", "REVERT_RESIZE", "ACTIVE")])]
#[case::shelved("shelved_offloaded", &[("unshelve", "SHELVED_OFFLOADED", "ACTIVE")])]
#[case::error("error", &[
    ("stop", "ERROR", "SHUTOFF"), ("reboot hard", "ERROR", "ACTIVE"), ("rescue", "ERROR", "RESCUE"), ("rebuild", "REBUILD", "ACTIVE"),
])]
#[tokio::test]
async fn from_each_state(#[case] state: &str, #[case] allowed: &[(&str, &str, &str)]) {
    let nova = Nova::that_waits().await;
    nova.mock
        .set_default_quotas([("instances", -1), ("cores", -1), ("ram", -1)]);
    for (action, body, name) in actions() {
        let server = server_in(&nova, state).await;
        let resting = nova.show(&server).await["status"]
            .as_str()
            .unwrap()
            .to_owned();
        let want = match action {
            // These mind no state.
            "lock" | "unlock" => Some((resting.as_str(), resting.as_str())),
            "reset" => Some(("ACTIVE", "ACTIVE")),
            _ => {
                let mut allowed = allowed.iter();
                allowed
                    .find(|row| row.0 == action)
                    .map(|row| (row.1, row.2))
            }
        };
        let caller = if action == "reset" { ADMIN } else { MAKER };
        let answer = nova.act(caller, &server, LATEST, body).await;
        let Some((at_once, at_last)) = want else {
            let sentence = match (state, action) {
                // Nova looks for the host of these before it looks at their state.
                ("shelved_offloaded", "start" | "stop") => "Instance ID is not ready".to_owned(),
                _ => format!("Cannot '{name}' instance ID while it is in vm_state {state}"),
            };
            assert_eq!(answer.refusal(&server), (409, sentence), "{action}");
            continue;
        };
        let status = match action {
            "rescue" => 200,
            "confirm" => 204,
            _ => 202,
        };
        assert_eq!(answer.status, status, "{action}: {}", answer.body);
        assert_eq!(
            nova.show(&server).await["status"],
            at_once,
            "{action}, at once"
        );
        nova.finish(&server);
        let settled = nova.show(&server).await;
        assert_eq!(settled["status"], at_last, "{action}, at last");
        assert_eq!(settled["OS-EXT-STS:task_state"], Value::Null, "{action}");
    }
}

#[rstest]
#[case::pausing(json!({"pause": null}), "pausing")]
#[case::stopping(json!({"os-stop": null}), "powering-off")]
#[case::resizing(json!({"resize": {"flavorRef": "2"}}), "resize_prep")]
#[case::shelving(json!({"shelve": null}), "shelving")]
#[tokio::test]
async fn while_something_is_done_nothing_else_is_begun(#[case] first: Value, #[case] state: &str) {
    let nova = Nova::that_waits().await;
    let server = nova.server(json!({})).await;
    nova.act(MAKER, &server, LATEST, first).await;
    for (action, body, name) in actions() {
        let kinds = [
            "stop", "reboot", "pause", "suspend", "rescue", "resize", "shelve", "rebuild",
        ];
        if kinds.contains(&action) {
            let answer = nova.act(MAKER, &server, LATEST, body).await;
            let sentence = format!("Cannot '{name}' instance ID while it is in task_state {state}");
            assert_eq!(answer.refusal(&server), (409, sentence), "{action}");
        }
    }
}

#[tokio::test]
async fn a_hard_reboot_ends_a_pause_that_goes_on() {
    let nova = Nova::that_waits().await;
    let server = nova.server(json!({})).await;
    nova.act(MAKER, &server, LATEST, json!({"pause": null}))
        .await;
    let answer = nova
        .act(MAKER, &server, LATEST, json!({"reboot": {"type": "HARD"}}))
        .await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    nova.finish(&server);
    assert_eq!(nova.show(&server).await["status"], "ACTIVE");
}

#[tokio::test]
async fn what_has_never_run_cannot_be_used() {
    let nova = Nova::that_waits().await;
    let server = json!({"name": "x", "imageRef": IMAGE, "flavorRef": "1", "networks": "none"});
    let made = nova
        .ask(
            MAKER,
            "POST",
            "/servers",
            LATEST,
            &json!({ "server": server }),
        )
        .await;
    let server = made.body["server"]["id"].as_str().unwrap();
    let refused = nova.rebuild(MAKER, server, LATEST, json!({})).await;
    let sentence = "Cannot 'rebuild' instance ID while it is in vm_state building";
    assert_eq!(refused.refusal(server), (409, sentence.to_owned()));
    nova.act(
        ADMIN,
        server,
        LATEST,
        json!({"os-resetState": {"state": "active"}}),
    )
    .await;
    let refused = nova.rebuild(MAKER, server, LATEST, json!({})).await;
    let sentence = "Instance ID is in an invalid state for 'rebuild'";
    assert_eq!(refused.refusal(server), (409, sentence.to_owned()));
}

#[rstest]
#[case::a_reader(READER, 403)]
#[case::a_stranger(STRANGER, 404)]
#[case::nobodys_server(MAKER, 404)]
#[tokio::test]
async fn who_may_not(#[case] caller: Caller, #[case] status: u16) {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    let path = if caller == MAKER { "nonesuch" } else { &server };
    for (action, body, _) in actions() {
        let answer = nova.act(caller, path, LATEST, body).await;
        assert_eq!(answer.status, status, "{action}: {}", answer.body);
        let beginning = if status == 403 {
            "Policy doesn't allow os_compute_api:"
        } else {
            "Instance "
        };
        assert!(
            answer.message().starts_with(beginning),
            "{action}: {}",
            answer.message()
        );
    }
}

/// To start or stop a server, Nova first looks where it is.
#[rstest]
#[case::never_was(
    MAKER,
    "1a000000-0000-4000-8000-00000000ffff",
    "Instance 1a000000-0000-4000-8000-00000000ffff has no mapping to a cell."
)]
#[case::no_id(MAKER, "nonesuch", "Instance nonesuch has no mapping to a cell.")]
#[case::somebody_elses(STRANGER, "", "Instance ID could not be found.")]
#[tokio::test]
async fn a_server_that_is_nowhere(
    #[case] caller: Caller,
    #[case] path: &str,
    #[case] sentence: &str,
    #[values("os-start", "os-stop")] action: &str,
) {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    let path = if path.is_empty() { &server } else { path };
    let answer = nova
        .act(caller, path, LATEST, json!({ action: null }))
        .await;
    assert_eq!(answer.refusal(&server), (404, sentence.to_owned()));
}

#[tokio::test]
async fn only_an_administrator_resets_a_state() {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    let reset = json!({"os-resetState": {"state": "error"}});
    let refused = nova.act(MAKER, &server, LATEST, reset.clone()).await;
    assert_eq!(
        refused.refusal(&server),
        (
            403,
            "Policy doesn't allow os_compute_api:os-admin-actions:reset_state to be performed."
                .to_owned()
        )
    );
    assert_eq!(
        nova.act(ADMIN_HERE, &server, LATEST, reset).await.status,
        202
    );
    let shown = nova.show(&server).await;
    assert_eq!(
        (&shown["status"], shown.get("fault")),
        (&json!("ERROR"), None)
    );
}

#[tokio::test]
async fn a_locked_server_is_an_administrators() {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    nova.act(
        MAKER,
        &server,
        LATEST,
        json!({"lock": {"locked_reason": "mine"}}),
    )
    .await;
    for (action, body, _) in actions() {
        if matches!(action, "lock" | "unlock" | "reset") {
            continue;
        }
        let answer = nova.act(SECOND, &server, LATEST, body).await;
        assert_eq!(
            answer.refusal(&server),
            (409, "Instance ID is locked".to_owned()),
            "{action}"
        );
    }
    let shown = nova.show(&server).await;
    assert_eq!(
        (&shown["locked"], &shown["locked_reason"]),
        (&json!(true), &json!("mine"))
    );
    let stopped = nova
        .act(ADMIN, &server, LATEST, json!({"os-stop": null}))
        .await;
    assert_eq!(stopped.status, 202);
}

/// Who locks, who locks again, and who unlocks: the reason in between, and how the last is answered.
#[rstest]
#[case::its_own_stays(MAKER, SECOND, "first", MAKER, 202)]
#[case::an_administrators_replaces(MAKER, ADMIN, "second", ADMIN, 202)]
#[case::a_member_does_not_replace_an_administrators(ADMIN, MAKER, "first", ADMIN, 202)]
#[case::a_member_cannot_take_off_an_administrators(ADMIN, ADMIN, "second", MAKER, 403)]
#[case::an_administrator_takes_off_a_members(MAKER, MAKER, "first", ADMIN, 202)]
#[case::an_administrator_of_the_project_is_a_member(ADMIN_HERE, SECOND, "first", MAKER, 202)]
#[tokio::test]
async fn locks(
    #[case] first: Caller,
    #[case] second: Caller,
    #[case] reason: &str,
    #[case] third: Caller,
    #[case] status: u16,
) {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    nova.act(
        first,
        &server,
        LATEST,
        json!({"lock": {"locked_reason": "first"}}),
    )
    .await;
    nova.act(
        second,
        &server,
        LATEST,
        json!({"lock": {"locked_reason": "second"}}),
    )
    .await;
    assert_eq!(nova.show(&server).await["locked_reason"], reason);
    let answer = nova
        .act(third, &server, LATEST, json!({"unlock": null}))
        .await;
    assert_eq!(answer.status, status, "{}", answer.body);
    if status == 403 {
        let rule = "os_compute_api:os-lock-server:unlock:unlock_override";
        assert_eq!(
            answer.message(),
            format!("Policy doesn't allow {rule} to be performed.")
        );
    }
    assert_eq!(nova.show(&server).await["locked"], status == 403);
}

#[rstest]
#[case::not_yet_known("2.72", Value::Null)]
#[case::known("2.73", json!("why"))]
#[tokio::test]
async fn a_lock_has_a_reason_from_2_73_on(#[case] version: &str, #[case] want: Value) {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    let lock = json!({"lock": {"locked_reason": "why"}});
    assert_eq!(nova.act(MAKER, &server, version, lock).await.status, 202);
    assert_eq!(nova.show(&server).await["locked_reason"], want);
}

#[rstest]
#[case::given(json!({"rescue": {"adminPass": "pw"}}), Some("pw"))]
#[case::made(json!({"rescue": null}), None)]
#[tokio::test]
async fn a_rescue_is_answered_with_a_password(#[case] body: Value, #[case] want: Option<&str>) {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    let answer = nova.act(MAKER, &server, LATEST, body).await;
    assert_eq!(answer.status, 200);
    let password = answer.body["adminPass"].as_str().unwrap();
    assert_eq!(answer.body, json!({"adminPass": password}));
    match want {
        Some(want) => assert_eq!(password, want),
        None => assert_eq!(password.len(), 12),
    }
}

#[tokio::test]
async fn a_rescue_image_must_be_there() {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    let rescue = json!({"rescue": {"rescue_image_ref": NO_IMAGE}});
    let answer = nova.act(MAKER, &server, LATEST, rescue).await;
    let sentence = format!("Requested rescue image '{}' is not supported", NO_IMAGE);
    assert_eq!(answer.refusal(&server), (400, sentence));
}

#[rstest]
#[case::unknown("nosuch", 400, "Flavor nosuch could not be found.")]
#[case::the_same("1", 400, "When resizing, instances must change flavor!")]
#[case::an_address(
    "http://x/flavors/2",
    400,
    "Flavor http://x/flavors/2 could not be found."
)]
#[case::beyond_the_quota(
    "5",
    403,
    "Quota exceeded for cores: Requested 7, but already used 1 of 4 cores"
)]
#[case::good("2", 202, "")]
#[tokio::test]
async fn flavors_to_resize_to(#[case] flavor: &str, #[case] status: u16, #[case] sentence: &str) {
    let nova = Nova::start().await;
    nova.mock.set_default_quotas([("cores", 4)]);
    let server = nova.server(json!({})).await;
    let answer = nova
        .act(
            MAKER,
            &server,
            LATEST,
            json!({"resize": {"flavorRef": flavor}}),
        )
        .await;
    assert_eq!(answer.refusal(&server), (status, sentence.to_owned()));
}

#[rstest]
#[case::confirmed("confirmResize", "m1.small", 2048)]
#[case::reverted("revertResize", "m1.tiny", 512)]
#[tokio::test]
async fn a_resize_is_for_good_or_taken_back(
    #[case] last: &str,
    #[case] flavor: &str,
    #[case] ram: i64,
    #[values("active", "stopped")] state: &str,
) {
    let nova = Nova::start().await;
    let server = server_in(&nova, state).await;
    let before = nova.show(&server).await["status"].clone();
    nova.act(
        MAKER,
        &server,
        LATEST,
        json!({"resize": {"flavorRef": "2"}}),
    )
    .await;
    assert_eq!(
        nova.show(&server).await["flavor"]["original_name"],
        "m1.small"
    );
    nova.act(MAKER, &server, LATEST, json!({ last: null }))
        .await;
    let after = nova.show(&server).await;
    assert_eq!(
        (&after["status"], &after["flavor"]["original_name"]),
        (&before, &json!(flavor))
    );
    let limits = nova.get(MAKER, "/limits").await;
    assert_eq!(limits.body["limits"]["absolute"]["totalRAMUsed"], ram);
}

#[tokio::test]
async fn a_resize_is_confirmed_once() {
    let nova = Nova::that_waits().await;
    let server = server_in(&nova, "resized").await;
    let confirm = json!({"confirmResize": null});
    assert_eq!(
        nova.act(MAKER, &server, LATEST, confirm.clone())
            .await
            .status,
        204
    );
    let again = nova.act(MAKER, &server, LATEST, confirm).await;
    assert_eq!(
        again.refusal(&server),
        (400, "Instance has not been resized.".to_owned())
    );
}

#[rstest]
#[case::no_such_zone(MAKER, "2.77", json!({"availability_zone": "nosuch"}), 400, "The requested availability zone is not available")]
#[case::a_zone_before_its_time(MAKER, "2.76", json!({"availability_zone": "nosuch"}), 202, "")]
#[case::a_host_before_its_time(MAKER, "2.76", json!({"host": "nosuch"}), 202, "")]
#[case::a_zone(MAKER, "2.77", json!({"availability_zone": "nova"}), 202, "")]
#[case::a_host_as_a_member(MAKER, "2.91", json!({"host": "compute"}), 403, "Policy doesn't allow os_compute_api:os-shelve:unshelve_to_host to be performed.")]
#[case::no_such_host(ADMIN, "2.91", json!({"host": "nosuch"}), 400, "Compute host nosuch could not be found.")]
#[case::a_zone_before_the_host(ADMIN, "2.91", json!({"host": "nosuch", "availability_zone": "nosuch"}), 400, "The requested availability zone is not available")]
#[case::no_host_at_all(MAKER, "2.91", json!({"host": ""}), 202, "")]
#[case::no_zone_any_more(ADMIN, "2.91", json!({"host": "compute", "availability_zone": null}), 202, "")]
#[tokio::test]
async fn where_a_shelved_server_can_go(
    #[case] caller: Caller,
    #[case] version: &str,
    #[case] place: Value,
    #[case] status: u16,
    #[case] sentence: &str,
) {
    let nova = Nova::start().await;
    let server = server_in(&nova, "shelved_offloaded").await;
    let answer = nova
        .act(caller, &server, version, json!({"unshelve": place}))
        .await;
    assert_eq!(answer.refusal(&server), (status, sentence.to_owned()));
    if status == 202 {
        let zone = if version == "2.76" {
            Value::Null
        } else {
            place["availability_zone"].clone()
        };
        assert_eq!(nova.show(&server).await["pinned_availability_zone"], zone);
    }
}

/// What a body of `POST /servers/ID/action` may be before it is looked into.
#[rstest]
#[case::empty("", 400, "Malformed request body")]
#[case::no_json("{nope", 400, "Malformed request body")]
#[case::nothing_asked("{}", 400, "Malformed request body")]
#[case::two_asked(r#"{"pause": null, "unpause": null}"#, 400, "Malformed request body")]
#[case::an_empty_list("[]", 400, "Malformed request body")]
#[case::a_list_of_one("[1]", 404, "The resource could not be found.")]
#[case::null("null", 404, "The resource could not be found.")]
#[case::a_number("5", 404, "The resource could not be found.")]
#[case::a_letter(r#""x""#, 404, "The resource could not be found.")]
#[case::a_word(r#""xy""#, 400, "Malformed request body")]
#[case::unknown(r#"{"nosuch": null}"#, 400, "There is no such action: nosuch")]
#[tokio::test]
async fn what_is_no_action(#[case] body: &str, #[case] status: u16, #[case] sentence: &str) {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt as _;

    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    let request = Request::post(format!("/compute/v2.1/servers/{server}/action"))
        .header("x-auth-token", nova.mock.token_for("demo").unwrap())
        .header("content-type", "application/json")
        .header("openstack-api-version", "compute 2.100")
        .body(Body::from(body.to_owned()))
        .unwrap();
    let router = mock_nova::http::router(nova.mock.state().clone());
    let answer = router.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()["openstack-api-version"], "compute 2.100");
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let fault = body.as_object().unwrap().values().next().unwrap();
    assert_eq!(fault["message"], sentence);
}
