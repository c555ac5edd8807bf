//! Failures that are known: a file of checks with the reason why they fail and the day on which that is no excuse any more
//! (`run --expected FILE`; docs/staging.md shows one). It knows checks, plans and outcomes; the runner hands it what ended.
//!
//! A known failure stays visible, as an outcome of its own, and the file cannot rot: an entry whose checks pass, or whose day
//! is over, fails the run.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use jiff::civil::Date;
use nova_api::Microversion;
use nova_client::{ApiVersion, VersionRange};
use serde::Serialize;

use crate::{
    check::Check,
    event::Finished,
    outcome::{Kind, Outcome},
    select::{Filter, Plan, Wanted},
    written::{Data, Node, Written},
};

/// The file.
#[derive(Debug, Clone)]
pub struct Expected {
    entries: Vec<Entry>,
}

/// One entry of the file.
#[derive(Debug, Clone)]
struct Entry {
    checks: Vec<Filter>,
    /// As written, and what it means.
    microversions: Option<(String, Wanted)>,
    reason: String,
    /// The last day on which it holds.
    expires: Date,
    /// Where it stands: `FILE:LINE`.
    place: String,
}

impl Expected {
    /// Reads the file; `checks` are all there are.
    ///
    /// # Errors
    /// A sentence with the place: it cannot be read, something in it is missing or means nothing, or an entry matches no
    /// check.
    pub fn read(path: &Path, checks: &[Check]) -> Result<Self, String> {
        Self::from_written(&Written::read(path)?, checks)
    }

    /// Reads a text, which messages call `name`.
    ///
    /// # Errors
    /// As [`Expected::read`].
    pub fn parse(name: &str, text: &str, checks: &[Check]) -> Result<Self, String> {
        Self::from_written(&Written::parse(name, text)?, checks)
    }

    fn from_written(written: &Written, checks: &[Check]) -> Result<Self, String> {
        let [entries] = written.members(&written.root, ["expected"])?;
        let entries = entries.ok_or_else(|| {
            written.wrong(
                &written.root,
                "there is no `expected:`: list the entries below one",
            )
        })?;
        let Data::List(entries) = &entries.data else {
            return Err(written.wrong(entries, "write a list of entries here"));
        };
        let entries = entries.iter().map(|node| entry(written, node, checks));
        Ok(Self {
            entries: entries.collect::<Result<_, _>>()?,
        })
    }
}

fn entry(written: &Written, node: &Node, checks: &[Check]) -> Result<Entry, String> {
    let members = ["checks", "microversions", "reason", "expires"];
    let [ids, microversions, reason, expires] = written.members(node, members)?;
    let needed = |member: Option<&'_ Node>, what: &str| {
        member
            .cloned()
            .ok_or_else(|| written.wrong(node, format!("`{what}` is missing")))
    };
    let ids = needed(ids, "checks: an id or a pattern, or a list of them")?;
    let reason = needed(reason, "reason: why this is known to fail")?;
    let expires = needed(
        expires,
        "expires: the last day on which this is an excuse, as 2027-01-31",
    )?;
    let microversions = microversions
        .map(|node| {
            // A list of YAML reads like the list of --microversions.
            let texts = written.texts(node)?;
            let texts: Vec<&str> = texts.into_iter().map(|(_, text)| text).collect();
            let text = texts.join(",");
            let wanted = text
                .parse()
                .map_err(|what: String| written.wrong(node, what))?;
            Ok::<_, String>((text, wanted))
        })
        .transpose()?;
    let mut filters = Vec::new();
    for (item, text) in written.texts(&ids)? {
        let filter: Filter = text
            .parse()
            .map_err(|what: String| written.wrong(item, what))?;
        let mut matched = checks
            .iter()
            .filter(|check| filter.picks(check.id()))
            .peekable();
        if matched.peek().is_none() {
            return Err(written.wrong(
                item,
                format!("no check matches '{text}': `nova-conformance list` shows every id"),
            ));
        }
        let holds = |check: &Check| {
            Microversion::all().any(|version| {
                check.versions().holds_at(version)
                    && names(microversions.as_ref(), version, Microversion::MAX)
            })
        };
        if !matched.any(holds) {
            return Err(written.wrong(
                item,
                format!("'{text}' asks nothing at these microversions: `nova-conformance list` shows where each check is asked"),
            ));
        }
        filters.push(filter);
    }
    if filters.is_empty() {
        return Err(written.wrong(&ids, "the list is empty: write an id or a pattern"));
    }
    let day = written.text(&expires)?;
    let expires: Date = day.parse().map_err(|_| {
        written.wrong(
            &expires,
            format!("'{day}' is not a day: write it as 2027-01-31"),
        )
    })?;
    Ok(Entry {
        checks: filters,
        microversions,
        reason: written.text(&reason)?.to_owned(),
        expires,
        place: written.place(node),
    })
}

fn names(
    microversions: Option<&(String, Wanted)>,
    version: Microversion,
    newest: Microversion,
) -> bool {
    microversions.is_none_or(|(_, wanted)| wanted.names(version, newest))
}

/// How an entry stands when the run is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// At least one of its checks fails, as was expected.
    Fails,
    /// All its checks pass: it has to be deleted. The run fails.
    Passes,
    /// Its day is over: it excuses nothing. The run fails.
    Expired,
    /// Not all its checks were asked or could be, and none failed: nothing is known.
    NotKnown,
}

impl Standing {
    /// Whether it fails the run.
    pub const fn fails_the_run(self) -> bool {
        matches!(self, Self::Passes | Self::Expired)
    }
}

/// An entry and what became of it, for reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expectation {
    /// Its ids and patterns, as written.
    pub checks: Vec<String>,
    /// Its microversions, as written; `None` means all.
    pub microversions: Option<String>,
    /// Why its checks are known to fail.
    pub reason: String,
    /// The last day on which that is an excuse: `2027-01-31`.
    pub expires: String,
    /// Where it stands: `FILE:LINE`.
    pub place: String,
    /// How it stands.
    pub standing: Standing,
    /// How many instances failed.
    pub failed: usize,
    /// How many instances passed.
    pub passed: usize,
}

impl Expectation {
    /// What it comes to, a sentence without a full stop.
    pub fn sentence(&self) -> String {
        match self.standing {
            Standing::Fails => format!(
                "failed at {} of {} as expected",
                self.failed,
                self.failed + self.passed
            ),
            Standing::Passes => format!(
                "all {} that were expected to fail pass: delete the entry at {}",
                self.passed, self.place
            ),
            Standing::Expired => format!(
                "expired on {}, and excuses nothing any more: mend what fails, or decide anew at {}",
                self.expires, self.place
            ),
            Standing::NotKnown => {
                "not all was asked, and nothing failed: whether it is still needed is not known"
                    .to_owned()
            }
        }
    }
}

/// The file during one run.
#[derive(Debug)]
pub struct Expecting {
    entries: Vec<Following>,
    newest: Microversion,
    // A std lock, because nothing awaits while it is held.
    counts: Mutex<Vec<Counts>>,
}

#[derive(Debug)]
struct Following {
    entry: Entry,
    expired: bool,
    /// Whether the plan holds all that the entry is about.
    whole: bool,
    /// How many instances of the plan it is about.
    planned: usize,
}

#[derive(Debug, Default, Clone)]
struct Counts {
    failed: usize,
    passed: usize,
    /// Ended without being judged, where that says nothing about the entry.
    aside: usize,
}

impl Expecting {
    /// Follows a run of `plan`, which is some of `checks`, on the day `today`, against a cloud that offers `offered`, whose
    /// newest version known here is `newest`.
    pub fn new(
        expected: Expected,
        checks: &[Check],
        plan: &Plan,
        offered: VersionRange,
        newest: Microversion,
        today: Date,
    ) -> Self {
        let follow = |entry: Entry| {
            let planned: Vec<(&str, Microversion)> = plan
                .instances
                .iter()
                .map(|instance| (instance.check.id(), instance.version))
                .filter(|(id, version)| entry.is_about(id, *version, newest))
                .collect();
            let is_offered = |version: &Microversion| {
                offered.contains(ApiVersion {
                    major: 2,
                    minor: version.minor(),
                })
            };
            let whole = checks
                .iter()
                .filter(|check| entry.checks.iter().any(|filter| filter.picks(check.id())))
                .all(|check| {
                    entry
                        .asked_of(check, newest)
                        .iter()
                        .filter(|version| is_offered(version))
                        .all(|version| planned.contains(&(check.id(), *version)))
                });
            Following {
                expired: entry.expires < today,
                whole,
                planned: planned.len(),
                entry,
            }
        };
        let entries: Vec<Following> = expected.entries.into_iter().map(follow).collect();
        let counts = Mutex::new(vec![Counts::default(); entries.len()]);
        Self {
            entries,
            newest,
            counts,
        }
    }

    /// Makes a failure that is known an expected one, and counts.
    pub(crate) fn hear(&self, finished: &mut Finished) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = finished.outcome.kind();
        for (following, count) in self.entries.iter().zip(counts.iter_mut()) {
            let Following { entry, expired, .. } = following;
            if !entry.is_about(finished.check.id(), finished.version, self.newest) {
                continue;
            }
            match kind {
                Kind::Violation | Kind::Warning => count.failed += 1,
                Kind::Passed => count.passed += 1,
                Kind::NotApplicable => count.aside += 1,
                Kind::Errored | Kind::Skipped | Kind::ExpectedFailure => {}
            }
            if !expired && let Outcome::Failed(level, failure) = &finished.outcome {
                finished.outcome =
                    Outcome::ExpectedFailure(*level, failure.clone(), entry.reason.clone());
            }
        }
    }

    /// How each entry stands after all that was heard.
    pub(crate) fn told(&self) -> Vec<Expectation> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let told = self.entries.iter().zip(counts.iter());
        let told = told.map(|(following, counts)| {
            let Following {
                entry,
                expired,
                whole,
                planned,
            } = following;
            let all_heard = counts.failed + counts.passed + counts.aside == *planned;
            let standing = if *expired {
                Standing::Expired
            } else if counts.failed > 0 {
                Standing::Fails
            } else if *whole && all_heard && counts.passed > 0 {
                Standing::Passes
            } else {
                Standing::NotKnown
            };
            Expectation {
                checks: entry
                    .checks
                    .iter()
                    .map(|filter| filter.text().to_owned())
                    .collect(),
                microversions: entry.microversions.as_ref().map(|(text, _)| text.clone()),
                reason: entry.reason.clone(),
                expires: entry.expires.to_string(),
                place: entry.place.clone(),
                standing,
                failed: counts.failed,
                passed: counts.passed,
            }
        });
        told.collect()
    }
}

impl Entry {
    fn is_about(&self, id: &str, version: Microversion, newest: Microversion) -> bool {
        self.checks.iter().any(|filter| filter.picks(id))
            && names(self.microversions.as_ref(), version, newest)
    }

    /// Where a check must have been asked before it is known that the entry's checks pass: where it is asked by itself, or
    /// else, where the entry names only others, there.
    fn asked_of(&self, check: &Check, newest: Microversion) -> Vec<Microversion> {
        let named = |version: &Microversion| names(self.microversions.as_ref(), *version, newest);
        let by_default: Vec<_> = check
            .versions()
            .by_default()
            .into_iter()
            .filter(named)
            .collect();
        if !by_default.is_empty() {
            return by_default;
        }
        Microversion::all()
            .filter(|version| check.versions().holds_at(*version) && named(version))
            .collect()
    }
}
