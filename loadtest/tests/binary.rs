//! The program as people run it: users by goose, exit codes, being stopped and being killed.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use mock_nova::{Flaw, MockNova, Transitions};
use nova_loadtest::results::{FILE, Results};
use rstest::rstest;
use tempfile::TempDir;

/// A cloud in this process, and a directory with the clouds.yaml for it.
struct Stage {
    mock: MockNova,
    home: TempDir,
}

impl Stage {
    async fn new(flaw: Option<&str>) -> Self {
        Self::with(Transitions::Instant, flaw).await
    }

    async fn with(transitions: Transitions, flaw: Option<&str>) -> Self {
        let mut builder = MockNova::builder().transitions(transitions);
        if let Some(flaw) = flaw {
            builder = builder.flaw(Flaw::named(flaw).unwrap());
        }
        let mock = builder.start().await.unwrap();
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("clouds.yaml"), mock.clouds_yaml()).unwrap();
        Self { mock, home }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nova-loadtest"));
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_remove("OS_CLOUD")
            .env_remove("OS_AUTH_URL")
            .stdin(Stdio::null());
        command
    }

    fn load(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.args(NAMED);
        command.args(["--warm-up", "0s", "--report-dir", "report"]);
        command
    }

    fn results(&self) -> Results {
        Results::read(&self.home.path().join("report").join(FILE)).unwrap()
    }

    /// The servers' ids.
    fn servers(&self) -> Vec<String> {
        self.mock.state().store.read(|cloud| {
            let servers = cloud.servers.youngest_first(None, None);
            servers.map(|server| server.id.to_string()).collect()
        })
    }

    /// Keypairs and servers, users and projects.
    fn everything(&self) -> ((usize, usize), usize, usize) {
        let counts = self.mock.state().store.read(|cloud| {
            let (users, projects) = (cloud.identity.users(), cloud.identity.projects());
            (users.iter().count(), projects.iter().count())
        });
        (self.belongings(), counts.0, counts.1)
    }

    /// How many keypairs and servers the cloud has.
    fn belongings(&self) -> (usize, usize) {
        let state = self.mock.state();
        state.settle();
        state.store.read(|cloud| {
            let users = cloud.identity.users().iter();
            (
                users.map(|user| cloud.keypairs.count(&user.id)).sum(),
                cloud.servers.youngest_first(None, None).count(),
            )
        })
    }
}

/// A load in the name of two people of one project.
const NAMED: &[&str] = &["--os-cloud", "mock-nova", "mock-nova-second"];

/// Starts a load that has no end soon, and returns once the live cloud has something of it.
async fn under_way(stage: &Stage, people: &[&str]) -> Child {
    let options = ["mixed", "--run-time", "10m", "--users", "3", "--fleet", "2"];
    let mut command = stage.command(&options);
    command.args(["--report-dir", "report"]).args(people);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Both servers are there before any job is done, and keypairs before both servers are.
    loop {
        let (keypairs, servers) = stage.belongings();
        if keypairs > 6 && servers == 2 {
            return child;
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        tokio::task::yield_now().await;
    }
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn users_load_a_cloud_and_leave_it_as_it_was() {
    let stage = Stage::new(None).await;
    let ended = stage
        .load(&["mixed", "--run-time", "2s", "--users", "4"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{said}");
    let results = stage.results();
    assert!(results.totals().ended > 0);
    assert!(results.measured.names.contains_key("rebuild.active"));
    assert_eq!(results.totals().failed, 0, "{:?}", results.measured.names);
    assert_eq!(stage.belongings(), (0, 0));
}

#[rstest]
#[case::key_of_the_owner("rebuild", "rebuild.keys-of-the-owner")]
#[case::one_key_for_all("keypairs", "keypairs.one-key-for-all")]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_answer_fails_the_run(#[case] scenario: &str, #[case] flaw: &str) {
    let stage = Stage::new(Some(flaw)).await;
    let ended = stage
        .load(&[scenario, "--run-time", "2s", "--users", "4"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(stage.results().measured.violations.count > 0);
    assert_eq!(stage.belongings(), (0, 0));
}

#[rstest]
#[case::ctrl_c("-INT")]
#[case::cancelled("-TERM")]
#[tokio::test(flavor = "multi_thread")]
async fn who_interrupts_finds_the_cloud_clean(#[case] signal: &str) {
    let stage = Stage::new(None).await;
    let child = under_way(&stage, NAMED).await;
    send(signal, &child);
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert!(stage.results().run.interrupted);
    assert_eq!(stage.belongings(), (0, 0));
}

/// What is under way when somebody interrupts is waited for, and deleted with the rest.
#[tokio::test(flavor = "multi_thread")]
async fn who_interrupts_the_making_of_a_fleet_finds_the_cloud_clean() {
    let stage = Stage::with(Transitions::Manual, None).await;
    let mut command = stage.load(&["rebuild", "--fleet", "20"]);
    let child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while stage.belongings().1 < 8 {
        tokio::task::yield_now().await;
    }
    send("-INT", &child);
    let ended = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap());
    // This cloud takes no step by itself, so servers are built and go only now.
    while !ended.is_finished() {
        for id in stage.servers() {
            stage.mock.step_server(&id);
        }
        tokio::task::yield_now().await;
    }
    let ended = ended.await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert_eq!(stage.belongings(), (0, 0));
}

#[rstest]
#[case::of_people_who_are_named(NAMED, NAMED)]
#[case::of_people_it_made(
    &["--admin-cloud", "mock-nova-admin", "--make-users", "3", "--make-projects", "2"],
    &["--admin-cloud", "mock-nova-admin"],
)]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_run_leaves_is_swept(#[case] load: &[&str], #[case] sweep: &[&str]) {
    let stage = Stage::new(None).await;
    let before = stage.everything();
    let mut child = under_way(&stage, load).await;
    send("-KILL", &child);
    child.wait().unwrap();
    assert_ne!(stage.everything(), before);
    let mut command = stage.command(&["sweep", "--older-than", "0s"]);
    let swept = command.args(sweep).output().unwrap();
    let said = String::from_utf8_lossy(&swept.stdout);
    assert_eq!(swept.status.code(), Some(0), "{said}");
    assert_eq!(stage.everything(), before, "{said}");
}

#[rstest]
#[case::unknown_cloud(&["keypairs", "--os-cloud", "nowhere"], "nowhere")]
#[case::no_number_of_users(&["keypairs", "--admin-cloud", "mock-nova-admin"], "--make-users")]
#[case::the_same_user_twice(&["keypairs", "--os-cloud", "mock-nova", "mock-nova"], "twice")]
#[case::users_and_a_rate(&["keypairs", "--users", "3", "--rate", "3/s"], "--rate")]
#[case::unknown_job(&["keypairs", "--weights", "rename=1"], "rename")]
#[case::a_storm_of_some_users(&["storm", "--users", "3"], "--make-users")]
#[case::named_and_made(&["keypairs", "--os-cloud", "mock-nova", "--make-users", "3"], "--make-users")]
#[case::named_and_an_administrator(&["keypairs", "--os-cloud", "mock-nova", "--admin-cloud", "mock-nova-admin"], "--admin-cloud")]
#[case::no_time_for_an_answer(&["keypairs", "--timeout", "0s"], "longer than none")]
#[case::polling_without_a_pause(&["rebuild", "--poll-interval", "0s"], "longer than none")]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_command_line_is_refused(#[case] arguments: &[&str], #[case] names: &str) {
    let stage = Stage::new(None).await;
    let ended = stage.command(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(said.contains(names), "{said}");
}

/// A run that has no results leaves none of an earlier one behind, to be taken for its own.
#[tokio::test(flavor = "multi_thread")]
async fn results_of_an_earlier_run_are_taken_away() {
    let stage = Stage::new(None).await;
    let run = || {
        let ended = stage.load(&["keypairs", "--run-time", "1s"]).output();
        ended.unwrap().status.code()
    };
    assert_eq!(run(), Some(0));
    stage.mock.set_default_quotas([("key_pairs", 0)]);
    assert_eq!(run(), Some(2));
    let directory = stage.home.path().join("report");
    assert_eq!(directory.read_dir().unwrap().count(), 0);
}

/// It would be the only one.
#[tokio::test(flavor = "multi_thread")]
async fn a_baseline_in_the_way_of_the_reports_stays_until_there_are_others() {
    let stage = Stage::new(None).await;
    let run = |more: &[&str]| {
        let mut command = stage.load(&["keypairs", "--run-time", "1s"]);
        command.args(more).output().unwrap().status.code()
    };
    assert_eq!(run(&[]), Some(0));
    let before = stage.results();
    stage.mock.set_default_quotas([("key_pairs", 0)]);
    assert_eq!(run(&["--baseline", "report/results.json"]), Some(2));
    assert_eq!(stage.results(), before);
}

/// goose forgets what it was told before its load begins, so a load that is over by then must be told again.
#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_is_over_before_it_begins_ends() {
    let stage = Stage::new(None).await;
    let ended = stage
        .load(&["keypairs", "--run-time", "1ms"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(3), "{said}");
    assert_eq!(stage.belongings(), (0, 0));
}

/// goose says on standard output how many users it has started; that is no place for it.
#[tokio::test(flavor = "multi_thread")]
async fn standard_output_is_not_gooses() {
    let stage = Stage::new(None).await;
    let ended = stage
        .load(&["keypairs", "--run-time", "1s"])
        .output()
        .unwrap();
    let lines: Vec<_> = BufReader::new(&*ended.stdout)
        .lines()
        .map(Result::unwrap)
        .collect();
    assert!(
        !lines.iter().any(|line| line.contains("users launched")),
        "{lines:?}"
    );
    assert!(Path::new(&stage.home.path().join("report")).is_dir());
}
