//! How long things took: a table of percentiles by name, and for each name its time line and its distribution. It knows
//! series.

use std::time::Duration;

use super::{
    chart::{self, COLUMNS, Chart, Mark, Scale},
    section,
};
use crate::{
    histogram::Times,
    results::{Measured, Results, Series, per_second},
    shared::{Text, put},
    words,
};

/// The percentiles of the table, by the headings of their columns.
const TABLE: [(&str, f64); 5] = [
    ("#p50", 0.5),
    ("#p90", 0.9),
    ("#p95", 0.95),
    ("#p99", 0.99),
    ("#p99.9", 0.999),
];

/// The percentiles over time, and the class of each.
const LINES: [(&str, f64, &str); 3] = [("p50", 0.5, "l1"), ("p90", 0.9, "l2"), ("p99", 0.99, "l3")];

/// Bars of a distribution.
const BARS: u32 = 60;

/// The section.
pub(super) fn put_latency(page: &mut String, results: &Results) {
    section(page, "latency", "Latency");
    table(page, results);
    for (name, series) in results.measured.in_order() {
        let times = series.times();
        let (Some(_), Some(_)) = (times.least(), times.most()) else {
            continue;
        };
        put(
            page,
            format_args!("<h3 class=name>{}</h3>\n<div class=two>", Text(name)),
        );
        over_time(page, name, series, &results.measured);
        distribution(page, name, &times);
        page.push_str("</div>\n");
    }
    page.push_str("</section>\n");
}

fn table(page: &mut String, results: &Results) {
    let mut columns = headings();
    columns.extend(["#Ended", "#Rate", "#Failed"]);
    super::table(page, "Latency by name", &columns);
    let mut fewest = u64::MAX;
    for (name, series) in results.measured.in_order() {
        let times = series.times();
        let ended = series.ended();
        fewest = fewest.min(times.count());
        put(page, format_args!("<tr><td>{}</td>", Text(name)));
        cells(page, &times);
        put(
            page,
            format_args!(
                "<td class=number>{}</td><td class=number>{}</td><td class=number>{}</td></tr>\n",
                words::count(ended),
                words::rate(per_second(ended, results.measured_for())),
                words::count(series.failed()),
            ),
        );
        if !series.service.is_empty() {
            page.push_str("<tr class=more><td><small>from sending alone</small></td>");
            cells(page, &series.service);
            page.push_str("<td></td><td></td><td></td></tr>\n");
        }
    }
    super::end_table(page);
    page.push_str(
        "<p>Times of what succeeded; percentiles are at most 0.1 % more than what was measured, the greatest is exact. ",
    );
    let mut all = results.measured.names.values();
    if all.any(|series| !series.service.is_empty()) {
        page.push_str(
            "Times begin when a request was due. <em>From sending alone</em> is what a tool would tell that begins to count when it \
             gets to send: what waited is hidden there. ",
        );
    }
    if results
        .measured
        .names
        .values()
        .any(|series| series.kind == crate::results::Kind::Part)
    {
        page.push_str("The parts of a rebuild all begin with its request. ");
    }
    if fewest < 1_000 {
        page.push_str("Of fewer than 1,000 times, p99.9 is the greatest itself; of fewer than 100, so is p99.");
    }
    page.push_str("</p>\n");
    first_bytes(page, results);
}

/// What came first, where the times are to what came last.
fn first_bytes(page: &mut String, results: &Results) {
    let names = results.measured.in_order();
    if names.iter().all(|(_, series)| series.first_byte.is_empty()) {
        return;
    }
    page.push_str("<details><summary>To the first byte</summary>");
    super::table(page, "Latency to the first byte", &headings());
    for (name, series) in names {
        if !series.first_byte.is_empty() {
            put(page, format_args!("<tr><td>{}</td>", Text(name)));
            cells(page, &series.first_byte);
            page.push_str("</tr>\n");
        }
    }
    super::end_table(page);
    page.push_str("</details>\n");
}

fn headings() -> Vec<&'static str> {
    let mut columns = vec!["Name"];
    columns.extend(TABLE.iter().map(|(name, _)| *name));
    columns.push("#max");
    columns
}

/// The percentiles and the greatest.
fn cells(page: &mut String, times: &Times) {
    let all = TABLE.iter().map(|(_, part)| times.quantile(*part));
    for time in all.chain([times.most()]) {
        put(
            page,
            format_args!(
                "<td class=number>{}</td>",
                time.map_or_else(|| "–".to_owned(), words::time)
            ),
        );
    }
}

/// A series in no more columns than can be seen: how long a column is, in seconds, and what began in each.
pub(super) fn columns<T: Default + Clone>(
    measured: &Measured,
    series: &Series,
    add: impl Fn(&mut T, &crate::results::Interval),
) -> (f64, Vec<T>) {
    let whole = measured.measured_ms.div_ceil(measured.interval_ms.max(1));
    let last = series.intervals.last().map_or(0, |interval| interval.n + 1);
    let whole = u32::try_from(whole).unwrap_or(u32::MAX).max(last).max(1);
    let each = whole.div_ceil(COLUMNS);
    let mut columns = vec![T::default(); whole.div_ceil(each) as usize];
    for interval in &series.intervals {
        if let Some(column) = columns.get_mut((interval.n / each) as usize) {
            add(column, interval);
        }
    }
    let seconds = Duration::from_millis(measured.interval_ms).as_secs_f64() * f64::from(each);
    (seconds, columns)
}

/// Where the middle of a column stands, in seconds.
#[expect(clippy::cast_precision_loss, reason = "columns are few")]
pub(super) fn middle(column: usize, seconds: f64) -> f64 {
    (column as f64 + 0.5) * seconds
}

fn over_time(page: &mut String, name: &str, series: &Series, measured: &Measured) {
    let (seconds, columns) = columns(measured, series, |all: &mut Times, interval| {
        all.add(&interval.times);
    });
    let quantiles = |part: f64| columns.iter().map(move |times| times.quantile(part));
    let least = quantiles(0.5).flatten().min().unwrap_or_default();
    let most = quantiles(0.99).flatten().max().unwrap_or_default();
    let up = Scale::times(least, most);
    let across = Scale::seconds(middle(columns.len(), seconds) - seconds / 2.0);
    let marks = LINES.map(|(label, part, class)| Mark {
        class,
        label: label.to_owned(),
        path: chart::line(quantiles(part).enumerate().map(|(column, time)| {
            let x = across.place(middle(column, seconds));
            Some((x, up.place(time?.as_secs_f64())))
        })),
    });
    Chart {
        caption: "over time",
        description: format!(
            "{name} over time: the median of each {} between {} and {}, the 99th percentile up to {}",
            words::about(Duration::from_secs_f64(seconds)),
            words::time(least),
            words::time(quantiles(0.5).flatten().max().unwrap_or_default()),
            words::time(most),
        ),
        marks: marks.into(),
        across,
        up: Some(up),
    }
    .put(page);
}

fn distribution(page: &mut String, name: &str, times: &Times) {
    let (Some(least), Some(most)) = (times.least(), times.most()) else {
        return;
    };
    let across = Scale::times(least, most).with_few_ticks();
    let mut counts = vec![0_u64; BARS as usize];
    for (us, count) in times.buckets() {
        let seconds = Duration::from_micros(us).max(least).as_secs_f64();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place is between 0 and 100"
        )]
        let bar = (across.place(seconds) / 100.0 * f64::from(BARS)) as usize;
        if let Some(bar) = counts.get_mut(bar.min(BARS as usize - 1)) {
            *bar += count;
        }
    }
    let highest = counts.iter().copied().max().unwrap_or(1).max(1);
    let width = 100.0 / f64::from(BARS);
    let bars = counts.iter().enumerate().map(|(bar, count)| {
        let left = middle(bar, width) - width / 2.0;
        let height = crate::results::part(*count, highest) * 100.0;
        // What is there at all is seen.
        let height = if *count > 0 { height.max(1.0) } else { 0.0 };
        (left + width * 0.06, left + width * 0.94, 0.0, height)
    });
    let mut marks = vec![Mark {
        class: "f5",
        label: String::new(),
        path: chart::bars(bars),
    }];
    for (label, part, class) in LINES {
        if let Some(time) = times.quantile(part) {
            let x = across.place(time.as_secs_f64());
            marks.push(Mark {
                class,
                label: format!("{label} {}", words::time(time)),
                path: chart::line([Some((x, 0.0)), Some((x, 100.0))]),
            });
        }
    }
    let told = |part: f64| words::time(times.quantile(part).unwrap_or_default());
    Chart {
        caption: "distribution",
        description: format!(
            "{name}, how many took how long: from {} to {}, half within {}, 99 of 100 within {}",
            words::time(least),
            words::time(most),
            told(0.5),
            told(0.99)
        ),
        marks,
        across,
        up: None,
    }
    .put(page);
}
