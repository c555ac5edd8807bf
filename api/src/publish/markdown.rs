//! `docs/microversions.md`: what each version changes, for people.

use std::fmt::Write as _;

use crate::change::{At, Audience, Change, Entry, Input, Now, Output};
use crate::{Microversion, history};

/// The history as a page of Markdown.
#[must_use]
pub fn microversions() -> String {
    let mut page = format!(
        "# The microversions of the Compute API\n\n\
         Generated from `api/src/history/`; edit that, then run\n\
         `UPDATE_DOCS=1 cargo test -p nova-api --test published`.\n\n\
         From {} to {}. Changes are listed where they touch the operations this project describes.\n",
        Microversion::MIN,
        Microversion::MAX
    );
    for entry in history::ENTRIES {
        entry_into(&mut page, entry);
    }
    page
}

fn entry_into(page: &mut String, entry: &Entry) {
    let _ = write!(page, "\n## {}\n\n{}.\n", entry.version, entry.title);
    if entry.changes.is_empty() {
        return;
    }
    page.push('\n');
    if entry.version == Microversion::MIN {
        page.push_str("Everything begins here; `docs/openapi.json` lists the fields.\n");
        return;
    }
    for change in entry.changes {
        let _ = writeln!(page, "- {}: {}", operations(change), sentence(&change.now));
    }
}

fn operations(change: &Change) -> String {
    let names: Vec<_> = change
        .on
        .iter()
        .map(|operation| format!("`{operation}`"))
        .collect();
    names.join(", ")
}

fn sentence(now: &Now) -> String {
    match now {
        Now::Routed(true) => "is there".to_owned(),
        Now::Routed(false) => "answers 404".to_owned(),
        Now::Status(status) => format!("answers {status}"),
        Now::OrStatus(status) => format!("answers {status} where there is nothing to do"),
        Now::Takes(at, input) => takes(*at, *input),
        Now::Opens(names) => {
            let names: Vec<_> = names.iter().map(|name| format!("`?{name}=`")).collect();
            format!("lets everyone filter by {}", names.join(", "))
        }
        Now::Shows(at, audience, output) => {
            let to = match audience {
                Audience::Admins => " to administrators",
                Audience::Everyone => "",
            };
            let when = match output {
                Output::Always(_) => "",
                Output::Sometimes(_) => ", where there is one",
            };
            format!("shows {}{to} ({}){when}", place(*at), output.rule().name)
        }
        Now::Hides(at) => format!("no longer shows {}", place(*at)),
        Now::Behaves(behavior) => format!("behavior `{}` begins", behavior.name()),
        Now::BehavesNoMore(behavior) => format!("behavior `{}` ends", behavior.name()),
    }
}

fn takes(at: At, input: Input) -> String {
    match (at, input) {
        (At::OtherQuery, Input::Refused) => "refuses unknown query parameters".to_owned(),
        (At::OtherQuery, _) => "ignores unknown query parameters".to_owned(),
        (at, Input::Refused) => format!("refuses {}", place(at)),
        (at, Input::Optional(rule)) => format!("takes {} ({})", place(at), rule.name),
        (at, Input::Required(rule)) => format!("requires {} ({})", place(at), rule.name),
    }
}

fn place(at: At) -> String {
    match at {
        At::Body(path) | At::BodyBefore(path, _) => format!("`{path}`"),
        At::Query(name) => format!("`?{name}=`"),
        At::OtherQuery => "other query parameters".to_owned(),
    }
}
