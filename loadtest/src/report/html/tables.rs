//! What was demanded, and how it stands: the gate's table, and the comparison with the baseline. It knows judgements.

use std::time::Duration;

use super::{end_table, section, table};
use crate::{
    baseline::{Compared, Comparison, Verdict},
    gate::Judgement,
    results::Results,
    shared::{Text, put},
    words,
};

/// Every demand of the run, those that always hold among them.
pub(super) fn gate(page: &mut String, results: &Results, judgement: &Judgement) {
    section(page, "gate", "The gate");
    table(page, "The gate", &["Demanded", "Of", "Found", "Holds"]);
    let violations = results.measured.violations.count;
    let left = results.leaks.len() as u64;
    row(
        page,
        "every answer is right",
        None,
        &words::counted(violations, "wrong answer"),
        violations == 0,
    );
    row(
        page,
        "nothing is left",
        None,
        &(if left == 0 {
            "nothing".to_owned()
        } else {
            words::counted(left, "thing")
        }),
        left == 0,
    );
    for threshold in &judgement.thresholds {
        row(
            page,
            &threshold.threshold,
            threshold.name.as_deref(),
            &threshold.found,
            threshold.holds,
        );
    }
    if let Some(comparison) = &judgement.baseline {
        let worse = comparison.count(Verdict::Worse);
        row(
            page,
            "not worse than before",
            None,
            &format!(
                "{} of {} worse",
                worse,
                words::counted(comparison.rows.len() as u64, "measure")
            ),
            worse == 0,
        );
    }
    end_table(page);
    if judgement.thresholds.is_empty() {
        page.push_str(
            "<p>Nothing was demanded of the speed: <code>--threshold \"p99&lt;2s for rebuild.active\"</code> does.</p>\n",
        );
    }
    page.push_str("</section>\n");
}

fn row(page: &mut String, what: &str, name: Option<&str>, found: &str, holds: bool) {
    let (class, sign) = if holds {
        ("good", "✓ holds")
    } else {
        ("bad", "✗ missed")
    };
    put(
        page,
        format_args!(
            "<tr><td class=words>{}</td><td>{}</td><td class=words>{}</td><td class={class}>{sign}</td></tr>\n",
            Text(what),
            Text(name.unwrap_or("all")),
            Text(found),
        ),
    );
}

/// Before and now.
pub(super) fn baseline(page: &mut String, comparison: &Comparison) {
    section(page, "baseline", "Before and now");
    put(
        page,
        format_args!(
            "<p>Compared with run <code>{}</code> of {} ({}). A change is told with its 95 % confidence interval, from {} draws of \
             blocks of neighbouring seconds (seed {}); within {} it is none. The interval knows how restless the two runs were, \
             not how one day differs from another.</p>\n",
            Text(&comparison.run),
            Text(&words::moment(&comparison.started_at)),
            Text(&comparison.file),
            words::count(crate::baseline::DRAWS as u64),
            comparison.seed,
            words::percent(comparison.margin),
        ),
    );
    table(
        page,
        "Before and now",
        &[
            "Name",
            "Measure",
            "Verdict",
            "#Change",
            "#95 % interval",
            "#Before",
            "#Now",
        ],
    );
    for compared in &comparison.rows {
        compared_row(page, compared);
    }
    end_table(page);
    page.push_str("</section>\n");
}

fn compared_row(page: &mut String, compared: &Compared) {
    let us = |us: Option<u64>| {
        us.map_or_else(
            || "–".to_owned(),
            |us| words::time(Duration::from_micros(us)),
        )
    };
    let (change, interval) = compared.effect.map_or_else(
        || ("–".to_owned(), "–".to_owned()),
        |effect| {
            (
                words::change(effect.ratio),
                format!(
                    "{} to {}",
                    words::change(effect.low),
                    words::change(effect.high)
                ),
            )
        },
    );
    let (class, sign) = match compared.verdict {
        Verdict::Better | Verdict::Same => ("good", "✓"),
        Verdict::Worse => ("bad", "✗"),
        Verdict::CannotTell => ("open", "?"),
    };
    put(
        page,
        format_args!(
            "<tr><td>{}</td><td>{}</td><td class=words><span class={class}>{sign} {}</span>{}</td><td class=number>{change}</td>\
             <td class=number>{interval}</td><td class=number>{}</td><td class=number>{}</td></tr>\n",
            Text(&compared.name),
            Text(&compared.measure),
            compared.verdict.name(),
            compared
                .why
                .as_deref()
                .map_or_else(String::new, |why| format!(
                    "<br><small>{}</small>",
                    Text(why)
                )),
            us(compared.before_us),
            us(compared.now_us),
        ),
    );
}
