//! What went wrong, one article each: the sentence, what was expected and found, the request and the answer, and the command
//! that asks just this again. It knows instances that ended alike.

use std::{collections::BTreeSet, sync::Arc};

use nova_api::Microversion;

use super::{
    escape::{Command, Source, Text, put},
    marks, wire,
};
use crate::{
    check::Check,
    event::Finished,
    outcome::Kind,
    report::{
        Collected,
        same::{self, Same},
        verdict::counted,
    },
    select::{spelled, typed},
};

/// Articles with their exchanges take at most so many bytes of a page, those without them so many more: a cloud that fails
/// everything makes a page that still opens on a phone. `report.json` has all.
const DETAILED: usize = 450_000;
const BRIEF: usize = 150_000;

/// Of one instance, a page shows at most so many exchanges: the one that shows the failure, and those before it.
const EXCHANGES: usize = 12;

/// The articles of some kinds of outcome, and where each is on the page.
pub(super) struct Cases<'a> {
    all: Vec<Same<'a>>,
    command: &'a str,
    room: Room,
    /// The numbers of those that are on the page.
    shown: BTreeSet<usize>,
}

impl<'a> Cases<'a> {
    /// Whatever fails, and what could not be asked.
    pub(super) fn new(collected: &'a Collected) -> Self {
        let kinds = [
            Kind::Violation,
            Kind::Warning,
            Kind::ExpectedFailure,
            Kind::Errored,
        ];
        Self {
            all: kinds
                .into_iter()
                .flat_map(|kind| same::of_kind(collected, kind))
                .collect(),
            command: collected
                .started
                .as_deref()
                .map_or("nova-conformance run", |started| &started.command),
            room: Room::default(),
            shown: BTreeSet::new(),
        }
    }

    /// How many articles there are of a kind.
    pub(super) fn count(&self, kinds: &[Kind]) -> usize {
        let of_kinds = |same: &&Same| kinds.contains(&same.kind());
        self.all.iter().filter(of_kinds).count()
    }

    /// The number of the first article about a check that is on the page.
    pub(super) fn of_check(&self, check: &Arc<Check>) -> Option<usize> {
        let mut shown = self.shown.iter().copied();
        shown.find(|number| {
            let same = self.all.get(*number);
            same.is_some_and(|same| Arc::ptr_eq(&same.first.check, check))
        })
    }

    /// Adds the articles of these kinds, as many as there is room for.
    pub(super) fn put(&mut self, page: &mut String, kinds: &[Kind]) {
        let mut left_out = 0;
        let room = &mut self.room;
        for (number, same) in self.all.iter().enumerate() {
            if !kinds.contains(&same.kind()) {
                continue;
            }
            let mut article = String::new();
            if room.detailed > 0 {
                article_of(&mut article, self.command, number, same, true);
            }
            if room.detailed > 0 && article.len() <= room.detailed {
                room.detailed -= article.len();
            } else {
                // What comes later is told in brief too, so that the page is even.
                room.detailed = 0;
                article.clear();
                article_of(&mut article, self.command, number, same, false);
                if article.len() > room.brief {
                    left_out += 1;
                    continue;
                }
                room.brief -= article.len();
            }
            page.push_str(&article);
            self.shown.insert(number);
        }
        if left_out > 0 {
            put(
                page,
                format_args!(
                    "<p class=more>… and {}, told in <code>report.json</code>.</p>\n",
                    counted(left_out, "other")
                ),
            );
        }
    }
}

fn article_of(
    page: &mut String,
    command: &str,
    number: usize,
    same: &Same<'_>,
    with_exchanges: bool,
) {
    let Same { first, versions } = same;
    let (check, kind) = (&first.check, same.kind());
    put(
        page,
        format_args!(
            "<article class=\"case {class}\" id=f{number} aria-labelledby=h{number}><h3 id=h{number}><span class=tag>{kind}</span> \
             <code>{id}</code> at {at}</h3>\n<p>{title}</p><dl>",
            class = super::class(kind),
            kind = super::singular(kind),
            id = Text(check.id()),
            at = spelled(versions),
            title = Text(check.title()),
        ),
    );
    put(
        page,
        format_args!(
            "<dt>Rule ({})</dt><dd>{}<br>{}</dd>",
            check.level(),
            Text(check.sentence()),
            Source(check.source()),
        ),
    );
    if let Some(why) = first.outcome.reason() {
        put(page, format_args!("<dt>Why</dt><dd>{}</dd>", Text(why)));
    }
    if let Some(failure) = first.outcome.failure() {
        let (expected, found) = marks::difference(&failure.expected, &failure.found);
        put(
            page,
            format_args!(
                "<dt>Expected</dt><dd class=said>{expected}</dd><dt>Found</dt><dd class=said>{found}</dd><dt>Where</dt><dd>{}</dd>",
                Text(&failure.place)
            ),
        );
    }
    put(
        page,
        format_args!(
            "<dt>Again</dt><dd>{}</dd></dl>\n",
            again(command, check.id(), versions)
        ),
    );
    if with_exchanges {
        exchanges(page, first);
    } else {
        page.push_str("<p class=more>Its request and answer are in <code>report.json</code>.</p>");
    }
    page.push_str("</article>\n");
}

/// How many bytes articles may still take.
struct Room {
    detailed: usize,
    brief: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            detailed: DETAILED,
            brief: BRIEF,
        }
    }
}

/// The command that asks just this.
fn again(command: &str, id: &str, versions: &[Microversion]) -> String {
    let typed = format!(
        "{command} --filter {id} --microversions {}",
        typed(versions)
    );
    Command(&typed).to_string()
}

/// The exchange that shows it, and what was said before.
fn exchanges(page: &mut String, first: &Finished) {
    let all = &first.exchanges;
    let failure = first.outcome.failure();
    let shown = failure
        .and_then(|failure| failure.exchange)
        .or_else(|| all.len().checked_sub(1));
    let Some((at, exchange)) = shown.and_then(|at| Some((at, all.get(at)?))) else {
        return;
    };
    let spot = failure.map_or(wire::Spot::Elsewhere, |failure| {
        wire::Spot::of(&failure.place)
    });
    wire::exchange(page, exchange, spot);
    let others: Vec<_> = all
        .iter()
        .enumerate()
        .filter(|(number, _)| *number != at)
        .map(|(_, exchange)| exchange)
        .collect();
    if others.is_empty() {
        return;
    }
    let from = at
        .saturating_sub(EXCHANGES - 1)
        .min(others.len().saturating_sub(EXCHANGES - 1));
    let some = &others[from..others.len().min(from + EXCHANGES - 1)];
    put(
        page,
        format_args!(
            "<details><summary>{} of this check</summary>",
            counted(others.len(), "other request")
        ),
    );
    for exchange in some {
        wire::exchange(page, exchange, wire::Spot::Elsewhere);
    }
    if some.len() < others.len() {
        put(
            page,
            format_args!(
                "<p class=more>… and {}, told in <code>report.json</code>.</p>",
                counted(others.len() - some.len(), "other")
            ),
        );
    }
    page.push_str("</details>");
}
