//! The people whom a run makes for itself (`run --create-users`): projects and users of its own, each with one role, for the
//! parts that nobody is named for. An administrator makes them, the ledger knows of each before it is asked for, and they are
//! the last that the run deletes. It knows callers, the ledger and Keystone's few requests.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use nova_client::{Config, Identity};
use serde_json::json;

use crate::{
    caller::{Caller, Cloud},
    callers::{self, ReachError},
    check::name_prefix,
    identity::{self, Kind, Newcomer, No},
    ledger::{Book, Leak, Limits},
};

/// What each of them says of itself, to whoever finds it.
const DESCRIPTION: &str = "made by a run of nova-conformance for itself, and removed by it; what a killed run has left, nova-conformance sweep removes";

/// Where in a run's names its people stand.
const MARK: &str = "people";

/// An administrator who makes people, and takes them away.
#[derive(Debug)]
pub(crate) struct Host {
    cloud: Cloud,
    identity: Arc<Identity>,
    config: Config,
    limits: Limits,
    book: Arc<Book>,
}

/// Who was made.
#[derive(Debug)]
pub(crate) struct Made {
    /// How each of them logs in.
    pub(crate) people: Vec<(Caller, Config)>,
    /// Why somebody was not made.
    pub(crate) lacking: Vec<(Caller, String)>,
    /// What the reader of a report should know.
    pub(crate) note: String,
}

impl Host {
    /// Logs the administrator in. What they make is written to `book`.
    ///
    /// # Errors
    /// [`ReachError`]: they cannot log in.
    pub(crate) async fn reach(
        config: Config,
        book: Arc<Book>,
        limits: Limits,
    ) -> Result<Self, ReachError> {
        let (cloud, identity) = callers::one(Caller::Admin, config.clone()).await?;
        Ok(Self {
            cloud,
            identity,
            config,
            limits,
            book,
        })
    }

    const fn deadline(&self) -> Duration {
        self.limits.deadline
    }

    /// Makes people for these parts; `project` is where [`Caller::Main`] is at home, where somebody was named for it.
    ///
    /// # Errors
    /// [`ReachError`]: the administrator may not, or the cloud does not answer. What was made is in the book.
    pub(crate) async fn make(
        &self,
        run_id: &str,
        wanted: &BTreeSet<Caller>,
        project: Option<String>,
    ) -> Result<Made, ReachError> {
        let mut made = Made {
            people: Vec::new(),
            lacking: Vec::new(),
            note: String::new(),
        };
        let mut names = Vec::new();
        let (mut home, mut away) = (project, None);
        for caller in wanted {
            let role = match caller {
                Caller::Reader => "reader",
                _ => "member",
            };
            let place = match caller {
                Caller::Other => &mut away,
                _ => &mut home,
            };
            let Some(role_id) = self.role(role).await? else {
                let why = format!(
                    "the cloud has no role '{role}' to give to a user of --create-users: name one of your clouds.yaml with {}",
                    caller.option().unwrap_or_default()
                );
                if *caller == Caller::Main {
                    return Err(ReachError::Usage(why));
                }
                made.lacking.push((*caller, why));
                continue;
            };
            let project = match place {
                Some(project) => project.clone(),
                None => {
                    let of = match caller {
                        Caller::Other => "other-project",
                        _ => "project",
                    };
                    let name = name(run_id, of);
                    names.push(format!("project '{name}'"));
                    let members = json!({"description": DESCRIPTION});
                    let project = self.create(Kind::Project, name, members).await?;
                    place.insert(project).clone()
                }
            };
            let password = identity::password().map_err(ReachError::Unreachable)?;
            let name = name(run_id, caller.name());
            names.push(format!("user '{name}'"));
            let members = identity::user_members(DESCRIPTION, &password);
            let user = self.create(Kind::User, name.clone(), members).await?;
            identity::grant(&role_id, &user, &project, &self.cloud, self.deadline())
                .await
                .map_err(|why| self.explained(&format!("give user '{name}' a role"), why))?;
            let config = identity::login(&self.config, user, password, project);
            made.people.push((*caller, config));
        }
        made.note = format!(
            "made for this run by user '{}', and removed at its end: {}",
            self.identity.user.name,
            names.join(", ")
        );
        Ok(made)
    }

    /// Whether this is the administrator.
    pub(crate) fn is(&self, somebody: &Identity) -> bool {
        self.identity.user.id == somebody.user.id
    }

    async fn role(&self, name: &str) -> Result<Option<String>, ReachError> {
        identity::role(name, &self.cloud, self.deadline())
            .await
            .map_err(|why| self.explained("look for roles", why))
    }

    async fn create(
        &self,
        kind: Kind,
        name: String,
        members: serde_json::Value,
    ) -> Result<String, ReachError> {
        let newcomer = Newcomer {
            kind,
            name,
            domain_id: identity::home(&self.identity).to_owned(),
            id: None,
        };
        self.book.will_make_newcomer(&newcomer);
        let id = identity::create(&newcomer, members, &self.cloud, self.deadline())
            .await
            .map_err(|why| self.explained(&format!("make {newcomer}"), why))?;
        self.book.made_newcomer(&newcomer.name, &id);
        Ok(id)
    }

    fn explained(&self, what: &str, why: No) -> ReachError {
        let admin = &self.identity.user.name;
        match why {
            No::Forbidden(why) | No::Refused(why) => ReachError::Usage(format!(
                "--create-users: user '{admin}' of --admin-cloud could not {what}: {why}; name somebody who may, or name the people with --os-cloud, --second-cloud, --other-cloud and --reader-cloud"
            )),
            No::Unanswered(why) => ReachError::Unreachable(format!(
                "--create-users: user '{admin}' of --admin-cloud could not {what}: {why}"
            )),
        }
    }

    /// Takes away whom it made, where the run does not begin. What is left.
    pub(crate) async fn take_back(&self) -> Vec<Leak> {
        self.book.dismiss(&self.cloud, self.limits, false).await
    }
}

/// The parts that people can be made for.
pub(crate) const PARTS: [Caller; 4] = [Caller::Main, Caller::Second, Caller::Other, Caller::Reader];

fn name(run_id: &str, who: &str) -> String {
    format!("{}{MARK}-{who}", name_prefix(run_id))
}
