//! The gate as scripts meet it: files of runs that were, judged by the program, and its exit codes.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::{
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use nova_loadtest::results::{
    Callers, Cloud, Cost, FILE, Left, Machine, Model, Outcome, Recorder, Results, Run,
    SCHEMA_VERSION, Shape, Shard, Took, Tool, Violation,
};
use rstest::rstest;
use tempfile::TempDir;

const SECONDS: u64 = 60;
const PER_SECOND: u64 = 200;

/// A run of a minute at 200/s in which a keypair took around so long, one in a hundred failed, and one arrival in a hundred
/// was dropped.
fn run(name: &str, ms: u64) -> Results {
    let began = Instant::now();
    let recorder = Recorder::new(began, true);
    recorder.start_measuring(began);
    recorder.stop_measuring(began + Duration::from_secs(SECONDS));
    for n in 0..SECONDS * PER_SECOND {
        let due = began + Duration::from_millis(n * 1_000 / PER_SECOND);
        if n % 100 == 7 {
            recorder.dropped(due);
            continue;
        }
        recorder.arrived(
            due,
            Duration::from_micros(if n % 50 == 3 { 2_000 } else { 9 }),
        );
        // From 0.8 to 1.2 times so long, evenly, and in no order.
        let latency = Duration::from_micros(ms * (800 + n * 7_919 % 401));
        recorder.took(
            "keypairs.import",
            Took {
                at: due + latency,
                latency,
                service: latency,
                first_byte: None,
                outcome: match n % 100 {
                    11 => Outcome::Failed("503 Service Unavailable".into()),
                    12 => Outcome::Contention,
                    _ => Outcome::Fine,
                },
            },
        );
    }
    Results {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        run: Run {
            id: name.into(),
            scenario: "keypairs".into(),
            started_at: "2026-02-03T04:05:06Z".into(),
            command: "nova-loadtest keypairs".into(),
            seed: Some(1),
            interrupted: false,
        },
        cloud: Cloud {
            name: "staging".into(),
            endpoint: "https://nova.example.org/v2.1".into(),
            min_version: "2.1".into(),
            max_version: "2.104".into(),
            embedded: false,
        },
        shape: Shape {
            model: Model::Rate(200.0),
            warm_up_ms: 0,
            run_time_ms: Some(SECONDS * 1_000),
            callers: Callers::default(),
            fleet: 0,
            polling_ms: None,
            weights: [("import".to_owned(), 1.0)].into(),
            first_byte_only: false,
        },
        shards: vec![Shard {
            name: name.into(),
            started_at: "2026-02-03T04:05:06Z".into(),
            machine: Machine::default(),
            cost: Cost::default(),
        }],
        measured: recorder.finish(),
        leaks: Vec::new(),
        notes: Vec::new(),
        files: [].into(),
        judgement: None,
    }
}

fn write(path: &Path, results: &Results) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, results.text().unwrap()).unwrap();
}

/// Judges what is in `shards`, and what the program said.
fn judge(home: &TempDir, arguments: &[&str]) -> (Option<i32>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_nova-loadtest"))
        .args(["merge", "shards", "--report-dir", "report"])
        .args(arguments)
        .current_dir(home.path())
        .output()
        .unwrap();
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8(said).unwrap())
}

/// A directory with these shards.
fn home(shards: &[Results]) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    for (number, shard) in shards.iter().enumerate() {
        write(&home.path().join(format!("shards/{number}/{FILE}")), shard);
    }
    home
}

#[rstest]
#[case::percentile("p99<25ms for keypairs.import", "p99<20ms for keypairs.import")]
#[case::mean("mean<=21ms for keypairs.*", "mean<19ms for keypairs.*")]
#[case::max("max<25ms for keypairs.import", "max<23ms for keypairs.import")]
#[case::errors("errors<1.1%", "errors<1%")]
#[case::errors_counted("errors<=120 for keypairs.import", "errors<120 for keypairs.import")]
#[case::contention("contention<2%", "contention<=100")]
#[case::rate("rate>=190/s", "rate>=200/s")]
#[case::reached("reached>=99%", "reached>99%")]
#[case::dropped("dropped<=120", "dropped<1%")]
#[case::late("late<3%", "late<1%")]
fn each_threshold_has_a_run_that_keeps_it_and_one_that_misses_it(
    #[case] kept: &str,
    #[case] missed: &str,
) {
    let home = home(&[run("a", 20)]);
    let (code, said) = judge(&home, &["--threshold", kept]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!("holds  {kept}")), "{said}");
    let (code, said) = judge(&home, &["--threshold", kept, "--threshold", missed]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("missed {missed}")), "{said}");
}

#[rstest]
#[case::equal(20, 0, "same  keypairs.import  p99")]
#[case::slower(24, 1, "worse  keypairs.import  p99")]
#[case::faster(16, 0, "better  keypairs.import  p99")]
fn a_baseline_is_kept_or_missed(#[case] ms: u64, #[case] code: i32, #[case] told: &str) {
    let home = home(&[run("a", ms)]);
    write(&home.path().join("before.json"), &run("before", 20));
    let (found, said) = judge(&home, &["--baseline", "before.json"]);
    assert_eq!(found, Some(code), "{said}");
    assert!(said.contains(told), "{said}");
    // What was said is in the file, and drawn again from it.
    let again = Results::read(&home.path().join("report").join(FILE)).unwrap();
    assert_eq!(i32::from(again.judgement.unwrap().exit_code), code);
}

#[test]
fn a_wrong_answer_fails_whatever_the_speed() {
    let mut wrong = run("a", 1);
    let violation = Violation {
        name: "keypairs.import".into(),
        kind: "fingerprint".into(),
        ..Violation::default()
    };
    wrong.measured.violations.count = 1;
    wrong
        .measured
        .violations
        .kinds
        .insert("fingerprint".into(), 1);
    wrong.measured.violations.first.push(violation);
    let (code, said) = judge(
        &home(&[wrong]),
        &["--threshold", "p99<1s for keypairs.import"],
    );
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("1 wrong answer:"), "{said}");
}

#[test]
fn what_is_left_on_the_cloud_is_no_success() {
    let mut left = run("a", 1);
    left.leaks.push(Left {
        what: "server nvc-1".into(),
        why: "409".into(),
    });
    let (code, said) = judge(&home(&[left]), &[]);
    assert_eq!(code, Some(3), "{said}");
}

#[test]
fn shards_are_judged_once_and_together() {
    let shards = [run("a", 10), run("b", 10), run("c", 10), run("d", 40)];
    let home = home(&shards);
    // Of each shard alone, 40 ms would miss it; of all, one in four does.
    let (code, said) = judge(
        &home,
        &[
            "--shards",
            "4",
            "--threshold",
            "p50<13ms for keypairs.import",
            "--threshold",
            "p90>30ms for keypairs.import",
            "--threshold",
            "rate>=780/s",
            "--threshold",
            "errors<=480",
        ],
    );
    assert_eq!(code, Some(0), "{said}");
    let merged = Results::read(&home.path().join("report").join(FILE)).unwrap();
    assert_eq!(merged.shape.model, Model::Rate(800.0));
    let ended: u64 = shards.iter().map(|shard| shard.totals().ended).sum();
    assert_eq!(merged.totals().ended, ended);
}

#[rstest]
#[case::mistake(&["--threshold", "p99<2 for a"], "        ^ here")]
#[case::fewer_shards(&["--shards", "2"], "holds the results of 1 shard, and --shards asks for 2")]
#[case::no_baseline(&["--baseline", "none.json"], "none.json cannot be read")]
#[case::other_load(&["--baseline", "other.json"], "its load is 8 users, and this one's 200/s arrivals")]
#[case::no_results(&["--baseline", "broken.json"], "no results of nova-loadtest")]
fn what_cannot_be_judged_is_refused(#[case] arguments: &[&str], #[case] why: &str) {
    let home = home(&[run("a", 1)]);
    let mut other = run("other", 1);
    other.shape.model = Model::Users(8);
    write(&home.path().join("other.json"), &other);
    std::fs::write(home.path().join("broken.json"), "{}").unwrap();
    let (code, said) = judge(&home, arguments);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains(why), "{said}");
}

#[test]
fn pages_are_drawn_again_and_many_are_one() {
    let home = home(&[run("a", 10), run("b", 12)]);
    let told = |arguments: &[&str]| {
        let status = Command::new(env!("CARGO_BIN_EXE_nova-loadtest"))
            .args(arguments)
            .current_dir(home.path())
            .status()
            .unwrap();
        status.code()
    };
    assert_eq!(told(&["render", "shards/0/results.json"]), Some(0));
    assert!(home.path().join("shards/0/report.html").is_file());
    assert_eq!(told(&["history", "shards", "-o", "history.html"]), Some(0));
    let page = std::fs::read_to_string(home.path().join("history.html")).unwrap();
    assert!(page.contains("<h1>2 runs, 0 changes</h1>"));
    assert_eq!(told(&["render", "shards"]), Some(2));
    assert_eq!(told(&["history", "report"]), Some(2));
}
