//! Thresholds as people write them, and as runs keep them.

use rstest::rstest;

use super::*;
use crate::results::{Arrivals, Model, synthetic};

fn threshold(text: &str) -> Threshold {
    text.parse().unwrap()
}

/// 6,000 creates around 20 ms, of which 60 more failed and 30 more met a server that was busy.
fn run() -> Results {
    let mut results = synthetic::mixed(1, 20.0);
    let creates = results.measured.names.get_mut("keypairs.create").unwrap();
    for interval in &mut creates.intervals {
        interval.errors += 1;
    }
    for interval in creates.intervals.iter_mut().take(30) {
        interval.contention += 1;
    }
    results
}

/// As that, at a rate.
fn run_at_a_rate() -> Results {
    let mut results = run();
    results.shape.model = Model::Rate(160.0);
    results.measured.arrivals = Some(Arrivals {
        due: 10_000,
        started: 9_800,
        late: 500,
        dropped: 200,
        ..Arrivals::default()
    });
    results
}

#[rstest]
#[case::time("p99<2s for rebuild.active")]
#[case::blanks("  p99.9  <= 250 ms   for  rebuild.active ")]
#[case::tight("p50<300us for a")]
#[case::minutes("max<1m for a")]
#[case::part("errors<0.5%")]
#[case::count("errors<10 for keypairs.create")]
#[case::rate("rate>=190/s")]
#[case::reached("reached>=99%")]
#[case::dropped("dropped<=0")]
#[case::a_name_with_blanks("mean<1s for POST os-keypairs")]
fn a_threshold_is_read(#[case] text: &str) {
    assert_eq!(threshold(text).to_string(), text.trim());
}

#[rstest]
#[case::empty("", 0, "a threshold begins with what is measured")]
#[case::unknown("q99<2s for a", 0, "a threshold begins with what is measured")]
#[case::impossible("p100<2s for a", 0, "a percentile is more than p0")]
#[case::no_comparison("p99=2s for a", 3, "here comes <, <=, > or >=")]
#[case::no_value("p99< for a", 5, "here comes a time with its unit")]
#[case::no_unit("p99<2 for a", 6, "this is to be a time with its unit")]
#[case::other_unit("p99<2% for a", 5, "this is to be a time with its unit")]
#[case::rate_without_unit("rate>200", 8, "this is to be a rate such as 200/s")]
#[case::no_name("p99<2s", 6, "say for which request")]
#[case::empty_name("errors<1% for ", 10, "here comes \"for\" and a name")]
#[case::something_else("errors<1% of a", 10, "here comes \"for\" and a name")]
#[case::name_of_arrivals("dropped<1% for a", 11, "arrivals have no name")]
fn a_mistake_is_told_with_its_place(#[case] text: &str, #[case] at: usize, #[case] why: &str) {
    let mistake = text.parse::<Threshold>().unwrap_err();
    assert_eq!(mistake.at, at, "{mistake}");
    assert!(mistake.why.starts_with(why), "{mistake}");
}

#[test]
fn a_mistake_points_at_its_place() {
    let mistake = "p99<2 for rebuild.active".parse::<Threshold>().unwrap_err();
    assert_eq!(
        mistake.to_string(),
        "this is to be a time with its unit: 250us, 20ms, 2s or 1m\n  p99<2 for rebuild.active\n        ^ here"
    );
}

#[rstest]
#[case::quantile_kept("p99<60ms for keypairs.create", true)]
#[case::quantile_missed("p99<30ms for keypairs.create", false)]
#[case::mean_kept("mean<25ms for keypairs.create", true)]
#[case::mean_missed("mean<15ms for keypairs.create", false)]
#[case::max_kept("max<1s for keypairs.create", true)]
#[case::max_missed("max<30ms for keypairs.create", false)]
#[case::at_least("p50>10ms for keypairs.create", true)]
#[case::errors_kept("errors<2% for keypairs.create", true)]
#[case::errors_missed("errors<0.5% for keypairs.create", false)]
#[case::errors_of_all_kept("errors<1%", true)]
#[case::errors_of_all_missed("errors<0.1%", false)]
#[case::errors_counted_kept("errors<=60", true)]
#[case::errors_counted_missed("errors<60", false)]
#[case::contention_kept("contention<1%", true)]
#[case::contention_missed("contention<30 for keypairs.create", false)]
#[case::rate_kept("rate>=150/s", true)]
#[case::rate_missed("rate>=160/s", false)]
#[case::rate_of_one_kept("rate>=100/s for keypairs.create", true)]
#[case::rate_of_one_missed("rate>100/s for keypairs.create", false)]
#[case::reached_kept("reached>=98%", true)]
#[case::reached_missed("reached>=99%", false)]
#[case::dropped_kept("dropped<=200", true)]
#[case::dropped_missed("dropped<1%", false)]
#[case::late_kept("late<6%", true)]
#[case::late_missed("late<5%", false)]
#[case::of_a_part("p50<2s for rebuild.active", true)]
#[case::of_nothing("p50<2s for keypairs.import", false)]
fn each_kind_bites(#[case] text: &str, #[case] holds: bool) {
    let rows = threshold(text).judge(&run_at_a_rate());
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].holds, holds, "{rows:?}");
}

#[test]
fn a_star_judges_each_name_for_itself() {
    let rows = threshold("p50<10ms for keypairs.*").judge(&run());
    let found: Vec<(&str, bool)> = rows
        .iter()
        .map(|row| (row.name.as_deref().unwrap(), row.holds))
        .collect();
    assert_eq!(found, [("keypairs.create", false), ("keypairs.list", true)]);
}

#[test]
fn a_name_that_was_not_measured_says_what_was() {
    let rows = threshold("p50<10ms for keypairs").judge(&run());
    assert_eq!(
        rows[0].found,
        "nothing of this name was asked; there is keypairs.create, keypairs.list, rebuild.accepted, rebuild.active and rebuild.seen"
    );
}

#[test]
fn a_row_tells_what_was_found_and_of_how_many() {
    let rows = threshold("errors<1% for keypairs.create").judge(&run());
    assert_eq!(rows[0].found, "0.99 % (60 of 6,090 requests)");
}

#[rstest]
#[case::reached("reached>99%")]
#[case::dropped("dropped<1")]
#[case::late("late<1%")]
fn users_have_no_arrivals(#[case] text: &str) {
    let mistake = threshold(text).fits(false).unwrap_err();
    assert!(mistake.to_string().contains("give a --rate"), "{mistake}");
    assert!(threshold(text).fits(true).is_ok());
}
