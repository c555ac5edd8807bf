//! What a recorder counts, and what it leaves out.

use rstest::rstest;

use super::*;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// A run that began, was warm after two seconds and measured for ten.
fn run() -> (Recorder, Instant) {
    let began = Instant::now();
    let recorder = Recorder::new(began, false);
    recorder.start_measuring(began + MS(2_000));
    recorder.stop_measuring(began + MS(12_000));
    (recorder, began)
}

fn took(at: Instant, ms: u64, outcome: Outcome) -> Took {
    Took {
        at,
        latency: MS(ms),
        service: MS(ms),
        first_byte: None,
        outcome,
    }
}

#[rstest]
#[case::within_the_warm_up(1_999, 0)]
#[case::at_its_end(2_000, 1)]
#[case::at_the_end(11_999, 1)]
#[case::after_the_end(12_000, 0)]
fn what_begins_while_it_is_measured_counts(#[case] begins: u64, #[case] counts: u64) {
    let (recorder, began) = run();
    recorder.took("a", took(began + MS(begins + 5_000), 5_000, Outcome::Fine));
    let measured = recorder.finish();
    let counted: u64 = measured
        .names
        .values()
        .map(super::super::Series::ended)
        .sum();
    assert_eq!(counted, counts);
    assert_eq!(measured.measured_ms, 10_000);
}

#[test]
fn what_begins_within_the_warm_up_is_counted_apart() {
    let (recorder, began) = run();
    recorder.took("a", took(began + MS(500), 10, Outcome::Fine));
    recorder.took(
        "a",
        took(began + MS(900), 10, Outcome::Failed("503".into())),
    );
    let warm_up = recorder.finish().warm_up;
    assert_eq!((warm_up.requests, warm_up.errors), (2, 1));
}

#[test]
fn something_is_filed_under_the_second_it_began_in() {
    let (recorder, began) = run();
    recorder.took("a", took(began + MS(9_500), 4_000, Outcome::Fine));
    let measured = recorder.finish();
    assert_eq!(measured.names["a"].intervals[0].n, 3);
}

#[test]
fn failures_and_contention_are_no_times() {
    let (recorder, began) = run();
    let at = began + MS(3_000);
    recorder.took("a", took(at, 1, Outcome::Fine));
    recorder.took("a", took(at, 1, Outcome::Contention));
    recorder.took("a", took(at, 1, Outcome::Failed("503".into())));
    let series = &recorder.finish().names["a"];
    assert_eq!(
        (series.succeeded(), series.contention(), series.failed()),
        (1, 1, 1)
    );
    assert_eq!(series.errors["503"], 1);
}

#[test]
fn a_thousand_reasons_are_told_as_a_few() {
    let (recorder, began) = run();
    for n in 0..1_000 {
        recorder.took(
            "a",
            took(began + MS(3_000), 1, Outcome::Failed(format!("{n}"))),
        );
    }
    let series = &recorder.finish().names["a"];
    assert_eq!(series.errors.values().sum::<u64>(), 1_000);
    assert_eq!(series.errors.len(), REASONS + 1);
}

#[test]
fn a_long_run_has_longer_intervals_and_loses_nothing() {
    let began = Instant::now();
    let recorder = Recorder::new(began, false);
    recorder.start_measuring(began);
    for second in 0..5_000 {
        recorder.took("a", took(began + MS(second * 1_000 + 10), 1, Outcome::Fine));
    }
    let measured = recorder.finish();
    let series = &measured.names["a"];
    assert_eq!(measured.interval_ms, 16_000);
    assert_eq!(series.succeeded(), 5_000);
    let counts = series
        .intervals
        .iter()
        .map(|interval| interval.times.count());
    assert!(counts.take(312).all(|count| count == 16));
}

#[test]
fn the_parts_of_a_rebuild_are_no_requests() {
    let (recorder, began) = run();
    for name in REBUILD {
        recorder.took(name, took(began + MS(3_000), 1, Outcome::Fine));
    }
    let measured = recorder.finish();
    let kinds: Vec<Kind> = REBUILD.map(|name| measured.names[name].kind).to_vec();
    assert_eq!(kinds, [Kind::Request, Kind::Part, Kind::Part]);
}

#[test]
fn wrong_answers_count_in_the_warm_up_and_tell_no_secret() {
    let recorder = Recorder::new(Instant::now(), false);
    recorder.violation(Violation {
        kind: "key".into(),
        found: r#"{"keypair": {"private_key": "-----BEGIN"}}"#.into(),
        ..Violation::default()
    });
    let violations = recorder.finish().violations;
    assert_eq!(violations.count, 1);
    assert!(
        !violations.first[0].found.contains("BEGIN"),
        "{violations:?}"
    );
}

#[test]
fn arrivals_are_counted_by_when_they_were_due() {
    let (recorder, began) = run();
    recorder.arrived(began + MS(1_000), MS(50));
    recorder.arrived(began + MS(3_000), MS(0));
    recorder.arrived(began + MS(4_000), MS(5));
    recorder.dropped(began + MS(5_000));
    let arrivals = recorder.finish().arrivals.unwrap();
    assert_eq!(
        (
            arrivals.due,
            arrivals.started,
            arrivals.late,
            arrivals.dropped
        ),
        (3, 2, 1, 1)
    );
}

#[rstest]
#[case::within_the_warm_up(1_999, 0)]
#[case::while_it_is_measured(2_000, 1)]
#[case::after_the_end(12_000, 0)]
fn polls_count_by_when_their_rebuild_began(#[case] begins: u64, #[case] counts: u64) {
    let (recorder, began) = run();
    recorder.polled(began + MS(begins));
    recorder.poll_error(began + MS(begins), MS(30));
    let polls = recorder.finish().polls;
    assert_eq!((polls.asked, polls.error.count()), (counts, counts));
}

#[rstest]
#[case::while_it_is_measured(5_000, 3_000)]
#[case::within_the_warm_up(1_000, 0)]
#[case::after_the_end(20_000, 10_000)]
fn a_run_that_is_stopped_early_was_measured_until_then(#[case] stopped: u64, #[case] ms: u64) {
    let (recorder, began) = run();
    recorder.stop_measuring(began + MS(stopped));
    assert_eq!(recorder.finish().measured_ms, ms);
}

#[test]
fn in_the_open_model_the_time_from_sending_is_kept_too() {
    let began = Instant::now();
    let recorder = Recorder::new(began, true);
    recorder.start_measuring(began);
    recorder.took(
        "a",
        Took {
            service: MS(3),
            ..took(began + MS(100), 80, Outcome::Fine)
        },
    );
    let series = &recorder.finish().names["a"];
    assert_eq!(series.times().most(), Some(MS(80)));
    assert_eq!(series.service.most(), Some(MS(3)));
}
