//! Every server of a cloud: found by id, listed from an index, and moved on when it is time.
//!
//! The tasks of servers are data: each server has at most one, with the steps still to come, each due at a time of the cloud's
//! clock. Nothing runs in the background; whoever asks the cloud something first has what is due [done](Servers::settle).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::pacing::{Failure, Pacing, Script};
use super::record::{Action, By};
use super::steps::{Failed, action_of, begin_events, end_events, fail, take};
use super::task::{self, Effect, InTheWay, Row, Task};
use super::{BootImage, Server};

/// How many deleted servers are remembered, for those who list them. The oldest are forgotten first.
const GRAVES: usize = 1000;

/// Why a task is not taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no such server.
    Gone,
    /// One of its states is in the way.
    State(InTheWay),
}

/// What is used of a quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Servers.
    pub instances: i64,
    /// Processors.
    pub cores: i64,
    /// Memory in MiB.
    pub ram: i64,
}

/// A task that goes on.
#[derive(Clone, Debug)]
struct Pending {
    row: &'static Row,
    /// How many steps are done.
    done: usize,
    due: Timestamp,
    began: Timestamp,
    length: SignedDuration,
    failure: Option<Failure>,
    /// The request it is done for, by which its action is found.
    request: Uuid,
    /// The image before the task.
    image: Option<Arc<BootImage>>,
}

/// Every server of a cloud.
#[derive(Clone, Debug, Default)]
pub struct Servers {
    /// By number: the order of creation.
    all: BTreeMap<u64, Arc<Server>>,
    numbers: HashMap<Uuid, u64>,
    of_projects: HashMap<Arc<str>, BTreeSet<u64>>,
    used: HashMap<Arc<str>, Usage>,
    /// Deleted servers, which numbers keep in their place.
    graves: BTreeMap<u64, Arc<Server>>,
    buried: VecDeque<u64>,
    pending: HashMap<u64, Pending>,
    due: BTreeSet<(Timestamp, u64)>,
    scripts: Vec<Script>,
    pacing: Pacing,
    last_number: u64,
    /// Texts that many servers share.
    shared: HashSet<Arc<str>>,
}

impl Servers {
    /// An empty cloud whose tasks take so long.
    #[must_use]
    pub fn new(pacing: Pacing) -> Self {
        Self {
            pacing,
            ..Self::default()
        }
    }

    /// Changes how long tasks take from now on. What goes on already, goes on as it began.
    pub fn set_pacing(&mut self, pacing: Pacing) {
        self.pacing = pacing;
    }

    /// One allocation for equal texts.
    pub fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.shared.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        self.shared.insert(Arc::clone(&text));
        text
    }

    /// The server with this id, if it is not deleted.
    #[must_use]
    pub fn get(&self, id: Uuid) -> Option<&Arc<Server>> {
        self.all.get(self.numbers.get(&id)?)
    }

    /// The server with this id, deleted or not.
    #[must_use]
    pub fn get_even_deleted(&self, id: Uuid) -> Option<&Arc<Server>> {
        self.get(id)
            .or_else(|| self.graves.values().find(|server| server.id == id))
    }

    /// Servers, youngest first, of a project or of all; those that are younger than number `before`, or all of them.
    pub fn youngest_first<'a>(
        &'a self,
        project_id: Option<&str>,
        before: Option<u64>,
    ) -> Box<dyn Iterator<Item = &'a Arc<Server>> + 'a> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let range = (Bound::Unbounded, end);
        match project_id {
            None => Box::new(self.all.range(range).rev().map(|(_, server)| server)),
            Some(project_id) => {
                let numbers = self.of_projects.get(project_id);
                Box::new(
                    numbers
                        .into_iter()
                        .flat_map(move |numbers| numbers.range(range).rev())
                        .filter_map(|number| self.all.get(number)),
                )
            }
        }
    }

    /// Deleted servers that are remembered, youngest first.
    pub fn graves(&self) -> impl Iterator<Item = &Arc<Server>> {
        self.graves.values().rev()
    }

    /// How many servers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What a project uses.
    #[must_use]
    pub fn used(&self, project_id: &str) -> Usage {
        self.used.get(project_id).copied().unwrap_or_default()
    }

    /// What a user uses in a project.
    #[must_use]
    pub fn used_by(&self, project_id: &str, user_id: &str) -> Usage {
        let own = self
            .youngest_first(Some(project_id), None)
            .filter(|server| *server.user_id == *user_id);
        own.fold(Usage::default(), |all, server| {
            let one = Usage::of(server);
            Usage {
                instances: all.instances + one.instances,
                cores: all.cores + one.cores,
                ram: all.ram + one.ram,
            }
        })
    }

    /// Adds a server, whose number is given here, and begins to build it; in vain, if a failure is given.
    pub fn add(
        &mut self,
        mut server: Server,
        by: By,
        now: Timestamp,
        failure: Option<Failure>,
    ) -> Arc<Server> {
        self.last_number += 1;
        let number = self.last_number;
        server.number = number;
        let id = server.id;
        self.numbers.insert(id, number);
        self.of_projects
            .entry(Arc::clone(&server.project_id))
            .or_default()
            .insert(number);
        count(&mut self.used, &server, 1);
        self.all.insert(number, Arc::new(server));
        // Any state will do for a build.
        let begun = self.begin(id, Task::Build, by, now, |_| {});
        if let Some(failure) = failure {
            self.doom(id, failure);
        }
        begun.unwrap_or_else(|_| Arc::clone(&self.all[&number]))
    }

    /// Changes a server at once: it is `updated` now. What it gives back is what the change gave.
    pub fn change<T>(
        &mut self,
        id: Uuid,
        now: Timestamp,
        change: impl FnOnce(&mut Server) -> T,
    ) -> Option<T> {
        let number = *self.numbers.get(&id)?;
        let server = Arc::make_mut(self.all.get_mut(&number)?);
        server.updated_at = now;
        Some(change(server))
    }

    /// Changes a server at once; it is `updated` now if the change says so. The server as it is then.
    pub fn change_if(
        &mut self,
        id: Uuid,
        now: Timestamp,
        change: impl FnOnce(&mut Server) -> bool,
    ) -> Option<Arc<Server>> {
        let number = *self.numbers.get(&id)?;
        let place = self.all.get_mut(&number)?;
        let server = Arc::make_mut(place);
        if change(server) {
            server.updated_at = now;
        }
        Some(Arc::clone(place))
    }

    /// Whether a task may begin.
    ///
    /// # Errors
    /// If there is no such server, or its states are in the way.
    pub fn may_begin(&self, id: Uuid, task: Task) -> Result<&'static Row, Refused> {
        let server = self.get(id).ok_or(Refused::Gone)?;
        task::row(
            task,
            server.vm_state,
            server.task_state,
            server.launched_at.is_some(),
        )
        .map_err(Refused::State)
    }

    /// Takes a task on: the server is changed by `change` at once, its action recorded, and its steps begin. A task that goes
    /// on already and may be interrupted ends here.
    ///
    /// The server as it is now, which is what the answer shows.
    ///
    /// # Errors
    /// If there is no such server, or its states are in the way.
    pub fn begin(
        &mut self,
        id: Uuid,
        task: Task,
        by: By,
        now: Timestamp,
        change: impl FnOnce(&mut Server),
    ) -> Result<Arc<Server>, Refused> {
        let row = self.may_begin(id, task)?;
        let number = *self.numbers.get(&id).ok_or(Refused::Gone)?;
        self.forget_task(number);
        let scripted = self.scripted_failure(task, id);
        let length = match &self.pacing {
            Pacing::Timed(durations) => durations.of(row.task, id),
            Pacing::Instant | Pacing::Manual => SignedDuration::ZERO,
        };
        let request = by.request;
        let image = self.get(id).and_then(|server| server.image.clone());
        let unschedulable = self.change(id, now, |server| {
            server.task_state = row.begins;
            let mut action = Action {
                name: row.action,
                by,
                started: now,
                updated: now,
                message: None,
                events: Vec::with_capacity(row.events.len()),
            };
            begin_events(&mut action, row, 0, now);
            server.actions.push(action);
            change(server);
            let id =
                |image: &Option<Arc<BootImage>>| image.as_ref().map(|image| Arc::clone(&image.id));
            let schedules = match task {
                Task::Build => true,
                // A rebuild asks for a host only where the image is another.
                Task::Rebuild => id(&server.image) != id(&image),
                _ => false,
            };
            let image = server
                .image
                .as_deref()
                .filter(|image| schedules && image.finds_no_host())?;
            let wants_trait = image.wants_trait() && task == Task::Rebuild;
            Some(if wants_trait {
                Failure::no_such_trait()
            } else {
                Failure::no_valid_host()
            })
        });
        let failure = unschedulable.flatten().or(scripted);
        let mut pending = Pending {
            row,
            done: 0,
            due: now,
            began: now,
            length,
            failure,
            request,
            image,
        };
        pending.due = self.due_of(&pending);
        self.schedule(number, pending);
        Ok(Arc::clone(&self.all[&number]))
    }

    /// Ends what is being done to a server without its end, as when an administrator resets its state.
    pub fn cancel(&mut self, id: Uuid) {
        if let Some(number) = self.numbers.get(&id).copied() {
            self.forget_task(number);
        }
    }

    /// Makes what is being done to a server fail.
    pub fn doom(&mut self, id: Uuid, failure: Failure) {
        let pending = self
            .numbers
            .get(&id)
            .and_then(|number| self.pending.get_mut(number));
        if let Some(pending) = pending {
            pending.failure = Some(failure);
        }
    }

    /// Whether something is being done to a server.
    #[must_use]
    pub fn is_busy(&self, id: Uuid) -> bool {
        self.numbers
            .get(&id)
            .is_some_and(|number| self.pending.contains_key(number))
    }

    /// Records something done to a server that takes no time, such as a lock.
    pub fn record(&mut self, id: Uuid, name: &'static str, by: By, now: Timestamp) {
        self.change(id, now, |server| {
            server.actions.push(Action {
                name,
                by,
                started: now,
                updated: now,
                message: None,
                events: Vec::new(),
            });
        });
    }

    /// Forgets whatever was to fail.
    pub fn forget_scripts(&mut self) {
        self.scripts.clear();
    }

    /// Makes tasks fail from now on. Of several scripts for one task the first counts until it is used up.
    pub fn script(&mut self, script: Script) {
        self.scripts.push(script);
    }

    /// How many scripts there are.
    #[must_use]
    pub fn scripts(&self) -> usize {
        self.scripts.len()
    }

    /// When the next step is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Takes every step that is due. `gone` is told of each server that is deleted by that.
    pub fn settle(&mut self, now: Timestamp) -> Vec<Arc<Server>> {
        let mut gone = Vec::new();
        while let Some((due, number)) = self.due.first().copied().filter(|(due, _)| *due <= now) {
            gone.extend(self.take_step(number, due));
        }
        gone
    }

    /// Takes a server's next step, whenever it is due. Whether there was one, and the server if that deleted it.
    pub fn step(&mut self, id: Uuid, now: Timestamp) -> (bool, Option<Arc<Server>>) {
        match self.numbers.get(&id).copied() {
            Some(number) if self.pending.contains_key(&number) => {
                (true, self.take_step(number, now))
            }
            _ => (false, None),
        }
    }

    fn take_step(&mut self, number: u64, at: Timestamp) -> Option<Arc<Server>> {
        let mut pending = self.forget_task(number)?;
        let server = Arc::make_mut(self.all.get_mut(&number)?);
        let last = pending.done + 1 >= pending.row.steps.len();
        // What fails never comes into its next state, such as a stopped server's rebuild, which would run before it is stopped
        // again; what finds no host ends before anything is done on one.
        let arrives = pending
            .row
            .steps
            .get(pending.done)
            .is_some_and(|step| step.vm_state.is_some());
        let now = last
            || arrives
            || pending
                .failure
                .as_ref()
                .is_some_and(|failure| failure.unscheduled);
        if now && let Some(failure) = pending.failure.take() {
            let image = pending.image.as_deref();
            let failed = Failed {
                row: pending.row,
                request: pending.request,
                image,
                failure,
            };
            fail(server, failed, at);
            return None;
        }
        let step = pending.row.steps.get(pending.done)?;
        let before = Usage::of(server);
        take(server, step, at);
        pending.done += 1;
        if let Some(action) = action_of(server, pending.request) {
            end_events(action, pending.row, pending.done, at);
            begin_events(action, pending.row, pending.done, at);
        }
        let after = Usage::of(server);
        let project_id = Arc::clone(&server.project_id);
        let used = self.used.entry(project_id).or_default();
        used.cores += after.cores - before.cores;
        used.ram += after.ram - before.ram;
        if step.effects.contains(&Effect::Gone) {
            return self.bury(number);
        }
        if !last {
            pending.due = self.due_of(&pending);
            self.schedule(number, pending);
        }
        None
    }

    /// Takes a deleted server out of every index; a compact form of it is remembered.
    fn bury(&mut self, number: u64) -> Option<Arc<Server>> {
        let server = self.all.remove(&number)?;
        self.numbers.remove(&server.id);
        if let Some(numbers) = self.of_projects.get_mut(&server.project_id) {
            numbers.remove(&number);
            if numbers.is_empty() {
                self.of_projects.remove(&server.project_id);
            }
        }
        count(&mut self.used, &server, -1);
        let mut grave = Server::clone(&server);
        grave.user_data = None;
        grave.files = Vec::new();
        grave.guest_password = None;
        self.graves.insert(number, Arc::new(grave));
        self.buried.push_back(number);
        if self.buried.len() > GRAVES
            && let Some(oldest) = self.buried.pop_front()
        {
            self.graves.remove(&oldest);
        }
        Some(server)
    }

    fn schedule(&mut self, number: u64, pending: Pending) {
        self.due.insert((pending.due, number));
        self.pending.insert(number, pending);
    }

    fn forget_task(&mut self, number: u64) -> Option<Pending> {
        let pending = self.pending.remove(&number)?;
        self.due.remove(&(pending.due, number));
        Some(pending)
    }

    fn due_of(&self, pending: &Pending) -> Timestamp {
        match self.pacing {
            Pacing::Instant => pending.began,
            Pacing::Manual => Timestamp::MAX,
            Pacing::Timed(_) => {
                let steps = i32::try_from(pending.row.steps.len()).unwrap_or(1).max(1);
                let done = i32::try_from(pending.done + 1).unwrap_or(steps);
                let part = pending
                    .length
                    .checked_mul(done)
                    .map_or(SignedDuration::MAX, |part| part / steps);
                pending.began.checked_add(part).unwrap_or(Timestamp::MAX)
            }
        }
    }

    fn scripted_failure(&mut self, task: Task, id: Uuid) -> Option<Failure> {
        let place = self.scripts.iter().position(|script| {
            script.task == task && script.server.is_none_or(|server| server == id)
        })?;
        let failure = self.scripts[place].failure.clone();
        if let Some(times) = &mut self.scripts[place].times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.scripts.remove(place);
            }
        }
        Some(failure)
    }
}

impl Usage {
    /// What one server uses.
    fn of(server: &Server) -> Self {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        Self {
            instances: 1,
            cores: number(server.flavor.vcpus),
            ram: number(server.flavor.ram),
        }
    }
}

fn count(used: &mut HashMap<Arc<str>, Usage>, server: &Server, sign: i64) {
    let one = Usage::of(server);
    let all = used.entry(Arc::clone(&server.project_id)).or_default();
    all.instances += sign * one.instances;
    all.cores += sign * one.cores;
    all.ram += sign * one.ram;
}
