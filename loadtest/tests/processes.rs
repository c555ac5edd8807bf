//! Several processes as one run: what four of them measured, added up, is what one of four times the load measures.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::process::{Child, Command, Stdio};

use jiff::ToSpan as _;
use mock_nova::{MockNova, Transitions};
use nova_loadtest::{
    results::{FILE, Results},
    shared,
};
use tempfile::TempDir;

/// A process of this shard (`0/4`) at this rate, all of which begin at once, and whose results are in `shards/0`.
fn shard(home: &TempDir, shard: &str, rate: &str, start_at: &str) -> Child {
    let directory = format!("shards/{}", shard.replace('/', "-of-"));
    Command::new(env!("CARGO_BIN_EXE_nova-loadtest"))
        .args(["keypairs", "--os-cloud", "mock-nova", "mock-nova-second"])
        .args(["--rate", rate, "--shard", shard, "--start-at", start_at])
        .args([
            "--warm-up",
            "500ms",
            "--run-time",
            "2s",
            "--weights",
            "import=1,list=1",
        ])
        .args(["--report-dir", &directory])
        .current_dir(home.path())
        .env_remove("OS_CLOUD")
        .env_remove("OS_AUTH_URL")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

fn soon() -> String {
    (shared::now() + 4.seconds()).to_string()
}

fn read(home: &TempDir, directory: &str) -> Results {
    Results::read(&home.path().join(directory).join(FILE)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn four_processes_merged_are_one_of_four_times_the_rate() {
    let mock = MockNova::builder()
        .transitions(Transitions::Instant)
        .start()
        .await
        .unwrap();
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("clouds.yaml"), mock.clouds_yaml()).unwrap();
    let start_at = soon();
    let shards = ["0/4", "1/4", "2/4", "3/4"];
    let processes = shards.map(|part| shard(&home, part, "10/s", &start_at));
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let merged = Command::new(env!("CARGO_BIN_EXE_nova-loadtest"))
        .args(["merge", "shards", "--shards", "4", "--report-dir", "merged"])
        .args(["--threshold", "reached>=100%", "--threshold", "rate>=35/s"])
        .current_dir(home.path())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(merged.success());
    let alone = shard(&home, "0/1", "40/s", &soon()).wait().unwrap();
    assert!(alone.success());

    let (four, one) = (read(&home, "merged"), read(&home, "shards/0-of-1"));
    assert_eq!(four.shape.model, one.shape.model);
    assert_eq!(four.shards.len(), 4);
    let due = |results: &Results| results.measured.arrivals.as_ref().unwrap().due;
    assert_eq!((due(&four), due(&one)), (80, 80));
    let parts = shards.map(|part| read(&home, &format!("shards/{}", part.replace('/', "-of-"))));
    for (name, series) in &four.measured.names {
        let of_parts = parts
            .iter()
            .filter_map(|part| part.measured.names.get(name));
        let ended: u64 = of_parts.map(|series| series.ended()).sum();
        assert_eq!(series.ended(), ended, "{name}");
    }
    assert_eq!(four.measured.violations.count, 0);
    // All began at the moment they were told.
    assert_eq!(four.notes, one.notes);
}
