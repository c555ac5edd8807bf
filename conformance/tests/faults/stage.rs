//! A cloud, the program's configuration for it, and what is on it. The cloud is a mock of the test's own; or one that has been
//! told of, where `NOVA_CONFORMANCE_PEOPLE` holds the options of `run` that say who asks there, separated by blanks. Tests
//! take turns at that one, because each counts what is on the whole cloud.

use std::{path::PathBuf, process::Output};

use mock_nova::MockNova;
use nova_client::Config;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    process::Command,
    sync::{Mutex, MutexGuard},
};

use crate::{
    inventory::{self, Inventory},
    proxy::{Proxy, Upstream},
};

/// The environment variable that says who asks on the cloud to try.
const PEOPLE: &str = "NOVA_CONFORMANCE_PEOPLE";

/// Everybody whom the mock's default cloud has and a run asks as.
const OF_MOCK: &str = "--os-cloud mock-nova --second-cloud mock-nova-demo_second --other-cloud mock-nova-alt_demo \
     --reader-cloud mock-nova-demo_reader --admin-cloud mock-nova-admin";

static TURN: Mutex<()> = Mutex::const_new(());

/// A cloud and a folder with a clouds.yaml for it.
pub(crate) struct Stage {
    /// Who asks, as options.
    people: Vec<String>,
    upstream: Upstream,
    /// What leads to the cloud itself.
    clouds_yaml: String,
    admin: Config,
    pub(crate) folder: TempDir,
    // Held to the end.
    _mock: Option<MockNova>,
    _turn: Option<MutexGuard<'static, ()>>,
}

/// How the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let told = std::env::var(PEOPLE).ok().filter(|told| !told.is_empty());
        let folder = tempfile::tempdir().unwrap();
        let (mock, turn, clouds_yaml) = match &told {
            None => {
                let mock = MockNova::start().await;
                let yaml = mock.clouds_yaml();
                (Some(mock), None, yaml)
            }
            Some(_) => {
                let file = std::env::var("OS_CLIENT_CONFIG_FILE").unwrap();
                let yaml = std::fs::read_to_string(file).unwrap();
                (None, Some(TURN.lock().await), yaml)
            }
        };
        let people = told.as_deref().unwrap_or(OF_MOCK);
        let people: Vec<String> = people.split_whitespace().map(str::to_owned).collect();
        let file = folder.path().join("direct.yaml");
        std::fs::write(&file, &clouds_yaml).unwrap();
        let at = people.iter().position(|option| option == "--admin-cloud");
        let admin = &people[at.expect("an administrator counts") + 1];
        let admin = Config::from_file(&file, admin, &|_| None).unwrap();
        let upstream = Upstream {
            identity: admin.auth_url.clone(),
            compute: inventory::compute(&admin).await,
        };
        let stage = Self {
            people,
            upstream,
            clouds_yaml,
            admin,
            folder,
            _mock: mock,
            _turn: turn,
        };
        stage.reach_directly();
        stage
    }

    /// The administrator's entry.
    pub(crate) fn admin(&self) -> &str {
        &self.admin.name
    }

    /// Where the cloud is.
    pub(crate) fn upstream(&self) -> Upstream {
        self.upstream.clone()
    }

    /// From now on the program finds the cloud through this proxy.
    pub(crate) fn reach_through(&self, proxy: &Proxy) {
        self.reach_at(&proxy.url());
    }

    /// From now on the program finds the cloud at this URL.
    pub(crate) fn reach_at(&self, url: &str) {
        let yaml = self.clouds_yaml.replace(self.upstream.address(), url);
        self.write_clouds(&yaml);
    }

    /// From now on the program trusts this authority alone.
    pub(crate) fn trust(&self, pem: &str) {
        std::fs::write(self.folder.path().join("authority.pem"), pem).unwrap();
        let yaml = std::fs::read_to_string(self.clouds_file()).unwrap();
        let entry = "    auth:\n";
        assert!(yaml.contains(entry), "{yaml}");
        self.write_clouds(&yaml.replace(entry, &format!("    cacert: authority.pem\n{entry}")));
    }

    /// Past whatever stands in the way.
    pub(crate) fn reach_directly(&self) {
        self.write_clouds(&self.clouds_yaml);
    }

    fn write_clouds(&self, yaml: &str) {
        std::fs::write(self.clouds_file(), yaml).unwrap();
    }

    fn clouds_file(&self) -> PathBuf {
        self.folder.path().join("clouds.yaml")
    }

    /// The program, which knows no other configuration.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nova-conformance"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("OS_CLIENT_CONFIG_FILE", self.clouds_file())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// The program with a command and these options, as everybody.
    pub(crate) fn as_everybody(&self, command: &str, options: &[&str]) -> Command {
        let mut program = self.program(&[command]);
        program.args(&self.people).args(options);
        program
    }

    /// `run` as everybody, with these options.
    pub(crate) async fn run(&self, options: &[&str]) -> Ended {
        let mut program = self.as_everybody("run", options);
        program.args(["--report-dir", "report"]);
        ended(program.output().await.unwrap())
    }

    /// `sweep` of everything, past whatever stands in the way.
    pub(crate) async fn sweep(&self) -> Ended {
        self.reach_directly();
        let mut program = self.as_everybody("sweep", &["--older-than", "0s"]);
        ended(program.output().await.unwrap())
    }

    /// The notes of the last run's report.
    pub(crate) fn notes(&self) -> Vec<String> {
        let report = self.folder.path().join("report/report.json");
        let report = std::fs::read_to_string(report).unwrap();
        let report: Value = serde_json::from_str(&report).unwrap();
        let notes = report["notes"].as_array().unwrap();
        notes
            .iter()
            .map(|note| note.as_str().unwrap().to_owned())
            .collect()
    }

    /// All that is on the whole cloud.
    pub(crate) async fn inventory(&self) -> Inventory {
        Inventory::of(&self.admin).await
    }

    /// Nothing is on the cloud that was not there, and nothing is gone.
    pub(crate) async fn is_as_before(&self, before: &Inventory, swept: &Ended) {
        assert_eq!(swept.code, Some(0), "{}", swept.said);
        let after = self.inventory().await;
        assert_eq!(after, *before, "after a sweep that said: {}", swept.said);
        println!(
            "swept ({}): {after}, as before",
            swept.said.lines().last().unwrap_or_default()
        );
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
