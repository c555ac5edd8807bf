//! What Keystone keeps of domains, projects, users, roles, groups and application credentials.
//!
//! Plain data: what may be done with it is in the parent module.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::password::Password;
use super::table::Record;

/// Attributes that Keystone keeps for the client without knowing them, such as a user's `email`.
pub type Extra = Map<String, Value>;

/// A namespace of users and projects.
#[derive(Clone, Debug)]
pub struct Domain {
    /// `default`, or 32 hexadecimal digits.
    pub id: String,
    /// Unique in the cloud.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Whether anyone of it may log in.
    pub enabled: bool,
    /// What Keystone calls options; `immutable` is the one that matters.
    pub options: Extra,
    /// What else the client wanted kept.
    pub extra: Extra,
}

/// What servers belong to, and what a token is usually scoped to.
#[derive(Clone, Debug)]
pub struct Project {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Unique in its domain.
    pub name: String,
    /// The domain it belongs to.
    pub domain_id: String,
    /// The project above it, or its domain.
    pub parent_id: String,
    /// Free text.
    pub description: String,
    /// Whether a token may be scoped to it.
    pub enabled: bool,
    /// Labels.
    pub tags: Vec<String>,
    /// What Keystone calls options; `immutable` is the one that matters.
    pub options: Extra,
    /// What else the client wanted kept.
    pub extra: Extra,
}

/// Whom keypairs belong to.
#[derive(Clone, Debug)]
pub struct User {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Unique in its domain.
    pub name: String,
    /// The domain it belongs to.
    pub domain_id: String,
    /// Without one, the user can log in by application credential only.
    pub password: Option<Password>,
    /// The scope of a token that asks for none.
    pub default_project_id: Option<String>,
    /// Whether it may log in.
    pub enabled: bool,
    /// What Keystone calls options.
    pub options: Extra,
    /// What else the client wanted kept, such as `email` and `description`.
    pub extra: Extra,
}

/// A name that policy rules speak of.
#[derive(Clone, Debug)]
pub struct Role {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Unique in its domain, or in the cloud.
    pub name: String,
    /// The domain it is private to; none for the roles of the whole cloud.
    pub domain_id: Option<String>,
    /// Free text, where there is any.
    pub description: Option<String>,
    /// What Keystone calls options; `immutable` is the one that matters.
    pub options: Extra,
    /// What else the client wanted kept.
    pub extra: Extra,
}

/// A named set of users, who have the roles granted to it.
#[derive(Clone, Debug)]
pub struct Group {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Unique in its domain.
    pub name: String,
    /// The domain it belongs to.
    pub domain_id: String,
    /// Free text.
    pub description: String,
    /// What else the client wanted kept.
    pub extra: Extra,
}

/// A secret with which a program logs in as a user, in one project, with some of the user's roles.
#[derive(Clone, Debug)]
pub struct ApplicationCredential {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Unique among its user's.
    pub name: String,
    /// Free text, where there is any.
    pub description: Option<String>,
    /// Whom it logs in.
    pub user_id: String,
    /// The only project it logs in to.
    pub project_id: String,
    /// The ids of the roles it grants, as long as the user has them.
    pub role_ids: Vec<String>,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// Whether it may make and delete application credentials itself.
    pub unrestricted: bool,
    /// The secret, digested.
    pub secret: Password,
}

/// Whether the options forbid changing what has them.
#[must_use]
pub fn is_immutable(options: &Extra) -> bool {
    options.get("immutable") == Some(&Value::Bool(true))
}

macro_rules! record {
    ($type:ty, $kind:literal, $domain:expr) => {
        impl Record for $type {
            const KIND: &'static str = $kind;
            fn id(&self) -> &str {
                &self.id
            }
            fn name(&self) -> &str {
                &self.name
            }
            fn domain_id(&self) -> &str {
                let domain: fn(&Self) -> &str = $domain;
                domain(self)
            }
        }
    };
}

record!(Domain, "domain", |_| "");
record!(Project, "project", |project| &project.domain_id);
record!(User, "user", |user| &user.domain_id);
record!(Role, "role", |role| role
    .domain_id
    .as_deref()
    .unwrap_or_default());
record!(Group, "group", |group| &group.domain_id);
// An application credential's name is its user's affair.
record!(
    ApplicationCredential,
    "application_credential",
    |credential| &credential.user_id
);
