//! What went wrong: wrong answers with what shows them, what failed and when, what is left. It knows results.

use std::time::Duration;

use super::{
    chart::{self, Chart, Mark, Scale},
    end_table,
    latency::{columns, middle},
    section, table,
};
use crate::{
    results::{Interval, Results, Series, part},
    shared::{Text, put},
    words,
};

/// The wrong answers.
pub(super) fn violations(page: &mut String, results: &Results) {
    let violations = &results.measured.violations;
    if violations.count == 0 {
        return;
    }
    section(page, "wrong", "Wrong answers");
    page.push_str("<ul class=legend>");
    for (kind, count) in &violations.kinds {
        put(
            page,
            format_args!("<li><b>{}</b> {}</li>", words::count(*count), Text(kind)),
        );
    }
    page.push_str("</ul>\n");
    for violation in &violations.first {
        put(
            page,
            format_args!(
                "<article class=\"case v\"><p class=tag>wrong answer</p><h3>{}: {}</h3><dl><dt>Expected</dt><dd class=said>{}</dd>\
                 <dt>Found</dt><dd class=said>{}</dd><dt>When</dt><dd>{} after the start{}</dd></dl></article>\n",
                Text(&violation.name),
                Text(&violation.kind),
                Text(&violation.expected),
                Text(&violation.found),
                words::time(Duration::from_millis(violation.after_ms)),
                violation
                    .request_id
                    .as_deref()
                    .map_or_else(String::new, |id| {
                        format!(", request id <code>{}</code>", Text(id))
                    }),
            ),
        );
    }
    let more = violations
        .count
        .saturating_sub(violations.first.len() as u64);
    if more > 0 {
        put(
            page,
            format_args!("<p>… and {} more.</p>\n", words::count(more)),
        );
    }
    page.push_str("</section>\n");
}

/// What is left.
pub(super) fn leaks(page: &mut String, results: &Results) {
    if results.leaks.is_empty() {
        return;
    }
    section(page, "left", "Left on the cloud");
    page.push_str("<p><code>nova-loadtest sweep</code> deletes what can be deleted.</p>\n");
    table(page, "Left on the cloud", &["What", "Why"]);
    for leak in &results.leaks {
        put(
            page,
            format_args!(
                "<tr><td>{}</td><td>{}</td></tr>\n",
                Text(&leak.what),
                Text(&leak.why)
            ),
        );
    }
    end_table(page);
    page.push_str("</section>\n");
}

/// What failed, and what met a busy server.
pub(super) fn errors(page: &mut String, results: &Results) {
    section(page, "errors", "What failed");
    let names = &results.measured.names;
    let bad = |series: &Series| series.failed() + series.contention();
    if names.values().map(bad).sum::<u64>() == 0 {
        page.push_str("<p>Nothing.</p></section>\n");
        return;
    }
    over_time(page, results);
    table(
        page,
        "What failed",
        &["Name", "Why", "#How often", "#Of its requests"],
    );
    for (name, series) in results.measured.in_order() {
        let busy = (series.contention() > 0)
            .then(|| ("met a busy server (409): no failure", series.contention()));
        let reasons = series
            .errors
            .iter()
            .map(|(reason, count)| (reason.as_str(), *count));
        for (reason, count) in reasons.chain(busy) {
            put(
                page,
                format_args!(
                    "<tr><td>{}</td><td class=words>{}</td><td class=number>{}</td><td class=number>{}</td></tr>\n",
                    Text(name),
                    Text(reason),
                    words::count(count),
                    words::percent(part(count, series.ended()))
                ),
            );
        }
    }
    end_table(page);
    page.push_str("</section>\n");
}

/// A name's or all names' counts of one column.
#[derive(Debug, Clone, Copy, Default)]
struct Bad {
    failed: u64,
    busy: u64,
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn over_time(page: &mut String, results: &Results) {
    let measured = &results.measured;
    let mut all: Vec<Bad> = Vec::new();
    let mut seconds = 1.0;
    for series in measured.names.values() {
        let add = |bad: &mut Bad, interval: &Interval| {
            bad.failed += interval.errors;
            bad.busy += interval.contention;
        };
        let (each, columns) = columns(measured, series, add);
        seconds = each;
        all.resize(all.len().max(columns.len()), Bad::default());
        for (sum, bad) in all.iter_mut().zip(columns) {
            sum.failed += bad.failed;
            sum.busy += bad.busy;
        }
    }
    let most = all.iter().map(|bad| bad.failed + bad.busy).max();
    let up = Scale::from_zero(most.unwrap_or(1).max(4) as f64, |count| {
        format!("{count:.0}")
    });
    let across = Scale::seconds(middle(all.len(), seconds) - seconds / 2.0);
    let bars = |from: fn(&Bad) -> u64, to: fn(&Bad) -> u64| {
        let bars = all.iter().enumerate().map(|(column, bad)| {
            let left = middle(column, seconds) - seconds / 2.0;
            (
                across.place(left + seconds * 0.05),
                across.place(left + seconds * 0.95),
                up.place(from(bad) as f64),
                up.place(to(bad) as f64),
            )
        });
        chart::bars(bars)
    };
    let failed: u64 = all.iter().map(|bad| bad.failed).sum();
    let busy: u64 = all.iter().map(|bad| bad.busy).sum();
    let marks = [
        ("failed", "f4", failed, bars(|_| 0, |bad| bad.failed)),
        (
            "met a busy server",
            "f5",
            busy,
            bars(|bad| bad.failed, |bad| bad.failed + bad.busy),
        ),
    ];
    Chart {
        caption: "all names together, by when it was asked",
        description: format!("Over time: {failed} failed, {busy} met a busy server"),
        marks: marks
            .into_iter()
            .filter(|(_, _, count, _)| *count > 0)
            .map(|(label, class, _, path)| Mark {
                class,
                label: label.to_owned(),
                path,
            })
            .collect(),
        across,
        up: Some(up),
    }
    .put(page);
}
