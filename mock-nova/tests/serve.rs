//! The server as people and scripts meet it: the binary's start, stop and mistakes, and the services around Nova.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};

use mock_nova::MockNova;
use reqwest::Client;
use rstest::rstest;
use serde_json::{Value, json};

fn mock_nova(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-nova"));
    command.args(arguments).env_remove("RUST_LOG");
    command
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = mock_nova(arguments).output().unwrap();
    (
        status.code(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

/// The binary, serving on a free port.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(log: &str) -> Self {
        let mut command = mock_nova(&["serve", "--listen", "127.0.0.1:0", "--log", log]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let identity = lines
            .find(|line| line.as_ref().unwrap().starts_with("identity"))
            .unwrap()
            .unwrap();
        let url = identity
            .split_whitespace()
            .nth(1)
            .unwrap()
            .trim_end_matches("/identity/v3")
            .to_owned();
        Self { child, url }
    }

    fn signal(&mut self, signal: &str) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        let status = self.child.wait().unwrap();
        let mut stderr = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        (status.code(), stderr)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has ended already, unless the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[rstest]
#[case::terminated("-TERM")]
#[case::interrupted("-INT")]
#[tokio::test]
async fn the_server_stops_cleanly_when_told(#[case] signal: &str) {
    let mut served = Served::start("off");
    let client = Client::new();
    let health: Value = client
        .get(format!("{}/_mock/health", served.url))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(health, json!({ "status": "ok" }));
    // The client still holds its connection open.
    assert_eq!(served.signal(signal), (Some(0), String::new()));
}

#[tokio::test]
async fn every_service_logs_its_requests_alike_and_no_query() {
    let mut served = Served::start("json");
    let client = Client::new();
    let asked = [
        ("identity", "/identity/v3/nothing", 404),
        ("compute", "/compute/v2.1/os-keypairs", 401),
        ("image", "/image/v2/images", 401),
        ("network", "/networking/v2.0/networks", 401),
        ("placement", "/placement/", 200),
        ("block-storage", "/volume/v3/", 200),
        ("control", "/_mock/health", 200),
        ("none", "/nowhere", 404),
    ];
    for (_, path, _) in asked {
        let url = format!("{}{path}?token=hunter2", served.url);
        client.get(url).send().await.unwrap();
    }
    let (_, log) = served.signal("-TERM");
    assert!(!log.contains("hunter2"), "{log}");
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (service, path, status) in asked {
        let mut lines = lines.iter();
        let line = lines.find(|line| line["path"] == path).unwrap();
        assert_eq!(line["service"], service);
        assert_eq!(line["status"], status);
        assert_eq!(line["method"], "GET");
        let has_id =
            ["identity", "compute", "image", "network", "block-storage"].contains(&service);
        assert_eq!(line["request_id"].is_string(), has_id, "{line}");
    }
}

#[test]
fn a_taken_port_is_one_sentence_and_exit_2() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, stdout, stderr) = run(&["serve", "--listen", &address]);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert!(
        stderr.starts_with(&format!(
            "mock-nova: {address} is taken by another program; "
        )),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 1);
}

#[rstest]
#[case::missing_fixture(&["serve", "--fixture", "/nowhere.yaml"], "mock-nova: /nowhere.yaml: cannot read the fixture: ")]
#[case::missing_policy(&["serve", "--policy", "/nowhere.yaml"], "mock-nova: cannot read the policy file /nowhere.yaml: ")]
#[case::no_such_user(&["openrc", "nobody"], "mock-nova: the fixture has no user `nobody`; it has admin, demo, ")]
#[case::no_address(&["serve", "--listen", "here"], "error: invalid value 'here' for '--listen <ADDRESS:PORT>': write it as ")]
#[case::no_version(&["serve", "--max-microversion", "2.999"], "error: invalid value '2.999' for '--max-microversion <2.N>': ")]
#[case::no_lifetime(&["serve", "--token-lifetime", "0"], "error: invalid value '0' for '--token-lifetime <SECONDS>': ")]
#[case::no_flag(&["serve", "--nope"], "error: unexpected argument '--nope' found")]
#[case::no_command(&["sing"], "error: unrecognized subcommand 'sing'")]
fn a_mistake_on_the_command_line_is_exit_2(#[case] arguments: &[&str], #[case] begins: &str) {
    let (code, stdout, stderr) = run(arguments);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert!(stderr.starts_with(begins), "{stderr}");
}

#[test]
fn a_bad_fixture_is_told_with_its_line() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        file.path(),
        "projects:\n  - name: p\nusers:\n  - name: u\n    password: 1\n",
    )
    .unwrap();
    let path = file.path().to_str().unwrap();
    let (code, _, stderr) = run(&["serve", "--fixture", path]);
    assert_eq!(code, Some(2));
    assert!(
        stderr.starts_with(&format!("mock-nova: {path}:5: users[0].password: ")),
        "{stderr}"
    );
}

#[test]
fn openrc_names_what_a_client_needs() {
    let (code, stdout, _) = run(&["openrc", "demo", "--url", "https://cloud.example/"]);
    assert_eq!(code, Some(0));
    for line in [
        "export OS_AUTH_URL='https://cloud.example/identity/v3'",
        "export OS_USERNAME='demo'",
        "export OS_PASSWORD='secret'",
        "export OS_PROJECT_NAME='demo'",
    ] {
        assert!(
            stdout.lines().any(|other| other == line),
            "{line} is not in\n{stdout}"
        );
    }
}

#[test]
fn openrc_clears_what_contradicts_it() {
    let (_, lines, _) = run(&["openrc", "demo"]);
    let output = Command::new("sh")
        .args(["-euc", "eval \"$0\"; env", &lines])
        .env("OS_CLOUD", "another")
        .env("OS_TOKEN", "stale")
        .env("OS_PROJECT_ID", "elsewhere")
        .env("OS_PROJECT_NAME", "elsewhere")
        .output()
        .unwrap();
    assert!(output.status.success());
    let environment = String::from_utf8(output.stdout).unwrap();
    for gone in ["OS_CLOUD=", "OS_TOKEN=", "OS_PROJECT_ID="] {
        assert!(!environment.contains(gone), "{environment}");
    }
    assert!(environment.contains("OS_PROJECT_NAME=demo\n"));
}

/// Who an entry of a clouds.yaml logs in, if it is there just once.
fn username(text: &str, entry: &str) -> Option<String> {
    let key = format!("\n  \"{entry}\":\n");
    let mut found = text.split(&key).skip(1);
    let (first, None) = (found.next()?, found.next()) else {
        return None;
    };
    let line = first
        .lines()
        .find(|line| line.starts_with("      username: "))?;
    Some(line.split('"').nth(1)?.to_owned())
}

#[rstest]
#[case::plain_member("mock-nova", "demo")]
#[case::second("mock-nova-second", "demo_second")]
#[case::other("mock-nova-other", "alt_demo")]
#[case::reader("mock-nova-reader", "demo_reader")]
#[case::admin("mock-nova-admin", "admin")]
fn clouds_yaml_has_an_entry_for_each_part(#[case] entry: &str, #[case] user: &str) {
    let (_, text, _) = run(&["clouds-yaml"]);
    assert_eq!(username(&text, entry).as_deref(), Some(user), "{text}");
}

#[test]
fn users_of_one_name_are_told_apart_by_their_domains() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        file.path(),
        "domains:\n  - {name: a}\n  - {name: b}\n\
         projects:\n  - {name: p, domain: a}\n\
         users:\n  - {name: u, domain: a, password: x}\n  - {name: u, domain: b, password: y}\n",
    )
    .unwrap();
    let path = file.path().to_str().unwrap();
    let (_, text, _) = run(&["clouds-yaml", "--fixture", path]);
    for entry in ["mock-nova", "mock-nova-u@a", "mock-nova-u@b"] {
        assert_eq!(username(&text, entry).as_deref(), Some("u"), "{text}");
    }
    let (code, _, stderr) = run(&["openrc", "u", "--fixture", path]);
    assert_eq!(code, Some(2));
    assert_eq!(
        stderr,
        "mock-nova: the fixture has more than one user `u`; say which: u@a or u@b\n"
    );
    let (_, text, _) = run(&["openrc", "u@b", "--fixture", path]);
    assert!(text.contains("export OS_PASSWORD='y'\n"), "{text}");
}

#[test]
fn clouds_yaml_has_an_entry_for_each_user() {
    let (_, stdout, _) = run(&["clouds-yaml", "--listen", "0.0.0.0:9000"]);
    for entry in [
        "mock-nova",
        "mock-nova-admin",
        "mock-nova-demo",
        "mock-nova-alt_demo",
    ] {
        assert!(stdout.contains(&format!("  \"{entry}\":\n")), "{stdout}");
    }
    assert!(
        stdout.contains("auth_url: \"http://127.0.0.1:9000/identity/v3\""),
        "{stdout}"
    );
}

/// Asks as demo, or as nobody.
async fn get(cloud: &MockNova, path: &str, token: bool) -> (u16, Value) {
    let mut request = Client::new().get(format!("{}{path}", cloud.url()));
    if token {
        request = request.header("x-auth-token", cloud.token_for("demo").unwrap());
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (
        status,
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default(),
    )
}

#[rstest]
#[case::index("/", false, 200)]
#[case::identity("/identity", false, 300)]
#[case::identity_with_a_slash("/identity/", false, 300)]
#[case::identity_v3("/identity/v3/", false, 200)]
#[case::image("/image/", false, 300)]
#[case::image_versions("/image/versions", false, 200)]
#[case::network("/networking/", false, 200)]
#[case::placement("/placement", false, 200)]
#[case::volume("/volume/v3/", false, 200)]
#[case::health("/_mock/health", false, 200)]
#[case::version("/_mock/version", false, 200)]
#[case::images_need_a_token("/image/v2/images", false, 401)]
#[case::networks_need_a_token("/networking/v2.0/networks", false, 401)]
#[case::images("/image/v2/images", true, 200)]
#[case::networks("/networking/v2.0/networks", true, 200)]
#[case::unknown_image("/image/v2/images/none", true, 404)]
#[case::unknown_network("/networking/v2.0/networks/none", true, 404)]
#[case::nowhere("/nowhere", false, 404)]
#[tokio::test]
async fn every_door_is_where_clients_look_for_it(
    #[case] path: &str,
    #[case] token: bool,
    #[case] status: u16,
) {
    let cloud = MockNova::start().await;
    assert_eq!(get(&cloud, path, token).await.0, status);
}

#[rstest]
#[case::all("", 8)]
#[case::by_name("?name=cirros-0.6.3-x86_64-disk", 1)]
#[case::by_ids("?id=in:1a000000-0000-4000-8000-000000000001,x", 1)]
#[case::by_status("?status=queued", 1)]
#[case::hidden("?os_hidden=True", 0)]
#[case::a_page("?limit=1", 1)]
#[case::by_property("?hw_rng_model=virtio", 2)]
#[tokio::test]
async fn images_are_found_as_glance_finds_them(#[case] query: &str, #[case] count: usize) {
    let cloud = MockNova::start().await;
    let (_, body) = get(&cloud, &format!("/image/v2/images{query}"), true).await;
    assert_eq!(body["images"].as_array().unwrap().len(), count);
}

#[tokio::test]
async fn a_network_is_found_by_name_and_only_if_it_may_be_seen() {
    let text = include_str!("../../fixtures/default.yaml").replace(
        "\nnetworks:\n",
        "\nnetworks:\n  - {name: own, project: demo, cidr: 10.9.0.0/24}\n",
    );
    let cloud = MockNova::builder()
        .fixture_text(text)
        .start()
        .await
        .unwrap();
    let (_, body) = get(&cloud, "/networking/v2.0/networks?name=own", true).await;
    assert_eq!(body["networks"][0]["status"], "ACTIVE");
    let others = Client::new()
        .get(format!("{}/networking/v2.0/networks?name=own", cloud.url()))
        .header("x-auth-token", cloud.token_for("alt_demo").unwrap());
    let body: Value = others.send().await.unwrap().json().await.unwrap();
    assert_eq!(body["networks"], json!([]));
}

#[tokio::test]
async fn the_clock_moves_when_a_test_says_so() {
    let cloud = MockNova::start().await;
    let token = cloud.token_for("demo").unwrap();
    let clock = Client::new()
        .post(format!("{}/_mock/clock", cloud.url()))
        .json(&json!({ "advance_seconds": 3600 }));
    assert_eq!(clock.send().await.unwrap().status(), 200);
    assert!(mock_nova::identity::authenticate(cloud.state(), &token).is_none());
    let reset = Client::new()
        .post(format!("{}/_mock/reset", cloud.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(reset.status(), 204);
    assert!(
        cloud
            .token_for("demo")
            .is_some_and(
                |token| mock_nova::identity::authenticate(cloud.state(), &token).is_some()
            )
    );
}

#[rstest]
#[case::too_far(json!(3_155_760_001_u64))]
#[case::absurd(json!(1e18))]
#[case::back(json!(-1))]
#[case::no_number(json!("1"))]
#[tokio::test]
async fn the_clock_does_not_move_where_it_cannot_go(#[case] seconds: Value) {
    let clock = mock_nova::sim::Clock::frozen("2026-01-01T00:00:00Z".parse().unwrap());
    let before = clock.now();
    let cloud = MockNova::builder().clock(clock).start().await.unwrap();
    let answer = Client::new()
        .post(format!("{}/_mock/clock", cloud.url()))
        .json(&json!({ "advance_seconds": seconds }));
    assert_eq!(answer.send().await.unwrap().status(), 400);
    assert_eq!(cloud.clock().now(), before);
}

#[tokio::test]
async fn a_dropped_cloud_is_gone() {
    let cloud = MockNova::start().await;
    let url = cloud.url();
    drop(cloud);
    let error = Client::new().get(url).send().await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
}

#[test]
fn a_cloud_may_be_shared_by_tests_with_runtimes_of_their_own() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let cloud = runtime().block_on(MockNova::start());
    // The runtime it was started in is gone.
    assert_eq!(
        runtime().block_on(get(&cloud, "/_mock/health", false)).0,
        200
    );
}

#[tokio::test]
async fn who_prints_a_cloud_learns_no_token() {
    let cloud = MockNova::start().await;
    let token = cloud.token_for("demo").unwrap();
    let printed = cloud
        .state()
        .store
        .read(|inside| format!("{cloud:?} {inside:?}"));
    assert!(!printed.contains(&*token));
}
