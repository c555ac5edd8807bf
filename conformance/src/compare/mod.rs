//! Do two clouds answer alike? The same random requests to both, and every difference told once per kind, with the shortest
//! way found to see it again. For `nova-conformance compare`: it keeps the mock honest against a real Nova, and tells what
//! an upgrade of a real one changed.
//!
//! [`generate`] makes the requests, a [`side`] asks its cloud and cleans up, [`difference`] says what differs and of which
//! kind that is, [`accepted`] knows the differences that are meant to be, and [`shrink`] makes reproductions short. None of
//! them knows what is *right*: that is the checks' business.

pub mod accepted;
pub mod ask;
pub mod difference;
pub mod generate;
pub mod servers;
pub mod shrink;
pub mod side;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use http::Method;

use crate::caller::Caller;
use accepted::ACCEPTED;
use ask::Ask;
use difference::{Answer, Kind};
use generate::{Cast, EPISODE, episode};
use servers::VOLUMES;
use side::Side;

/// The roles two clouds are asked in, besides [`Caller::Main`].
pub const ROLES: &[Caller] = &[Caller::Second, Caller::Other, Caller::Reader, Caller::Admin];

/// How much is asked, and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How many requests.
    pub requests: usize,
    /// What they depend on.
    pub seed: u64,
    /// Only the request of this number, counted from 1, and what it needs before it.
    pub only: Option<usize>,
    /// The most kinds for which the shortest way is looked for.
    pub shrunk: usize,
}

/// Two clouds, and who asks them.
#[derive(Debug)]
pub struct Comparison {
    left: Side,
    right: Side,
    cast: Cast,
    stop: Arc<AtomicBool>,
    /// What could not be put back, a sentence each.
    left_behind: BTreeSet<String>,
    asked: usize,
    /// When the last server was made.
    made_at: Option<Instant>,
}

/// What a run has found.
#[derive(Debug, Default)]
pub struct Findings {
    /// How many requests each cloud was asked, without those that shortened what was found.
    pub asked: usize,
    /// How long that took.
    pub took: Duration,
    /// How many of them both answered with success.
    pub succeeded: usize,
    /// The differences, by kind.
    pub kinds: BTreeMap<Kind, Finding>,
    /// How often each accepted difference was seen, by its id.
    pub accepted: BTreeMap<&'static str, usize>,
    /// What could not be put back, a sentence each.
    pub left_behind: Vec<String>,
    /// Whether the run was stopped.
    pub interrupted: bool,
    /// Why the run ended before its end, a sentence: a cloud gave no answer.
    pub broken_off: Option<String>,
}

/// Differences of one kind.
#[derive(Debug)]
pub struct Finding {
    /// How many.
    pub count: usize,
    /// The first.
    pub first: Occurrence,
    /// The shortest way found to see it from nothing; its last request is the one answered differently.
    pub shortest: Option<Vec<Ask>>,
}

/// A difference, as it was met.
#[derive(Debug)]
pub struct Occurrence {
    /// The number of the request in the run, counted from 1.
    pub number: usize,
    /// The request.
    pub ask: Ask,
    /// What the first cloud answered.
    pub left: Answer,
    /// What the second cloud answered.
    pub right: Answer,
}

/// How long after a server the next one is made. Clouds tell the age of servers by whole seconds, and list those of one second
/// by their ids, which are chance.
const A_SECOND: Duration = Duration::from_millis(1050);

/// What became of one request.
enum Outcome {
    Alike { success: bool },
    Accepted(&'static str),
    Differs(Kind, Box<(Answer, Answer)>),
}

impl Comparison {
    /// A comparison of two clouds. `stop` ends it early, cleaned up.
    ///
    /// # Errors
    /// A sentence: a cloud does not answer, or its people own keypairs or servers already.
    pub async fn new(
        mut left: Side,
        mut right: Side,
        stop: Arc<AtomicBool>,
    ) -> Result<Self, String> {
        left.must_be_empty().await?;
        right.must_be_empty().await?;
        let (ours, theirs) = left.offer().await?.agreed(right.offer().await?);
        left.call(&ours);
        right.call(&theirs);
        for (id, name) in VOLUMES {
            left.call_one(id, name);
            right.call_one(id, name);
        }
        let quotas = left.may_set_quotas().await? && right.may_set_quotas().await?;
        let callers = left
            .callers()
            .intersection(&right.callers())
            .copied()
            .collect();
        let roles = left
            .roles()
            .intersection(&right.roles())
            .map(|role| (*role).to_owned())
            .collect();
        let cast = Cast {
            callers,
            roles,
            quotas,
            servers: ours.suffices() && theirs.suffices(),
        };
        Ok(Self {
            left,
            right,
            cast,
            stop,
            left_behind: BTreeSet::new(),
            asked: 0,
            made_at: None,
        })
    }

    /// Who asks, and what may be changed.
    pub const fn cast(&self) -> &Cast {
        &self.cast
    }

    /// The names of both clouds.
    pub fn names(&self) -> (&str, &str) {
        (&self.left.name, &self.right.name)
    }

    /// Asks, compares, shortens, and puts both clouds back as they were, whatever happens. `progress` hears after each
    /// episode how many requests were asked and how many kinds of differences were found. Where a cloud gives no answer, the run
    /// ends with what was found until then.
    pub async fn run(&mut self, settings: Settings, progress: impl Fn(usize, usize)) -> Findings {
        let mut findings = Findings::default();
        let outcome = self.all(settings, &mut findings, progress).await;
        self.clean().await;
        findings.left_behind = std::mem::take(&mut self.left_behind).into_iter().collect();
        findings.interrupted = self.stopped();
        findings.broken_off = outcome.err();
        findings
    }

    async fn all(
        &mut self,
        settings: Settings,
        findings: &mut Findings,
        progress: impl Fn(usize, usize),
    ) -> Result<(), String> {
        let began = Instant::now();
        let numbers = match settings.only {
            Some(number) => number.saturating_sub(1)..number,
            None => 0..settings.requests,
        };
        let episodes = numbers.start / EPISODE..numbers.end.div_ceil(EPISODE);
        let mut to_shorten = Vec::new();
        for number in episodes {
            if self.stopped() {
                break;
            }
            self.clean().await;
            let asks = episode(settings.seed, number, &self.cast);
            for (place, ask) in asks.iter().enumerate() {
                let request = number * EPISODE + place;
                if request >= numbers.end || self.stopped() {
                    break;
                }
                let outcome = self.step(ask).await?;
                self.asked += 1;
                if !numbers.contains(&request) {
                    continue;
                }
                findings.asked += 1;
                match outcome {
                    Outcome::Alike { success } => findings.succeeded += usize::from(success),
                    Outcome::Accepted(id) => *findings.accepted.entry(id).or_default() += 1,
                    Outcome::Differs(kind, answers) => {
                        if let Some(finding) = findings.kinds.get_mut(&kind) {
                            finding.count += 1;
                            continue;
                        }
                        let (left, right) = *answers;
                        to_shorten.push((kind.clone(), asks[..=place].to_vec()));
                        let first = Occurrence {
                            number: request + 1,
                            ask: ask.clone(),
                            left,
                            right,
                        };
                        findings.kinds.insert(
                            kind,
                            Finding {
                                count: 1,
                                first,
                                shortest: None,
                            },
                        );
                    }
                }
            }
            findings.took = began.elapsed();
            progress(findings.asked, findings.kinds.len());
        }
        for (kind, asks) in to_shorten.into_iter().take(settings.shrunk) {
            let shortest = shrink::shortest(self, &asks, &kind).await?;
            if let Some(finding) = findings.kinds.get_mut(&kind) {
                finding.shortest = shortest;
            }
        }
        Ok(())
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Puts both clouds back as they were.
    async fn clean(&mut self) {
        let (left, right) = futures::join!(self.left.clean(), self.right.clean());
        self.left_behind = left.into_iter().chain(right).collect();
    }

    /// Asks both. Where only one of them did something, both are put back, so that one difference does not cause others.
    async fn step(&mut self, ask: &Ask) -> Result<Outcome, String> {
        let makes = ask.operation == "servers.create";
        if let Some(made_at) = self.made_at.filter(|_| makes) {
            #[expect(
                clippy::disallowed_methods,
                reason = "another cloud's clock is waited for"
            )]
            tokio::time::sleep(A_SECOND.saturating_sub(made_at.elapsed())).await;
        }
        let (left, right) = futures::join!(self.left.ask(ask), self.right.ask(ask));
        let (left, right) = (left?, right?);
        let succeeded = |answer: &Answer| (200..300).contains(&answer.status);
        let (here, there) = futures::join!(
            self.left.settle(ask, succeeded(&left)),
            self.right.settle(ask, succeeded(&right))
        );
        here?;
        there?;
        if makes && (succeeded(&left) || succeeded(&right)) {
            self.made_at = Some(Instant::now());
        }
        let Some(kind) = Kind::of(ask, &left, &right) else {
            return Ok(Outcome::Alike {
                success: succeeded(&left),
            });
        };
        if ask.method != Method::GET && succeeded(&left) != succeeded(&right) {
            self.clean().await;
        }
        let mock_and_nova = match (self.left.is_mock, self.right.is_mock) {
            (true, false) => Some((&left, &right)),
            (false, true) => Some((&right, &left)),
            // Between two of a kind, no difference is meant to be.
            _ => None,
        };
        let accepted = mock_and_nova.and_then(|(mock, nova)| {
            ACCEPTED
                .iter()
                .find(|accepted| accepted.covers(ask, mock, nova))
        });
        Ok(match accepted {
            Some(accepted) => Outcome::Accepted(accepted.id),
            None => Outcome::Differs(kind, Box::new((left, right))),
        })
    }

    /// Asks these from nothing, and says of which kind the difference in the last answer is, if there is one.
    async fn kind_of_last(&mut self, asks: &[Ask]) -> Result<Option<Kind>, String> {
        self.clean().await;
        let mut last = None;
        for ask in asks {
            last = match self.step(ask).await? {
                Outcome::Differs(kind, _) => Some(kind),
                Outcome::Alike { .. } | Outcome::Accepted(_) => None,
            };
        }
        Ok(last)
    }
}
