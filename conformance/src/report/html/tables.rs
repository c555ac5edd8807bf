//! The tables of the page: why something was not judged, and what took how long. It knows instances.

use std::{collections::BTreeMap, time::Duration};

use super::{
    escape::{Id, Text, put},
    section,
};
use crate::{
    event::Finished,
    outcome::Kind,
    report::{Collected, same, verdict::counted},
    select::spelled,
};

/// So many of the slowest are told.
const SLOWEST: usize = 15;
/// At most so many checks are named behind one reason; `report.json` names all.
const NAMED: usize = 400;

/// What was skipped, what does not apply, and why.
pub(super) fn not_judged(page: &mut String, collected: &Collected) {
    let kinds = [Kind::Skipped, Kind::NotApplicable];
    let reasons: Vec<_> = kinds
        .into_iter()
        .flat_map(|kind| {
            same::reasons(collected, kind)
                .into_iter()
                .map(move |reason| (kind, reason))
        })
        .collect();
    if reasons.is_empty() {
        return;
    }
    section(page, "not-judged", "Skipped and not applicable");
    page.push_str(
        "<table><thead><tr><th scope=col>Outcome</th><th scope=col>Why</th><th scope=col class=number>Instances</th></tr></thead><tbody>\n",
    );
    for (kind, reason) in reasons {
        let checks: Vec<&[&Finished]> = reason
            .instances
            .chunk_by(|one, next| std::sync::Arc::ptr_eq(&one.check, &next.check))
            .collect();
        put(
            page,
            format_args!(
                "<tr><td class=brief>{}</td><td>{}<details><summary>{}</summary><ul>",
                kind.name(),
                Text(reason.why),
                counted(checks.len(), "check")
            ),
        );
        for check in checks.iter().take(NAMED) {
            let versions: Vec<_> = check.iter().map(|finished| finished.version).collect();
            if let Some(first) = check.first() {
                put(
                    page,
                    format_args!(
                        "<li><code>{}</code> at {}</li>",
                        Id(first.check.id()),
                        spelled(&versions)
                    ),
                );
            }
        }
        if checks.len() > NAMED {
            put(
                page,
                format_args!(
                    "<li>… and {}, told in <code>report.json</code></li>",
                    counted(checks.len() - NAMED, "other check")
                ),
            );
        }
        put(
            page,
            format_args!(
                "</ul></details></td><td class=number>{}</td></tr>\n",
                reason.instances.len()
            ),
        );
    }
    page.push_str("</tbody></table></section>\n");
}

/// The slowest instances, and what each operation took.
pub(super) fn timings(page: &mut String, collected: &Collected) {
    section(page, "timings", "Timings");
    page.push_str("<p>How long each check asked, with its waiting for servers and without its cleaning up.</p>\n");
    let mut slowest: Vec<&Finished> = collected
        .finished
        .values()
        .map(|finished| &**finished)
        .collect();
    slowest.sort_by_key(|finished| std::cmp::Reverse(finished.duration));
    slowest.truncate(SLOWEST);
    page.push_str(
        "<table><caption>The slowest</caption><thead><tr><th scope=col>Check</th><th scope=col>At</th>\
         <th scope=col class=number>Seconds</th></tr></thead><tbody>\n",
    );
    for finished in slowest {
        put(
            page,
            format_args!(
                "<tr><td><code>{}</code></td><td class=brief>{}</td><td class=number>{}</td></tr>\n",
                Id(finished.check.id()),
                finished.version,
                seconds(finished.duration)
            ),
        );
    }
    page.push_str("</tbody></table>\n<details><summary>By operation</summary>");
    by_operation(page, collected);
    page.push_str("</details></section>\n");
}

fn by_operation(page: &mut String, collected: &Collected) {
    let mut groups: BTreeMap<&str, (usize, Duration, Duration)> = BTreeMap::new();
    for finished in collected.finished.values() {
        let (count, total, slowest) = groups.entry(finished.check.group()).or_default();
        *count += 1;
        *total += finished.duration;
        *slowest = finished.duration.max(*slowest);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (_, total, _))| std::cmp::Reverse(*total));
    page.push_str(
        "<table><thead><tr><th scope=col>Operation</th><th scope=col class=number>Instances</th><th scope=col class=number>Seconds</th>\
         <th scope=col class=number>Slowest</th></tr></thead><tbody>\n",
    );
    for (name, (count, total, slowest)) in groups {
        put(
            page,
            format_args!(
                "<tr><td><code>{}</code></td><td class=number>{count}</td><td class=number>{}</td><td class=number>{}</td></tr>\n",
                Id(name),
                seconds(total),
                seconds(slowest)
            ),
        );
    }
    page.push_str("</tbody></table>");
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}
