//! The three parts of a rebuild, stacked: taken, seen to have begun, done; and what polling adds to them. It knows series.

use std::time::Duration;

use super::{
    chart::{self, Chart, Mark, Scale},
    latency::{columns, middle},
    section,
};
use crate::{
    histogram::Times,
    results::{REBUILD, Results},
    shared::put,
    words,
};

/// What each part is called, and its class.
const PARTS: [(&str, &str); 3] = [
    ("until it is accepted (202)", "f1"),
    ("until REBUILD is seen", "f2"),
    ("until it is ACTIVE", "f3"),
];

/// Whether a rebuild was measured to its end.
pub(super) fn there_are(results: &Results) -> bool {
    let done = results.measured.names.get(REBUILD[2]);
    done.is_some_and(|series| series.succeeded() > 0)
}

/// The section, where there were rebuilds.
pub(super) fn put_rebuild(page: &mut String, results: &Results) {
    if !there_are(results) {
        return;
    }
    section(page, "rebuild", "Parts of a rebuild");
    let means = stacked(REBUILD.map(|name| {
        let series = results.measured.names.get(name)?;
        series.times().mean()
    }));
    let total = means.iter().sum::<Duration>();
    put(
        page,
        format_args!(
            "<p>A rebuild took {} in the mean:</p>\n",
            words::time(total)
        ),
    );
    bar(page, &means, total);
    page.push_str("<ul class=legend>");
    for ((label, class), mean) in PARTS.into_iter().zip(means) {
        put(
            page,
            format_args!(
                "<li><span class=\"key chart\"><svg viewBox=\"0 0 20 10\" aria-hidden=true><path class={class} d=\"M0 1H20V9H0Z\"/></svg></span><b>{}</b> {label}</li>",
                words::time(mean)
            ),
        );
    }
    page.push_str("</ul>\n");
    over_time(page, results);
    polls(page, results);
    page.push_str("</section>\n");
}

/// The parts one after the other, from times that all begin with the request. A part that was never seen is none, and what
/// follows takes its place.
fn stacked(until: [Option<Duration>; 3]) -> [Duration; 3] {
    let mut before = Duration::ZERO;
    until.map(|until| {
        let part = until.unwrap_or(before).saturating_sub(before);
        before += part;
        part
    })
}

fn bar(page: &mut String, means: &[Duration; 3], total: Duration) {
    page.push_str(
        "<div class=part aria-hidden=true><svg viewBox=\"0 0 1000 100\" preserveAspectRatio=none>",
    );
    let mut from = 0.0;
    for ((_, class), mean) in PARTS.into_iter().zip(means) {
        let to = from + mean.as_secs_f64() / total.as_secs_f64().max(1e-9) * 100.0;
        put(
            page,
            format_args!(
                "<path class={class} d=\"{}\"/>",
                chart::bars([(from, to, 0.0, 100.0)])
            ),
        );
        from = to;
    }
    page.push_str("</svg></div>\n");
}

fn over_time(page: &mut String, results: &Results) {
    let measured = &results.measured;
    let mut seconds = 1.0;
    let mut parts: Vec<Vec<Times>> = Vec::new();
    for name in REBUILD {
        let series = measured.names.get(name).cloned().unwrap_or_default();
        let (each, times) = columns(measured, &series, |all: &mut Times, interval| {
            all.add(&interval.times);
        });
        seconds = each;
        parts.push(times);
    }
    let count = parts.iter().map(Vec::len).max().unwrap_or_default();
    let stacks: Vec<Option<[Duration; 3]>> = (0..count)
        .map(|column| {
            let mean = |part: usize| parts.get(part)?.get(column)?.mean();
            // Without an end there is no stack.
            mean(2).map(|done| stacked([mean(0), mean(1), Some(done)]))
        })
        .collect();
    let most = stacks
        .iter()
        .flatten()
        .map(|stack| stack.iter().sum::<Duration>())
        .max()
        .unwrap_or_default();
    let up = Scale::from_zero(most.as_secs_f64(), |seconds| {
        if seconds == 0.0 {
            "0".to_owned()
        } else {
            words::time(Duration::from_secs_f64(seconds))
        }
    });
    let across = Scale::seconds(middle(count, seconds) - seconds / 2.0);
    let marks = (0..3).map(|part| {
        let bars = stacks.iter().enumerate().filter_map(|(column, stack)| {
            let stack = stack.as_ref()?;
            let below: Duration = stack[..part].iter().sum();
            let left = middle(column, seconds) - seconds / 2.0;
            Some((
                across.place(left + seconds * 0.05),
                across.place(left + seconds * 0.95),
                up.place(below.as_secs_f64()),
                up.place((below + stack[part]).as_secs_f64()),
            ))
        });
        Mark {
            class: PARTS[part].1,
            label: PARTS[part].0.to_owned(),
            path: chart::bars(bars),
        }
    });
    Chart {
        caption: "mean, by when the rebuild was asked for",
        description: format!(
            "The parts of a rebuild over time, stacked; the slowest {} took {} in the mean",
            words::about(Duration::from_secs_f64(seconds)),
            words::time(most)
        ),
        marks: marks.collect(),
        across,
        up: Some(up),
    }
    .put(page);
}

fn polls(page: &mut String, results: &Results) {
    let polls = &results.measured.polls;
    put(
        page,
        format_args!(
            "<p>{} asked how far a rebuild was; they are no requests of the scenario, and have no part in its rate and its times. ",
            words::counted(polls.asked, "poll")
        ),
    );
    if let (Some(mean), Some(p99), Some(most)) = (
        polls.error.mean(),
        polls.error.quantile(0.99),
        polls.error.most(),
    ) {
        put(
            page,
            format_args!(
                "What happened between two polls is told by the second: the times of the last two parts are up to {} too long \
                 ({} for 99 of 100; half of {} in the mean).",
                words::time(most),
                words::time(p99),
                words::time(mean)
            ),
        );
    }
    page.push_str("</p>\n");
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::all([Some(30), Some(200), Some(1_500)], [30, 170, 1_300])]
    #[case::never_seen([Some(30), None, Some(1_500)], [30, 0, 1_470])]
    #[case::seen_of_slower_ones([Some(30), Some(1_600), Some(1_500)], [30, 1_570, 0])]
    fn parts_are_what_lies_between(#[case] until: [Option<u64>; 3], #[case] want: [u64; 3]) {
        let until = until.map(|ms| ms.map(Duration::from_millis));
        assert_eq!(stacked(until), want.map(Duration::from_millis));
    }
}
