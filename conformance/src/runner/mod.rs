//! Asks what a plan holds: a few instances at a time, each followed by its cleaning up, and a last look for what is left.
//! It knows checks, the cloud and the ledger, and tells what happens as [`Event`]s; it prints nothing.

mod instance;
mod silence;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{Semaphore, mpsc::UnboundedSender, watch},
    task::JoinSet,
};

use silence::Silence;

use crate::{
    caller::Cloud,
    check::{Surroundings, name_prefix},
    event::{Event, Finished, Started, Summary},
    expected::Expecting,
    ledger::{Book, Leak, Limits},
    pace::{Pace, paced},
    profile::Profile,
    select::{Instance, Plan},
    servers::{Need, Pool, Settings, Tally, counted},
    watch::{Watch, watched},
};

/// How a run goes about it.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many instances ask at the same time; at least 1.
    pub parallel: usize,
    /// How long one request may take, to its answer's last byte.
    pub deadline: Duration,
    /// How it goes about servers.
    pub servers: Settings,
    /// The run's name, part of the names of all it makes: letters and digits.
    pub run_id: String,
    /// What begins a command that asks this cloud again.
    pub command: String,
}

/// An instance that has not ended after this many deadlines is given up: a probe that walks an endless list.
const DEADLINES_PER_INSTANCE: u32 = 20;

/// So many checks of server groups ask at a time; each makes one or two groups.
const GROUP_CHECKS: usize = 4;

/// One that needs servers may also wait for servers so many times.
const WAITS_PER_INSTANCE: u32 = 6;

/// A run about to begin, and the handles by which others follow and stop it.
#[derive(Debug)]
pub struct Run {
    plan: Plan,
    options: Options,
    surroundings: Arc<Surroundings>,
    interrupt: watch::Sender<bool>,
    tally: Arc<Tally>,
    pace: Arc<Pace>,
    /// The cloud as it was given, whose wires know what happened on the way.
    given: Arc<Cloud>,
    events: UnboundedSender<Event>,
    expecting: Option<Expecting>,
    profile: Option<Arc<Profile>>,
    selection: String,
}

/// Stops a run: nothing more is begun, what has begun asks nothing more, and everything made is deleted.
#[derive(Debug, Clone)]
pub struct Interrupt {
    sender: watch::Sender<bool>,
    book: Arc<Book>,
}

impl Interrupt {
    /// Stops the run.
    pub fn now(&self) {
        self.sender.send_replace(true);
    }

    /// What is on the cloud at this moment and will stay there unless the run goes on to its end.
    pub fn left_on_the_cloud(&self) -> Vec<Leak> {
        self.book.left()
    }
}

impl Run {
    /// A run of `plan` against `cloud`, which tells `events`.
    pub fn new(
        plan: Plan,
        cloud: Arc<Cloud>,
        options: Options,
        events: UnboundedSender<Event>,
    ) -> Self {
        Self::with_book(plan, cloud, options, events, Arc::default())
    }

    /// A run that deletes, at its end, what is in `book` already.
    pub(crate) fn with_book(
        plan: Plan,
        cloud: Arc<Cloud>,
        options: Options,
        events: UnboundedSender<Event>,
        book: Arc<Book>,
    ) -> Self {
        let (interrupt, interrupted) = watch::channel(false);
        let heard = Arc::new(Watch::default());
        let tally = Arc::new(Tally::default());
        let pace = Arc::new(Pace::default());
        let given = Arc::clone(&cloud);
        // What is sent again is counted again.
        let cloud = counted(&watched(&cloud, &heard), &tally);
        let cloud = Arc::new(paced(&cloud, &pace));
        let limits = Limits {
            deadline: options.deadline,
            patience: options.servers.patience,
        };
        let pool = Pool::new(
            options.servers.clone(),
            Arc::clone(&cloud),
            Arc::clone(&book),
            options.run_id.clone(),
            limits,
            interrupted.clone(),
        );
        let surroundings = Arc::new(Surroundings {
            cloud,
            book,
            watch: heard,
            run_id: options.run_id.clone(),
            deadline: options.deadline,
            interrupted,
            pool,
            groups: Semaphore::new(GROUP_CHECKS),
        });
        Self {
            plan,
            options,
            surroundings,
            interrupt,
            tally,
            pace,
            given,
            events,
            expecting: None,
            profile: None,
            selection: String::new(),
        }
    }

    /// The cloud's policies differ from the defaults on purpose.
    #[must_use]
    pub fn under(mut self, profile: Arc<Profile>) -> Self {
        self.surroundings
            .book
            .without_keypairs(profile.without_keypairs());
        self.profile = Some(profile);
        self
    }

    /// Some failures are known.
    #[must_use]
    pub fn expecting(mut self, expecting: Expecting) -> Self {
        self.expecting = Some(expecting);
        self
    }

    /// What [`Options::command`] lacks to ask all of this run again: more options, each after a blank.
    #[must_use]
    pub fn selecting(mut self, selection: String) -> Self {
        self.selection = selection;
        self
    }

    /// Asks at most so many times a second, whoever asks.
    #[must_use]
    pub fn at_rate(self, requests_per_second: f64) -> Self {
        self.pace.at_most(requests_per_second);
        self
    }

    /// The handle that stops it.
    pub fn interrupt(&self) -> Interrupt {
        Interrupt {
            sender: self.interrupt.clone(),
            book: Arc::clone(&self.surroundings.book),
        }
    }

    /// Runs it to its end, cleaned up.
    pub async fn go(self) -> Summary {
        let began = Instant::now();
        let cloud = Arc::clone(&self.surroundings.cloud);
        self.tell(Event::RunStarted(Arc::new(Started {
            run_id: self.options.run_id.clone(),
            started_at: started_at(),
            cloud: cloud.name.clone(),
            endpoint: cloud.endpoint.clone(),
            versions: (
                cloud.versions.min.to_string(),
                cloud.versions.max.to_string(),
            ),
            plan: self.plan.clone(),
            command: self.options.command.clone(),
            selection: self.selection.clone(),
        })));
        for note in &cloud.notes {
            self.tell(Event::Note(note.clone()));
        }
        let mut summary = Summary::default();
        let silence = self.ask_all(&mut summary).await;
        self.close(silence, &mut summary).await;
        summary.interrupted = *self.surroundings.interrupted.borrow();
        summary.made = self.tally.made();
        summary.duration = began.elapsed();
        self.tell(Event::RunFinished(summary.clone()));
        summary
    }

    fn tell(&self, event: Event) {
        // Nobody listening is no reason to stop: the summary is returned too.
        let _ = self.events.send(event);
    }

    /// First what can run together, then one by one what must be alone.
    async fn ask_all(&self, summary: &mut Summary) -> Silence {
        let numbered = || self.plan.instances.iter().enumerate();
        let together = numbered().filter(|(_, instance)| !instance.check.is_alone());
        let alone = numbered().filter(|(_, instance)| instance.check.is_alone());
        let mut silence = Silence::default();
        self.ask_some(
            together,
            self.options.parallel.max(1),
            &mut silence,
            summary,
        )
        .await;
        self.ask_some(alone, 1, &mut silence, summary).await;
        if let (Some(why), 1..) = (silence.gone(), summary.not_started) {
            self.tell(Event::Note(format!(
                "the cloud gives no answer any more ({why}): what had not begun was not asked, {} of the plan's {} instances",
                summary.not_started,
                self.plan.instances.len()
            )));
        }
        silence
    }

    async fn ask_some<'a>(
        &'a self,
        mut todo: impl Iterator<Item = (usize, &'a Instance)>,
        parallel: usize,
        silence: &mut Silence,
        summary: &mut Summary,
    ) {
        let mut running: JoinSet<Finished> = JoinSet::new();
        loop {
            while running.len() < parallel {
                let Some((number, instance)) = todo.next() else {
                    break;
                };
                if *self.surroundings.interrupted.borrow() || silence.gone().is_some() {
                    summary.not_started += 1 + todo.by_ref().count();
                    break;
                }
                self.tell(Event::CheckStarted { number });
                let patience = self.patience(instance);
                let surroundings = Arc::clone(&self.surroundings);
                running.spawn(instance::ask(
                    instance.clone(),
                    number,
                    surroundings,
                    patience,
                ));
            }
            match running.join_next().await {
                // A probe's panic is caught below; only a panic of the engine itself is an error here.
                Some(Err(error)) => {
                    summary.errored += 1;
                    self.tell(Event::Note(format!(
                        "an instance was lost, which is a defect of nova-conformance: {error}"
                    )));
                }
                Some(Ok(mut finished)) => {
                    if let Some(profile) = &self.profile {
                        profile.excuse(&mut finished);
                    }
                    if let Some(expecting) = &self.expecting {
                        expecting.hear(&mut finished);
                    }
                    summary.count(finished.outcome.kind());
                    silence.heard(&finished, &self.surroundings).await;
                    self.tell(Event::CheckFinished(Arc::new(finished)));
                }
                None => return,
            }
        }
    }

    /// How long an instance may take.
    fn patience(&self, instance: &Instance) -> Duration {
        let Options {
            deadline, servers, ..
        } = &self.options;
        let waits = match instance.check.servers() {
            Need::None => 0,
            Need::Shared | Need::Own(_) => WAITS_PER_INSTANCE,
        };
        let asking = deadline.saturating_mul(DEADLINES_PER_INSTANCE);
        asking.saturating_add(servers.patience.saturating_mul(waits))
    }

    async fn close(&self, silence: Silence, summary: &mut Summary) {
        let Surroundings {
            cloud,
            book,
            run_id,
            ..
        } = &*self.surroundings;
        let limits = self.surroundings.limits();
        let mut notes = Vec::new();
        let leaks = match silence.is_lasting(&self.surroundings).await {
            None => {
                book.close(&name_prefix(run_id), cloud, limits, &mut notes)
                    .await
            }
            Some(why) => book.left_because(&format!(
                "the cloud gives no answer ({why}): once it does, `nova-conformance sweep --older-than 0s` deletes it"
            )),
        };
        summary.leaks = leaks.len();
        notes.extend(self.pace.notes());
        for (_, party) in self.given.parties() {
            for note in party.wire.notes() {
                // Several callers may share a wire.
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
        let without = self
            .profile
            .iter()
            .flat_map(|profile| profile.without_keypairs());
        if without.count() > 0 && self.tally.made().keypairs > 0 {
            notes.push(format!(
                "keypairs were made although the profile has callers who may neither make nor delete any: look whether some with names that begin with '{}' are left",
                name_prefix(run_id)
            ));
        }
        for note in notes {
            self.tell(Event::Note(note));
        }
        for leak in leaks {
            self.tell(Event::Leak(leak));
        }
        for expectation in self.expecting.iter().flat_map(Expecting::told) {
            summary.stale_expectations += usize::from(expectation.standing.fails_the_run());
            self.tell(Event::Expectation(expectation));
        }
    }
}

fn started_at() -> String {
    #[expect(clippy::disallowed_methods, reason = "a report says when it was made")]
    let now = jiff::Timestamp::now();
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
