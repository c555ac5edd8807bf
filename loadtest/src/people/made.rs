//! People made for the run: an administrator makes projects and users of its own, so that a load can come from many callers, and
//! takes them away at the end. It knows what Nova keeps of them; what Keystone is asked comes through [`crate::shared`]. Their
//! names carry the run's, so that what a killed run leaves is known as its.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use nova_client::{Config, RawRequest};
use serde_json::{Value, json};

use crate::{
    results::Left,
    shared::{
        self, Cloud, ReachError, Reply, encoded,
        identity::{self, Kind, Newcomer, No},
        pause,
    },
    signals::Stop,
};

/// What each says of itself, to whoever finds it.
const DESCRIPTION: &str = "made by a run of nova-loadtest for itself, and removed by it; what a killed run has left, nova-loadtest sweep removes";

/// The version from which an administrator sees another user's keypairs.
const OF_OTHERS: &str = "2.10";

/// So many are made, or taken away, at once.
const AT_A_TIME: usize = 8;

/// So often it is looked whether servers are gone that a killed run left.
const LOOKS: usize = 120;

/// And so long after the look before.
const LOOK: Duration = Duration::from_secs(1);

/// An administrator.
#[derive(Debug)]
pub struct Host {
    cloud: Cloud,
    domain_id: String,
    config: Config,
    // A std lock, because nothing awaits while it is held. In the order in which they were asked for.
    book: Mutex<Vec<Newcomer>>,
}

/// What a made project may have.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// Servers.
    pub servers: usize,
    /// Keypairs of each user.
    pub keypairs: usize,
}

impl Host {
    /// Logs the administrator in.
    ///
    /// # Errors
    /// [`ReachError`]: they cannot log in.
    pub async fn reach(config: Config) -> Result<Self, ReachError> {
        let (cloud, admin) = shared::admin(config.clone()).await?;
        Ok(Self {
            cloud,
            domain_id: identity::home(&admin).to_owned(),
            config,
            book: Mutex::default(),
        })
    }

    fn book(&self) -> MutexGuard<'_, Vec<Newcomer>> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    const fn deadline(&self) -> Duration {
        self.config.deadline
    }

    /// Makes so many users, dealt out to so many projects. How each of them logs in.
    ///
    /// # Errors
    /// [`ReachError`]: the administrator may not, the cloud does not answer, or somebody asked to stop. What was made is in the
    /// book.
    pub async fn make(
        &self,
        prefix: &str,
        users: usize,
        projects: usize,
        allowance: Allowance,
        stop: &Stop,
    ) -> Result<Vec<Config>, ReachError> {
        let role = self.role("member").await?;
        let homes = (0..projects.clamp(1, users.max(1)))
            .map(|number| self.project(prefix, number, allowance));
        let homes = few_at_a_time(homes, stop).await?;
        let people =
            (0..users).map(|number| self.user(prefix, number, &homes[number % homes.len()], &role));
        few_at_a_time(people, stop).await
    }

    async fn role(&self, name: &str) -> Result<String, ReachError> {
        let found = identity::role(name, &self.cloud, self.deadline())
            .await
            .map_err(|why| self.explained("look for roles", why))?;
        found.ok_or_else(|| {
            ReachError::Usage(format!(
                "the cloud has no role '{name}' to give to users made for the run: name users with --os-cloud"
            ))
        })
    }

    async fn project(
        &self,
        prefix: &str,
        number: usize,
        allowance: Allowance,
    ) -> Result<String, ReachError> {
        let name = name(prefix, number, Kind::Project);
        let members = json!({"description": DESCRIPTION});
        let id = self.create(Kind::Project, name, members).await?;
        self.allow(&id, allowance).await?;
        Ok(id)
    }

    async fn user(
        &self,
        prefix: &str,
        number: usize,
        home: &str,
        role: &str,
    ) -> Result<Config, ReachError> {
        let password = identity::password().map_err(ReachError::Unreachable)?;
        let name = name(prefix, number, Kind::User);
        let members = identity::user_members(DESCRIPTION, &password);
        let user = self.create(Kind::User, name.clone(), members).await?;
        identity::grant(role, &user, home, &self.cloud, self.deadline())
            .await
            .map_err(|why| self.explained(&format!("give user '{name}' a role"), why))?;
        Ok(identity::login(
            &self.config,
            user,
            password,
            home.to_owned(),
        ))
    }

    async fn create(&self, kind: Kind, name: String, members: Value) -> Result<String, ReachError> {
        let newcomer = Newcomer {
            kind,
            name,
            domain_id: self.domain_id.clone(),
            id: None,
        };
        let at = {
            let mut book = self.book();
            book.push(newcomer.clone());
            book.len() - 1
        };
        let id = identity::create(&newcomer, members, &self.cloud, self.deadline())
            .await
            .map_err(|why| self.explained(&format!("make {newcomer}"), why))?;
        self.book()[at].id = Some(id.clone());
        Ok(id)
    }

    /// A project's quotas are enough for the fleet and the keypairs.
    async fn allow(&self, project: &str, allowance: Allowance) -> Result<(), ReachError> {
        let limits = json!({"quota_set": {
            "instances": allowance.servers.max(1),
            "cores": -1,
            "ram": -1,
            "key_pairs": allowance.keypairs.max(1),
        }});
        let request = RawRequest::put(quotas_of(project)).json(&limits);
        let no = match shared::ask_as_admin(&self.cloud, &request).await {
            Ok(reply) => match reply.status {
                200..300 => return Ok(()),
                400..500 => No::Refused(said(&request, &reply)),
                _ => No::Unanswered(said(&request, &reply)),
            },
            Err(why) => No::Unanswered(why),
        };
        Err(self.explained(&format!("set the quotas of project {project}"), no))
    }

    fn explained(&self, what: &str, why: No) -> ReachError {
        let admin = &self.config.name;
        match why {
            No::Forbidden(why) | No::Refused(why) => ReachError::Usage(format!(
                "making users as '{admin}': could not {what}: {why}; name an administrator with --admin-cloud, or users with --os-cloud"
            )),
            No::Unanswered(why) => ReachError::Unreachable(format!(
                "making users as '{admin}': could not {what}: {why}"
            )),
        }
    }

    /// Takes everybody away again, users first. Where something is `left` that may be theirs, they stay: a sweep finds it by
    /// them. Who is left, and why.
    pub async fn take_back(&self, left: &[Left]) -> Vec<Left> {
        let book = std::mem::take(&mut *self.book());
        if !left.is_empty() {
            let why = format!(
                "something that was made is left, and may be theirs: `nova-loadtest sweep --older-than 0s --admin-cloud {}` removes both",
                self.config.name
            );
            let stays = |newcomer: &Newcomer| Left {
                what: newcomer.to_string(),
                why: why.clone(),
            };
            return book.iter().map(stays).collect();
        }
        let (users, projects): (Vec<_>, Vec<_>) = book
            .into_iter()
            .partition(|newcomer| newcomer.kind == Kind::User);
        let mut still = Vec::new();
        for newcomers in [users, projects] {
            let removals = newcomers.iter().map(|newcomer| self.remove(newcomer));
            let removed: Vec<_> = stream::iter(removals).buffered(AT_A_TIME).collect().await;
            for (newcomer, removed) in newcomers.iter().zip(removed) {
                still.extend(removed.err().map(|why| Left {
                    what: newcomer.to_string(),
                    why,
                }));
            }
        }
        still
    }

    /// Takes one away; the quotas of a project before it, which nobody finds without it. The error is a sentence.
    async fn remove(&self, newcomer: &Newcomer) -> Result<(), String> {
        // Whose id is not known was given none.
        if let (Kind::Project, Some(id)) = (newcomer.kind, &newcomer.id) {
            let request = RawRequest::delete(quotas_of(id));
            let reply = shared::ask_as_admin(&self.cloud, &request).await?;
            // A cloud that keeps its quotas elsewhere has none to delete.
            if !matches!(reply.status, 200..300 | 403 | 404) {
                return Err(said(&request, &reply));
            }
        }
        identity::remove(newcomer, &self.cloud, self.deadline()).await
    }

    /// Deletes the projects and users that runs which began before `before` have left, with all that is theirs. Where something
    /// of a run's people could not be deleted, all of that run's stay: it is found by them. Each is told in a sentence; how many
    /// things could not be deleted.
    ///
    /// # Errors
    /// A sentence: there is no list of users or projects.
    pub async fn sweep(
        &self,
        before: Timestamp,
        dry_run: bool,
        tell: &mut (dyn FnMut(String) + Send),
    ) -> Result<usize, String> {
        let users = self.made_before(before, Kind::User, tell).await?;
        let projects = self.made_before(before, Kind::Project, tell).await?;
        if dry_run {
            for newcomer in users.iter().chain(&projects) {
                tell(format!("would delete: {newcomer}"));
            }
            return Ok(0);
        }
        let mut failed = 0;
        let mut runs_with_more = BTreeSet::new();
        for newcomer in projects.iter().chain(&users) {
            let Some(id) = &newcomer.id else { continue };
            let (what, deleted) = match newcomer.kind {
                Kind::Project => ("servers", self.delete_servers_of(id).await),
                Kind::User => ("keypairs", self.delete_keypairs_of(id).await),
            };
            if let Err(why) = deleted {
                failed += 1;
                runs_with_more.insert(shared::run_of(&newcomer.name));
                tell(format!("still there: {what} of {newcomer}: {why}"));
            }
        }
        for newcomer in users.iter().chain(&projects) {
            let removed = if runs_with_more.contains(&shared::run_of(&newcomer.name)) {
                Err("something that is the run's is left, and is found by its people".to_owned())
            } else {
                self.remove(newcomer).await
            };
            match removed {
                Ok(()) => tell(format!("deleted: {newcomer}")),
                Err(why) => {
                    failed += 1;
                    tell(format!("still there: {newcomer}: {why}"));
                }
            }
        }
        Ok(failed)
    }

    /// Those whom runs of this program made that began before. What `nova-conformance` makes may be at home in others' projects:
    /// its own sweep knows where to look.
    async fn made_before(
        &self,
        before: Timestamp,
        kind: Kind,
        tell: &mut (dyn FnMut(String) + Send),
    ) -> Result<Vec<Newcomer>, String> {
        let (mark, domain) = (shared::MARK, &self.domain_id);
        let mut found = identity::named(kind, mark, domain, &self.cloud, self.deadline())
            .await
            .map_err(No::sentence)?;
        found.retain(|newcomer| newcomer.name.ends_with(&ending(kind)));
        found.retain(|newcomer| {
            let began = shared::began(&newcomer.name);
            let is_young = began.is_some_and(|began| began > before);
            if is_young {
                tell(format!("too young: {newcomer}"));
            }
            began.is_some() && !is_young
        });
        Ok(found)
    }

    /// Deletes a project's servers, and waits until they are gone.
    async fn delete_servers_of(&self, project: &str) -> Result<(), String> {
        for _ in 0..LOOKS {
            for server in self.servers_of(project).await? {
                self.delete(format!("/servers/{}", encoded(&server)))
                    .await?;
            }
            if self.servers_of(project).await?.is_empty() {
                return Ok(());
            }
            pause(LOOK).await;
        }
        Err("their deletion was accepted, and they are still listed".to_owned())
    }

    async fn servers_of(&self, project: &str) -> Result<Vec<String>, String> {
        let query = format!("all_tenants=1&project_id={}", encoded(project));
        let request = RawRequest::get(format!("/servers/detail?{query}"));
        let list = self.list(request, "servers").await?;
        // Nova ignores what it does not know in a query: that these are the project's is looked at again.
        let theirs = list.iter().filter(|server| server["tenant_id"] == project);
        let ids = theirs.filter_map(|server| server["id"].as_str());
        Ok(ids.map(str::to_owned).collect())
    }

    /// Deletes a user's keypairs, and looks whether they are gone.
    async fn delete_keypairs_of(&self, user: &str) -> Result<(), String> {
        for name in self.keypairs_of(user).await? {
            let name = encoded(&name);
            self.delete(format!("/os-keypairs/{name}?user_id={}", encoded(user)))
                .await?;
        }
        if self.keypairs_of(user).await?.is_empty() {
            return Ok(());
        }
        Err("their deletion was accepted, and they are still listed".to_owned())
    }

    async fn keypairs_of(&self, user: &str) -> Result<Vec<String>, String> {
        let path = format!("/os-keypairs?user_id={}", encoded(user));
        let list = self
            .list(RawRequest::get(path).at(OF_OTHERS), "keypairs")
            .await?;
        let name = |item: &Value| item.pointer("/keypair/name")?.as_str().map(str::to_owned);
        Ok(list.iter().filter_map(name).collect())
    }

    async fn list(&self, request: RawRequest, key: &str) -> Result<Vec<Value>, String> {
        let reply = shared::ask_as_admin(&self.cloud, &request).await?;
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let list = body[key].as_array().filter(|_| reply.status == 200);
        list.cloned()
            .ok_or_else(|| format!("{}, and no list", said(&request, &reply)))
    }

    /// Deletes one thing that may be gone already. The error is a sentence.
    async fn delete(&self, path: String) -> Result<(), String> {
        let request = RawRequest::delete(path).at(OF_OTHERS);
        let reply = shared::ask_as_admin(&self.cloud, &request).await?;
        match reply.status {
            200..300 | 404 => Ok(()),
            _ => Err(said(&request, &reply)),
        }
    }
}

fn name(prefix: &str, number: usize, kind: Kind) -> String {
    format!("{prefix}{number}{}", ending(kind))
}

/// How the names of these end.
fn ending(kind: Kind) -> String {
    format!("-0-{}", kind.name())
}

fn quotas_of(project: &str) -> String {
    format!("/os-quota-sets/{}", encoded(project))
}

fn said(request: &RawRequest, reply: &Reply) -> String {
    let path = request.path.split('?').next().unwrap_or_default();
    format!("{} {path} answered {}", request.method, reply.status)
}

/// Does all of it, a few at a time. Once one has failed or somebody asked to stop, no more is begun; what is under way is not
/// given up, for it would be there later than it is looked for.
async fn few_at_a_time<T>(
    jobs: impl Iterator<Item = impl Future<Output = Result<T, ReachError>>>,
    stop: &Stop,
) -> Result<Vec<T>, ReachError> {
    let given_up = AtomicBool::new(false);
    let given_up = &given_up;
    let jobs = jobs.map(|job| async move {
        if given_up.load(Ordering::Relaxed) || stop.is_asked() {
            return None;
        }
        let done = job.await;
        given_up.fetch_or(done.is_err(), Ordering::Relaxed);
        Some(done)
    });
    let done: Vec<_> = stream::iter(jobs).buffered(AT_A_TIME).collect().await;
    let done = done.into_iter().flatten().collect::<Result<Vec<_>, _>>()?;
    if stop.is_asked() {
        return Err(ReachError::Unreachable(
            "interrupted while users were made".to_owned(),
        ));
    }
    Ok(done)
}
