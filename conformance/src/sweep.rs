//! What earlier runs left on a cloud, found by the names that runs give ([`crate::run_name`]) and deleted: servers first, then
//! the groups and keypairs that they use, then the users and projects that runs made for themselves, each the newest
//! first. What has no such name is never touched. It knows callers, single requests and the ledger's way of deleting; it prints
//! nothing. How each kind is listed is told in `sweep/lists.rs`.

mod lists;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use futures::future::join_all;
use jiff::Timestamp;
use nova_client::RawRequest;
use serde_json::{Value, json};

use lists::{Lists, Whose};

use crate::{
    caller::{Caller, Cloud},
    check::encoded,
    identity::{self, Newcomer},
    ledger::{Keypair, Limits, Undo, send, undo},
    run_name,
    servers::gone,
};

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
    /// A security group.
    SecurityGroup,
    /// A keypair.
    Keypair,
    /// A user that a run made for itself.
    User,
    /// A project that a run made for itself.
    Project,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Server,
        Self::ServerGroup,
        Self::SecurityGroup,
        Self::Keypair,
        Self::User,
        Self::Project,
    ];

    const fn is_newcomer(self) -> bool {
        matches!(self, Self::User | Self::Project)
    }

    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::ServerGroup => "server group",
            Self::SecurityGroup => "security group",
            Self::Keypair => "keypair",
            Self::User => "user",
            Self::Project => "project",
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
    /// Whose list it is in, or who sees it there.
    pub caller: Caller,
    /// The user of a run's own whose it is, where an administrator sees it.
    pub user: Option<User>,
    /// How old it is by the cloud's clock.
    pub age: Duration,
    made_at: Timestamp,
}

/// A user that a run made for itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct User {
    /// Their name.
    pub name: String,
    /// Their id.
    pub id: String,
}

impl fmt::Display for Thing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            name,
            caller,
            user,
            age,
            ..
        } = self;
        // Names that a check made on purpose hold control characters.
        let name = name.escape_debug();
        write!(out, "{} '{name}'", kind.name())?;
        match (kind, user) {
            (Kind::User | Kind::Project, _) => {}
            (_, Some(user)) => write!(out, " of user '{}'", user.name)?,
            (_, None) => write!(out, " of the caller '{caller}'")?,
        }
        write!(out, ", {} old", spoken(*age))
    }
}

impl Thing {
    fn whose(&self) -> Whose {
        match &self.user {
            Some(user) => Whose::User(user.clone()),
            None => Whose::Caller(self.caller),
        }
    }

    /// The run whose users it depends on, or one of whose it is.
    fn run(&self) -> Option<String> {
        if self.kind.is_newcomer() {
            run_name::of_people(&self.name)
        } else {
            self.whose().run()
        }
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

/// Why the users and projects of a run stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stay {
    /// Something of theirs is too young: the run may still be going.
    Young,
    /// Something of theirs is left, or could not be looked for: by them it is found again.
    Left,
}

/// Sweeps, and tells each step when it is done.
pub async fn sweep(cloud: &Cloud, options: &Options, tell: &mut (dyn FnMut(Told) + Send)) -> Swept {
    let mut swept = Swept::default();
    let mut say = |told: Told| {
        swept.count(&told);
        tell(told);
    };
    let lists = Lists {
        cloud,
        deadline: options.deadline,
    };
    let mut newcomers = lists.newcomers(&mut say).await;
    let mut whose: Vec<Whose> = people(cloud).map(Whose::Caller).collect();
    let users = newcomers.iter().filter(|thing| thing.kind == Kind::User);
    whose.extend(users.map(|thing| {
        let (name, id) = (thing.name.clone(), thing.id.clone());
        Whose::User(User { name, id })
    }));
    // By the run whose they are.
    let mut stays: BTreeMap<String, Stay> = BTreeMap::new();
    for kind in Kind::ALL {
        let things = if kind.is_newcomer() {
            newcomers
                .extract_if(.., |thing| thing.kind == kind)
                .collect()
        } else {
            found(kind, &whose, &lists, &mut stays, &mut say).await
        };
        let mut old = Vec::new();
        for thing in things {
            let run = thing.run();
            let stay = run.as_ref().and_then(|run| stays.get(run)).copied();
            let stay = stay.filter(|_| kind.is_newcomer());
            if thing.age < options.older_than || stay == Some(Stay::Young) {
                if let Some(run) = run {
                    stays.entry(run).or_insert(Stay::Young);
                }
                say(Told::Young(thing));
            } else if stay == Some(Stay::Left) {
                say(Told::Left(
                    thing,
                    "something that is the run's is left, and is found by its users".to_owned(),
                ));
            } else {
                old.push(thing);
            }
        }
        if options.dry_run {
            old.into_iter().map(Told::Would).for_each(&mut say);
            continue;
        }
        // A few at a time; each batch is the newest that is left.
        for some in old.chunks(AT_A_TIME) {
            let outcomes = join_all(some.iter().map(|thing| remove(thing, cloud, options))).await;
            let here = still_listed(kind, some, &lists).await;
            for (thing, outcome) in some.iter().zip(outcomes) {
                let outcome = outcome.and_then(|()| here.of(thing));
                say(match outcome {
                    Ok(()) => Told::Deleted(thing.clone()),
                    Err(why) => {
                        stays.extend(thing.run().map(|run| (run, Stay::Left)));
                        Told::Left(thing.clone(), why)
                    }
                });
            }
        }
    }
    swept
}

/// So many deletions are under way at once.
const AT_A_TIME: usize = 4;

/// Everything of a kind that runs made, each once, newest first.
async fn found(
    kind: Kind,
    whose: &[Whose],
    lists: &Lists<'_>,
    stays: &mut BTreeMap<String, Stay>,
    say: &mut (dyn FnMut(Told) + Send),
) -> Vec<Thing> {
    let mut things: Vec<Thing> = Vec::new();
    let mut seen = BTreeSet::new();
    for whose in whose {
        let mut unseen = |why: String| {
            stays.extend(whose.run().map(|run| (run, Stay::Left)));
            say(Told::Unseen(why));
        };
        match lists.of(kind, whose).await {
            Ok(list) => {
                for thing in list {
                    match thing {
                        // Two people of a project see the same servers; keypairs are each one's own.
                        Ok(thing) => {
                            let owner = (kind == Kind::Keypair).then(|| whose.clone());
                            if seen.insert((owner, thing.id.clone())) {
                                things.push(thing);
                            }
                        }
                        Err(why) => unseen(why),
                    }
                }
            }
            Err(why) => unseen(format!(
                "could not look for {}s of {whose}: {why}",
                kind.name()
            )),
        }
    }
    newest_first(&mut things);
    things
}

fn newest_first(things: &mut [Thing]) {
    things.sort_by(|one, other| (other.made_at, &other.name).cmp(&(one.made_at, &one.name)));
}

/// Those who have lists of their own.
fn people(cloud: &Cloud) -> impl Iterator<Item = Caller> {
    let named = cloud.parties().map(|(caller, _)| caller);
    named.filter(|caller| caller.option().is_some())
}

/// What is listed, of what was deleted: an accepted deletion may be a lie.
#[derive(Debug, Default)]
struct Listed {
    ids: BTreeSet<(Whose, String)>,
    unseen: BTreeMap<Whose, String>,
}

impl Listed {
    fn of(&self, thing: &Thing) -> Result<(), String> {
        let whose = thing.whose();
        if let Some(why) = self.unseen.get(&whose) {
            return Err(format!("its deletion was accepted, and then {why}"));
        }
        if self.ids.contains(&(whose, thing.id.clone())) {
            return Err("its deletion was accepted, and it is still listed".to_owned());
        }
        Ok(())
    }
}

async fn still_listed(kind: Kind, some: &[Thing], lists: &Lists<'_>) -> Listed {
    let mut found = Listed::default();
    // Servers were waited for until they were gone, and Keystone deletes before it answers.
    if kind == Kind::Server || kind.is_newcomer() {
        return found;
    }
    let whose: BTreeSet<Whose> = some.iter().map(Thing::whose).collect();
    for whose in whose {
        match lists.items(kind, &whose).await {
            Ok((items, _)) => {
                let ids = items.into_iter().map(|item| (whose.clone(), item.id));
                found.ids.extend(ids);
            }
            Err(why) => drop(found.unseen.insert(whose, why)),
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
        user,
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
        Kind::ServerGroup | Kind::SecurityGroup => {
            let path = match kind {
                Kind::ServerGroup => format!("/os-server-groups/{}", encoded(id)),
                _ => format!("/os-security-groups/{}", encoded(id)),
            };
            undo(
                &Undo::delete(*caller, thing.to_string(), path),
                cloud,
                limits,
            )
            .await
            .map_err(String::from)
        }
        Kind::Keypair => {
            let keypair = Keypair::of(*caller, name);
            let keypair = match user {
                Some(user) => keypair.for_user(&user.id),
                None => {
                    if let Some((was, narrowed)) = run_name::was_narrowed(name) {
                        put_back(was, narrowed, *caller, cloud, options.deadline).await?;
                    }
                    keypair
                }
            };
            undo(&Undo::from(keypair), cloud, limits)
                .await
                .map_err(String::from)
        }
        Kind::User | Kind::Project => {
            let newcomer = Newcomer {
                kind: match kind {
                    Kind::Project => identity::Kind::Project,
                    _ => identity::Kind::User,
                },
                name: name.clone(),
                domain_id: String::new(),
                id: Some(id.clone()),
            };
            identity::remove(&newcomer, cloud, options.deadline).await
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
