//! What reports look like.

use std::{sync::Arc, time::Duration};

use crate::support::draft;
use nova_conformance::{
    caller::Caller,
    check::{Check, Versions},
    event::{Event, Finished, Started, Summary},
    exchange::Exchange,
    ledger::Leak,
    outcome::{Failure, Kind, Level, Outcome},
    report::{Collected, Files, Hiding, Reporter, Terminal, annotations, json, junit},
    select::{Plan, Wanted},
};

fn failure(found: &str) -> Failure {
    Failure {
        expected: "201".to_owned(),
        found: found.to_owned(),
        place: "status of POST /os-keypairs".to_owned(),
        exchange: Some(0),
    }
}

pub(crate) fn exchange() -> Exchange {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Exchange {
        caller: Caller::Main.name(),
        method: "POST".to_owned(),
        path: "/os-keypairs".to_owned(),
        base: None,
        request_headers: vec![
            pair("openstack-api-version", "compute 2.2"),
            pair("x-auth-token", "<redacted>"),
        ],
        request_body: Some(r#"{"keypair":{"name":"nvc-run-0-0-k"}}"#.to_owned()),
        status: Some(200),
        answer_headers: vec![pair("x-openstack-request-id", "req-1")],
        answer_body: Some(r#"{"keypair":{}}"#.to_owned()),
        error: None,
        duration_ms: 3,
    }
}

/// A run with an outcome of each kind.
pub(crate) fn events() -> Vec<Event> {
    let checks: Vec<Check> = vec![
        draft("keypairs.create.status")
            .versions(Versions::at(&[1, 2, 3, 10]))
            .probe(|_| async { Ok(()) }),
        draft("keypairs.create.type").probe(|_| async { Ok(()) }),
        draft("keypairs.delete.gone")
            .versions(Versions::at(&[1, 2]))
            .probe(|_| async { Ok(()) }),
        draft("limits.show.shape")
            .versions(Versions::at(&[1, 104]))
            .probe(|_| async { Ok(()) }),
    ];
    let plan = Plan::new(
        checks,
        &[],
        &Wanted::Boundaries,
        nova_api::Microversion::MAX,
    );
    let outcomes = [
        Outcome::Passed,
        Outcome::Failed(Level::Must, failure("200")),
        Outcome::Failed(Level::Must, failure("200")),
        Outcome::Failed(Level::Must, failure("500 'oops'")),
        Outcome::Failed(Level::Should, failure("202")),
        Outcome::Errored("no answer after 30 s".to_owned()),
        Outcome::Skipped(
            "needs an administrator: name one of your clouds.yaml with --admin-cloud".to_owned(),
        ),
        Outcome::Passed,
        Outcome::NotApplicable("the cloud offers 2.1 to 2.50".to_owned()),
    ];
    assert_eq!(plan.instances.len(), outcomes.len());
    let mut summary = Summary {
        leaks: 1,
        duration: Duration::from_millis(1234),
        ..Summary::default()
    };
    let mut events = vec![Event::RunStarted(Arc::new(Started {
        run_id: "run".to_owned(),
        started_at: "2026-08-01T00:00:00Z".to_owned(),
        cloud: "fake".to_owned(),
        endpoint: "http://cloud/v2.1".to_owned(),
        versions: ("2.1".to_owned(), "2.50".to_owned()),
        plan: plan.clone(),
        command: "nova-conformance run --os-cloud fake".to_owned(),
        selection: " --filter keypairs".to_owned(),
    }))];
    // The reverse of the plan: reports are in its order all the same.
    for (number, (instance, outcome)) in plan.instances.iter().zip(outcomes).enumerate().rev() {
        summary.count(outcome.kind());
        let telling = matches!(outcome.kind(), Kind::Violation | Kind::Warning);
        events.push(Event::CheckFinished(Arc::new(Finished {
            number,
            check: Arc::clone(&instance.check),
            version: instance.version,
            outcome,
            exchanges: if telling {
                vec![exchange()]
            } else {
                Vec::new()
            },
            duration: Duration::from_millis(7),
        })));
    }
    events.push(Event::Note("the cloud is odd".to_owned()));
    events.push(Event::Leak(Leak {
        what: "keypair 'nvc-run-0-0-k'".to_owned(),
        why: "DELETE answered 500".to_owned(),
    }));
    events.push(Event::RunFinished(summary));
    events
}

pub(crate) fn collected() -> Collected {
    let mut collected = Collected::default();
    for event in events() {
        collected.add(&event);
    }
    collected
}

#[test]
fn json_tells_everything() {
    let report: serde_json::Value =
        serde_json::from_str(&json::render(&collected()).unwrap()).unwrap();
    insta::assert_json_snapshot!("json_tells_everything", report, { ".tool.version" => "[version]" });
}

#[test]
fn junit_is_what_ci_reads() {
    insta::assert_snapshot!(
        "junit_is_what_ci_reads",
        junit::render(&collected()).unwrap()
    );
}

fn shown(events: &[Event]) -> String {
    let mut screen = Vec::new();
    let mut terminal = Terminal::new(
        anstream::StripStream::new(&mut screen),
        false,
        Some("reports".into()),
    );
    for event in events {
        terminal.event(event).unwrap();
    }
    drop(terminal);
    String::from_utf8(screen).unwrap()
}

#[test]
fn a_terminal_shows_lines_and_a_summary_that_fits_a_screen() {
    let shown = shown(&events());
    assert!(shown.lines().count() < 60, "{shown}");
    insta::assert_snapshot!("a_terminal_shows_lines_and_a_summary", shown);
}

#[test]
fn a_run_that_judged_nothing_says_so() {
    let events: Vec<Event> = vec![Event::RunFinished(Summary {
        skipped: 3,
        ..Summary::default()
    })];
    assert!(
        shown(&events).contains("Nothing was judged: every instance was skipped or does not apply")
    );
}

/// Everything that can be told, more of each than anybody reads.
#[test]
fn the_summary_of_a_bad_run_fits_a_screen_too() {
    let long: Vec<Event> = {
        let plan = Plan::new(
            nova_conformance::checks::registry(),
            &[],
            &Wanted::Boundaries,
            nova_api::Microversion::MAX,
        );
        let outcomes = |number: usize| match number % 6 {
            0 => Outcome::Failed(Level::Must, failure("200")),
            1 => Outcome::Failed(Level::Should, failure("202")),
            2 => Outcome::Errored(format!("no answer {number}")),
            3 => Outcome::Skipped(format!("not given {number}")),
            4 => Outcome::NotApplicable(format!("not there {number}")),
            _ => Outcome::Passed,
        };
        let mut summary = Summary::default();
        let mut events = Vec::new();
        for (number, instance) in plan.instances.iter().enumerate() {
            let outcome = outcomes(number);
            summary.count(outcome.kind());
            events.push(Event::CheckFinished(Arc::new(Finished {
                number,
                check: Arc::clone(&instance.check),
                version: instance.version,
                outcome,
                exchanges: Vec::new(),
                duration: Duration::ZERO,
            })));
        }
        for number in 0..40 {
            events.push(Event::Note(format!("odd {number}")));
            events.push(Event::Leak(Leak {
                what: format!("keypair {number}"),
                why: "DELETE answered 500".to_owned(),
            }));
        }
        events.push(Event::RunFinished(summary));
        events
    };
    let shown = shown(&long);
    assert!(shown.lines().count() <= 60, "{shown}");
}

#[rstest::rstest]
#[case::line_break("a\n::set-env name=x::y", r"found     a\n::set-env name=x::y")]
#[case::escape("\u{1b}[2J", r"found     \u{1b}[2J")]
fn what_a_cloud_says_does_nothing_to_a_terminal(#[case] found: &str, #[case] want: &str) {
    let mut events = events();
    for event in &mut events {
        if let Event::CheckFinished(finished) = event
            && finished.number == 1
        {
            let mut evil = (**finished).clone();
            evil.outcome = Outcome::Failed(Level::Must, failure(found));
            *finished = Arc::new(evil);
        }
    }
    let shown = shown(&events);
    assert!(shown.contains(want), "{shown}");
}

#[test]
fn github_is_told_each_failed_check_once() {
    let lines = annotations::github(&collected());
    insta::assert_snapshot!("github_is_told_each_failed_check_once", lines.join("\n"));
}

#[test]
fn no_report_tells_hidden_hosts() {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::new(directory.path()).unwrap();
    let mut hiding = Hiding::new(Box::new(files));
    let host = "nova.staging.example.org";
    for mut event in events() {
        match &mut event {
            Event::RunStarted(started) => {
                let mut named = (**started).clone();
                named.endpoint = format!("https://{host}:8774/v2.1");
                *started = Arc::new(named);
            }
            Event::CheckFinished(finished) => {
                let mut named = (**finished).clone();
                for exchange in &mut named.exchanges {
                    exchange.answer_body = Some(format!(
                        r#"{{"links":[{{"href":"https://{host}:8774/v2.1/x"}}]}}"#
                    ));
                    exchange.answer_headers = vec![("via".to_owned(), host.to_owned())];
                }
                *finished = Arc::new(named);
            }
            Event::Note(note) => *note = format!("{note}: {host}"),
            _ => {}
        }
        hiding.event(&event).unwrap();
    }
    for name in Files::NAMES {
        let text = std::fs::read_to_string(directory.path().join(name)).unwrap();
        assert!(text.contains("hidden-host"), "{name}");
        assert!(!text.contains("staging.example"), "{name}");
    }
}
