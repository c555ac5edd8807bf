//! `report.html`: a run on one page, for people. It needs no network and no script, reads on a phone, in the dark and on paper,
//! and looks like the page of `nova-conformance`. It knows results and what the gate said of them.

mod chart;
pub mod history;
mod latency;
mod origin;
mod rebuild;
mod tables;
mod trouble;

use crate::{
    exit::ExitCode,
    gate::{self, Judgement},
    results::Results,
    shared::{self, Text, put},
    words::{self, counted},
};

const STYLE: &str = include_str!("style.css");

/// The page. Results that nobody judged are judged here, without thresholds.
pub fn render(results: &Results) -> String {
    let judgement = results
        .judgement
        .clone()
        .unwrap_or_else(|| gate::judge(results, &[], None));
    let mut page = String::new();
    begin(
        &mut page,
        &format!(
            "{} on {}: {}",
            results.run.scenario, results.cloud.name, judgement.sentence
        ),
    );
    header(&mut page, results, &judgement);
    contents(&mut page, results, &judgement);
    page.push_str("<main>\n");
    origin::run(&mut page, results);
    tables::gate(&mut page, results, &judgement);
    if let Some(comparison) = &judgement.baseline {
        tables::baseline(&mut page, comparison);
    }
    trouble::violations(&mut page, results);
    trouble::leaks(&mut page, results);
    latency::put_latency(&mut page, results);
    rebuild::put_rebuild(&mut page, results);
    trouble::errors(&mut page, results);
    origin::arrivals(&mut page, results);
    origin::machines(&mut page, results);
    origin::notes(&mut page, results);
    page.push_str("</main>\n");
    end(
        &mut page,
        "Tokens, passwords and private keys are taken out. The same for programs: <code>results.json</code>, from which \
         <code>nova-loadtest render</code> draws this page again.",
    );
    page
}

/// Begins a page.
pub(crate) fn begin(page: &mut String, title: &str) {
    put(
        page,
        format_args!(
            "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n\
             <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=viewport content=\"width=device-width, initial-scale=1\">\n<meta name=color-scheme content=\"light dark\">\n\
             <meta name=referrer content=no-referrer>\n<title>{}</title>\n<style>\n{}{STYLE}</style>\n</head>\n<body>\n",
            Text(title),
            shared::STYLE,
        ),
    );
}

/// Ends a page; `about` is markup.
pub(crate) fn end(page: &mut String, about: &str) {
    put(
        page,
        format_args!(
            "<footer><p>Written by {} {}. {about}</p></footer>\n</body>\n</html>\n",
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION")
        ),
    );
}

/// Begins a section with its heading.
pub(crate) fn section(page: &mut String, id: &str, heading: &str) {
    put(
        page,
        format_args!("<section aria-labelledby={id}><h2 id={id}>{heading}</h2>\n"),
    );
}

/// Begins a table that scrolls where the screen is narrow. A column whose heading begins with `#` holds numbers.
pub(crate) fn table(page: &mut String, about: &str, columns: &[&str]) {
    put(
        page,
        format_args!(
            "<div class=scroll role=group tabindex=0 aria-label=\"{}\"><table><thead><tr>",
            Text(about)
        ),
    );
    for column in columns {
        match column.strip_prefix('#') {
            Some(name) => put(page, format_args!("<th scope=col class=number>{name}</th>")),
            None => put(page, format_args!("<th scope=col>{column}</th>")),
        }
    }
    page.push_str("</tr></thead><tbody>\n");
}

/// Ends it.
pub(crate) fn end_table(page: &mut String) {
    page.push_str("</tbody></table></div>\n");
}

/// The verdict, and the numbers.
fn header(page: &mut String, results: &Results, judgement: &Judgement) {
    let good = judgement.exit_code == ExitCode::Holds.code();
    let (class, sign) = if good {
        ("good", "✓")
    } else {
        ("bad", "✗")
    };
    let totals = results.totals();
    put(
        page,
        format_args!(
            "<header class={class}><p class=of>How fast is <b>{}</b> under load, and does it stay right?</p>\n\
             <h1><span aria-hidden=true>{sign}</span> {}</h1>\n<p>{} in {}. Exit code {}.</p>\n<ul class=counts>",
            Text(&results.cloud.name),
            Text(&judgement.sentence),
            counted(totals.ended, "request"),
            words::time(results.measured_for()),
            judgement.exit_code,
        ),
    );
    let violations = results.measured.violations.count;
    put(
        page,
        format_args!("<li><b>{}</b> requests</li>", words::rate(results.rate())),
    );
    let counts = [
        (totals.failed, "failed"),
        (totals.contention, "met a busy server"),
        (violations, "wrong answers"),
        (results.leaks.len() as u64, "left on the cloud"),
    ];
    for (count, what) in counts {
        let class = if count == 0 { " class=zero" } else { "" };
        put(
            page,
            format_args!("<li{class}><b>{}</b> {what}</li>", words::count(count)),
        );
    }
    page.push_str("</ul></header>\n");
}

/// What is on the page.
fn contents(page: &mut String, results: &Results, judgement: &Judgement) {
    let measured = &results.measured;
    let failed = results.totals().failed;
    let links = [
        (true, "run", "The run".to_owned()),
        (true, "gate", "The gate".to_owned()),
        (
            judgement.baseline.is_some(),
            "baseline",
            "Before and now".to_owned(),
        ),
        (
            measured.violations.count > 0,
            "wrong",
            format!(
                "Wrong answers ({})",
                words::count(measured.violations.count)
            ),
        ),
        (
            !results.leaks.is_empty(),
            "left",
            format!("Left on the cloud ({})", results.leaks.len()),
        ),
        (true, "latency", "Latency".to_owned()),
        (
            rebuild::there_are(results),
            "rebuild",
            "Parts of a rebuild".to_owned(),
        ),
        (
            true,
            "errors",
            format!("What failed ({})", words::count(failed)),
        ),
        (
            origin::arrived(results).is_some(),
            "arrivals",
            "Arrivals".to_owned(),
        ),
        (true, "machines", "Who measured".to_owned()),
        (
            !results.notes.is_empty(),
            "notes",
            format!("Notes ({})", results.notes.len()),
        ),
    ];
    page.push_str("<nav aria-label=Contents><ul>");
    for (_, id, text) in links.iter().filter(|(there, _, _)| *there) {
        put(page, format_args!("<li><a href=#{id}>{text}</a></li>"));
    }
    page.push_str("</ul></nav>\n");
}

#[cfg(test)]
pub(crate) mod tests;
