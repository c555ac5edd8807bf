//! What a run makes, written down before it is made, so that it can be deleted whatever happens. It knows callers and one
//! request; [`crate::runner`] decides when to clean up.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::Method;
use nova_api::Microversion;
use nova_client::{RawRequest, redact};
use serde::Serialize;
use serde_json::Value;

use futures::future::join_all;

use crate::{
    caller::{Base, Caller, Cloud, Party, Reply},
    check::encoded,
    servers::gone,
};

/// The version at which administrators may act on others' keypairs.
const FOR_OTHERS: &str = "2.10";

/// After so many deletions in a row without an answer, the rest is not tried: each would wait for its deadline.
const IN_VAIN: usize = 3;

/// How one thing is put back as it was: one request, and the statuses that say it is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Undo {
    what: String,
    caller: Caller,
    method: Method,
    path: String,
    version: Option<String>,
    body: Option<Value>,
    keypair: Option<Keypair>,
    server: Option<gone::Server>,
    /// Whether being refused means that there was nothing to undo.
    may_be_refused: bool,
}

impl Undo {
    /// `DELETE` of a path below the endpoint, percent-encoded by you. A 404 is fine: it may never have been made.
    pub fn delete(caller: Caller, what: impl Into<String>, path: impl Into<String>) -> Self {
        Self::request(caller, what, Method::DELETE, path)
    }

    /// Any request that puts back what a check changes, such as a quota.
    pub fn request(
        caller: Caller,
        what: impl Into<String>,
        method: Method,
        path: impl Into<String>,
    ) -> Self {
        Self {
            what: what.into(),
            caller,
            method,
            path: path.into(),
            version: None,
            body: None,
            keypair: None,
            server: None,
            may_be_refused: false,
        }
    }

    /// The deletion of a server, known by its name until the answer to its creation tells its id. It is done when the server
    /// is gone, not when its deletion is accepted.
    pub(crate) fn server(caller: Caller, name: impl Into<String>) -> Self {
        let name = name.into();
        let what = format!("server '{name}' of the caller '{caller}'");
        let mut undo = Self::delete(caller, what, "/servers");
        undo.server = Some(gone::Server { name, id: None });
        undo
    }

    /// Asks at this version instead of none.
    #[must_use]
    pub fn at(mut self, version: Microversion) -> Self {
        self.version = Some(version.to_string());
        self
    }

    /// With this JSON body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// What is undone, for people.
    pub fn what(&self) -> &str {
        &self.what
    }

    fn is_done_by(&self, status: u16) -> bool {
        // Somebody who may not delete another's keypair was not to make it either; that they could is the check's to tell.
        let anothers = self
            .keypair
            .as_ref()
            .is_some_and(|keypair| keypair.user_id.is_some());
        match status {
            200..300 => true,
            404 => self.method == Method::DELETE,
            403 => self.may_be_refused || (anothers && self.caller != Caller::Admin),
            _ => false,
        }
    }

    fn to_request(&self, deadline: Duration) -> RawRequest {
        let mut request = RawRequest::new(self.method.clone(), self.path.clone()).within(deadline);
        if let Some(version) = &self.version {
            request = request.at(version);
        }
        if let Some(body) = &self.body {
            request = request.json(body);
        }
        request
    }
}

/// A keypair that a check is about to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keypair {
    /// Who makes it, and may delete it.
    pub caller: Caller,
    /// Its name.
    pub name: String,
    /// Whose it is, where it is not the caller's own.
    pub user_id: Option<String>,
}

impl Keypair {
    /// A keypair of the caller's own.
    pub fn of(caller: Caller, name: impl Into<String>) -> Self {
        Self {
            caller,
            name: name.into(),
            user_id: None,
        }
    }

    /// A keypair that the caller makes for somebody else, or tries to.
    #[must_use]
    pub fn for_user(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// The same keypair as the one who can best delete it sees it: its owner, or else an administrator. What nobody who is
    /// not logged in should be able to make would be the main caller's.
    fn for_its_deleter(mut self, cloud: &Cloud) -> Self {
        if self.caller.option().is_none() {
            self.caller = Caller::Main;
        }
        if let Some(owner) = &self.user_id {
            let is_owner =
                |party: &Party| party.user.as_ref().is_some_and(|user| user.id == *owner);
            let mut people = cloud
                .parties()
                .filter(|(caller, _)| caller.option().is_some());
            if let Some((caller, _)) = people.find(|(_, party)| is_owner(party)) {
                self.caller = caller;
                self.user_id = None;
            } else if cloud.party(Caller::Admin).is_some() {
                self.caller = Caller::Admin;
            }
        }
        self
    }
}

impl From<Keypair> for Undo {
    fn from(keypair: Keypair) -> Self {
        let owner = keypair.user_id.as_ref();
        let what = match owner {
            Some(user) => format!("keypair '{}' of user {user}", keypair.name),
            None => format!(
                "keypair '{}' of the caller '{}'",
                keypair.name, keypair.caller
            ),
        };
        let query = owner
            .map(|user| format!("?user_id={}", encoded(user)))
            .unwrap_or_default();
        let path = format!("/os-keypairs/{}{query}", encoded(&keypair.name));
        let version = owner.map(|_| FOR_OTHERS.to_owned());
        let caller = keypair.caller;
        Self {
            what,
            caller,
            method: Method::DELETE,
            path,
            version,
            body: None,
            keypair: Some(keypair),
            server: None,
            may_be_refused: false,
        }
    }
}

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
        undo.may_be_refused = undo.keypair.is_some() && self.is_without_keypairs(undo.caller);
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
        self.undo_all(|_| true, cloud, limits).await;
        let mut leaks = self.stray_servers(prefix, cloud, limits, notes).await;
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
        let mut left = self.left();
        left.extend(leaks);
        left
    }

    /// Servers with the run's names that are still there, although nothing in the book tells of them.
    async fn stray_servers(
        &self,
        prefix: &str,
        cloud: &Cloud,
        limits: Limits,
        notes: &mut Vec<String>,
    ) -> Vec<Leak> {
        let bosses = self.pages().bosses.clone();
        let mut leaks = Vec::new();
        for caller in bosses {
            let found = match gone::named(prefix, caller, cloud, limits.deadline).await {
                Ok(found) => found,
                Err(why) => {
                    notes.push(format!(
                        "could not look for servers left to the caller '{caller}': {why}"
                    ));
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
        leaks
    }

    fn has(&self, keypair: &Keypair) -> bool {
        self.pages()
            .entries
            .iter()
            .any(|entry| entry.undo.keypair.as_ref() == Some(keypair))
    }

    /// What is in the book, newest first, none of it deleted for this reason.
    pub(crate) fn left_because(&self, why: &str) -> Vec<Leak> {
        let mut left = self.left();
        for leak in &mut left {
            why.clone_into(&mut leak.why);
        }
        left
    }

    /// What is in the book, newest first.
    pub(crate) fn left(&self) -> Vec<Leak> {
        self.pages()
            .entries
            .iter()
            .rev()
            .map(|entry| Leak {
                what: entry.undo.what.clone(),
                why: entry
                    .why_left
                    .clone()
                    .unwrap_or_else(|| "its deletion was not tried".to_owned()),
            })
            .collect()
    }
}

pub(crate) async fn send(
    caller: Caller,
    request: &mut RawRequest,
    cloud: &Cloud,
) -> Result<Reply, String> {
    let party = cloud
        .party(caller)
        .ok_or_else(|| cloud.why_without(caller))?;
    request.token = party.token.clone();
    party.wire.send(Base::Endpoint, request).await
}

/// Undoes one thing. The error is a sentence that says why it is thought to be there still.
pub(crate) async fn undo(undo: &Undo, cloud: &Cloud, limits: Limits) -> Result<(), NotUndone> {
    if let Some(server) = &undo.server {
        return gone::delete(server, undo.caller, cloud, limits)
            .await
            .map_err(NotUndone::Left);
    }
    let reply = send(undo.caller, &mut undo.to_request(limits.deadline), cloud)
        .await
        .map_err(NotUndone::Unanswered)?;
    if undo.is_done_by(reply.status) {
        return Ok(());
    }
    Err(NotUndone::Left(format!(
        "{} {} answered {}",
        undo.method,
        redact::text(&undo.path),
        reply.status
    )))
}

/// Why something is thought to be there still.
#[derive(Debug)]
pub(crate) enum NotUndone {
    /// The answer to its deletion, or what was seen later, says so.
    Left(String),
    /// There was no answer.
    Unanswered(String),
}

impl From<NotUndone> for String {
    fn from(not: NotUndone) -> Self {
        match not {
            NotUndone::Left(why) | NotUndone::Unanswered(why) => why,
        }
    }
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
