//! `os-instance-actions`: what is told of what was done, to whom, at which version.

use rstest::rstest;
use serde_json::{Value, json};

use super::{ADMIN, Answer, Caller, LATEST, MAKER, Nova, READER, STRANGER};

/// A server that was made, paused, unpaused and rebuilt, in this order.
async fn scene() -> (Nova, String) {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    for body in [json!({"pause": null}), json!({"unpause": null})] {
        assert_eq!(nova.act(MAKER, &server, LATEST, body).await.status, 202);
    }
    assert_eq!(
        nova.rebuild(MAKER, &server, LATEST, json!({})).await.status,
        202
    );
    nova.show(&server).await;
    (nova, server)
}

async fn list(nova: &Nova, caller: Caller, server: &str, version: &str, query: &str) -> Answer {
    let path = format!("/servers/{server}/os-instance-actions{query}");
    nova.ask(caller, "GET", &path, version, &Value::Null).await
}

fn names(answer: &Answer) -> Vec<&str> {
    let actions = answer.body["instanceActions"].as_array().unwrap();
    actions
        .iter()
        .map(|action| action["action"].as_str().unwrap())
        .collect()
}

/// The names of an object's members.
fn members(of: &Value) -> Vec<&str> {
    let mut members: Vec<&str> = of.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    members
}

#[tokio::test]
async fn the_newest_comes_first() {
    let (nova, server) = scene().await;
    let answer = list(&nova, READER, &server, "2.1", "").await;
    assert_eq!(names(&answer), ["rebuild", "unpause", "pause", "create"]);
    let request = &nova
        .rebuild(MAKER, &server, LATEST, json!({}))
        .await
        .headers["x-openstack-request-id"];
    let newest = &list(&nova, MAKER, &server, "2.1", "").await.body["instanceActions"][0];
    assert_eq!(newest["request_id"], request.to_str().unwrap());
}

const BASE: &[&str] = &[
    "action",
    "instance_uuid",
    "message",
    "project_id",
    "request_id",
    "start_time",
    "user_id",
];
const DATED: &[&str] = &[
    "action",
    "instance_uuid",
    "message",
    "project_id",
    "request_id",
    "start_time",
    "updated_at",
    "user_id",
];

#[rstest]
#[case::at_first("2.1", BASE)]
#[case::still("2.57", BASE)]
#[case::with_the_last_change("2.58", DATED)]
#[tokio::test]
async fn what_a_list_says(#[case] version: &str, #[case] want: &[&str]) {
    let (nova, server) = scene().await;
    let answer = list(&nova, MAKER, &server, version, "").await;
    assert_eq!(members(&answer.body["instanceActions"][0]), want);
}

#[rstest]
#[case::nothing_at_first(MAKER, "2.50", &[])]
#[case::administrators_all(ADMIN, "2.1", &["event", "finish_time", "result", "start_time", "traceback"])]
#[case::then_something(MAKER, "2.51", &["event", "finish_time", "result", "start_time"])]
#[case::readers_too(READER, "2.51", &["event", "finish_time", "result", "start_time"])]
#[case::a_hidden_host(MAKER, "2.62", &["event", "finish_time", "hostId", "result", "start_time"])]
#[case::the_host(ADMIN, "2.62", &["event", "finish_time", "host", "hostId", "result", "start_time", "traceback"])]
#[case::details(ADMIN, "2.84", &["details", "event", "finish_time", "host", "hostId", "result", "start_time", "traceback"])]
#[case::which_are_not_a_members(MAKER, "2.84", &["event", "finish_time", "hostId", "result", "start_time"])]
#[tokio::test]
async fn what_is_told_of_events(
    #[case] caller: Caller,
    #[case] version: &str,
    #[case] want: &[&str],
) {
    let (nova, server) = scene().await;
    let newest = list(&nova, MAKER, &server, LATEST, "").await.body["instanceActions"][0].take();
    let path = format!(
        "/servers/{server}/os-instance-actions/{}",
        newest["request_id"].as_str().unwrap()
    );
    let answer = nova.ask(caller, "GET", &path, version, &Value::Null).await;
    let action = &answer.body["instanceAction"];
    if want.is_empty() {
        assert_eq!(action.get("events"), None);
        return;
    }
    let events = action["events"].as_array().unwrap();
    let told: Vec<&Value> = events.iter().map(|event| &event["event"]).collect();
    assert_eq!(told, ["compute_rebuild_instance", "rebuild_server"]);
    assert_eq!(members(&events[0]), want);
    assert_eq!(events[0]["result"], "Success");
}

#[rstest]
#[case::no_such_action(MAKER, "req-x", 404, "Action req-x not found")]
#[case::somebody_elses_server(STRANGER, "req-x", 404, "Instance ID could not be found.")]
#[tokio::test]
async fn what_is_not_there(
    #[case] caller: Caller,
    #[case] request: &str,
    #[case] status: u16,
    #[case] sentence: &str,
) {
    let (nova, server) = scene().await;
    let answer = nova
        .get(
            caller,
            &format!("/servers/{server}/os-instance-actions/{request}"),
        )
        .await;
    assert_eq!(answer.refusal(&server), (status, sentence.to_owned()));
}

#[rstest]
#[case::ignored_before("2.57", "?limit=1&nonsense=1", &["rebuild", "unpause", "pause", "create"])]
#[case::a_page("2.58", "?limit=2", &["rebuild", "unpause"])]
#[case::an_empty_page("2.58", "?limit=0", &[])]
#[case::changed_since("2.58", "?changes-since=2020-01-01", &["rebuild", "unpause", "pause", "create"])]
#[case::not_changed_since("2.58", "?changes-since=2999-01-01T00:00:00Z", &[])]
#[case::not_changed_before("2.66", "?changes-before=2020-01-01T00:00:00Z", &[])]
#[tokio::test]
async fn some_of_them(#[case] version: &str, #[case] query: &str, #[case] want: &[&str]) {
    let (nova, server) = scene().await;
    let answer = list(&nova, MAKER, &server, version, query).await;
    assert_eq!(names(&answer), want);
}

#[tokio::test]
async fn pages_lead_through_all_of_them() {
    let (nova, server) = scene().await;
    let mut query = "?limit=3".to_owned();
    let mut seen = Vec::new();
    loop {
        let answer = list(&nova, MAKER, &server, LATEST, &query).await;
        seen.extend(names(&answer).into_iter().map(str::to_owned));
        let Some(next) = answer.body["links"][0]["href"].as_str() else {
            break;
        };
        let prefix = format!(
            "http://nova.example/compute/v2.1/servers/{server}/os-instance-actions?limit=3&marker=req-"
        );
        assert!(next.starts_with(&prefix), "{next}");
        query = next[next.find('?').unwrap()..].to_owned();
    }
    assert_eq!(seen, ["rebuild", "unpause", "pause", "create"]);
}

/// Nova has forgotten the marker when it says that it is unknown.
#[rstest]
#[case::an_unknown_marker("?marker=nosuch", "Marker None could not be found.")]
#[case::since_after_before(
    "?changes-since=2030-01-01T00:00:00Z&changes-before=2020-01-01T00:00:00Z",
    "The value of changes-since must be less than or equal to changes-before."
)]
#[case::an_unknown_parameter("?x=1", "Additional properties are not allowed ('x' was unexpected)")]
#[tokio::test]
async fn what_a_list_refuses(#[case] query: &str, #[case] sentence: &str) {
    let (nova, server) = scene().await;
    let answer = list(&nova, MAKER, &server, LATEST, query).await;
    assert_eq!(answer.refusal(&server), (400, sentence.to_owned()));
}

#[rstest]
#[case::forgotten_at_first(MAKER, "2.20", 404)]
#[case::remembered_later(MAKER, "2.21", 200)]
#[case::not_for_strangers(STRANGER, "2.21", 404)]
#[tokio::test]
async fn of_a_deleted_server(#[case] caller: Caller, #[case] version: &str, #[case] status: u16) {
    let (nova, server) = scene().await;
    let gone = nova
        .ask(
            MAKER,
            "DELETE",
            &format!("/servers/{server}"),
            LATEST,
            &Value::Null,
        )
        .await;
    assert_eq!(gone.status, 204);
    let answer = list(&nova, caller, &server, version, "").await;
    assert_eq!(answer.status, status, "{}", answer.body);
    if status == 200 {
        assert_eq!(names(&answer)[..2], ["delete", "rebuild"]);
    }
}

/// A lock is one event of the API itself; a reset has none; a lock that changes nothing is not recorded.
#[tokio::test]
async fn what_takes_no_time_is_recorded_too() {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    for (caller, body) in [
        (MAKER, json!({"lock": null})),
        (MAKER, json!({"lock": null})),
        (MAKER, json!({"unlock": null})),
        (ADMIN, json!({"os-resetState": {"state": "active"}})),
    ] {
        nova.act(caller, &server, LATEST, body).await;
    }
    let answer = list(&nova, MAKER, &server, LATEST, "").await;
    assert_eq!(names(&answer), ["resetState", "unlock", "lock", "create"]);
    let lock = answer.body["instanceActions"][2]["request_id"]
        .as_str()
        .unwrap();
    let shown = nova
        .get(
            MAKER,
            &format!("/servers/{server}/os-instance-actions/{lock}"),
        )
        .await;
    assert_eq!(
        shown.body["instanceAction"]["events"][0]["event"],
        "api_lock"
    );
}
