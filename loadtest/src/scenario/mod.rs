//! What load is made of: jobs, each a request or a few that belong together, chosen by weight and done in one person's name. Jobs
//! know people, the fleet and the recorder; when and how often they are done is the engine's.
//!
//! Every answer is looked at while load goes on: a wrong one is a violation, whatever else the run shows. What is looked at only
//! now and then (a deleted keypair is gone, another user's key is refused) are requests with names of their own.

mod asking;
pub mod fleet;
mod keypairs;
pub mod rebuild;

use std::{
    collections::BTreeMap,
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use nova_client::{ApiVersion, VersionRange};

pub use asking::{Told, Turn};
use fleet::{Fleet, Server};

use crate::{
    chance::{Chance, Occasion},
    people::{People, Person},
    results::Recorder,
    signals::Stop,
};

/// What is done with keypairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyJob {
    /// A key of the caller's becomes a keypair, at the newest microversion.
    Import,
    /// Nova makes a key, at 2.91 or below.
    Generate,
    /// A certificate becomes a keypair.
    X509,
    /// All keypairs in one answer.
    List,
    /// All keypairs page by page.
    Walk,
    /// One keypair.
    Show,
    /// A keypair is deleted.
    Delete,
}

impl KeyJob {
    /// Each, with its name and how often it is chosen where nothing else is said: as many are deleted as made.
    pub const ALL: [(Self, &'static str, f64); 7] = [
        (Self::Import, "import", 4.0),
        (Self::Generate, "generate", 1.0),
        (Self::X509, "x509", 1.0),
        (Self::List, "list", 3.0),
        (Self::Walk, "walk", 1.0),
        (Self::Show, "show", 4.0),
        (Self::Delete, "delete", 6.0),
    ];
}

/// How often each is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights(Vec<(KeyJob, f64)>);

impl Default for Weights {
    fn default() -> Self {
        Self(KeyJob::ALL.map(|(job, _, weight)| (job, weight)).to_vec())
    }
}

impl FromStr for Weights {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = KeyJob::ALL.map(|(_, name, _)| name).join(", ");
        let mut weights: Vec<(KeyJob, f64)> = Vec::new();
        for part in text.split(',') {
            let (name, weight) = part
                .split_once('=')
                .ok_or_else(|| format!("write '{part}' as NAME=NUMBER, such as list=3"))?;
            let (job, ..) = KeyJob::ALL
                .into_iter()
                .find(|(_, known, _)| *known == name.trim())
                .ok_or_else(|| format!("there is no '{name}': there are {names}"))?;
            let weight = weight
                .trim()
                .parse()
                .ok()
                .filter(|weight: &f64| weight.is_finite() && *weight >= 0.0)
                .ok_or_else(|| {
                    format!("'{weight}' is no weight: write a number that is not negative")
                })?;
            weights.push((job, weight));
        }
        if weights.iter().all(|(_, weight)| *weight == 0.0) {
            return Err("all weights are 0, so there is nothing to do".to_owned());
        }
        Ok(Self(weights))
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self
            .named()
            .into_iter()
            .map(|(name, weight)| format!("{name}={weight}"));
        out.write_str(&parts.collect::<Vec<_>>().join(","))
    }
}

impl Weights {
    fn named(&self) -> BTreeMap<&'static str, f64> {
        let name = |job| KeyJob::ALL.into_iter().find(|(known, ..)| *known == job);
        let named = self
            .0
            .iter()
            .filter_map(|(job, weight)| Some((name(*job)?.1, *weight)));
        named.collect()
    }
}

/// What a run does over and over.
#[derive(Debug, Clone, PartialEq)]
pub enum Scenario {
    /// Keypairs only.
    Keypairs(Weights),
    /// Rebuilds only.
    Rebuild,
    /// Both; `rebuilds` of all jobs, a part from 0 to 1, are rebuilds.
    Mixed {
        /// How often each job with keypairs is chosen.
        weights: Weights,
        /// The part of rebuilds.
        rebuilds: f64,
    },
    /// The day everyone rotates keys: all import a key at once, then all servers are rebuilt with the new ones at once.
    Storm,
}

impl Scenario {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Keypairs(_) => "keypairs",
            Self::Rebuild => "rebuild",
            Self::Mixed { .. } => "mixed",
            Self::Storm => "storm",
        }
    }

    /// Whether it needs servers.
    pub const fn needs_fleet(&self) -> bool {
        !matches!(self, Self::Keypairs(_))
    }

    /// What is chosen how often, for a report.
    pub fn parts(&self) -> BTreeMap<String, f64> {
        let parts = |weights: &Weights, of: f64| {
            let named = weights.named();
            let sum: f64 = named.values().sum();
            let part = move |(name, weight)| (format!("keypairs.{name}"), weight / sum * of);
            named.into_iter().map(part).collect::<BTreeMap<_, _>>()
        };
        match self {
            Self::Keypairs(weights) => parts(weights, 1.0),
            Self::Rebuild => BTreeMap::from([("rebuild".to_owned(), 1.0)]),
            Self::Mixed { weights, rebuilds } => {
                let mut all = parts(weights, 1.0 - rebuilds);
                all.insert("rebuild".to_owned(), *rebuilds);
                all
            }
            Self::Storm => BTreeMap::new(),
        }
    }
}

/// The microversions that are asked at.
#[derive(Debug, Clone, Copy)]
pub struct Versions {
    /// The newest that the cloud offers.
    pub newest: ApiVersion,
    /// The newest at which it makes keys.
    pub generating: ApiVersion,
}

impl Versions {
    /// Keys are made up to this version.
    const LAST_TO_GENERATE: ApiVersion = ApiVersion {
        major: 2,
        minor: 91,
    };

    /// Of a cloud that offers these.
    pub fn of(range: VersionRange) -> Self {
        Self {
            newest: range.max,
            generating: range.max.min(Self::LAST_TO_GENERATE),
        }
    }

    fn reaches(self, minor: u16) -> bool {
        self.newest >= ApiVersion { major: 2, minor }
    }
}

/// How patient jobs are.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// So long a server is left alone between two polls.
    pub poll_interval: Duration,
    /// So long a rebuild may take.
    pub rebuild: Duration,
}

/// Everything that jobs share.
#[derive(Debug)]
pub struct Load {
    /// How the names of all that is made begin.
    pub prefix: String,
    /// What is done.
    pub scenario: Scenario,
    /// In whose name.
    pub people: People,
    /// At which microversions.
    pub versions: Versions,
    /// The servers to rebuild; empty where none are.
    pub fleet: Fleet,
    /// What it is told to.
    pub recorder: Recorder,
    /// How patiently.
    pub patience: Patience,
    /// What is chosen.
    pub chance: Chance,
    /// Whether somebody wants it to end.
    pub stop: Stop,
    /// How many names were given.
    pub count: AtomicU64,
    /// What is looked at only now and then.
    pub now_and_then: NowAndThen,
}

/// What is looked at only now and then.
#[derive(Debug)]
pub struct NowAndThen {
    /// Somebody else's keypair is asked for instead of one's own.
    show_foreign: Occasion,
    /// A keypair that was deleted is asked for.
    show_deleted: Occasion,
    /// Somebody else's key is named in a rebuild.
    rebuild_foreign: Occasion,
}

impl Default for NowAndThen {
    fn default() -> Self {
        Self {
            show_foreign: Occasion::once_in(50),
            show_deleted: Occasion::once_in(20),
            rebuild_foreign: Occasion::once_in(50),
        }
    }
}

/// What somebody is to do.
#[derive(Debug)]
pub enum Job {
    /// Something with keypairs.
    Key(KeyJob),
    /// A rebuild of this server, which is theirs until it is done.
    Rebuild(Server),
}

/// What a choice came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Key(KeyJob),
    Rebuild,
}

impl Load {
    fn choose(&self) -> Choice {
        let key = |weights: &Weights| {
            let job = self.chance.pick(&weights.0).copied();
            Choice::Key(job.unwrap_or(KeyJob::List))
        };
        match &self.scenario {
            Scenario::Keypairs(weights) => key(weights),
            Scenario::Mixed { weights, rebuilds } => {
                if self.chance.part() < *rebuilds {
                    Choice::Rebuild
                } else {
                    key(weights)
                }
            }
            Scenario::Rebuild | Scenario::Storm => Choice::Rebuild,
        }
    }

    /// What somebody does next, at once: the one whose turn it is, or for a rebuild whoever has an idle server in their project.
    /// `None` where it is a rebuild and no server is idle.
    pub fn next_of_anybody(&self, turn: usize) -> Option<(Arc<Person>, Job)> {
        match self.choose() {
            Choice::Key(job) => Some((Arc::clone(self.people.at(turn)), Job::Key(job))),
            Choice::Rebuild => self.rebuild_of_anybody(turn),
        }
    }

    /// A rebuild of an idle server by somebody of its project, beginning the search with the one whose turn it is.
    pub fn rebuild_of_anybody(&self, turn: usize) -> Option<(Arc<Person>, Job)> {
        (turn..turn + self.people.all().len()).find_map(|turn| {
            let who = self.people.at(turn);
            let server = self.fleet.take(&who.project_id)?;
            Some((Arc::clone(who), Job::Rebuild(server)))
        })
    }

    /// What this person does next, once a server is idle if it needs one; `None` where the run ends before, at `end` or because
    /// somebody wants it to. Servers may have been lost, so that none is ever idle again.
    pub async fn next_in_turn(&self, who: &Person, end: Instant) -> Option<Job> {
        match self.choose() {
            Choice::Key(job) => Some(Job::Key(job)),
            Choice::Rebuild => {
                let server = tokio::select! {
                    server = self.fleet.wait_for(&who.project_id) => server?,
                    () = tokio::time::sleep_until(end.into()) => return None,
                    () = self.stop.asked() => return None,
                };
                // Whoever is lent a server as the run ends would begin a rebuild that nobody measures.
                if Instant::now() >= end || self.stop.is_asked() {
                    self.fleet.put_back(server);
                    return None;
                }
                Some(Job::Rebuild(server))
            }
        }
    }

    /// Does it. `due`: when it was to begin, where that is not now.
    pub async fn go(&self, who: &Arc<Person>, job: Job, due: Option<Instant>) -> Vec<Told> {
        let mut turn = Turn::due(due);
        self.recorder.in_flight(1);
        match job {
            Job::Key(job) => self.keypairs(&mut turn, who, job).await,
            Job::Rebuild(server) => {
                let server = self.rebuild(&mut turn, who, server).await;
                if let Some(server) = server {
                    self.fleet.put_back(server);
                }
            }
        }
        self.recorder.in_flight(-1);
        turn.told
    }

    /// A number that no other name of the run has.
    pub fn number(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// Somebody else, where there is anybody.
    fn somebody_else(&self, who: &Person) -> Option<&Arc<Person>> {
        let others = self
            .people
            .all()
            .len()
            .checked_sub(1)
            .filter(|others| *others > 0)?;
        let others = u64::try_from(others).ok()?;
        let step = usize::try_from(self.chance.draw() % others).ok()? + 1;
        Some(self.people.at(who.number + step))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::one("list=1")]
    #[case::some("import=4,delete=4,show=0.5")]
    fn weights_are_read_as_they_are_written(#[case] text: &str) {
        let weights: Weights = text.parse().unwrap();
        assert_eq!(
            weights.to_string().parse::<Weights>().unwrap().named(),
            weights.named()
        );
    }

    #[rstest]
    #[case::no_number("list")]
    #[case::unknown("rename=1")]
    #[case::negative("list=-1")]
    #[case::infinite("list=inf")]
    #[case::nothing("list=0,show=0")]
    fn weights_that_make_no_sense_are_refused(#[case] text: &str) {
        assert!(text.parse::<Weights>().is_err());
    }

    #[test]
    fn the_parts_of_a_mixture_add_up() {
        let mixed = Scenario::Mixed {
            weights: Weights::default(),
            rebuilds: 0.1,
        };
        let sum: f64 = mixed.parts().values().sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }
}
