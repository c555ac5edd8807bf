//! What an earlier run found wrong, to be asked again (`run --rerun report.json`): the instances that failed or errored. It
//! knows saved reports.

use std::{collections::BTreeSet, path::Path};

use nova_api::Microversion;

use crate::{check::Check, outcome::Kind, report::saved::Saved};

/// The instances to ask again.
#[derive(Debug, Clone)]
pub struct Rerun {
    instances: BTreeSet<(String, u16)>,
}

impl Rerun {
    /// Those of the `report.json` at `path`.
    ///
    /// # Errors
    /// A sentence that names the file: it is no report, or nothing failed in it.
    pub fn read(path: &Path) -> Result<Self, String> {
        Self::of(&Saved::read(path)?).map_err(|what| format!("{}: {what}", path.display()))
    }

    /// Those of a report.
    ///
    /// # Errors
    /// A sentence: nothing failed or errored in it, or a microversion is none.
    pub fn of(saved: &Saved) -> Result<Self, String> {
        let mut instances = BTreeSet::new();
        for check in &saved.checks {
            for instance in &check.instances {
                if matches!(
                    instance.outcome,
                    Kind::Violation | Kind::Warning | Kind::Errored
                ) {
                    let version = Microversion::parse(&instance.microversion)
                        .map_err(|error| format!("'{}': {error}", instance.microversion))?;
                    instances.insert((check.id.clone(), version.minor()));
                }
            }
        }
        if instances.is_empty() {
            return Err(
                "nothing failed or errored in this report, so there is nothing to ask again: leave --rerun out to ask everything"
                    .to_owned(),
            );
        }
        Ok(Self { instances })
    }

    /// Whether a check is among them.
    pub fn names(&self, check: &Check) -> bool {
        self.instances.iter().any(|(id, _)| id == check.id())
    }

    /// Whether a check at a version is among them.
    pub fn holds(&self, check: &Check, version: Microversion) -> bool {
        self.instances
            .contains(&(check.id().to_owned(), version.minor()))
    }

    /// The ids that none of `checks` has: a sentence for each, because what failed is not asked then.
    pub fn unknown(&self, checks: &[Check]) -> Vec<String> {
        let known: BTreeSet<&str> = checks.iter().map(Check::id).collect();
        let ids: BTreeSet<&str> = self.instances.iter().map(|(id, _)| id.as_str()).collect();
        ids.difference(&known)
            .map(|id| {
                format!("{id} failed in the earlier report, but is no check of this nova-conformance: it is not asked again")
            })
            .collect()
    }
}
