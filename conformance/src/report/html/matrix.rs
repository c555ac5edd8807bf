//! Checks × microversions as a picture: a strip per operation, and behind it a strip per check. A strip has a column for each
//! microversion from 2.1 to the newest known, and its marks differ in height and place, not in colour alone; beside it stands
//! the same in words. It knows instances.

use std::collections::BTreeMap;

use nova_api::Microversion;

use super::{
    cases::Cases,
    escape::{Text, put},
};
use crate::{
    event::Finished,
    outcome::Kind,
    report::{Collected, verdict::counted},
    select::spelled,
};

/// The worst first: what a strip shows of several outcomes at one version.
const WORST: [Kind; 7] = [
    Kind::Violation,
    Kind::Errored,
    Kind::Warning,
    Kind::ExpectedFailure,
    Kind::Passed,
    Kind::Skipped,
    Kind::NotApplicable,
];

/// The versions at which something became of something.
type Columns = BTreeMap<Kind, Vec<Microversion>>;

/// Adds the picture.
pub(super) fn put_matrix(page: &mut String, collected: &Collected, cases: &Cases<'_>) {
    put(
        page,
        format_args!(
            "<div class=matrix style=\"--offered:{:.2}%\">\n",
            offered(collected)
        ),
    );
    axis(page);
    let checks = collected.by_check();
    for group in groups(checks) {
        let Some(name) = group
            .first()
            .and_then(|check| check.first())
            .map(|one| one.check.group())
        else {
            continue;
        };
        let columns = worst(group.iter().flatten().copied());
        let counts = count(group.iter().flatten().copied());
        put(
            page,
            format_args!(
                "<details class=op><summary><span class=name>{}</span><span class=count>{}: {}</span>",
                Text(name),
                counted(group.len(), "check"),
                spelled_counts(&counts),
            ),
        );
        strip(page, &columns);
        page.push_str("</summary><ul>\n");
        for check in group {
            row(page, name, &check, cases);
        }
        page.push_str("</ul></details>\n");
    }
    page.push_str("</div>\n");
}

/// The checks of an operation together, in the order in which each operation comes first.
fn groups(checks: Vec<Vec<&Finished>>) -> Vec<Vec<Vec<&Finished>>> {
    let mut groups: Vec<Vec<Vec<&Finished>>> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for check in checks {
        let Some(first) = check.first() else {
            continue;
        };
        let place = *places
            .entry(first.check.group().to_owned())
            .or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
        groups[place].push(check);
    }
    groups
}

fn row(page: &mut String, group: &str, check: &[&Finished], cases: &Cases<'_>) {
    let Some(first) = check.first() else {
        return;
    };
    let id = first.check.id();
    let short = id
        .strip_prefix(group)
        .filter(|rest| !rest.is_empty())
        .unwrap_or(id);
    let columns = worst(check.iter().copied());
    put(
        page,
        format_args!(
            "<li><span><code>{}</code> {}</span>",
            Text(short),
            Text(first.check.title())
        ),
    );
    strip(page, &columns);
    page.push_str("<small>");
    for (number, (kind, versions)) in columns.iter().enumerate() {
        let comma = if number == 0 { "" } else { "; " };
        put(
            page,
            format_args!("{comma}{} {}", kind.name(), spelled(versions)),
        );
    }
    page.push_str("</small>");
    let told = columns
        .keys()
        .any(|kind| !matches!(kind, Kind::Passed | Kind::Skipped | Kind::NotApplicable));
    if let (true, Some(number)) = (told, cases.of_check(&first.check)) {
        put(page, format_args!(" <a href=#f{number}>what is wrong</a>"));
    }
    page.push_str("</li>\n");
}

/// What is worst at each version.
fn worst<'a>(instances: impl Iterator<Item = &'a Finished>) -> Columns {
    let mut by_version: BTreeMap<u16, (usize, Kind, Microversion)> = BTreeMap::new();
    for finished in instances {
        let kind = finished.outcome.kind();
        let rank = WORST
            .iter()
            .position(|worst| *worst == kind)
            .unwrap_or(WORST.len());
        let entry =
            by_version
                .entry(finished.version.minor())
                .or_insert((rank, kind, finished.version));
        if rank < entry.0 {
            *entry = (rank, kind, finished.version);
        }
    }
    let mut columns = Columns::new();
    for (_, kind, version) in by_version.into_values() {
        columns.entry(kind).or_default().push(version);
    }
    columns
}

fn count<'a>(instances: impl Iterator<Item = &'a Finished>) -> BTreeMap<Kind, usize> {
    let mut counts = BTreeMap::new();
    for finished in instances {
        *counts.entry(finished.outcome.kind()).or_default() += 1;
    }
    counts
}

/// `612 passed, 3 violations`.
fn spelled_counts(counts: &BTreeMap<Kind, usize>) -> String {
    let parts: Vec<String> = counts
        .iter()
        .map(|(kind, count)| format!("{count} {}", super::several(*kind, *count)))
        .collect();
    parts.join(", ")
}

/// A strip, 104 wide and 10 high: a path per kind, a line per run of neighbouring versions.
fn strip(page: &mut String, columns: &Columns) {
    put(
        page,
        format_args!(
            "<svg viewBox=\"0 0 {} 10\" preserveAspectRatio=none aria-hidden=true>",
            Microversion::MAX.minor()
        ),
    );
    for (kind, versions) in columns {
        put(
            page,
            format_args!("<path class={} d=\"", super::class(*kind)),
        );
        for run in versions.chunk_by(|one, next| one.minor() + 1 == next.minor()) {
            let Some(first) = run.first() else {
                continue;
            };
            for height in heights(*kind) {
                put(
                    page,
                    format_args!("M{} {height}h{}", first.minor() - 1, run.len()),
                );
            }
        }
        page.push_str("\"/>");
    }
    page.push_str("</svg>");
}

/// At which heights a kind's lines are drawn; the page's style says how thick.
const fn heights(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Passed | Kind::Violation => &["5"],
        Kind::Warning => &["2.5"],
        Kind::ExpectedFailure => &["3", "7"],
        Kind::Errored => &["2", "8"],
        Kind::Skipped => &["8.5"],
        Kind::NotApplicable => &["9.5"],
    }
}

/// A picture of one kind, for the legend.
pub(super) fn sample(kind: Kind) -> String {
    let mut lines = String::new();
    for height in heights(kind) {
        put(&mut lines, format_args!("M0 {height}h10"));
    }
    format!(
        "<svg class=sample viewBox=\"0 0 10 10\" preserveAspectRatio=none aria-hidden=true><path class={} d=\"{lines}\"/></svg>",
        super::class(kind)
    )
}

/// How far to the right the versions go that the cloud offers.
fn offered(collected: &Collected) -> f64 {
    let newest = Microversion::MAX.minor();
    let offered = collected
        .started
        .as_deref()
        .and_then(|started| Microversion::parse(&started.versions.1).ok())
        .map_or(newest, Microversion::minor);
    percent(offered, newest)
}

/// The versions above the strips.
fn axis(page: &mut String) {
    let newest = Microversion::MAX.minor();
    page.push_str("<div class=axis aria-hidden=true><span></span><div>");
    for minor in [1, 20, 40, 60, 80, newest] {
        put(
            page,
            format_args!(
                "<i style=\"left:{:.2}%\">2.{minor}</i>",
                percent(minor - 1, newest)
            ),
        );
    }
    page.push_str("</div></div>\n");
}

fn percent(part: u16, whole: u16) -> f64 {
    f64::from(part) * 100.0 / f64::from(whole.max(1))
}
