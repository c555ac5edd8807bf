//! Does each check bite? Runs the checks against clouds that are wrong in one way each, and tells which check found out which.
//!
//! The wrong clouds are the mock's ([`mock_nova::Flaw`]), each begun afresh from one that is right ([`Pattern`]). A flaw of
//! behavior is asked about by the checks that have to find it out ([`table`]); one of the history by every check of its
//! operation, at the one version where it differs. It knows checks, the runner and the embedded clouds; [`report`] tells.

mod report;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use mock_nova::Flaw;
use nova_api::{Flaw as HistoryFlaw, Microversion, Operation, Twist};
use tokio::{sync::mpsc, task::JoinSet};

pub use report::{as_markdown, as_text};

use crate::{
    caller::Cloud,
    check::Check,
    checks,
    embedded::{NETWORK, Pattern},
    outcome::{Kind, Outcome},
    report::Collected,
    runner::{Options, Run},
    select::{Filter, Instance, Plan},
    servers::Settings,
};

/// How one flaw was judged.
#[derive(Debug)]
pub struct Judged {
    /// The flaw.
    pub flaw: Flaw,
    /// The ids of the checks that found it out.
    pub caught_by: BTreeSet<String>,
    /// The ids of the checks that have to, and did not.
    pub missed_by: Vec<String>,
}

impl Judged {
    /// Whether it was found out as it has to be.
    #[must_use]
    pub fn is_caught(&self) -> bool {
        !self.caught_by.is_empty() && self.missed_by.is_empty()
    }
}

/// What became of all flaws.
#[derive(Debug, Default)]
pub struct Tested {
    /// Each flaw that was tried, in the order of the library.
    pub flaws: Vec<Judged>,
    /// How long it took.
    pub duration: Duration,
    /// Whether every flaw there is was tried.
    pub whole: bool,
}

impl Tested {
    /// The flaws that were not found out.
    pub fn uncaught(&self) -> impl Iterator<Item = &Judged> {
        self.flaws.iter().filter(|judged| !judged.is_caught())
    }

    /// For each check, how many flaws it found out.
    #[must_use]
    pub fn bites(&self) -> BTreeMap<String, usize> {
        let mut bites: BTreeMap<String, usize> = checks::registry()
            .iter()
            .map(|check| (check.id().to_owned(), 0))
            .collect();
        for judged in &self.flaws {
            for id in &judged.caught_by {
                *bites.entry(id.clone()).or_default() += 1;
            }
        }
        bites
    }

    /// The checks that found nothing out.
    #[must_use]
    pub fn blind(&self) -> Vec<String> {
        let bites = self.bites().into_iter();
        bites
            .filter(|(_, flaws)| *flaws == 0)
            .map(|(id, _)| id)
            .collect()
    }
}

/// Tries every flaw whose name the filter picks, so many at a time.
///
/// # Errors
/// A sentence: the embedded cloud does not start, or the filter picks nothing.
pub async fn go(filter: &[Filter], jobs: usize) -> Result<Tested, String> {
    let began = Instant::now();
    let picked =
        |flaw: &Flaw| filter.is_empty() || filter.iter().any(|one| one.picks(&flaw.name()));
    let flaws: Vec<Flaw> = Flaw::all().filter(picked).collect();
    if flaws.is_empty() {
        return Err(
            "no flaw has such a name: `mock-nova serve --list-flaws` lists them".to_owned(),
        );
    }
    let bench = Arc::new(Bench {
        pattern: Pattern::start().await?,
        checks: checks::registry().into_iter().map(Arc::new).collect(),
    });
    let mut judged: BTreeMap<usize, Judged> = BTreeMap::new();
    let mut running = JoinSet::new();
    for (number, flaw) in flaws.into_iter().enumerate() {
        if running.len() >= jobs.max(1) {
            finish(&mut running, &mut judged).await?;
        }
        let bench = Arc::clone(&bench);
        running.spawn(async move { (number, bench.judge(flaw).await) });
    }
    while !running.is_empty() {
        finish(&mut running, &mut judged).await?;
    }
    Ok(Tested {
        flaws: judged.into_values().collect(),
        duration: began.elapsed(),
        whole: filter.is_empty(),
    })
}

async fn finish(
    running: &mut JoinSet<(usize, Judged)>,
    judged: &mut BTreeMap<usize, Judged>,
) -> Result<(), String> {
    match running.join_next().await {
        Some(Ok((number, one))) => {
            judged.insert(number, one);
            Ok(())
        }
        Some(Err(error)) => Err(format!(
            "a flaw was lost, which is a defect of nova-conformance: {error}"
        )),
        None => Ok(()),
    }
}

/// What every flaw is tried with.
struct Bench {
    pattern: Pattern,
    checks: Vec<Arc<Check>>,
}

impl Bench {
    async fn judge(&self, flaw: Flaw) -> Judged {
        match flaw.of_history() {
            Some(of_history) => self.judge_history(&flaw, of_history).await,
            None => self.judge_behavior(flaw).await,
        }
    }

    async fn judge_behavior(&self, flaw: Flaw) -> Judged {
        let name = flaw.name();
        let row = table::FOUND_BY.iter().find(|(known, _)| *known == name);
        let names = row.map_or(&[][..], |(_, checks)| *checks);
        let names: Vec<_> = names.iter().map(|name| meant_by(name)).collect();
        let named = |check: &&Arc<Check>| names.iter().any(|means| means(check.id()));
        let checks: Vec<&Arc<Check>> = self.checks.iter().filter(named).collect();
        let instances = checks
            .iter()
            .flat_map(|check| at_each(check, check.versions().by_default()));
        let caught_by = self.caught(&flaw, instances.collect()).await;
        let missed_by = checks
            .iter()
            .map(|check| check.id())
            .filter(|id| !caught_by.contains(*id))
            .map(str::to_owned)
            .collect();
        Judged {
            flaw,
            caught_by,
            missed_by,
        }
    }

    async fn judge_history(&self, flaw: &Flaw, of_history: &HistoryFlaw) -> Judged {
        let operation = of_history.operation();
        let here: fn(Microversion, Option<Microversion>) -> bool = |asked, seen| match seen {
            Some(seen) => asked == seen,
            // The legacy endpoint stands on 2.1, and is asked by checks of that version.
            None => asked == Microversion::MIN,
        };
        // What never comes is missed later too.
        let later: fn(Microversion, Option<Microversion>) -> bool =
            |asked, seen| seen.is_some_and(|seen| asked.minor() > seen.minor());
        let mut caught_by = BTreeSet::new();
        for which in [here, later] {
            let seen = of_history.seen_at();
            let is_first = caught_by.is_empty();
            if !is_first {
                break;
            }
            let instances = self.about(operation).flat_map(|check| {
                let asked = check.versions().by_default().into_iter();
                let asked: Vec<_> = asked.filter(|asked| which(*asked, seen)).collect();
                at_each(check, asked)
            });
            caught_by = self.caught(flaw, instances.collect()).await;
            if of_history.twist() != Twist::Missing {
                break;
            }
        }
        Judged {
            flaw: flaw.clone(),
            caught_by,
            missed_by: Vec::new(),
        }
    }

    /// The checks about an operation.
    fn about(&self, operation: Operation) -> impl Iterator<Item = &Arc<Check>> {
        self.checks
            .iter()
            .filter(move |check| is_about(check, operation))
    }

    /// Which of these find the flaw out.
    async fn caught(&self, flaw: &Flaw, instances: Vec<Instance>) -> BTreeSet<String> {
        let outcomes = run(Plan { instances }, self.pattern.cloud(Some(flaw.clone()))).await;
        let found = outcomes
            .into_iter()
            .filter(|(.., outcome)| matches!(outcome.kind(), Kind::Violation | Kind::Warning));
        found.map(|(id, ..)| id).collect()
    }
}

/// Every check, asked once at each of its versions, of a cloud that is right: what is not passed. A flaw proves nothing
/// where the right cloud fails too.
///
/// # Errors
/// A sentence: the embedded cloud does not start.
pub async fn right() -> Result<Vec<(String, Microversion, Outcome)>, String> {
    let pattern = Pattern::start().await?;
    let checks: Vec<Arc<Check>> = checks::registry().into_iter().map(Arc::new).collect();
    let instances = checks
        .iter()
        .flat_map(|check| at_each(check, check.versions().by_default()));
    let plan = Plan {
        instances: instances.collect(),
    };
    let mut outcomes = run(plan, pattern.cloud(None)).await;
    outcomes.retain(|(.., outcome)| outcome.kind() != Kind::Passed);
    Ok(outcomes)
}

/// Whether a check is about an operation.
fn is_about(check: &Check, operation: Operation) -> bool {
    let of_keys =
        operation == Operation::ServerRebuild && check.id().starts_with("security.rebuild.");
    let rest = check.id().strip_prefix(&operation.to_string());
    of_keys || rest.is_some_and(|rest| rest.starts_with('.'))
}

fn at_each(check: &Arc<Check>, versions: Vec<Microversion>) -> impl Iterator<Item = Instance> {
    versions.into_iter().map(|version| Instance {
        check: Arc::clone(check),
        version,
    })
}

/// Which checks a name of the table means: the one with this whole id, or those of a pattern.
fn meant_by(name: &'static str) -> impl Fn(&str) -> bool {
    let is_pattern = name.contains(['*', '{']);
    let pattern = is_pattern.then(|| name.parse::<Filter>().ok()).flatten();
    move |id| match &pattern {
        Some(pattern) => pattern.picks(id),
        None => name == id,
    }
}

async fn run(plan: Plan, cloud: Cloud) -> Vec<(String, Microversion, Outcome)> {
    if plan.instances.is_empty() {
        return Vec::new();
    }
    let options = Options {
        // A project may have ten server groups, and a check has up to two at a time.
        parallel: 4,
        deadline: Duration::from_secs(10),
        servers: Settings {
            // A wrong cloud has room for more, and is not waited for: what is going to happen there has happened.
            patience: Duration::from_secs(1),
            most: 8,
            network: NETWORK.parse().unwrap_or(crate::servers::Network::None),
            ..Settings::default()
        },
        run_id: "selftest".to_owned(),
        command: "nova-conformance run".to_owned(),
    };
    let (sender, mut receiver) = mpsc::unbounded_channel();
    Run::new(plan, Arc::new(cloud), options, sender).go().await;
    let mut collected = Collected::default();
    while let Some(event) = receiver.recv().await {
        collected.add(&event);
    }
    let finished = collected.finished.values();
    finished
        .map(|one| {
            let id = one.check.id().to_owned();
            (id, one.version, one.outcome.clone())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_behavior_flaw_has_its_checks_and_every_row_its_flaw() {
        let rows: Vec<&str> = table::FOUND_BY.iter().map(|(name, _)| *name).collect();
        let flaws: Vec<String> = Flaw::behaviors().map(|flaw| flaw.name()).collect();
        for name in &flaws {
            assert!(rows.contains(&name.as_str()), "{name} has no row");
        }
        for name in &rows {
            assert!(flaws.iter().any(|flaw| flaw == name), "{name} is no flaw");
        }
        assert_eq!(rows.len(), flaws.len(), "a row stands twice");
    }

    /// Whether it finds one out, only the whole self-test shows, which fails where one does not.
    #[test]
    fn every_check_is_asked_about_some_flaw() {
        let rows = table::FOUND_BY.iter().flat_map(|(_, names)| names.iter());
        let rows: Vec<_> = rows.map(|name| meant_by(name)).collect();
        let named = |check: &Check| rows.iter().any(|means| means(check.id()));
        let asked = |check: &Check| {
            let versions = check.versions().by_default();
            nova_api::flaws().iter().any(|flaw| {
                let seen = flaw.seen_at().unwrap_or(Microversion::MIN);
                let later = |asked: &Microversion| match flaw.twist() {
                    Twist::Missing => asked.minor() >= seen.minor(),
                    Twist::Early | Twist::Late => *asked == seen,
                };
                is_about(check, flaw.operation()) && versions.iter().any(later)
            })
        };
        let registry = checks::registry();
        let unasked: Vec<&str> = registry
            .iter()
            .filter(|check| !asked(check) && !named(check))
            .map(Check::id)
            .collect();
        assert!(
            unasked.is_empty(),
            "no wrong cloud is asked by these: {unasked:#?}"
        );
    }

    #[test]
    fn every_name_of_the_table_means_a_check() {
        let registry = checks::registry();
        for (flaw, names) in table::FOUND_BY {
            for name in *names {
                let means = meant_by(name);
                let any = registry.iter().any(|check| means(check.id()));
                assert!(any, "{flaw}: '{name}' is no check");
            }
        }
    }
}
