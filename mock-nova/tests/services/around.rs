//! What is written on a server: metadata, tags and the password that its guest has set.

use rstest::rstest;
use serde_json::{Value, json};

use super::Cloud;

/// Asked of a real Nova 34.0.0: the requests of `steps` in turn, `SERVER` being a server of demo's.
async fn asked(
    cloud: &Cloud,
    user: &str,
    server: &str,
    method: &str,
    path: &str,
    body: Value,
) -> (u16, String) {
    let path = path.replace("SERVER", server);
    let answer = cloud
        .ask(user, method, &format!("/compute/v2.1/servers/{path}"), body)
        .await;
    let told = if answer.status < 300 {
        answer.body.to_string()
    } else {
        answer.message().to_owned()
    };
    (answer.status, told.replace(server, "SERVER"))
}

/// Asked of a real Nova 34.0.0.
#[tokio::test]
async fn metadata_is_written_read_and_taken_away() {
    let cloud = Cloud::start().await;
    let server = cloud.server("demo").await;
    let steps = [
        (
            "POST",
            "",
            json!({"metadata": {"a": "1", "b": "2"}}),
            200,
            r#"{"metadata":{"a":"1","b":"2"}}"#,
        ),
        (
            "PUT",
            "/a",
            json!({"meta": {"a": "3"}}),
            200,
            r#"{"meta":{"a":"3"}}"#,
        ),
        (
            "PUT",
            "/a",
            json!({"meta": {"b": "3"}}),
            400,
            "Request body and URI mismatch",
        ),
        (
            "PUT",
            "",
            json!({"metadata": {"c": "3"}}),
            200,
            r#"{"metadata":{"c":"3"}}"#,
        ),
        ("GET", "/c", Value::Null, 200, r#"{"meta":{"c":"3"}}"#),
        ("GET", "/x", Value::Null, 404, "Metadata item was not found"),
        ("DELETE", "/c", Value::Null, 204, "null"),
        (
            "DELETE",
            "/c",
            Value::Null,
            404,
            "Metadata item was not found",
        ),
        ("GET", "", Value::Null, 200, r#"{"metadata":{}}"#),
    ];
    for (method, path, body, status, told) in steps {
        let got = asked(
            &cloud,
            "demo",
            &server,
            method,
            &format!("SERVER/metadata{path}"),
            body,
        )
        .await;
        assert_eq!(got, (status, told.to_owned()), "{method} {path}");
    }
}

/// Asked of a real Nova 34.0.0.
#[tokio::test]
async fn metadata_has_a_quota_and_its_server_a_state() {
    let cloud = Cloud::start().await;
    let server = cloud.server("demo").await;
    let many: serde_json::Map<String, Value> =
        (0..129).map(|n| (format!("k{n}"), json!("v"))).collect();
    let one = || json!({"metadata": {"a": "1"}});
    let path = "SERVER/metadata";
    let got = asked(
        &cloud,
        "demo",
        &server,
        "POST",
        path,
        json!({"metadata": many}),
    )
    .await;
    assert_eq!(
        got,
        (
            403,
            "Maximum number of metadata items exceeds 128".to_owned()
        )
    );
    asked(
        &cloud,
        "demo",
        &server,
        "POST",
        "SERVER/action",
        json!({"lock": null}),
    )
    .await;
    let got = asked(&cloud, "demo", &server, "POST", path, one()).await;
    assert_eq!(got, (409, "Instance SERVER is locked".to_owned()));
    assert_eq!(
        asked(&cloud, "admin", &server, "POST", path, one()).await.0,
        200
    );
    asked(
        &cloud,
        "demo",
        &server,
        "POST",
        "SERVER/action",
        json!({"unlock": null}),
    )
    .await;
    asked(
        &cloud,
        "admin",
        &server,
        "POST",
        "SERVER/action",
        json!({"os-resetState": {"state": "error"}}),
    )
    .await;
    let got = asked(&cloud, "demo", &server, "POST", path, one()).await;
    assert_eq!(
        got,
        (
            409,
            "Cannot 'update metadata' instance SERVER while it is in vm_state error".to_owned()
        )
    );
    let got = asked(
        &cloud,
        "demo",
        &server,
        "DELETE",
        "SERVER/metadata/a",
        Value::Null,
    )
    .await;
    assert_eq!(
        got,
        (
            409,
            "Cannot 'delete metadata' instance SERVER while it is in vm_state error".to_owned()
        )
    );
}

/// Asked of a real Nova 34.0.0.
#[tokio::test]
async fn tags_are_put_found_and_taken_away() {
    let cloud = Cloud::start().await;
    let server = cloud.server("demo").await;
    let long = "a".repeat(61);
    let too_long = format!(
        "Tag '{long}' is invalid. It must be a non empty string without characters '/' and ','. \
         Validation error message: '{long}' is too long"
    );
    let steps = [
        ("PUT", "/x", Value::Null, 201, "null"),
        ("PUT", "/x", Value::Null, 204, "null"),
        (
            "PUT",
            "/a,b",
            Value::Null,
            400,
            "Tag 'a,b' is invalid. It must be a non empty string without characters '/' and ','. Validation error message: 'a,b' does not match '^[^,/]*$'",
        ),
        ("PUT", &format!("/{long}"), Value::Null, 400, &too_long),
        (
            "PUT",
            "/x",
            json!({"x": 1}),
            400,
            "{'x': 1} is not of type 'null'",
        ),
        (
            "PUT",
            "",
            json!({"tags": ["b", "a", "b"]}),
            200,
            r#"{"tags":["a","b"]}"#,
        ),
        ("GET", "", Value::Null, 200, r#"{"tags":["a","b"]}"#),
        ("GET", "/a", Value::Null, 204, "null"),
        (
            "GET",
            "/zz",
            Value::Null,
            404,
            "Server SERVER has no tag 'zz'",
        ),
        ("DELETE", "/a", Value::Null, 204, "null"),
        (
            "DELETE",
            "/a",
            Value::Null,
            404,
            "Instance SERVER has no tag 'a'",
        ),
        ("DELETE", "", Value::Null, 204, "null"),
        ("GET", "", Value::Null, 200, r#"{"tags":[]}"#),
    ];
    for (method, path, body, status, told) in steps {
        let got = asked(
            &cloud,
            "demo",
            &server,
            method,
            &format!("SERVER/tags{path}@2.26"),
            body,
        )
        .await;
        assert_eq!(got, (status, told.to_owned()), "{method} {path}");
    }
}

/// Asked of a real Nova 34.0.0: also a tag that is there already.
#[tokio::test]
async fn a_server_with_fifty_tags_takes_no_more() {
    let cloud = Cloud::start().await;
    let server = cloud.server("demo").await;
    let fifty: Vec<String> = (0..50).map(|n| format!("t{n}")).collect();
    let put = asked(
        &cloud,
        "demo",
        &server,
        "PUT",
        "SERVER/tags@2.26",
        json!({"tags": fifty}),
    )
    .await;
    assert_eq!(put.0, 200);
    for tag in ["t1", "other"] {
        let got = asked(
            &cloud,
            "demo",
            &server,
            "PUT",
            &format!("SERVER/tags/{tag}@2.26"),
            Value::Null,
        )
        .await;
        assert_eq!(
            got,
            (
                400,
                "The number of tags exceeded the per-server limit 50".to_owned()
            )
        );
    }
}

/// Asked of a real Nova 34.0.0: the path is Latin-1 to it, and so the location it answers.
#[tokio::test]
async fn the_location_of_a_tag_repeats_its_bytes() {
    let cloud = Cloud::start().await;
    let server = cloud.server("demo").await;
    let path = format!("/compute/v2.1/servers/{server}/tags/%C3%A9@2.26");
    let made = cloud.ask("demo", "PUT", &path, Value::Null).await;
    let want = format!("{}/compute/v2.1/servers/{server}/tags/é", cloud.mock.url());
    assert_eq!(made.location, Some(want.into_bytes()));
}

/// Asked of a real Nova 34.0.0.
#[rstest]
#[case::tags_of_another_project(
    "alt_demo",
    "GET",
    "SERVER/tags@2.26",
    403,
    "Policy doesn't allow os_compute_api:os-server-tags:index to be performed."
)]
#[case::tags_of_nobody(
    "demo",
    "GET",
    "00000000-0000-4000-8000-000000000000/tags@2.26",
    404,
    "Instance 00000000-0000-4000-8000-000000000000 has no mapping to a cell."
)]
#[case::tags_of_nonsense(
    "demo",
    "PUT",
    "nonsense/tags/a@2.26",
    404,
    "Instance nonsense has no mapping to a cell."
)]
#[case::tags_before_2_26(
    "demo",
    "GET",
    "SERVER/tags@2.25",
    404,
    "The resource could not be found."
)]
#[case::a_reader_tags(
    "demo_reader",
    "PUT",
    "SERVER/tags/a@2.26",
    403,
    "Policy doesn't allow os_compute_api:os-server-tags:update to be performed."
)]
#[case::metadata_of_another_project(
    "alt_demo",
    "GET",
    "SERVER/metadata",
    404,
    "Instance SERVER could not be found."
)]
#[case::a_reader_deletes(
    "demo_reader",
    "DELETE",
    "SERVER/metadata/nope",
    403,
    "Policy doesn't allow os_compute_api:server-metadata:delete to be performed."
)]
#[case::password_of_nobody(
    "demo",
    "GET",
    "00000000-0000-4000-8000-000000000000/os-server-password",
    404,
    "Instance 00000000-0000-4000-8000-000000000000 could not be found."
)]
#[case::a_reader_clears(
    "demo_reader",
    "DELETE",
    "SERVER/os-server-password",
    403,
    "Policy doesn't allow os_compute_api:os-server-password:clear to be performed."
)]
#[case::no_such_network(
    "demo",
    "GET",
    "SERVER/ips/none",
    404,
    "Instance is not a member of specified network"
)]
#[case::no_such_volume(
    "demo",
    "GET",
    "SERVER/os-volume_attachments/v",
    404,
    "Instance SERVER is not attached to volume v"
)]
#[tokio::test]
async fn it_is_refused(
    #[case] user: &str,
    #[case] method: &str,
    #[case] path: &str,
    #[case] status: u16,
    #[case] told: &str,
) {
    let cloud = Cloud::start().await;
    let server = cloud.server("demo").await;
    let got = asked(&cloud, user, &server, method, path, Value::Null).await;
    assert_eq!(got, (status, told.to_owned()));
}

/// Asked of a real Nova 34.0.0: tags, and metadata that is taken away, leave the server's time as it is.
#[rstest]
#[case::metadata_written("POST", "metadata", json!({"metadata": {"b": "1"}}), true)]
#[case::metadata_taken_away("DELETE", "metadata/a", Value::Null, false)]
#[case::a_tag("PUT", "tags/a@2.26", Value::Null, false)]
#[case::a_password_cleared("DELETE", "os-server-password", Value::Null, false)]
#[tokio::test]
async fn a_server_is_updated(
    #[case] method: &str,
    #[case] path: &str,
    #[case] body: Value,
    #[case] updated: bool,
) {
    let cloud = Cloud::start().await;
    let server = cloud.server("demo").await;
    asked(
        &cloud,
        "demo",
        &server,
        "POST",
        "SERVER/metadata",
        json!({"metadata": {"a": "1"}}),
    )
    .await;
    let when = || async {
        let shown = cloud
            .get("demo", &format!("/compute/v2.1/servers/{server}"))
            .await;
        shown.body["server"]["updated"].clone()
    };
    let before = when().await;
    cloud
        .mock
        .clock()
        .advance(std::time::Duration::from_secs(60));
    let got = asked(
        &cloud,
        "demo",
        &server,
        method,
        &format!("SERVER/{path}"),
        body,
    )
    .await;
    assert!(got.0 < 300, "{got:?}");
    assert_eq!(when().await != before, updated);
}

#[tokio::test]
async fn addresses_are_told_by_network() {
    let cloud = Cloud::start().await;
    let server = cloud.server("demo").await;
    let addresses = json!({"private": [{"version": 4, "addr": "10.0.0.2"}]});
    let all = cloud
        .get("demo", &format!("/compute/v2.1/servers/{server}/ips"))
        .await;
    assert_eq!(all.body, json!({"addresses": addresses}));
    let one = cloud
        .get(
            "demo",
            &format!("/compute/v2.1/servers/{server}/ips/private"),
        )
        .await;
    assert_eq!(one.body, addresses);
}
