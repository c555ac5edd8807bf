//! The program itself: its exit codes, what it says, and Ctrl-C.

use std::{path::Path, process::Output, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path, path_regex},
};

/// The program, in an environment that names no cloud but the folder's clouds.yaml.
fn nova_conformance(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nova-conformance"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .kill_on_drop(true);
    command.env("OS_CLIENT_CONFIG_FILE", folder.join("clouds.yaml"));
    command
}

async fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = nova_conformance(folder, arguments).output().await.unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr)
    );
    (status.code(), said)
}

fn folder_with_cloud(auth_url: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let clouds = format!(
        "clouds:\n  here:\n    auth:\n      auth_url: {auth_url}\n      username: demo\n      password: hunter-two\n      \
         project_name: demo\n      user_domain_id: default\n      project_domain_id: default\n"
    );
    std::fs::write(folder.path().join("clouds.yaml"), clouds).unwrap();
    folder
}

/// An address nobody listens at.
fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn an_unknown_cloud_is_a_mistake_of_usage() {
    let folder = folder_with_cloud("http://cloud");
    let (code, said) = run(folder.path(), &["run", "--os-cloud", "nowhere"]).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("cloud 'nowhere' is not in") && said.contains("it has: here"),
        "{said}"
    );
}

#[tokio::test]
async fn a_cloud_that_does_not_answer_could_not_be_asked() {
    let folder = folder_with_cloud(&closed_port());
    let (code, said) = run(folder.path(), &["run", "--os-cloud", "here"]).await;
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains("cannot connect to http://127.0.0.1"),
        "{said}"
    );
}

#[tokio::test]
async fn a_filter_that_matches_nothing_is_a_mistake_of_usage() {
    let folder = folder_with_cloud("http://cloud");
    let (code, said) = run(folder.path(), &["run", "--filter", "keypairz"]).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("no check matches --filter keypairz"),
        "{said}"
    );
}

#[tokio::test]
async fn wrong_versions_are_a_mistake_of_usage() {
    let folder = folder_with_cloud("http://cloud");
    let (code, said) = run(folder.path(), &["run", "--microversions", "2.105"]).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("this API goes from 2.1 to 2.104"), "{said}");
}

#[tokio::test]
async fn people_without_a_cloud_are_a_mistake_of_usage() {
    let folder = folder_with_cloud("http://cloud");
    let (code, said) = run(folder.path(), &["run", "--admin-cloud", "here"]).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("name its plain member with --os-cloud"),
        "{said}"
    );
}

#[tokio::test]
async fn the_built_in_cloud_is_judged_where_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = run(
        folder.path(),
        &[
            "run",
            "--filter",
            "keypairs.delete.gone",
            "--report-dir",
            "here",
        ],
    )
    .await;
    assert_eq!(code, Some(0), "{said}");
    let report: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("here/report.json")).unwrap())
            .unwrap();
    assert_eq!(
        (&report["schema_version"], &report["run"]["exit_code"]),
        (&json!(1), &json!(0))
    );
    assert!(folder.path().join("here/junit.xml").is_file());
}

#[tokio::test]
async fn a_list_is_also_json() {
    let folder = tempfile::tempdir().unwrap();
    let output = nova_conformance(folder.path(), &["list", "--json"])
        .output()
        .await
        .unwrap();
    let list: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        list.iter()
            .any(|check| check["id"] == "keypairs.delete.gone" && check["level"] == "must")
    );
}

/// A Keystone and a Nova in which making a keypair takes a while.
async fn slow_cloud(deleting_takes: Duration) -> MockServer {
    let server = MockServer::start().await;
    let named = |id: &str| json!({"id": id, "name": id});
    let member = |id: &str| json!({"id": id, "name": id, "domain": named("default")});
    let endpoint = json!({"id": "e", "interface": "public", "region": "R", "region_id": "R", "url": format!("{}/compute/v2.1", server.uri())});
    let token = json!({"token": {
        "expires_at": "2099-01-01T00:00:00Z", "user": member("u"), "project": member("p"), "roles": [named("member")],
        "catalog": [{"type": "compute", "name": "nova", "id": "c", "endpoints": [endpoint]}],
    }});
    let versions = json!({"version": {"id": "v2.1", "status": "CURRENT", "version": "2.104", "min_version": "2.1", "links": []}});
    let answers = [
        (
            "POST",
            "^/v3/auth/tokens$",
            ResponseTemplate::new(201)
                .insert_header("x-subject-token", "t")
                .set_body_json(token),
        ),
        (
            "GET",
            "^/compute/v2.1/$",
            ResponseTemplate::new(200).set_body_json(versions),
        ),
        (
            "POST",
            "/os-keypairs$",
            ResponseTemplate::new(200)
                .set_body_json(json!({}))
                .set_delay(Duration::from_millis(200)),
        ),
        (
            "DELETE",
            "/os-keypairs/[^/]+$",
            ResponseTemplate::new(202).set_delay(deleting_takes),
        ),
        (
            "GET",
            "/os-keypairs$",
            ResponseTemplate::new(200).set_body_json(json!({"keypairs": []})),
        ),
    ];
    for (verb, place, answer) in answers {
        Mock::given(method(verb))
            .and(path_regex(place))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    server
}

async fn requests(server: &MockServer, verb: &str) -> Vec<Request> {
    let all = server.received_requests().await.unwrap();
    all.into_iter()
        .filter(|request| {
            request.method.as_str() == verb && request.url.path().contains("os-keypairs")
        })
        .collect()
}

#[tokio::test]
async fn the_first_ctrl_c_cleans_up_and_ends_with_130() {
    let server = slow_cloud(Duration::ZERO).await;
    let folder = folder_with_cloud(&server.uri());
    let arguments = [
        "run",
        "--os-cloud",
        "here",
        "--filter",
        "keypairs.create.answer",
        "--microversions",
        "all",
        "--report-dir",
        "r",
    ];
    let child = nova_conformance(folder.path(), &arguments)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id().unwrap().to_string();
    while requests(&server, "POST").await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .await
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().await.unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(
        said.contains("Interrupted: ") && said.contains("of the plan not begun"),
        "{said}"
    );

    let mut made: Vec<String> = requests(&server, "POST")
        .await
        .iter()
        .map(|request| {
            request.body_json::<Value>().unwrap()["keypair"]["name"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let mut deleted: Vec<String> = requests(&server, "DELETE")
        .await
        .iter()
        .map(|request| request.url.path().rsplit('/').next().unwrap().to_owned())
        .collect();
    made.sort();
    deleted.sort();
    assert!(
        !made.is_empty() && made.len() < 104,
        "{} were made",
        made.len()
    );
    assert_eq!(made, deleted, "what was made was deleted");
}

#[tokio::test]
async fn the_second_ctrl_c_ends_at_once_and_says_what_is_left() {
    let server = slow_cloud(Duration::from_secs(60)).await;
    let folder = folder_with_cloud(&server.uri());
    let arguments = [
        "run",
        "--os-cloud",
        "here",
        "--filter",
        "keypairs.create.answer",
        "--parallel",
        "1",
    ];
    let child = nova_conformance(folder.path(), &arguments)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id().unwrap().to_string();
    while requests(&server, "DELETE").await.is_empty() {
        tokio::task::yield_now().await;
    }
    // Two signals that arrive together may be one, so the second is repeated until it works.
    let interrupt = async {
        loop {
            let _ = Command::new("kill")
                .args(["-INT", &pid])
                .stderr(std::process::Stdio::null())
                .status()
                .await;
        }
    };
    let output = tokio::select! {
        output = child.wait_with_output() => output.unwrap(),
        () = interrupt => unreachable!("it never ends"),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(
        said.contains("may be left on the cloud:\n  keypair 'nvc-"),
        "{said}"
    );
}

#[tokio::test]
async fn refused_credentials_are_a_mistake_of_usage() {
    let server = MockServer::start().await;
    let refusal = json!({"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}});
    let answer = ResponseTemplate::new(401).set_body_json(refusal);
    Mock::given(method("POST"))
        .and(path("/v3/auth/tokens"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let folder = folder_with_cloud(&server.uri());
    let (code, said) = run(folder.path(), &["run", "--os-cloud", "here"]).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("requires authentication") && !said.contains("hunter-two"),
        "{said}"
    );
}

/// Two reports of the same run, in which `worse` is what a check that passed came to in the later one.
fn two_reports(folder: &Path, worse: &str) {
    let before = nova_conformance::report::json::render(&crate::reports::collected()).unwrap();
    let mut after: Value = serde_json::from_str(&before).unwrap();
    let instance = &mut after["checks"][0]["instances"][0];
    instance["outcome"] = json!(worse);
    if worse == "violation" {
        instance["failure"] =
            json!({"expected": "201", "found": "a\nb", "where": "status of X", "exchange": null});
    }
    std::fs::write(folder.join("before.json"), before).unwrap();
    std::fs::write(folder.join("after.json"), after.to_string()).unwrap();
}

#[rstest::rstest]
#[case::nothing_changed("passed", 0, "Nothing that was judged before is worse")]
#[case::violation(
    "violation",
    1,
    r"violation keypairs.create.status at 2.1, was passed: status of X: expected 201, found a\nb"
)]
#[case::skipped(
    "skipped",
    3,
    "No MUST fails that did not, but less was judged than before"
)]
#[tokio::test]
async fn diff_tells_what_changed(#[case] worse: &str, #[case] want: i32, #[case] says: &str) {
    let folder = tempfile::tempdir().unwrap();
    two_reports(folder.path(), worse);
    let (code, said) = run(folder.path(), &["diff", "before.json", "after.json"]).await;
    assert_eq!(code, Some(want), "{said}");
    assert!(said.contains(says), "{said}");
}

#[rstest::rstest]
#[case::no_file(&["diff", "before.json", "nowhere.json"], "nowhere.json cannot be read")]
#[case::no_report(&["diff", "before.json", "clouds.yaml"], "clouds.yaml: not a report.json of nova-conformance")]
#[case::factor(&["diff", "before.json", "after.json", "--slower-than", "0.5"], "write a number of at least 1")]
#[tokio::test]
async fn diff_refuses_what_it_cannot_compare(#[case] arguments: &[&str], #[case] says: &str) {
    let folder = folder_with_cloud("http://cloud");
    two_reports(folder.path(), "passed");
    let (code, said) = run(folder.path(), arguments).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains(says), "{said}");
}

#[tokio::test]
async fn diff_tells_programs_too() {
    let folder = tempfile::tempdir().unwrap();
    two_reports(folder.path(), "violation");
    let (_, said) = run(
        folder.path(),
        &["diff", "--json", "before.json", "after.json"],
    )
    .await;
    let changes: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(changes["new_failures"][0]["microversions"], json!(["2.1"]));
    assert_eq!(changes["new_failures"][0]["was"], json!("passed"));
}
