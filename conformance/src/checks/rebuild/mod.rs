//! Rebuild itself: what it changes and what it leaves, what it refuses, from which images, in which states, and what it
//! answers. What concerns keys and people is told in [`super::security`]; fields and versions are generated from the history.

mod answer;
mod changes;
pub(super) mod images;
mod limits;
mod refusals;
mod states;
pub(super) mod steps;
mod volumes;

use nova_api::Operation::ServerRebuild;

use crate::check::{Caller, Check, Draft};

pub(super) fn checks() -> Vec<Check> {
    [
        answer::checks,
        changes::checks,
        refusals::checks,
        limits::checks,
        images::checks,
        states::checks,
        volumes::checks,
    ]
    .into_iter()
    .flat_map(|theme| theme())
    .collect()
}

/// Begins a check of rebuild.
fn begin(id: impl AsRef<str>, title: impl Into<String>, sentence: &str) -> Draft {
    Check::must(format!("{ServerRebuild}.{}", id.as_ref()), title)
        .sentence(sentence)
        .source(ServerRebuild.reference())
        .callers([Caller::Main])
        .servers(1)
}

/// Begins a check of the words of a refusal.
fn begin_words(id: impl AsRef<str>, title: impl Into<String>, sentence: &str) -> Draft {
    Check::should(format!("{ServerRebuild}.{}-in-words", id.as_ref()), title)
        .sentence(format!("{sentence} The message says which, as Nova does."))
        .source(ServerRebuild.reference())
        .callers([Caller::Main])
        .servers(1)
}
