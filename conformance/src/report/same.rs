//! Instances that ended alike, told once: the same failure of a check at several microversions, the same reason for not
//! asking. It knows what was collected.

use nova_api::Microversion;

use super::Collected;
use crate::{event::Finished, outcome::Kind};

/// What several instances have in common.
pub(super) struct Same<'a> {
    /// The first of them.
    pub(super) first: &'a Finished,
    /// Where they were asked, oldest first.
    pub(super) versions: Vec<Microversion>,
}

impl Same<'_> {
    pub(super) fn kind(&self) -> Kind {
        self.first.outcome.kind()
    }
}

/// The instances of a kind, one entry per check and what was wrong with it, in the plan's order.
pub(super) fn of_kind(collected: &Collected, kind: Kind) -> Vec<Same<'_>> {
    let run = collected
        .started
        .as_deref()
        .map_or("", |started| &started.run_id);
    let mut all = Vec::new();
    for instances in collected.by_check() {
        let mut of_check: Vec<(String, Same)> = Vec::new();
        for finished in instances {
            if finished.outcome.kind() != kind {
                continue;
            }
            let what = what(finished, run);
            match of_check.iter_mut().find(|(known, _)| *known == what) {
                Some((_, same)) => same.versions.push(finished.version),
                None => {
                    let versions = vec![finished.version];
                    let first = finished;
                    of_check.push((what, Same { first, versions }));
                }
            }
        }
        all.extend(of_check.into_iter().map(|(_, same)| same));
    }
    all
}

/// A reason for not asking, and the instances that have it.
pub(super) struct Reason<'a> {
    pub(super) why: &'a str,
    pub(super) instances: Vec<&'a Finished>,
}

/// Why instances of a kind were not judged, once per reason, in the plan's order.
pub(super) fn reasons(collected: &Collected, kind: Kind) -> Vec<Reason<'_>> {
    let mut by_reason: Vec<Reason> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for finished in collected.finished.values() {
        let (true, Some(why)) = (finished.outcome.kind() == kind, finished.outcome.reason()) else {
            continue;
        };
        let place = *places.entry(why).or_insert_with(|| {
            by_reason.push(Reason {
                why,
                instances: Vec::new(),
            });
            by_reason.len() - 1
        });
        by_reason[place].instances.push(finished);
    }
    by_reason
}

/// What was wrong, with ids alike and the run's generated names without their numbers, so that the same at two versions reads
/// the same.
fn what(finished: &Finished, run_id: &str) -> String {
    let text = match (finished.outcome.failure(), finished.outcome.reason()) {
        (Some(failure), _) => failure.to_string(),
        (None, reason) => reason.unwrap_or_default().to_owned(),
    };
    without_ids(&without_counts(&text, run_id))
}

/// The lengths of a UUID's parts, which hyphens separate.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// A text whose UUIDs are all the same.
fn without_ids(text: &str) -> String {
    let mut same = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = match uuid(rest) {
            Some(length) if !same.ends_with(|before: char| before.is_ascii_alphanumeric()) => {
                same.push_str("UUID");
                length
            }
            _ => {
                same.push(letter);
                letter.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    same
}

/// The length of the UUID with which a text begins.
fn uuid(text: &str) -> Option<usize> {
    let mut at = 0;
    for (number, length) in UUID.into_iter().enumerate() {
        if number > 0 {
            text[at..].strip_prefix('-')?;
            at += 1;
        }
        let part = text.get(at..at + length)?;
        if !part.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        at += length;
    }
    Some(at)
}

fn without_counts(text: &str, run_id: &str) -> String {
    if run_id.is_empty() {
        return text.to_owned();
    }
    let prefix = crate::check::name_prefix(run_id);
    let mut parts = text.split(prefix.as_str());
    let mut same = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        same.push_str(&prefix);
        same.push_str(
            part.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '-'),
        );
    }
    same
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::in_a_path(
        "POST /servers/31a5447e-e39c-4f5f-93d5-bbcfb8007d8a/action",
        "POST /servers/UUID/action"
    )]
    #[case::two(
        "11c53a87-19dc-4ac5-8f94-9438dbc387b9, not 11c53a87-19dc-4ac5-8f94-9438dbc387b8",
        "UUID, not UUID"
    )]
    #[case::of_a_request("req-4d3fb508-fabd-43d2-938c-e797b6fd1b87", "req-UUID")]
    #[case::too_short(
        "4d3fb508-fabd-43d2-938c-e797b6fd1b8",
        "4d3fb508-fabd-43d2-938c-e797b6fd1b8"
    )]
    #[case::letters_of_two_bytes("é-4d3fb508-é", "é-4d3fb508-é")]
    fn ids_are_alike(#[case] text: &str, #[case] want: &str) {
        assert_eq!(without_ids(text), want);
    }
}
