//! `report.html`: a run on one page, for people. It needs no network and no script, reads on a phone, in the dark and on
//! paper, and shows whatever a cloud said as text. It knows what was collected.

mod cases;
mod escape;
mod marks;
mod matrix;
mod tables;
mod wire;

use cases::Cases;
use escape::{Command, Id};
pub use escape::{Text, put};

use super::{
    Collected,
    verdict::{self, counted},
};
use crate::{event::Started, exit::ExitCode, outcome::Kind};

/// How pages look: light, dark, on a phone and on paper.
pub const STYLE: &str = include_str!("style.css");

/// The page.
pub fn render(collected: &Collected) -> String {
    let mut page = String::new();
    let name = collected
        .started
        .as_deref()
        .map_or("a cloud", |started| &started.cloud);
    put(
        &mut page,
        format_args!(
            "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n\
             <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=viewport content=\"width=device-width, initial-scale=1\">\n<meta name=color-scheme content=\"light dark\">\n\
             <meta name=referrer content=no-referrer>\n<title>{}: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
            Text(name),
            Text(&verdict::sentence(&collected.summary)),
        ),
    );
    let mut cases = Cases::new(collected);
    header(&mut page, collected, name);
    contents(&mut page, collected, &cases);
    page.push_str("<main>\n");
    identity(&mut page, collected);
    wrong(&mut page, &mut cases);
    leaks(&mut page, collected);
    expected(&mut page, collected, &mut cases);
    unasked(&mut page, &mut cases);
    section(&mut page, "matrix", "Checks and microversions");
    legend(&mut page);
    matrix::put_matrix(&mut page, collected, &cases);
    page.push_str("</section>\n");
    tables::not_judged(&mut page, collected);
    tables::timings(&mut page, collected);
    notes(&mut page, collected);
    page.push_str("</main>\n");
    put(
        &mut page,
        format_args!(
            "<footer><p>Written by nova-conformance {}. Tokens, passwords and private keys are taken out. The same for programs: \
             <code>report.json</code>, <code>junit.xml</code>.</p></footer>\n</body>\n</html>\n",
            env!("CARGO_PKG_VERSION")
        ),
    );
    page
}

/// The kind as a class of the style.
const fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Passed => "p",
        Kind::Violation => "v",
        Kind::Warning => "w",
        Kind::ExpectedFailure => "x",
        Kind::Errored => "e",
        Kind::Skipped => "s",
        Kind::NotApplicable => "n",
    }
}

/// What one instance of a kind is called.
const fn singular(kind: Kind) -> &'static str {
    match kind {
        Kind::Errored => "could not ask",
        other => other.name(),
    }
}

/// What so many of a kind are called.
fn several(kind: Kind, count: usize) -> String {
    match kind {
        Kind::Violation | Kind::Warning | Kind::ExpectedFailure if count != 1 => {
            format!("{}s", kind.name())
        }
        _ => kind.name().to_owned(),
    }
}

/// What a kind says about a cloud.
const fn meaning(kind: Kind) -> &'static str {
    match kind {
        Kind::Passed => "the sentence holds",
        Kind::Violation => "a MUST does not hold",
        Kind::Warning => "a SHOULD does not hold",
        Kind::ExpectedFailure => "does not hold, as the file of expected failures says",
        Kind::Errored => "could not be asked, so nothing is known",
        Kind::Skipped => "not asked, because something was not given",
        Kind::NotApplicable => "does not arise at this cloud",
    }
}

/// Begins a section with its heading.
fn section(page: &mut String, id: &str, heading: &str) {
    put(
        page,
        format_args!("<section aria-labelledby={id}><h2 id={id}>{heading}</h2>\n"),
    );
}

/// The verdict, and the numbers.
fn header(page: &mut String, collected: &Collected, name: &str) {
    let summary = &collected.summary;
    let code = ExitCode::of(summary);
    let (class, sign) = match code {
        ExitCode::Holds => ("good", "✓"),
        _ => ("bad", "✗"),
    };
    put(
        page,
        format_args!(
            "<header class={class}><p class=of>Does <b>{}</b> do what the Compute API says?</p>\n\
             <h1><span aria-hidden=true>{sign}</span> {}</h1>\n<p>{} of {} that were asked passed, in {:.1} s. Exit code {}.</p>\n<ul class=counts>",
            Text(name),
            Text(&verdict::sentence(summary)),
            summary.passed,
            counted(summary.judged() + summary.errored, "instance"),
            summary.duration.as_secs_f64(),
            code.code(),
        ),
    );
    for kind in Kind::ALL {
        let count = summary.of(kind);
        let zero = if count == 0 { " zero" } else { "" };
        put(
            page,
            format_args!(
                "<li class=\"{}{zero}\">{}<b>{count}</b> {}</li>",
                self::class(kind),
                matrix::sample(kind),
                several(kind, count)
            ),
        );
    }
    page.push_str("</ul></header>\n");
}

/// What is on the page.
fn contents(page: &mut String, collected: &Collected, cases: &Cases<'_>) {
    let summary = &collected.summary;
    let failures = cases.count(&WRONG);
    let mut links = vec![("run", "The run".to_owned())];
    if failures > 0 {
        links.push(("wrong", format!("What is wrong ({failures})")));
    }
    if !collected.leaks.is_empty() {
        links.push((
            "left",
            format!("Left on the cloud ({})", collected.leaks.len()),
        ));
    }
    if !collected.expected.is_empty() {
        links.push((
            "expected",
            format!("Expected failures ({})", collected.expected.len()),
        ));
    }
    if summary.errored > 0 {
        links.push((
            "unasked",
            format!("Could not be asked ({})", summary.errored),
        ));
    }
    links.push(("matrix", "Checks and microversions".to_owned()));
    if summary.skipped + summary.not_applicable > 0 {
        links.push(("not-judged", "Skipped and not applicable".to_owned()));
    }
    links.push(("timings", "Timings".to_owned()));
    if !collected.notes.is_empty() {
        links.push(("notes", format!("Notes ({})", collected.notes.len())));
    }
    page.push_str("<nav aria-label=Contents><ul>");
    for (id, text) in links {
        put(page, format_args!("<li><a href=#{id}>{text}</a></li>"));
    }
    page.push_str("</ul></nav>\n");
}

/// Whom the run asked, when, and how much.
fn identity(page: &mut String, collected: &Collected) {
    section(page, "run", "The run");
    let Some(started) = collected.started.as_deref() else {
        page.push_str("<p>It never began.</p></section>\n");
        return;
    };
    let Started {
        cloud,
        endpoint,
        versions: (min, max),
        started_at,
        run_id,
        plan,
        command,
        selection,
    } = started;
    let summary = &collected.summary;
    let checks = plan
        .instances
        .chunk_by(|one, next| std::sync::Arc::ptr_eq(&one.check, &next.check))
        .count();
    put(
        page,
        format_args!(
            "<dl><dt>Cloud</dt><dd>{cloud}</dd><dt>Compute API</dt><dd>{endpoint}</dd><dt>Microversions</dt><dd>{min} to {max}</dd>\
             <dt>Begun</dt><dd><time datetime=\"{started_at}\">{started_at}</time>, run <code>{run_id}</code></dd>\
             <dt>Asked</dt><dd>{checks}, {instances} with their microversions; {requests}</dd>",
            cloud = Text(cloud),
            endpoint = Text(endpoint),
            min = Text(min),
            max = Text(max),
            started_at = Text(started_at),
            run_id = Text(run_id),
            checks = counted(checks, "check"),
            instances = counted(plan.instances.len(), "instance"),
            requests = counted(summary.made.requests, "request"),
        ),
    );
    if summary.not_started > 0 {
        put(
            page,
            format_args!(
                "<dt>Not begun</dt><dd>{}</dd>",
                counted(summary.not_started, "instance")
            ),
        );
    }
    let made = summary.made;
    put(
        page,
        format_args!(
            "<dt>Made</dt><dd>{}, {} (at most {} at once), {}; {}</dd>\
             <dt>Ask it again</dt><dd>{}</dd></dl></section>\n",
            counted(made.keypairs, "keypair"),
            counted(made.servers, "server"),
            made.servers_at_once,
            counted(made.rebuilds, "rebuild"),
            if collected.leaks.is_empty() {
                "all is deleted again"
            } else {
                "deleted again but for what is told below"
            },
            Command(&format!("{command}{selection}")),
        ),
    );
}

/// What fails a sentence.
const WRONG: [Kind; 2] = [Kind::Violation, Kind::Warning];

fn wrong(page: &mut String, cases: &mut Cases<'_>) {
    if cases.count(&WRONG) == 0 {
        return;
    }
    section(page, "wrong", "What is wrong");
    page.push_str(
        "<p>The same failure of a check at several microversions is told once. What differs, and the place in the answer, is \
         <mark>marked</mark>.</p>\n",
    );
    cases.put(page, &WRONG);
    page.push_str("</section>\n");
}

fn unasked(page: &mut String, cases: &mut Cases<'_>) {
    if cases.count(&[Kind::Errored]) == 0 {
        return;
    }
    section(page, "unasked", "Could not be asked");
    cases.put(page, &[Kind::Errored]);
    page.push_str("</section>\n");
}

fn leaks(page: &mut String, collected: &Collected) {
    if collected.leaks.is_empty() {
        return;
    }
    section(page, "left", "Left on the cloud");
    // What is left for one reason is told together: a cloud that died leaves all for the same one.
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for leak in &collected.leaks {
        match by_reason.iter_mut().find(|(why, _)| *why == leak.why) {
            Some((_, left)) => left.push(&leak.what),
            None => by_reason.push((&leak.why, vec![&leak.what])),
        }
    }
    for (why, left) in by_reason {
        page.push_str("<ul>\n");
        for what in left {
            put(page, format_args!("<li>{}</li>\n", Text(what)));
        }
        put(page, format_args!("</ul><p>Why: {}</p>\n", Text(why)));
    }
    page.push_str("</section>\n");
}

/// The file of expected failures, and how each entry stands.
fn expected(page: &mut String, collected: &Collected, cases: &mut Cases<'_>) {
    if collected.expected.is_empty() {
        return;
    }
    section(page, "expected", "Expected failures");
    page.push_str(
        "<table><thead><tr><th scope=col>Checks</th><th scope=col>Reason</th><th scope=col>Until</th><th scope=col>What became of it</th></tr></thead><tbody>\n",
    );
    for expectation in &collected.expected {
        let sign = if expectation.standing.fails_the_run() {
            "<span class=bad aria-hidden=true>✗</span> "
        } else {
            ""
        };
        page.push_str("<tr><td>");
        for (number, check) in expectation.checks.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            put(page, format_args!("{comma}<code>{}</code>", Id(check)));
        }
        if let Some(microversions) = &expectation.microversions {
            put(page, format_args!(" at {}", Text(microversions)));
        }
        put(
            page,
            format_args!(
                "</td><td>{}</td><td class=brief>{}</td><td>{sign}{}</td></tr>\n",
                Text(&expectation.reason),
                Text(&expectation.expires),
                Text(&expectation.sentence())
            ),
        );
    }
    page.push_str("</tbody></table>\n");
    cases.put(page, &[Kind::ExpectedFailure]);
    page.push_str("</section>\n");
}

fn notes(page: &mut String, collected: &Collected) {
    if collected.notes.is_empty() {
        return;
    }
    section(page, "notes", "Notes");
    page.push_str("<ul>\n");
    for note in &collected.notes {
        put(page, format_args!("<li>{}</li>\n", Text(note)));
    }
    page.push_str("</ul></section>\n");
}

fn legend(page: &mut String) {
    page.push_str(
        "<p>A line per operation, a column per microversion, the worst outcome in each. Open one to see its checks. What is empty was \
         not asked; what is hatched, the cloud does not offer.</p>\n<ul class=legend>",
    );
    for kind in Kind::ALL {
        put(
            page,
            format_args!(
                "<li>{}<b>{}</b>: {}</li>",
                matrix::sample(kind),
                kind.name(),
                meaning(kind)
            ),
        );
    }
    page.push_str("</ul>\n");
}
