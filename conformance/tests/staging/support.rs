//! The program, run in a folder with a clouds.yaml, and how it ended.

use std::{collections::BTreeSet, path::Path, process::Command};

use mock_nova::MockNova;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How a run ended: its exit code, its report, and all that was said.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) report: Value,
    pub(crate) said: String,
}

impl Ended {
    /// Every instance: id, outcome, and the reason, where there is one.
    pub(crate) fn instances(&self) -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let checks = self.report["checks"].as_array().unwrap();
        let instances = checks.iter().flat_map(|check| {
            let of_check = check["instances"].as_array().unwrap();
            of_check.iter().map(|instance| {
                (
                    text(&check["id"]),
                    text(&instance["outcome"]),
                    text(&instance["reason"]),
                )
            })
        });
        instances.collect()
    }

    pub(crate) fn outcomes(&self, id: &str) -> BTreeSet<String> {
        let of_check = self.instances().into_iter().filter(|(of, ..)| of == id);
        of_check.map(|(_, outcome, _)| outcome).collect()
    }

    pub(crate) fn summary(&self, count: &str) -> u64 {
        self.report["summary"][count].as_u64().unwrap()
    }
}

/// `nova-conformance run`.
pub(crate) async fn run(folder: &Path, arguments: &[&str]) -> Ended {
    let mut arguments = [&["run"], arguments].concat();
    if !arguments.contains(&"--report-dir") {
        arguments.extend(["--report-dir", "reports"]);
    }
    ended(folder, &arguments).await
}

/// `nova-conformance sweep`.
pub(crate) async fn sweep(folder: &Path, arguments: &[&str]) -> Ended {
    ended(folder, &[&["sweep"], arguments].concat()).await
}

/// The program in a folder, with nothing from this process's environment.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nova-conformance"));
    command
        .current_dir(folder)
        .env_clear()
        .env("OS_CLIENT_CONFIG_FILE", folder.join("clouds.yaml"));
    command
}

async fn ended(folder: &Path, arguments: &[&str]) -> Ended {
    let mut command = program(folder);
    command.args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let report = std::fs::read(folder.join("reports/report.json")).unwrap_or_default();
    Ended {
        code: output.status.code(),
        report: serde_json::from_slice(&report).unwrap_or_default(),
        said: String::from_utf8_lossy(&said).into_owned(),
    }
}

/// A clouds.yaml with an entry per person of the mock's default cloud, named after the user.
pub(crate) fn folder(mock: &MockNova) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let people = [
        ("demo", "demo"),
        ("demo_second", "demo"),
        ("alt_demo", "alt_demo"),
        ("demo_reader", "demo"),
        ("admin", "admin"),
    ];
    let clouds: serde_json::Map<String, Value> = people
        .iter()
        .map(|(user, project)| {
            let auth = json!({
                "auth_url": mock.auth_url(), "username": user, "password": "secret", "project_name": project,
                "user_domain_id": "default", "project_domain_id": "default",
            });
            ((*user).to_owned(), json!({"auth": auth}))
        })
        .collect();
    write(
        &folder,
        "clouds.yaml",
        &json!({"clouds": clouds}).to_string(),
    );
    folder
}

pub(crate) fn write(folder: &TempDir, name: &str, text: &str) {
    std::fs::write(folder.path().join(name), text).unwrap();
}

pub(crate) const EVERYBODY: &[&str] = &[
    "--os-cloud",
    "demo",
    "--second-cloud",
    "demo_second",
    "--other-cloud",
    "alt_demo",
    "--reader-cloud",
    "demo_reader",
    "--admin-cloud",
    "admin",
];
