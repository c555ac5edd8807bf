//! Baselines over repeated trials: what is called worse, better, same, and how often.

use rstest::rstest;

use super::*;
use crate::results::{Kind, synthetic};

const TRIALS: u64 = 40;

/// A run of so long in which one thing takes so long, a hundred and fifty times a second.
fn run(seed: u64, median_ms: f64, seconds: u32) -> Results {
    let mut results = synthetic::empty();
    results.measured.measured_ms = u64::from(seconds) * 1_000;
    let series = synthetic::Draw::new(seed).series(median_ms, seconds, 150);
    results
        .measured
        .names
        .insert("keypairs.create".into(), series);
    results
}

fn compare(before: &Results, now: &Results, seed: u64) -> Comparison {
    Baseline::new(before.clone(), "before.json", MARGIN, seed).compare(now)
}

/// How often each verdict was given of p50 and of p99, in so many trials.
fn verdicts(slower: f64) -> [[usize; 4]; 2] {
    let mut counts = [[0; 4]; 2];
    for trial in 0..TRIALS {
        let before = run(2 * trial, 20.0, 60);
        let now = run(2 * trial + 1, 20.0 * slower, 60);
        for (row, counts) in compare(&before, &now, trial).rows.iter().zip(&mut counts) {
            counts[row.verdict as usize] += 1;
        }
    }
    for (measure, counts) in ["p50", "p99"].iter().zip(counts) {
        let [better, worse, same, cannot_tell] = counts;
        println!(
            "×{slower} {measure}: {better} better, {worse} worse, {same} same, {cannot_tell} cannot tell, of {TRIALS}"
        );
    }
    counts
}

#[rstest]
#[case::slower(1.2, Verdict::Worse)]
#[case::equal(1.0, Verdict::Same)]
#[case::faster(0.8, Verdict::Better)]
fn repeated_trials_are_judged_right(#[case] slower: f64, #[case] want: Verdict) {
    for counts in verdicts(slower) {
        // 95 % of 40.
        assert!(counts[want as usize] >= 38, "{counts:?}");
    }
}

#[test]
fn the_truth_lies_within_the_interval_as_often_as_it_says() {
    let within = (0..TRIALS)
        .filter(|trial| {
            let before = run(1_000 + trial, 20.0, 60);
            let now = run(2_000 + trial, 21.0, 60);
            let effect = compare(&before, &now, 1).rows[0].effect.unwrap();
            effect.low <= 1.05 && 1.05 <= effect.high
        })
        .count();
    println!("within the interval: {within} of {TRIALS}");
    // Of 40 at 95 %, fewer than 35 come up once in 70.
    assert!(within >= 35, "{within}");
}

#[test]
fn the_same_seed_judges_the_same() {
    let (before, now) = (run(1, 20.0, 30), run(2, 21.0, 30));
    assert_eq!(compare(&before, &now, 9), compare(&before, &now, 9));
    assert_ne!(
        compare(&before, &now, 9).rows,
        compare(&before, &now, 10).rows
    );
}

#[test]
fn a_run_compared_with_itself_is_the_same() {
    let run = run(1, 20.0, 60);
    let rows = compare(&run, &run, 1).rows;
    assert!(
        rows.iter().all(|row| row.verdict == Verdict::Same),
        "{rows:?}"
    );
    assert!(rows.iter().all(|row| row.effect.unwrap().ratio == 1.0));
}

#[test]
fn a_run_too_short_says_how_long_would_do() {
    let (before, now) = (run(1, 20.0, 8), run(2, 20.0, 8));
    let row = &compare(&before, &now, 1).rows[0];
    assert_eq!(
        row.why.as_deref(),
        Some("one of them is too short; runs of 30 s each would tell")
    );
    assert_eq!(row.verdict, Verdict::CannotTell);
}

#[test]
fn a_run_too_restless_says_how_long_would_do() {
    let mut now = run(2, 20.0, 60);
    let series = now.measured.names.get_mut("keypairs.create").unwrap();
    // Slow for ten seconds now and then: nearly half of the time.
    for interval in series
        .intervals
        .iter_mut()
        .filter(|interval| interval.n % 20 < 9)
    {
        let mut slow = synthetic::Draw::new(u64::from(interval.n)).series(30.0, 1, 150);
        interval.times = std::mem::take(&mut slow.intervals[0].times);
    }
    let row = &compare(&run(1, 20.0, 60), &now, 1).rows[0];
    assert_eq!(row.verdict, Verdict::CannotTell, "{row:?}");
    assert!(
        row.why.as_deref().unwrap().contains("would tell"),
        "{row:?}"
    );
    assert!(row.needs_s.unwrap() > 60, "{row:?}");
}

#[test]
fn a_percentile_of_a_few_is_not_judged() {
    let mut before = run(1, 20.0, 60);
    let mut series = synthetic::Draw::new(1).series(900.0, 60, 4);
    series.kind = Kind::Part;
    before
        .measured
        .names
        .insert("rebuild.active".into(), series);
    let rows = compare(&before, &before, 1).rows;
    let row = |measure: &str| {
        rows.iter()
            .find(|row| row.name == "rebuild.active" && row.measure == measure)
            .unwrap()
    };
    assert_eq!(row("p99").verdict, Verdict::CannotTell);
    assert_eq!(
        row("p99").why.as_deref(),
        Some("only 240 times in one of them; runs of 5 min each would tell")
    );
    assert_ne!(row("p50").why, row("p99").why);
}

#[test]
fn what_is_new_or_gone_cannot_be_told() {
    let before = run(1, 20.0, 60);
    let mut now = synthetic::empty();
    now.measured.names.insert(
        "keypairs.import".into(),
        before.measured.names["keypairs.create"].clone(),
    );
    let why: Vec<Option<String>> = compare(&before, &now, 1)
        .rows
        .into_iter()
        .map(|row| row.why)
        .collect();
    let told = |when: &str| Some(format!("nothing was measured {when}"));
    assert_eq!(
        why,
        [told("now"), told("now"), told("before"), told("before")]
    );
}

#[rstest]
#[case::scenario(|results: &mut Results| results.run.scenario = "storm".into(), "its scenario is storm, and this one mixed")]
#[case::users(|results: &mut Results| results.shape.model = Model::Users(8), "its load is 8 users, and this one's 64 users")]
#[case::rate(|results: &mut Results| results.shape.model = Model::Rate(200.0), "its load is 200/s arrivals, and this one's 64 users")]
#[case::fleet(|results: &mut Results| results.shape.fleet = 2, "its fleet is 2, and this one's 16")]
#[case::polling(|results: &mut Results| results.shape.polling_ms = None, "its polling is none, and this one's every 200 ms")]
#[case::mixture(|results: &mut Results| results.shape.weights.clear(), "its mixture is , and this one's keypairs 80.0 %, rebuild 20.0 %")]
#[case::first_byte(|results: &mut Results| results.shape.first_byte_only = true, "one measures to the answer's first byte")]
fn another_load_is_refused(#[case] change: fn(&mut Results), #[case] why: &str) {
    let now = synthetic::empty();
    let mut before = synthetic::empty();
    change(&mut before);
    let refused = Baseline::new(before, "before.json", MARGIN, 1)
        .fits(&now.run.scenario, &now.shape)
        .unwrap_err();
    let want = format!("before.json cannot be compared with this run: {why}");
    assert!(refused.starts_with(&want), "{refused}");
}

#[test]
fn a_longer_run_of_the_same_load_fits() {
    let mut before = synthetic::empty();
    before.shape.run_time_ms = Some(1_000);
    before.shape.warm_up_ms = 0;
    let now = synthetic::empty();
    let fits = Baseline::new(before, "before.json", MARGIN, 1).fits(&now.run.scenario, &now.shape);
    assert_eq!(fits, Ok(()));
}
