//! What changed between two runs: what fails now, what no longer does, what is no longer known, and what got slower. It knows
//! saved reports.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::saved::{Check, Instance, Saved};
use crate::{
    exit::ExitCode,
    outcome::{Kind, Level},
};

/// A check is told as slower only where it lost at least so many milliseconds: less is chance.
const NOISE_MS: u64 = 100;

/// What changed from an earlier run to a later one.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Changes {
    /// What fails now and did not: it passed, was not judged, or was not asked.
    pub new_failures: Vec<Change>,
    /// What failed and fails now in another way.
    pub other_failures: Vec<Change>,
    /// What failed and passes now.
    pub fixed: Vec<Change>,
    /// What was judged and is not any more: errored, skipped, not applicable, or not asked.
    pub no_longer_judged: Vec<Change>,
    /// What was not judged and passes now.
    pub newly_judged: Vec<Change>,
    /// The ids of checks that only the later run has.
    pub came: Vec<String>,
    /// The ids of checks that only the earlier run has.
    pub went: Vec<String>,
    /// What passed in both runs and takes longer now, the most seconds lost first.
    pub slower: Vec<Slower>,
    /// Whether the later run was interrupted.
    pub interrupted: bool,
}

/// The same change of one check, at one or more microversions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The check.
    pub id: String,
    /// How binding it is.
    pub level: Level,
    /// Where, oldest first.
    pub microversions: Vec<String>,
    /// What it was; `None` where it was not asked.
    pub was: Option<Kind>,
    /// What it is; `None` where it was not asked.
    pub is: Option<Kind>,
    /// What is wrong now, why it is not judged, or for what is fixed, what was wrong.
    pub what: String,
}

/// A check that takes longer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slower {
    /// The check.
    pub id: String,
    /// How long it took, at all microversions at which it passed both times.
    pub before_ms: u64,
    /// How long it takes now.
    pub after_ms: u64,
}

impl Slower {
    fn lost(&self) -> u64 {
        self.after_ms.saturating_sub(self.before_ms)
    }
}

impl Changes {
    /// Compares two runs. A check is slower where it takes at least `factor` times as long, and a tenth of a second more.
    pub fn between(before: &Saved, after: &Saved, factor: f64) -> Self {
        let mut changes = Self {
            interrupted: after.run.interrupted,
            ..Self::default()
        };
        let earlier: BTreeMap<&str, &Check> = by_id(before);
        let later: BTreeMap<&str, &Check> = by_id(after);
        for check in &after.checks {
            let known = earlier.get(check.id.as_str()).copied();
            if known.is_none() {
                changes.came.push(check.id.clone());
            }
            changes.compare(known, Some(check));
            if let Some(known) = known {
                changes.slower.extend(slower(known, check, factor));
            }
        }
        for check in &before.checks {
            if !later.contains_key(check.id.as_str()) {
                changes.went.push(check.id.clone());
                changes.compare(Some(check), None);
            }
        }
        changes
            .slower
            .sort_by_key(|slower| std::cmp::Reverse(slower.lost()));
        changes
    }

    /// How the comparison ends: a violation that is new, then less being known, then all well.
    pub fn exit_code(&self) -> ExitCode {
        let is_new = |change: &Change| {
            change.is == Some(Kind::Violation) && change.was != Some(Kind::Violation)
        };
        let mut failures = self.new_failures.iter().chain(&self.other_failures);
        if failures.any(is_new) {
            ExitCode::Violation
        } else if self.interrupted || !self.no_longer_judged.is_empty() {
            ExitCode::CouldNotAsk
        } else {
            ExitCode::Holds
        }
    }

    fn compare(&mut self, before: Option<&Check>, after: Option<&Check>) {
        let Some(check) = after.or(before) else {
            return;
        };
        let (was, is) = (by_version(before), by_version(after));
        let versions: BTreeSet<_> = was.keys().chain(is.keys()).copied().collect();
        for version in versions {
            let (was, is) = (was.get(&version).copied(), is.get(&version).copied());
            if let Some((list, what)) = self.list_for(was, is) {
                add(list, check, version.1, was, is, what);
            }
        }
    }

    /// Where a change is told, and with what words; `None` for what is no change, or none worth telling.
    fn list_for<'a>(
        &mut self,
        was: Option<&'a Instance>,
        is: Option<&'a Instance>,
    ) -> Option<(&mut Vec<Change>, String)> {
        let before = was.map(|was| Stand::of(was.outcome));
        let after = is.map(|is| Stand::of(is.outcome));
        let list = match (before, after) {
            (Some(Stand::Failed), Some(Stand::Failed)) => {
                if wrong(was) == wrong(is) && was.map(|was| was.outcome) == is.map(|is| is.outcome)
                {
                    return None;
                }
                &mut self.other_failures
            }
            (_, Some(Stand::Failed)) => &mut self.new_failures,
            (Some(Stand::Failed), Some(Stand::Passed)) => {
                return Some((&mut self.fixed, told(was)));
            }
            (Some(Stand::Failed | Stand::Passed), None | Some(Stand::Unjudged)) => {
                &mut self.no_longer_judged
            }
            (Some(Stand::Unjudged), Some(Stand::Passed)) => &mut self.newly_judged,
            _ => return None,
        };
        Some((list, told(is)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Passed,
    Failed,
    Unjudged,
}

impl Stand {
    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Passed => Self::Passed,
            Kind::Violation | Kind::Warning | Kind::ExpectedFailure => Self::Failed,
            Kind::Errored | Kind::Skipped | Kind::NotApplicable => Self::Unjudged,
        }
    }
}

/// What makes two failures the same. What was found holds names, ids and times, which differ from run to run.
fn wrong(instance: Option<&Instance>) -> Option<(&str, &str)> {
    let failure = instance?.failure.as_ref()?;
    // The member of the answer, without the request, whose path holds ids.
    let place = failure.place.split(" in the answer of ").next();
    let place = place.and_then(|place| place.split(" of ").next());
    Some((failure.expected.as_str(), place.unwrap_or_default()))
}

fn told(instance: Option<&Instance>) -> String {
    let Some(instance) = instance else {
        return "not asked".to_owned();
    };
    match (&instance.failure, &instance.reason) {
        (Some(failure), _) => format!(
            "{}: expected {}, found {}",
            failure.place, failure.expected, failure.found
        ),
        (None, reason) => reason.clone().unwrap_or_default(),
    }
}

fn by_id(saved: &Saved) -> BTreeMap<&str, &Check> {
    let checks = saved.checks.iter();
    checks.map(|check| (check.id.as_str(), check)).collect()
}

/// The instances by their versions, which are in the order of numbers: 2.9 before 2.10.
fn by_version(check: Option<&Check>) -> BTreeMap<(u32, &str), &Instance> {
    let instances = check.map_or(&[][..], |check| &check.instances);
    let minor = |version: &str| {
        let minor = version
            .rsplit('.')
            .next()
            .and_then(|minor| minor.parse().ok());
        minor.unwrap_or(u32::MAX)
    };
    instances
        .iter()
        .map(|instance| {
            let version = instance.microversion.as_str();
            ((minor(version), version), instance)
        })
        .collect()
}

fn add(
    list: &mut Vec<Change>,
    check: &Check,
    version: &str,
    was: Option<&Instance>,
    is: Option<&Instance>,
    what: String,
) {
    let (was, is) = (was.map(|was| was.outcome), is.map(|is| is.outcome));
    let same = list
        .iter_mut()
        .rev()
        .take_while(|change| change.id == check.id)
        .find(|change| change.was == was && change.is == is && change.what == what);
    match same {
        Some(same) => same.microversions.push(version.to_owned()),
        None => list.push(Change {
            id: check.id.clone(),
            level: check.level,
            microversions: vec![version.to_owned()],
            was,
            is,
            what,
        }),
    }
}

fn slower(before: &Check, after: &Check, factor: f64) -> Option<Slower> {
    let (was, is) = (by_version(Some(before)), by_version(Some(after)));
    let (mut before_ms, mut after_ms) = (0_u64, 0_u64);
    for (version, was) in &was {
        if let Some(is) = is.get(version)
            && was.outcome == Kind::Passed
            && is.outcome == Kind::Passed
        {
            before_ms = before_ms.saturating_add(was.duration_ms);
            after_ms = after_ms.saturating_add(is.duration_ms);
        }
    }
    let slower = Slower {
        id: after.id.clone(),
        before_ms,
        after_ms,
    };
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a run are few")]
    let times = after_ms as f64 / before_ms.max(1) as f64;
    (slower.lost() >= NOISE_MS && times >= factor).then_some(slower)
}
