//! The page of a run: what is on it, and that nothing of a cloud's words works on it.

use rstest::rstest;

use super::*;
use crate::{
    baseline::{Baseline, MARGIN},
    results::{Arrivals, Left, Model, synthetic},
};

/// A run in which much went wrong.
pub(crate) fn bad() -> Results {
    let mut results = synthetic::mixed(2, 30.0);
    results.shape.model = Model::Rate(166.0);
    results.cloud.name = "<script>alert(1)</script>".into();
    results.measured.arrivals = Some(Arrivals {
        due: 10_000,
        started: 9_800,
        late: 120,
        dropped: 200,
        late_by: synthetic::Draw::new(5).series(0.4, 1, 500).times(),
    });
    results.measured.polls.asked = 4_310;
    results.measured.polls.error = synthetic::Draw::new(6).series(200.0, 1, 500).times();
    for _ in 0..3 {
        results.measured.violations.push(synthetic::violation());
    }
    let create = results.measured.names.get_mut("keypairs.create").unwrap();
    for interval in create.intervals.iter_mut().skip(20).take(7) {
        interval.errors += 9;
        interval.contention += 4;
    }
    create.errors.insert("503 Service Unavailable".into(), 63);
    create.service = synthetic::Draw::new(8).series(21.0, 1, 500).times();
    // A stall: for three seconds nothing is answered.
    for n in 30..33 {
        create.intervals[n].times = synthetic::Draw::new(9).series(2_600.0, 1, 20).times();
    }
    create.intervals.remove(40);
    results.leaks.push(Left {
        what: "server nova-loadtest-1".into(),
        why: "409 for 60 s".into(),
    });
    results.notes.push("A token was renewed.".into());
    results
        .files
        .insert("Goose's own report".into(), "goose.html".into());
    let thresholds = [
        "p99<2s for rebuild.active".parse().unwrap(),
        "errors<0.1%".parse().unwrap(),
    ];
    let before = synthetic::mixed(1, 20.0);
    let comparison = Baseline::new(before, "before.json", MARGIN, 1).compare(&results);
    results.judgement = Some(gate::judge(&results, &thresholds, Some(comparison)));
    results
}

/// A run in which all was well.
pub(crate) fn good() -> Results {
    synthetic::mixed(1, 20.0)
}

#[rstest]
#[case::good(good())]
#[case::bad(bad())]
#[case::empty(synthetic::empty())]
fn every_link_leads_somewhere_and_nothing_is_fetched(#[case] results: Results) {
    let page = render(&results);
    for link in page.split("href=#").skip(1) {
        let id = link.split('>').next().unwrap();
        assert!(page.contains(&format!("id={id}>")), "{id}");
    }
    for fetched in ["<script", "<img", "<link", "src=", "url(", "@import"] {
        assert!(!page.contains(fetched), "{fetched}");
    }
}

#[rstest]
#[case::good(good())]
#[case::bad(bad())]
fn no_number_of_a_chart_is_none(#[case] results: Results) {
    let page = render(&results);
    assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
}

#[test]
fn what_a_cloud_says_is_text() {
    let page = render(&bad());
    assert!(page.contains("&lt;script&gt;alert(1)"));
    assert!(page.contains("&lt;b&gt;9c:00"));
}

#[rstest]
#[case::verdict("3 wrong answers, 2 thresholds missed, 1 measure worse than before")]
#[case::threshold("<td class=words>errors&lt;0.1%</td>")]
#[case::missed("✗ missed")]
#[case::worse("✗ worse")]
#[case::effect("<td class=number>+4")]
#[case::request_id("<code>req-1</code>")]
#[case::reason("503 Service Unavailable")]
#[case::contention("met a busy server (409)")]
#[case::dropped("<td class=number>200</td>")]
#[case::stall_hidden("from sending alone")]
#[case::polling("4,310 polls")]
#[case::left("server nova-loadtest-1")]
#[case::goose("href=\"goose.html\"")]
#[case::machine("Linux 6.8, a processor")]
#[case::load("166/s arrivals")]
#[case::command("nova-loadtest mixed --users 64")]
fn it_tells(#[case] what: &str) {
    assert!(render(&bad()).contains(what), "{what}");
}

#[test]
fn a_run_that_is_well_says_no_more_than_was_asked() {
    let page = render(&good());
    assert!(page.contains("Every answer was right</h1>"));
    assert!(page.contains("Nothing was demanded of the speed"));
}

#[test]
fn a_page_drawn_again_from_its_file_is_the_same() {
    let results = bad();
    let again = Results::parse(&results.text().unwrap()).unwrap();
    assert_eq!(render(&again), render(&results));
}
