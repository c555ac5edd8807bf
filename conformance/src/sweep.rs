//! What earlier runs left on a cloud, found by the names that runs give ([`crate::run_name`]) and deleted: servers first, then
//! the server groups and keypairs that they use, each the newest first. What has no such name is never touched. It knows
//! callers, single requests and the ledger's way of deleting; it prints nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use futures::future::join_all;
use http::Method;
use jiff::{Timestamp, fmt::rfc2822};
use nova_client::RawRequest;
use serde_json::{Value, json};

use crate::{
    caller::{Caller, Cloud, Reply},
    check::encoded,
    ledger::{Keypair, Limits, Undo, send, undo},
    run_name,
    servers::gone,
};

/// So many servers a page; a cloud may give fewer.
const PAGE: usize = 1000;

/// So many pages are read at most: a list that never ends is given up.
const PAGES: usize = 1000;

/// What is swept, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// What is younger stays: it may be a run's that is still going.
    pub older_than: Duration,
    /// Nothing is deleted, only told.
    pub dry_run: bool,
    /// How long one request may take.
    pub deadline: Duration,
    /// How long a server may take to go.
    pub patience: Duration,
}

/// What kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A server.
    Server,
    /// A server group.
    ServerGroup,
    /// A keypair.
    Keypair,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Server, Self::ServerGroup, Self::Keypair];

    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::ServerGroup => "server group",
            Self::Keypair => "keypair",
        }
    }
}

/// Something that a run made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// What kind of thing.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its id; a keypair's is its name.
    pub id: String,
    /// Whose list it is in.
    pub caller: Caller,
    /// How old it is by the cloud's clock.
    pub age: Duration,
    made_at: Timestamp,
}

impl fmt::Display for Thing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            name,
            caller,
            age,
            ..
        } = self;
        // Names that a check made on purpose hold control characters.
        let name = name.escape_debug();
        write!(
            out,
            "{} '{name}' of the caller '{caller}', {} old",
            kind.name(),
            spoken(*age)
        )
    }
}

/// What a sweep tells while it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It is a run's and too young.
    Young(Thing),
    /// It would be deleted.
    Would(Thing),
    /// It is gone.
    Deleted(Thing),
    /// It is still there, and why.
    Left(Thing, String),
    /// Some list could not be read, and why: something may be there.
    Unseen(String),
}

/// What a sweep came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many things are gone, or would be.
    pub deleted: usize,
    /// How many are too young.
    pub young: usize,
    /// How many could not be deleted.
    pub left: usize,
    /// How many lists could not be read.
    pub unseen: usize,
}

impl Swept {
    fn count(&mut self, told: &Told) {
        let count = match told {
            Told::Young(_) => &mut self.young,
            Told::Would(_) | Told::Deleted(_) => &mut self.deleted,
            Told::Left(..) => &mut self.left,
            Told::Unseen(_) => &mut self.unseen,
        };
        *count += 1;
    }
}

/// Sweeps, and tells each step when it is done.
pub async fn sweep(cloud: &Cloud, options: &Options, tell: &mut (dyn FnMut(Told) + Send)) -> Swept {
    let mut swept = Swept::default();
    let mut say = |told: Told| {
        swept.count(&told);
        tell(told);
    };
    for kind in Kind::ALL {
        let (old, young) = found(kind, cloud, options, &mut say).await;
        young.into_iter().map(Told::Young).for_each(&mut say);
        if options.dry_run {
            old.into_iter().map(Told::Would).for_each(&mut say);
            continue;
        }
        // A few at a time; each batch is the newest that is left.
        for some in old.chunks(AT_A_TIME) {
            let outcomes = join_all(some.iter().map(|thing| remove(thing, cloud, options))).await;
            let here = still_listed(kind, some, cloud, options.deadline).await;
            for (thing, outcome) in some.iter().zip(outcomes) {
                let outcome = outcome.and_then(|()| here.of(thing));
                say(match outcome {
                    Ok(()) => Told::Deleted(thing.clone()),
                    Err(why) => Told::Left(thing.clone(), why),
                });
            }
        }
    }
    swept
}

/// So many deletions are under way at once.
const AT_A_TIME: usize = 4;

/// Everything of a kind that runs made, each once: what is old enough, newest first, and what is not.
async fn found(
    kind: Kind,
    cloud: &Cloud,
    options: &Options,
    say: &mut (dyn FnMut(Told) + Send),
) -> (Vec<Thing>, Vec<Thing>) {
    let mut things: Vec<Thing> = Vec::new();
    let mut seen = BTreeSet::new();
    for caller in people(cloud) {
        match list(kind, caller, cloud, options.deadline).await {
            Ok(list) => {
                for thing in list {
                    match thing {
                        // Two people of a project see the same servers; keypairs are each one's own.
                        Ok(thing) => {
                            let owner = (kind == Kind::Keypair).then_some(caller);
                            if seen.insert((owner, thing.id.clone())) {
                                things.push(thing);
                            }
                        }
                        Err(why) => say(Told::Unseen(why)),
                    }
                }
            }
            Err(why) => say(Told::Unseen(format!(
                "could not look for {}s of the caller '{caller}': {why}",
                kind.name()
            ))),
        }
    }
    things.sort_by(|one, other| (other.made_at, &other.name).cmp(&(one.made_at, &one.name)));
    things
        .into_iter()
        .partition(|thing| thing.age >= options.older_than)
}

/// Those who have lists of their own.
fn people(cloud: &Cloud) -> impl Iterator<Item = Caller> {
    let named = cloud.parties().map(|(caller, _)| caller);
    named.filter(|caller| caller.option().is_some())
}

/// What is listed, of what was deleted: an accepted deletion may be a lie.
#[derive(Debug, Default)]
struct Listed {
    ids: BTreeSet<(Caller, String)>,
    unseen: BTreeMap<Caller, String>,
}

impl Listed {
    fn of(&self, thing: &Thing) -> Result<(), String> {
        if let Some(why) = self.unseen.get(&thing.caller) {
            return Err(format!("its deletion was accepted, and then {why}"));
        }
        if self.ids.contains(&(thing.caller, thing.id.clone())) {
            return Err("its deletion was accepted, and it is still listed".to_owned());
        }
        Ok(())
    }
}

async fn still_listed(kind: Kind, some: &[Thing], cloud: &Cloud, deadline: Duration) -> Listed {
    let mut found = Listed::default();
    // Servers were waited for until they were gone.
    if kind == Kind::Server {
        return found;
    }
    let callers: BTreeSet<Caller> = some.iter().map(|thing| thing.caller).collect();
    for caller in callers {
        match listed(kind, caller, cloud, deadline).await {
            Ok((items, _)) => {
                let ids = items.into_iter().map(|item| (caller, item.id));
                found.ids.extend(ids);
            }
            Err(why) => drop(found.unseen.insert(caller, why)),
        }
    }
    found
}

async fn remove(thing: &Thing, cloud: &Cloud, options: &Options) -> Result<(), String> {
    let limits = Limits {
        deadline: options.deadline,
        patience: options.patience,
    };
    let Thing {
        kind,
        name,
        id,
        caller,
        ..
    } = thing;
    match kind {
        Kind::Server => {
            let server = gone::Server {
                name: name.clone(),
                id: Some(id.clone()),
            };
            gone::delete(&server, *caller, cloud, limits).await
        }
        Kind::ServerGroup => {
            let path = format!("/os-server-groups/{}", encoded(id));
            undo(
                &Undo::delete(*caller, thing.to_string(), path),
                cloud,
                limits,
            )
            .await
            .map_err(String::from)
        }
        Kind::Keypair => {
            if let Some((was, narrowed)) = run_name::was_narrowed(name) {
                put_back(was, narrowed, *caller, cloud, options.deadline).await?;
            }
            undo(&Undo::from(Keypair::of(*caller, name)), cloud, limits)
                .await
                .map_err(String::from)
        }
    }
}

/// Gives a project its quota of keypairs back, where it is still as narrow as a run that was killed has left it.
async fn put_back(
    was: i64,
    narrowed: i64,
    caller: Caller,
    cloud: &Cloud,
    deadline: Duration,
) -> Result<(), String> {
    let project = cloud.party(caller).and_then(|party| party.user.as_ref());
    let Some(project) = project.map(|user| &user.project_id) else {
        return Ok(());
    };
    let path = format!("/os-quota-sets/{}", encoded(project));
    let why = |what: String| {
        format!(
            "it tells that a run narrowed the quota of keypairs of project {project} from {was} to {narrowed}, and {what}"
        )
    };
    let mut look = RawRequest::get(&path).within(deadline);
    let reply = send(Caller::Admin, &mut look, cloud).await.map_err(why)?;
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let now = body
        .as_ref()
        .and_then(|body| body.pointer("/quota_set/key_pairs")?.as_i64())
        .ok_or_else(|| why(format!("GET {path} answered {}", reply.status)))?;
    if now != narrowed {
        return Ok(());
    }
    let body = json!({"quota_set": {"key_pairs": was}});
    let mut change = RawRequest::put(&path).json(&body).within(deadline);
    let reply = send(Caller::Admin, &mut change, cloud).await.map_err(why)?;
    match reply.status {
        200 => Ok(()),
        status => Err(why(format!("PUT {path} answered {status}"))),
    }
}

/// One item of a list.
#[derive(Debug)]
struct Item {
    id: String,
    name: String,
    /// When it was made, where the list tells it.
    made_at: Option<Timestamp>,
}

/// What runs made of a kind, as a caller sees it; each thing whose age is not told is an error of its own.
async fn list(
    kind: Kind,
    caller: Caller,
    cloud: &Cloud,
    deadline: Duration,
) -> Result<Vec<Result<Thing, String>>, String> {
    let (items, now) = listed(kind, caller, cloud, deadline).await?;
    let mut things = Vec::new();
    for Item { id, name, made_at } in items {
        let Some(began) = run_name::origin(&name) else {
            continue;
        };
        let made_at = match (kind, made_at) {
            (_, Some(made_at)) => Ok(made_at),
            (Kind::Keypair, None) => match made(&name, caller, cloud, deadline).await {
                Ok(Some(made_at)) => Ok(made_at),
                // Deleted meanwhile.
                Ok(None) => continue,
                Err(why) => Err(why),
            },
            // The API tells no date of a server group: it is not older than its run.
            (_, None) => Ok(began),
        };
        things.push(made_at.map(|made_at| Thing {
            kind,
            name,
            id,
            caller,
            age: Duration::try_from(now.duration_since(made_at)).unwrap_or_default(),
            made_at,
        }));
    }
    Ok(things)
}

/// A whole list, and what time it is where the cloud is.
async fn listed(
    kind: Kind,
    caller: Caller,
    cloud: &Cloud,
    deadline: Duration,
) -> Result<(Vec<Item>, Timestamp), String> {
    let (path, key, inner) = match kind {
        Kind::Server => ("/servers/detail", "servers", ""),
        Kind::ServerGroup => ("/os-server-groups", "server_groups", ""),
        Kind::Keypair => ("/os-keypairs", "keypairs", "/keypair"),
    };
    let mut items: Vec<Item> = Vec::new();
    let mut now = None;
    for _ in 0..PAGES {
        let query = match (kind, items.last()) {
            (Kind::Server, None) => format!("?name=nvc-&limit={PAGE}"),
            (Kind::Server, Some(last)) => {
                format!("?name=nvc-&limit={PAGE}&marker={}", encoded(&last.id))
            }
            // The version that is asked at has no pages of keypairs: the list is whole.
            (Kind::Keypair, _) => String::new(),
            (Kind::ServerGroup, _) => format!("?limit={PAGE}&offset={}", items.len()),
        };
        let mut request = RawRequest::get(format!("{path}{query}")).within(deadline);
        let reply = send(caller, &mut request, cloud).await?;
        let now = *now.get_or_insert_with(|| clock_of(&reply));
        let body: Option<Value> = serde_json::from_slice(&reply.body)
            .ok()
            .filter(|_| reply.status == 200);
        let list = body.as_ref().and_then(|body| body.get(key)?.as_array());
        let list =
            list.ok_or_else(|| format!("GET {path} answered {}, and no list", reply.status))?;
        let before = items.len();
        let known: BTreeSet<String> = items.iter().map(|item| item.id.clone()).collect();
        let page = list
            .iter()
            .filter_map(|entry| item(kind, entry.pointer(inner)?));
        items.extend(page.filter(|item| !known.contains(&item.id)));
        if kind == Kind::Keypair || items.len() == before {
            return Ok((items, now));
        }
    }
    Err(format!("GET {path} has no end after {PAGES} pages"))
}

fn item(kind: Kind, entry: &Value) -> Option<Item> {
    let name = entry.get("name")?.as_str()?;
    let id = match kind {
        Kind::Keypair => name,
        Kind::Server | Kind::ServerGroup => entry.get("id")?.as_str()?,
    };
    let made_at = entry.get("created").and_then(Value::as_str).and_then(read);
    Some(Item {
        id: id.to_owned(),
        name: name.to_owned(),
        made_at,
    })
}

/// When a keypair was made; `None` where there is none of this name any more.
async fn made(
    name: &str,
    caller: Caller,
    cloud: &Cloud,
    deadline: Duration,
) -> Result<Option<Timestamp>, String> {
    let path = format!("/os-keypairs/{}", encoded(name));
    let mut request = RawRequest::new(Method::GET, &path).within(deadline);
    let reply = send(caller, &mut request, cloud).await?;
    if reply.status == 404 {
        return Ok(None);
    }
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let told = body
        .as_ref()
        .and_then(|body| body.pointer("/keypair/created_at")?.as_str())
        .and_then(read);
    told.map(Some).ok_or_else(|| {
        format!(
            "GET {path} answered {}, and no time when it was made",
            reply.status
        )
    })
}

/// A time as Nova writes it, with and without the zone, which is UTC.
fn read(text: &str) -> Option<Timestamp> {
    text.parse()
        .ok()
        .or_else(|| format!("{text}Z").parse().ok())
}

/// What time it is where an answer came from: its `Date`, or this machine's clock where it has none.
fn clock_of(reply: &Reply) -> Timestamp {
    let date = reply.headers.iter().find(|(name, _)| name == "date");
    let date = date.and_then(|(_, value)| rfc2822::parse(value).ok());
    date.map(|date| date.timestamp()).unwrap_or_else(|| {
        #[expect(
            clippy::disallowed_methods,
            reason = "the age of real things is told by a real clock"
        )]
        let now = Timestamp::now();
        now
    })
}

/// An age in words: its two largest units.
fn spoken(age: Duration) -> String {
    let seconds = age.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}
