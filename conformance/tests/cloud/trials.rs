//! A test per check, which waits for what a run says about it. It knows checks, events and libtest-mimic, and not where the
//! run comes from.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io,
    sync::{Arc, mpsc},
};

use libtest_mimic::{Completion, Failed, Trial};
use nova_conformance::{
    check::Check,
    event::{Event, Finished, Summary},
    outcome::{Kind, Outcome},
    report::Reporter,
    select::{spelled, typed},
};

/// What a run says about itself, as opposed to about a check.
#[derive(Debug)]
pub(crate) enum News {
    /// It has begun: each test will be told something.
    Begun,
    /// It has ended.
    Ended(Ended),
}

/// The end of a run.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    pub(crate) summary: Summary,
    /// What people should know, notes and leaks, a sentence each.
    pub(crate) said: Vec<String>,
}

/// What a test is told of its check.
enum Told {
    /// All its instances have ended. With the command that begins another run like this.
    Ended(Vec<Arc<Finished>>, String),
    /// The run's options leave it out.
    LeftOut,
}

/// Hears a run and tells each test of its check.
pub(crate) struct Follower {
    tests: BTreeMap<String, mpsc::Sender<Told>>,
    /// How many instances of a check have not ended, and those that have.
    open: BTreeMap<String, (usize, Vec<Arc<Finished>>)>,
    news: mpsc::Sender<News>,
    command: String,
    said: Vec<String>,
}

/// A test for each check, and who tells them. The tests wait until they are told, or until the follower is dropped.
pub(crate) fn of(checks: &[Check], news: mpsc::Sender<News>) -> (Vec<Trial>, Follower) {
    let mut tests = BTreeMap::new();
    let trials = checks.iter().map(|check| {
        let (sender, told) = mpsc::channel();
        tests.insert(check.id().to_owned(), sender);
        Trial::ignorable_test(check.id(), move || match told.recv() {
            Ok(Told::Ended(finished, command)) => verdict(&finished, &command),
            Ok(Told::LeftOut) => Ok(Completion::ignored_with(
                "the options leave it out, or no microversion of it",
            )),
            Err(mpsc::RecvError) => {
                Err("not asked, or not at all its microversions: the run ended before".into())
            }
        })
    });
    let trials = trials.collect();
    let follower = Follower {
        tests,
        open: BTreeMap::new(),
        news,
        command: String::new(),
        said: Vec::new(),
    };
    (trials, follower)
}

impl Follower {
    fn tell(&mut self, id: &str, told: Told) {
        if let Some(test) = self.tests.remove(id) {
            // A test that nobody selected does not listen.
            let _ = test.send(told);
        }
    }

    fn finished(&mut self, finished: &Arc<Finished>) {
        let id = finished.check.id();
        let Some((left, ended)) = self.open.get_mut(id) else {
            return;
        };
        *left -= 1;
        ended.push(Arc::clone(finished));
        if *left == 0
            && let Some((_, mut ended)) = self.open.remove(id)
        {
            ended.sort_by_key(|finished| finished.number);
            self.tell(id, Told::Ended(ended, self.command.clone()));
        }
    }

    /// What was cut short is told where it has failed already; the other tests learn that the run is over.
    fn over(&mut self) {
        for (id, (_, ended)) in std::mem::take(&mut self.open) {
            if ended.iter().any(|finished| is_bad(finished)) {
                self.tell(&id, Told::Ended(ended, self.command.clone()));
            }
        }
        self.tests.clear();
    }
}

impl Reporter for Follower {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted(started) => {
                self.command.clone_from(&started.command);
                for instance in &started.plan.instances {
                    self.open
                        .entry(instance.check.id().to_owned())
                        .or_default()
                        .0 += 1;
                }
                let planned: BTreeSet<String> = self.open.keys().cloned().collect();
                let left_out: Vec<String> = self
                    .tests
                    .keys()
                    .filter(|id| !planned.contains(*id))
                    .cloned()
                    .collect();
                for id in left_out {
                    self.tell(&id, Told::LeftOut);
                }
                let _ = self.news.send(News::Begun);
            }
            Event::CheckStarted { .. } => {}
            Event::CheckFinished(finished) => self.finished(finished),
            Event::Note(note) => self.said.push(format!("note: {note}")),
            Event::Leak(leak) => self.said.push(format!("left on the cloud: {leak}")),
            Event::Expectation(expectation) => {
                let fails = expectation.standing.fails_the_run();
                let kind = if fails { "error" } else { "expected to fail" };
                let (ids, why) = (expectation.checks.join(", "), &expectation.reason);
                let said = format!("{kind}: {ids} ({why}): {}", expectation.sentence());
                self.said.push(said);
            }
            Event::RunFinished(summary) => {
                self.over();
                let _ = self.news.send(News::Ended(Ended {
                    summary: summary.clone(),
                    said: std::mem::take(&mut self.said),
                }));
            }
        }
        Ok(())
    }
}

const fn is_bad(finished: &Finished) -> bool {
    matches!(finished.outcome.kind(), Kind::Violation | Kind::Errored)
}

/// A violation fails the test, and so does what could not be asked. A warning and a failure that is expected do not: they are
/// ignored with their words, as in junit.xml. What passed at one microversion and does not apply at another has passed.
pub(crate) fn verdict(finished: &[Arc<Finished>], command: &str) -> Result<Completion, Failed> {
    let (bad, good): (Vec<&Finished>, Vec<&Finished>) = finished
        .iter()
        .map(|finished| &**finished)
        .partition(|finished| is_bad(finished));
    if !bad.is_empty() {
        return Err(told(&bad, command).into());
    }
    let of_kind = |kind| {
        let good = good
            .iter()
            .filter(move |finished| finished.outcome.kind() == kind);
        good.filter_map(|finished| reason(&finished.outcome))
    };
    let warnings = of_kind(Kind::Warning).chain(of_kind(Kind::ExpectedFailure));
    let warnings: BTreeSet<String> = warnings.collect();
    if !warnings.is_empty() {
        return Ok(Completion::ignored_with(joined(warnings)));
    }
    if good
        .iter()
        .any(|finished| finished.outcome.kind() == Kind::Passed)
    {
        return Ok(Completion::Completed);
    }
    let reasons = of_kind(Kind::Skipped).chain(of_kind(Kind::NotApplicable));
    Ok(Completion::ignored_with(joined(reasons.collect())))
}

/// One line, for the end of the test's.
fn reason(outcome: &Outcome) -> Option<String> {
    let words = match outcome {
        Outcome::Failed(_, failure) => format!("warning: {failure}"),
        Outcome::ExpectedFailure(_, failure, why) => {
            format!("expected failure ({why}): {failure}")
        }
        Outcome::NotApplicable(why) => format!("not applicable: {why}"),
        other => other.reason()?.to_owned(),
    };
    Some(words.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn joined(reasons: BTreeSet<String>) -> String {
    reasons.into_iter().collect::<Vec<_>>().join("; ")
}

/// The rule, then each different way to fail it with the versions, what was said at the first, and how to ask again.
fn told(bad: &[&Finished], command: &str) -> String {
    let mut told = String::new();
    let Some(check) = bad.first().map(|finished| &finished.check) else {
        return told;
    };
    let _ = writeln!(told, "{}", check.title());
    let _ = writeln!(told, "{} {}", check.level(), check.sentence());
    let _ = writeln!(told, "{}", check.source());
    let mut different: Vec<Vec<&Finished>> = Vec::new();
    for finished in bad {
        match different
            .iter_mut()
            .find(|same| what_happened(same[0]) == what_happened(finished))
        {
            Some(same) => same.push(finished),
            None => different.push(vec![finished]),
        }
    }
    for same in different {
        let versions: Vec<_> = same.iter().map(|finished| finished.version).collect();
        let _ = writeln!(told, "\nat {}", spelled(&versions));
        let _ = writeln!(told, "{}", what_happened(same[0]));
        let _ = writeln!(
            told,
            "  again     {command} --filter {} --microversions {}",
            check.id(),
            typed(&versions)
        );
        for exchange in &same[0].exchanges {
            let _ = writeln!(told, "\n{exchange}");
        }
    }
    told
}

fn what_happened(finished: &Finished) -> String {
    match &finished.outcome {
        Outcome::Failed(_, failure) => format!(
            "  expected  {}\n  found     {}\n  where     {}",
            failure.expected, failure.found, failure.place
        ),
        other => format!("  could not ask: {}", other.reason().unwrap_or_default()),
    }
}
