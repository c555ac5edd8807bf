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

/// What was wrong, with the run's generated names told without their numbers, so that the same at two versions reads the same.
fn what(finished: &Finished, run_id: &str) -> String {
    match (finished.outcome.failure(), finished.outcome.reason()) {
        (Some(failure), _) => without_counts(&failure.to_string(), run_id),
        (None, reason) => without_counts(reason.unwrap_or_default(), run_id),
    }
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
