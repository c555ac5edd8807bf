//! What a run makes, written down before it is made, so that it can be deleted whatever happens. It knows callers and one
//! request (`undo.rs`); [`crate::runner`] decides when to clean up.

mod undo;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::future::join_all;
use nova_client::RawRequest;
use serde::Serialize;
use serde_json::Value;

pub(crate) use undo::{FOR_OTHERS, NotUndone, send, undo};
pub use undo::{Keypair, Undo};

use crate::{
    caller::{Caller, Cloud},
    check::encoded,
    identity::Newcomer,
    servers::gone,
};

/// After so many deletions in a row without an answer, the rest is not tried: each would wait for its deadline.
const IN_VAIN: usize = 3;

/// Something that a run left on the cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leak {
    /// What is left.
    pub what: String,
    /// Why it could not be deleted.
    pub why: String,
}

impl fmt::Display for Leak {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.what, self.why)
    }
}

/// The number of what no instance made.
const NOBODYS: usize = usize::MAX;

/// One check's page of the run's book.
#[derive(Debug, Clone)]
pub struct Ledger {
    book: Arc<Book>,
    cloud: Arc<Cloud>,
    number: usize,
}

impl Ledger {
    pub(crate) const fn new(book: Arc<Book>, cloud: Arc<Cloud>, number: usize) -> Self {
        Self {
            book,
            cloud,
            number,
        }
    }

    /// Registers what is about to be made or changed. Say it before you send the request, also where the cloud should
    /// refuse it.
    pub fn will_create(&self, undo: impl Into<Undo>) {
        let undo = undo.into();
        let undo = match undo.keypair {
            Some(keypair) => keypair.for_its_deleter(&self.cloud).into(),
            None => undo,
        };
        self.book.write(self.number, undo);
    }
}

#[derive(Debug)]
struct Entry {
    serial: usize,
    number: usize,
    undo: Undo,
    why_left: Option<String>,
}

impl Entry {
    const fn is_newcomer(&self) -> bool {
        self.undo.newcomer.is_some()
    }
}

/// What the whole run has made and not yet deleted.
#[derive(Debug, Default)]
pub(crate) struct Book {
    // A std lock, because nothing awaits while it is held.
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    written: usize,
    entries: Vec<Entry>,
    owners: Vec<(Caller, Option<String>)>,
    /// Who may neither make nor delete keypairs, as the profile says.
    without_keypairs: Vec<Caller>,
    bosses: Vec<Caller>,
}

/// How long a cleaning up may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// One request, to its answer's last byte.
    pub(crate) deadline: Duration,
    /// A server whose deletion was accepted, until it is gone.
    pub(crate) patience: Duration,
}

impl Book {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The profile says of these that they may neither make nor delete keypairs: where a deletion is refused to them, there
    /// was nothing to delete.
    pub(crate) fn without_keypairs(&self, callers: impl IntoIterator<Item = Caller>) {
        self.pages().without_keypairs.extend(callers);
    }

    fn is_without_keypairs(&self, caller: Caller) -> bool {
        self.pages().without_keypairs.contains(&caller)
    }

    pub(crate) fn write(&self, number: usize, mut undo: Undo) {
        undo.may_be_refused |= undo.keypair.is_some() && self.is_without_keypairs(undo.caller);
        // Only an administrator may look through another's.
        if let Some(keypair) = &undo.keypair
            && (keypair.user_id.is_none() || keypair.caller == Caller::Admin)
        {
            self.may_own(keypair.caller, keypair.user_id.clone());
        }
        let mut pages = self.pages();
        let serial = pages.written;
        pages.written += 1;
        pages.entries.push(Entry {
            serial,
            number,
            undo,
            why_left: None,
        });
    }

    /// Notes whose keypairs are to be looked through at the end: somebody who asked to make something owns what was made,
    /// also where it was to be another's.
    pub(crate) fn may_own(&self, caller: Caller, user_id: Option<String>) {
        // They may not look either, as a rule, and own nothing.
        if self.is_without_keypairs(caller) {
            return;
        }
        let owner = (caller, user_id);
        let mut pages = self.pages();
        if caller.option().is_some() && !pages.owners.contains(&owner) {
            pages.owners.push(owner);
        }
    }

    /// Notes that a server of this name is about to be asked for; asking twice for the same makes one entry.
    pub(crate) fn will_make_server(&self, number: usize, caller: Caller, name: &str) {
        {
            let mut pages = self.pages();
            if caller.option().is_some() && !pages.bosses.contains(&caller) {
                pages.bosses.push(caller);
            }
            let is_known = |entry: &Entry| {
                let server = entry.undo.server.as_ref();
                server.is_some_and(|server| server.name == name && server.id.is_none())
            };
            if pages.entries.iter().any(is_known) {
                return;
            }
        }
        self.write(number, Undo::server(caller, name));
    }

    /// Notes that a project or user of the run's own is about to be made.
    pub(crate) fn will_make_newcomer(&self, newcomer: &Newcomer) {
        self.write(NOBODYS, Undo::newcomer(newcomer.clone()));
    }

    /// The id of the project or user that was made under a name.
    pub(crate) fn made_newcomer(&self, name: &str, id: &str) {
        let mut pages = self.pages();
        let mut newcomers = pages
            .entries
            .iter_mut()
            .filter_map(|entry| entry.undo.newcomer.as_mut());
        if let Some(newcomer) = newcomers.find(|newcomer| newcomer.name == name) {
            newcomer.id = Some(id.to_owned());
        }
    }

    /// Takes the run's own users and projects away, newest first, and returns those that are left. While they own something
    /// that is left, they stay: `sweep` finds by them what is theirs.
    pub(crate) async fn dismiss(&self, cloud: &Cloud, limits: Limits, theirs: bool) -> Vec<Leak> {
        if theirs {
            return because(
                self.left_of(Entry::is_newcomer),
                "something that was made is left, and may be theirs: `nova-conformance sweep --admin-cloud …` removes both",
            );
        }
        self.undo_all(Entry::is_newcomer, cloud, limits).await;
        self.left_of(Entry::is_newcomer)
    }

    /// The id of the server that was made under a name.
    pub(crate) fn made_server(&self, number: usize, caller: Caller, name: &str, id: &str) {
        let entry = |pages: &mut Pages, wanted: &dyn Fn(&gone::Server) -> bool| {
            let mut servers = pages
                .entries
                .iter_mut()
                .filter_map(|entry| entry.undo.server.as_mut());
            let found = servers.find(|server| wanted(server));
            found
                .map(|server| server.id = Some(id.to_owned()))
                .is_some()
        };
        let found = {
            let mut pages = self.pages();
            entry(&mut pages, &|server| server.id.as_deref() == Some(id))
                || entry(&mut pages, &|server| {
                    server.name == name && server.id.is_none()
                })
        };
        if !found {
            let mut undo = Undo::server(caller, name);
            undo.server = Some(gone::Server {
                name: name.to_owned(),
                id: Some(id.to_owned()),
            });
            self.write(number, undo);
        }
    }

    /// Strikes out a server that is known to be gone.
    pub(crate) fn server_is_gone(&self, id: &str) {
        let is_it = |entry: &Entry| {
            let server = entry.undo.server.as_ref();
            server.is_some_and(|server| server.id.as_deref() == Some(id))
        };
        self.pages().entries.retain(|entry| !is_it(entry));
    }

    /// Undoes what one check registered, newest first. What fails stays in the book for the end of the run.
    pub(crate) async fn clean_up(&self, number: usize, cloud: &Cloud, limits: Limits) {
        self.undo_all(|entry| entry.number == number, cloud, limits)
            .await;
    }

    /// An entry leaves the book only once it is undone, so that a second Ctrl-C still knows of it.
    /// Servers that follow each other are deleted together, for each takes its time.
    async fn undo_all(&self, wanted: impl Fn(&Entry) -> bool, cloud: &Cloud, limits: Limits) {
        let todo: Vec<(usize, Undo)> = {
            let pages = self.pages();
            let wanted = pages.entries.iter().rev().filter(|entry| wanted(entry));
            wanted
                .map(|entry| (entry.serial, entry.undo.clone()))
                .collect()
        };
        let together = |one: &(usize, Undo), other: &(usize, Undo)| {
            one.1.server.is_some() && other.1.server.is_some()
        };
        let mut in_vain = 0;
        for some in todo.chunk_by(together) {
            if in_vain >= IN_VAIN {
                return;
            }
            let undone = some
                .iter()
                .map(|(serial, todo)| async move { (*serial, undo(todo, cloud, limits).await) });
            for (serial, outcome) in join_all(undone).await {
                in_vain = match &outcome {
                    Err(NotUndone::Unanswered(_)) => in_vain + 1,
                    _ => 0,
                };
                self.is_undone(serial, outcome.map_err(String::from));
            }
        }
    }

    fn is_undone(&self, serial: usize, outcome: Result<(), String>) {
        let mut pages = self.pages();
        let mut entries = pages.entries.iter();
        let Some(at) = entries.position(|entry| entry.serial == serial) else {
            return;
        };
        match outcome {
            Ok(()) => drop(pages.entries.remove(at)),
            Err(why) => pages.entries[at].why_left = Some(why),
        }
    }

    /// The end of the run: tries again what failed, looks for keypairs with the run's names, and returns what is left.
    /// `notes` gets what people should know although nothing is left of it.
    pub(crate) async fn close(
        &self,
        prefix: &str,
        cloud: &Cloud,
        limits: Limits,
        notes: &mut Vec<String>,
    ) -> Vec<Leak> {
        self.undo_all(|entry| !entry.is_newcomer(), cloud, limits)
            .await;
        let (mut leaks, mut all_seen) = self.stray_servers(prefix, cloud, limits, notes).await;
        let deadline = limits.deadline;
        let owners = self.pages().owners.clone();
        for (caller, user_id) in owners {
            let whose = |keypair: &Keypair| keypair.caller == caller && keypair.user_id == user_id;
            let names = match keypairs(caller, user_id.as_deref(), cloud, deadline).await {
                Ok(names) => names,
                Err(why) => {
                    notes.push(format!(
                        "could not look for keypairs left to the caller '{caller}': {why}"
                    ));
                    all_seen = false;
                    continue;
                }
            };
            // A keypair that is not there is not left, whatever its deletion was answered.
            self.pages().entries.retain(|entry| {
                let mine = entry.undo.keypair.as_ref().filter(|keypair| whose(keypair));
                mine.is_none_or(|keypair| names.contains(&keypair.name))
            });
            for name in names.into_iter().filter(|name| name.starts_with(prefix)) {
                let keypair = Keypair {
                    caller,
                    name,
                    user_id: user_id.clone(),
                };
                if self.has(&keypair) {
                    continue;
                }
                let again = Undo::from(keypair);
                let outcome = undo(&again, cloud, limits).await;
                let still = match outcome {
                    Ok(()) => is_there(&again, cloud, deadline).await,
                    Err(why) => Some(why.into()),
                };
                match still {
                    None => notes.push(format!(
                        "{} was still there at the end of the run, not registered or in spite of an accepted deletion; it is deleted now",
                        again.what
                    )),
                    Some(why) => leaks.push(Leak { what: again.what, why }),
                }
            }
        }
        let mut left = self.left_of(|entry| !entry.is_newcomer());
        left.extend(leaks);
        let may_be_theirs = !left.is_empty() || !all_seen;
        left.extend(self.dismiss(cloud, limits, may_be_theirs).await);
        left
    }

    /// Servers with the run's names that are still there, although nothing in the book tells of them; and whether everybody's
    /// could be looked for.
    async fn stray_servers(
        &self,
        prefix: &str,
        cloud: &Cloud,
        limits: Limits,
        notes: &mut Vec<String>,
    ) -> (Vec<Leak>, bool) {
        let bosses = self.pages().bosses.clone();
        let (mut leaks, mut all_seen) = (Vec::new(), true);
        for caller in bosses {
            let found = match gone::named(prefix, caller, cloud, limits.deadline).await {
                Ok(found) => found,
                Err(why) => {
                    notes.push(format!(
                        "could not look for servers left to the caller '{caller}': {why}"
                    ));
                    all_seen = false;
                    continue;
                }
            };
            for server in found {
                let id = server.id.clone();
                let in_the_book = |entry: &Entry| {
                    let known = entry.undo.server.as_ref();
                    known.is_some_and(|known| known.id == id)
                };
                if self.pages().entries.iter().any(in_the_book) {
                    continue;
                }
                let mut again = Undo::server(caller, &server.name);
                again.server = Some(server);
                match undo(&again, cloud, limits).await {
                    Ok(()) => notes.push(format!(
                        "{} was still there at the end of the run and not registered; it is deleted now",
                        again.what
                    )),
                    Err(why) => leaks.push(Leak { what: again.what, why: why.into() }),
                }
            }
        }
        (leaks, all_seen)
    }

    fn has(&self, keypair: &Keypair) -> bool {
        self.pages()
            .entries
            .iter()
            .any(|entry| entry.undo.keypair.as_ref() == Some(keypair))
    }

    /// What is in the book, newest first, none of it deleted for this reason.
    pub(crate) fn left_because(&self, why: &str) -> Vec<Leak> {
        because(self.left(), why)
    }

    /// What is in the book, newest first.
    pub(crate) fn left(&self) -> Vec<Leak> {
        self.left_of(|_| true)
    }

    fn left_of(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<Leak> {
        let pages = self.pages();
        let wanted = pages.entries.iter().rev().filter(|entry| wanted(entry));
        let leaks = wanted.map(|entry| Leak {
            what: entry.undo.what.clone(),
            why: entry
                .why_left
                .clone()
                .unwrap_or_else(|| "its deletion was not tried".to_owned()),
        });
        leaks.collect()
    }
}

fn because(mut left: Vec<Leak>, why: &str) -> Vec<Leak> {
    for leak in &mut left {
        why.clone_into(&mut leak.why);
    }
    left
}

/// Why a keypair is thought to be there still; `None` where it is gone.
async fn is_there(deletion: &Undo, cloud: &Cloud, deadline: Duration) -> Option<String> {
    let keypair = deletion.keypair.as_ref()?;
    match keypairs(keypair.caller, keypair.user_id.as_deref(), cloud, deadline).await {
        Ok(names) if names.contains(&keypair.name) => {
            Some("its deletion is accepted again and again, and it is still listed".to_owned())
        }
        Ok(_) => None,
        Err(why) => Some(why),
    }
}

/// The names of somebody's keypairs. Below 2.35 the list has no pages.
async fn keypairs(
    caller: Caller,
    user_id: Option<&str>,
    cloud: &Cloud,
    deadline: Duration,
) -> Result<Vec<String>, String> {
    let mut request = match user_id {
        Some(user) => {
            RawRequest::get(format!("/os-keypairs?user_id={}", encoded(user))).at(FOR_OTHERS)
        }
        None => RawRequest::get("/os-keypairs"),
    }
    .within(deadline);
    let reply = send(caller, &mut request, cloud).await?;
    let body: Option<Value> = serde_json::from_slice(&reply.body)
        .ok()
        .filter(|_| reply.status == 200);
    let list = body
        .as_ref()
        .and_then(|body| body.get("keypairs")?.as_array());
    let list =
        list.ok_or_else(|| format!("GET /os-keypairs answered {}, and no list", reply.status))?;
    let name = |item: &Value| item.pointer("/keypair/name")?.as_str().map(str::to_owned);
    Ok(list.iter().filter_map(name).collect())
}
