//! A mock, the program's configuration for it, and what is on it.

use std::{path::Path, process::Output};

use mock_nova::MockNova;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

/// Everybody whom the mock's default cloud has and a run asks as.
pub(crate) const PEOPLE: &[&str] = &[
    "--os-cloud",
    "mock-nova",
    "--second-cloud",
    "mock-nova-demo_second",
    "--other-cloud",
    "mock-nova-alt_demo",
    "--reader-cloud",
    "mock-nova-demo_reader",
    "--admin-cloud",
    "mock-nova-admin",
];

/// A mock and a folder with a clouds.yaml for it.
pub(crate) struct Stage {
    pub(crate) mock: MockNova,
    pub(crate) folder: TempDir,
}

/// How the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let mock = MockNova::start().await;
        let folder = tempfile::tempdir().unwrap();
        let stage = Self { mock, folder };
        stage.reach_at(&stage.mock.url());
        stage
    }

    /// From now on the program finds the cloud at this URL.
    pub(crate) fn reach_at(&self, url: &str) {
        let yaml = self.mock.clouds_yaml().replace(&self.mock.url(), url);
        std::fs::write(self.folder.path().join("clouds.yaml"), yaml).unwrap();
    }

    /// The program, which knows no other configuration.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nova-conformance"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env(
                "OS_CLIENT_CONFIG_FILE",
                self.folder.path().join("clouds.yaml"),
            )
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// `run` as everybody, with these options.
    pub(crate) async fn run(&self, options: &[&str]) -> Ended {
        let arguments = [&["run", "--report-dir", "report"], PEOPLE, options].concat();
        ended(self.program(&arguments).output().await.unwrap())
    }

    /// `sweep` of everything, past whatever stands in the way.
    pub(crate) async fn sweep(&self) -> Ended {
        self.reach_at(&self.mock.url());
        let arguments = [&["sweep", "--older-than", "0s"], PEOPLE].concat();
        ended(self.program(&arguments).output().await.unwrap())
    }

    /// The notes of the last run's report.
    pub(crate) fn notes(&self) -> Vec<String> {
        let report = read(&self.folder.path().join("report/report.json"));
        let report: Value = serde_json::from_str(&report).unwrap();
        let notes = report["notes"].as_array().unwrap();
        notes
            .iter()
            .map(|note| note.as_str().unwrap().to_owned())
            .collect()
    }

    /// How many keypairs and servers the whole cloud has.
    pub(crate) fn count(&self) -> (usize, usize) {
        self.mock.state().store.read(|cloud| {
            let users = cloud.identity.users().iter();
            let keypairs = users.map(|user| cloud.keypairs.count(&user.id)).sum();
            (keypairs, cloud.servers.len())
        })
    }
}

pub(crate) fn ended(output: Output) -> Ended {
    let Output {
        status,
        stdout,
        stderr,
    } = output;
    let said = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ended {
        code: status.code(),
        said: said.concat(),
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
