//! Users, projects, domains, roles, who has which role where, and the tokens that say so.
//!
//! Every change goes through a method here, so that what tokens stand for follows at once: the methods
//! revoke or re-resolve as Keystone does. Knows the fixture it is filled from, and no wire format.

mod change;
mod grant;
mod password;
mod records;
mod table;
mod token;

use jiff::Timestamp;

pub use grant::{Grant, Grants, Holder, Target};
pub use password::Password;
pub use records::{ApplicationCredential, Domain, Extra, Group, Project, Role, User, is_immutable};
pub use table::{Record, Table};
pub use token::{Caller, Issue, Scope, Subject, Token, Tokens};

use crate::fixture::Fixture;

/// Why the identity service will not do as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing.
    #[error("no {kind} {id}")]
    NotFound {
        /// `user`, `project`…
        kind: &'static str,
        /// The id or name that was looked for.
        id: String,
    },
    /// Another has that name in that domain.
    #[error("there is a {kind} named {name} already")]
    NameTaken {
        /// `user`, `project`…
        kind: &'static str,
        /// The name.
        name: String,
        /// Where it is taken; empty for the whole cloud.
        domain_id: String,
    },
    /// Another has that id.
    #[error("there is a {kind} with id {id} already")]
    IdTaken {
        /// `user`, `project`…
        kind: &'static str,
        /// The id.
        id: String,
    },
    /// Its options forbid it.
    #[error("{kind} {id} is immutable")]
    Immutable {
        /// `role`, `project`…
        kind: &'static str,
        /// Its id.
        id: String,
        /// `update` or `delete`.
        verb: &'static str,
    },
    /// The user is in no such group.
    #[error("user {user_id} is not in group {group_id}")]
    NotMember {
        /// The user.
        user_id: String,
        /// The group.
        group_id: String,
    },
    /// The role has not been granted there.
    #[error("role {role_id} is not granted to {holder_id} on {target}")]
    NotGranted {
        /// The role.
        role_id: String,
        /// The user or group.
        holder_id: String,
        /// The project's or domain's id, or `system`.
        target: String,
    },
    /// A domain must be disabled before it is deleted.
    #[error("domain {0} is enabled")]
    DomainEnabled(String),
    /// The user does not have the role it would hand to an application credential.
    #[error("the user has no role {0} there")]
    RoleNotHeld(String),
    /// A project that others are below cannot go.
    #[error("project {0} has projects below it")]
    HasChildren(String),
}

/// All that Keystone knows.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    domains: Table<Domain>,
    projects: Table<Project>,
    users: Table<User>,
    roles: Table<Role>,
    groups: Table<Group>,
    members: std::collections::BTreeMap<String, std::collections::BTreeSet<String>>,
    credentials: Table<ApplicationCredential>,
    grants: Grants,
    tokens: Tokens,
}

impl Identity {
    /// The users, projects and roles of a fixture. Its references have been checked when it was read.
    #[must_use]
    pub fn from_fixture(fixture: &Fixture) -> Self {
        let mut identity = Self::default();
        for domain in &fixture.domains {
            let _ = identity.domains.insert(domain.clone());
        }
        for role in &fixture.roles {
            let _ = identity.roles.insert(role.clone());
        }
        for (prior, implied) in &fixture.implied_roles {
            identity.grants.imply(prior, implied);
        }
        for project in &fixture.projects {
            let _ = identity.projects.insert(project.clone());
        }
        for user in &fixture.users {
            let _ = identity.users.insert(user.clone());
        }
        for grant in &fixture.grants {
            identity.grants.add(grant.clone());
        }
        identity
    }

    /// The domains.
    #[must_use]
    pub fn domains(&self) -> &Table<Domain> {
        &self.domains
    }

    /// The projects.
    #[must_use]
    pub fn projects(&self) -> &Table<Project> {
        &self.projects
    }

    /// The users.
    #[must_use]
    pub fn users(&self) -> &Table<User> {
        &self.users
    }

    /// The roles.
    #[must_use]
    pub fn roles(&self) -> &Table<Role> {
        &self.roles
    }

    /// The groups.
    #[must_use]
    pub fn groups(&self) -> &Table<Group> {
        &self.groups
    }

    /// The application credentials of all users.
    #[must_use]
    pub fn application_credentials(&self) -> &Table<ApplicationCredential> {
        &self.credentials
    }

    /// Who has which role where.
    #[must_use]
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// The tokens that are alive.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The users of a group, by id.
    pub fn members_of<'a>(&'a self, group_id: &str) -> impl Iterator<Item = &'a User> + use<'a> {
        self.members
            .get(group_id)
            .into_iter()
            .flatten()
            .filter_map(|user_id| self.users.get(user_id).ok())
    }

    /// The groups of a user.
    pub fn groups_of<'a>(&'a self, user_id: &'a str) -> impl Iterator<Item = &'a Group> + use<'a> {
        self.groups.iter().filter(move |group| {
            self.members
                .get(&group.id)
                .is_some_and(|members| members.contains(user_id))
        })
    }

    /// What a user has been granted, itself or as a member of a group.
    pub fn grants_of<'a>(&'a self, user_id: &'a str) -> impl Iterator<Item = &'a Grant> + use<'a> {
        let as_member = self
            .groups_of(user_id)
            .flat_map(|group| self.grants.of(&Holder::Group(group.id.clone())));
        self.grants
            .of(&Holder::User(user_id.to_owned()))
            .chain(as_member)
    }

    /// Whether a user may log in: it and its domain are enabled.
    #[must_use]
    pub fn may_log_in(&self, user: &User) -> bool {
        user.enabled
            && self
                .domains
                .get(&user.domain_id)
                .is_ok_and(|domain| domain.enabled)
    }

    /// Whether a token may be scoped to the project: it and its domain are enabled.
    #[must_use]
    pub fn is_usable(&self, project: &Project) -> bool {
        project.enabled
            && self
                .domains
                .get(&project.domain_id)
                .is_ok_and(|domain| domain.enabled)
    }

    /// The projects where the user has a role and that a token may be scoped to.
    pub fn projects_of<'a>(
        &'a self,
        user_id: &'a str,
    ) -> impl Iterator<Item = &'a Project> + use<'a> {
        self.projects.iter().filter(move |project| {
            self.grants_of(user_id)
                .any(|grant| matches!(&grant.target, Target::Project(id) if *id == project.id))
        })
    }

    /// The domains where the user has a role.
    pub fn domains_of<'a>(
        &'a self,
        user_id: &'a str,
    ) -> impl Iterator<Item = &'a Domain> + use<'a> {
        self.domains.iter().filter(move |domain| {
            self.grants_of(user_id)
                .any(|grant| matches!(&grant.target, Target::Domain(id) if *id == domain.id))
        })
    }

    /// The ids of the roles a user has in a scope, implied ones included.
    #[must_use]
    pub fn role_ids(&self, user_id: &str, scope: &Scope) -> Vec<String> {
        let target = match scope {
            Scope::Unscoped => return Vec::new(),
            Scope::Project(id) => Target::Project(id.clone()),
            Scope::Domain(id) => Target::Domain(id.clone()),
            Scope::System => Target::System,
        };
        let direct = self
            .grants_of(user_id)
            .filter(|grant| grant.target == target)
            .map(|grant| grant.role_id.clone());
        self.grants.with_implied(direct)
    }

    /// Whom a token of this subject speaks for, if it may be used at all.
    #[must_use]
    pub fn resolve(&self, subject: &Subject) -> Option<Caller> {
        let user = self
            .users
            .get(&subject.user_id)
            .ok()
            .filter(|user| self.may_log_in(user))?;
        let user_domain = self.domains.get(&user.domain_id).ok()?;
        let mut caller = Caller {
            user_id: user.id.clone(),
            user_name: user.name.clone(),
            user_domain_id: user_domain.id.clone(),
            user_domain_name: user_domain.name.clone(),
            project_id: None,
            project_name: None,
            project_domain_id: None,
            project_domain_name: None,
            domain_id: None,
            domain_name: None,
            system: false,
            roles: Vec::new(),
            role_ids: self.role_ids(&subject.user_id, &subject.scope),
            application_credential_id: subject.application_credential_id.clone(),
        };
        match &subject.scope {
            Scope::Unscoped => return Some(caller),
            Scope::Project(id) => {
                let project = self
                    .projects
                    .get(id)
                    .ok()
                    .filter(|project| self.is_usable(project))?;
                let domain = self.domains.get(&project.domain_id).ok()?;
                caller.project_id = Some(project.id.clone());
                caller.project_name = Some(project.name.clone());
                caller.project_domain_id = Some(domain.id.clone());
                caller.project_domain_name = Some(domain.name.clone());
            }
            Scope::Domain(id) => {
                let domain = self.domains.get(id).ok().filter(|domain| domain.enabled)?;
                caller.domain_id = Some(domain.id.clone());
                caller.domain_name = Some(domain.name.clone());
            }
            Scope::System => caller.system = true,
        }
        if let Some(id) = &subject.application_credential_id {
            let credential = self.credentials.get(id).ok()?;
            let granted = self
                .grants
                .with_implied(credential.role_ids.iter().cloned());
            caller.role_ids.retain(|role_id| granted.contains(role_id));
        }
        caller
            .role_ids
            .retain(|role_id| self.roles.contains(role_id));
        if caller.role_ids.is_empty() {
            return None;
        }
        let name_of = |role_id: &String| self.roles.get(role_id).ok().map(|role| role.name.clone());
        caller.roles = caller.role_ids.iter().filter_map(name_of).collect();
        Some(caller)
    }

    /// Issues a token, if its subject may have one.
    pub fn issue(
        &mut self,
        text: String,
        subject: Subject,
        issue: Issue,
    ) -> Option<std::sync::Arc<Caller>> {
        let caller = self.resolve(&subject)?;
        Some(self.tokens.issue(text, subject, caller, issue))
    }

    /// Revokes a token, and those made from it.
    pub fn revoke(&mut self, text: &str) {
        self.tokens.revoke(text);
    }

    /// The token of this text and whom it speaks for, if it is good at `now`.
    #[must_use]
    pub fn token(&self, text: &str, now: Timestamp) -> Option<(&Token, &std::sync::Arc<Caller>)> {
        self.tokens.find(text, now)
    }
}
