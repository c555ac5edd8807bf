//! How each kind of thing is listed: a caller's own, what an administrator sees of a user whom a run made for itself, and those
//! users themselves. It knows callers and single requests.

use std::{fmt, time::Duration};

use jiff::{Timestamp, fmt::rfc2822};
use nova_client::RawRequest;
use serde_json::Value;

use super::{Kind, Thing, Told, User, newest_first};
use crate::{
    caller::{Caller, Cloud, Reply},
    check::encoded,
    identity::{self, No},
    ledger::{FOR_OTHERS, send},
    run_name,
};

/// So many servers a page; a cloud may give fewer.
const PAGE: usize = 1000;

/// So many pages are read at most: a list that never ends is given up.
const PAGES: usize = 1000;

/// From here on a server group tells whose it is.
const GROUPS_OF_USERS: &str = "2.13";

/// Whose list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    /// The caller's own.
    Caller(Caller),
    /// A user's whom a run made, as an administrator sees it.
    User(User),
}

impl Whose {
    pub(super) const fn caller(&self) -> Caller {
        match self {
            Self::Caller(caller) => *caller,
            Self::User(_) => Caller::Admin,
        }
    }

    const fn user(&self) -> Option<&User> {
        match self {
            Self::Caller(_) => None,
            Self::User(user) => Some(user),
        }
    }

    /// The run whose user it is.
    pub(super) fn run(&self) -> Option<String> {
        run_name::of_people(&self.user()?.name)
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caller(caller) => write!(out, "the caller '{caller}'"),
            Self::User(user) => write!(out, "user '{}'", user.name),
        }
    }
}

/// One item of a list.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: String,
    name: String,
    /// When it was made, where the list tells it.
    made_at: Option<Timestamp>,
}

/// Where lists are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lists<'a> {
    pub(super) cloud: &'a Cloud,
    pub(super) deadline: Duration,
}

impl Lists<'_> {
    /// What runs made of a kind; each thing whose age is not told is an error of its own.
    pub(super) async fn of(
        &self,
        kind: Kind,
        whose: &Whose,
    ) -> Result<Vec<Result<Thing, String>>, String> {
        let (items, now) = self.items(kind, whose).await?;
        let mut things = Vec::new();
        for Item { id, name, made_at } in items {
            let Some(began) = run_name::origin(&name) else {
                continue;
            };
            let made_at = match (kind, made_at) {
                (_, Some(made_at)) => Ok(made_at),
                (Kind::Keypair, None) => match self.made(&name, whose).await {
                    Ok(Some(made_at)) => Ok(made_at),
                    // Deleted meanwhile.
                    Ok(None) => continue,
                    Err(why) => Err(why),
                },
                // The API tells no date of a group: it is not older than its run.
                (_, None) => Ok(began),
            };
            things.push(made_at.map(|made_at| Thing {
                kind,
                name,
                id,
                caller: whose.caller(),
                user: whose.user().cloned(),
                age: between(made_at, now),
                made_at,
            }));
        }
        Ok(things)
    }

    /// A whole list, and what time it is where the cloud is.
    pub(super) async fn items(
        &self,
        kind: Kind,
        whose: &Whose,
    ) -> Result<(Vec<Item>, Timestamp), String> {
        let (path, key, inner) = match kind {
            Kind::Server => ("/servers/detail", "servers", ""),
            Kind::ServerGroup => ("/os-server-groups", "server_groups", ""),
            Kind::SecurityGroup => ("/os-security-groups", "security_groups", ""),
            Kind::Keypair => ("/os-keypairs", "keypairs", "/keypair"),
            Kind::User | Kind::Project => return Err("Keystone lists these".to_owned()),
        };
        let user = whose.user().map(|user| encoded(&user.id));
        let mut items: Vec<Item> = Vec::new();
        let mut seen = 0;
        let mut now = None;
        for _ in 0..PAGES {
            let mut query = match kind {
                Kind::Server => format!("?name=nvc-&limit={PAGE}"),
                Kind::ServerGroup => format!("?limit={PAGE}&offset={seen}"),
                // The version that is asked at has no pages of keypairs, and these none that are needed: the list is whole.
                _ => "?".to_owned(),
            };
            if let (Kind::Server, Some(last)) = (kind, items.last()) {
                query.push_str(&format!("&marker={}", encoded(&last.id)));
            }
            let version = match (kind, &user) {
                (_, None) => None,
                (Kind::Server, Some(user)) => {
                    query.push_str(&format!("&all_tenants=1&user_id={user}"));
                    None
                }
                (Kind::ServerGroup, Some(_)) => {
                    query.push_str("&all_projects=true");
                    Some(GROUPS_OF_USERS)
                }
                (Kind::SecurityGroup, Some(_)) => {
                    query.push_str("all_tenants=1");
                    None
                }
                (_, Some(user)) => {
                    query.push_str(&format!("user_id={user}"));
                    Some(FOR_OTHERS)
                }
            };
            let query = query.trim_end_matches('?');
            let mut request = RawRequest::get(format!("{path}{query}")).within(self.deadline);
            if let Some(version) = version {
                request = request.at(version);
            }
            let reply = send(whose.caller(), &mut request, self.cloud).await?;
            let now = *now.get_or_insert_with(|| clock_of(&reply));
            // A cloud whose network service has none, or tells them not, let no run make any.
            if kind == Kind::SecurityGroup && matches!(reply.status, 403 | 404 | 410) {
                return Ok((items, now));
            }
            let body: Option<Value> = serde_json::from_slice(&reply.body)
                .ok()
                .filter(|_| reply.status == 200);
            let list = body.as_ref().and_then(|body| body.get(key)?.as_array());
            let list =
                list.ok_or_else(|| format!("GET {path} answered {}, and no list", reply.status))?;
            let before = items.len();
            seen += list.len();
            for entry in list {
                // Nova ignores what it does not know in a query: that these are the user's is looked at again.
                let is_theirs = |entry: &Value| match (kind, whose.user()) {
                    (Kind::Server | Kind::ServerGroup, Some(user)) => {
                        entry.get("user_id").and_then(Value::as_str) == Some(&user.id)
                    }
                    // Groups are a project's: it is the name that tells whose run made one.
                    (Kind::SecurityGroup, Some(_)) => {
                        let name = entry.get("name").and_then(Value::as_str);
                        let prefix = whose.run().map(|run| format!("{run}-"));
                        prefix.is_some_and(|prefix| name.is_some_and(|name| name.contains(&prefix)))
                    }
                    _ => true,
                };
                let found = entry.pointer(inner).filter(|entry| is_theirs(entry));
                if let Some(item) = found.and_then(|entry| item(kind, entry))
                    && !items.iter().any(|known| known.id == item.id)
                {
                    items.push(item);
                }
            }
            let is_last = match kind {
                Kind::Keypair | Kind::SecurityGroup => true,
                Kind::ServerGroup => list.is_empty(),
                _ => items.len() == before,
            };
            if is_last {
                return Ok((items, now));
            }
        }
        Err(format!("GET {path} has no end after {PAGES} pages"))
    }

    /// The users and projects that runs made for themselves, newest first: an administrator sees them.
    pub(super) async fn newcomers(&self, say: &mut (dyn FnMut(Told) + Send)) -> Vec<Thing> {
        let admin = self.cloud.party(Caller::Admin);
        let Some(admin) = admin.and_then(|party| party.user.as_ref()) else {
            return Vec::new();
        };
        let alone = self.cloud.parties().count() == 1;
        let domain = identity::domain_of(&admin.project_id, self.cloud, self.deadline).await;
        let now = here();
        let mut things = Vec::new();
        for (kind, there) in [
            (Kind::User, identity::Kind::User),
            (Kind::Project, identity::Kind::Project),
        ] {
            let list = match &domain {
                Ok(domain) => {
                    identity::named(there, run_name::MARK, domain, self.cloud, self.deadline).await
                }
                Err(why) => Err(No::Unanswered(why.clone())),
            };
            match list {
                Ok(list) => things.extend(list.into_iter().filter_map(|newcomer| {
                    run_name::of_people(&newcomer.name)?;
                    let made_at = run_name::origin(&newcomer.name)?;
                    Some(Thing {
                        kind,
                        id: newcomer.id?,
                        name: newcomer.name,
                        caller: Caller::Admin,
                        user: None,
                        age: between(made_at, now),
                        made_at,
                    })
                })),
                // Who may not list them has made none. Who sweeps alone is taken for somebody who may.
                Err(No::Forbidden(_)) if !alone => {}
                Err(No::Forbidden(why) | No::Refused(why) | No::Unanswered(why)) => {
                    say(Told::Unseen(format!(
                        "could not look for {}s that runs made for themselves: {why}",
                        kind.name()
                    )))
                }
            }
        }
        newest_first(&mut things);
        things
    }

    /// When a keypair was made; `None` where there is none of this name any more.
    async fn made(&self, name: &str, whose: &Whose) -> Result<Option<Timestamp>, String> {
        let path = format!("/os-keypairs/{}", encoded(name));
        let mut request = match whose.user() {
            Some(user) => {
                RawRequest::get(format!("{path}?user_id={}", encoded(&user.id))).at(FOR_OTHERS)
            }
            None => RawRequest::get(&path),
        }
        .within(self.deadline);
        let reply = send(whose.caller(), &mut request, self.cloud).await?;
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
}

fn between(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

fn item(kind: Kind, entry: &Value) -> Option<Item> {
    let name = entry.get("name")?.as_str()?;
    let id = match kind {
        Kind::Keypair => name,
        _ => entry.get("id")?.as_str()?,
    };
    let made_at = entry.get("created").and_then(Value::as_str).and_then(read);
    Some(Item {
        id: id.to_owned(),
        name: name.to_owned(),
        made_at,
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
    date.map(|date| date.timestamp()).unwrap_or_else(here)
}

/// What time it is on this machine.
fn here() -> Timestamp {
    #[expect(
        clippy::disallowed_methods,
        reason = "the age of real things is told by a real clock"
    )]
    let now = Timestamp::now();
    now
}
