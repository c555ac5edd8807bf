//! Who asks, and for what: credentials and scope, and the Keystone v3 request body they make. It knows secrets and JSON, but
//! neither configuration files nor HTTP.
//!
//! Source: <https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management>.

use serde_json::{Value, json};

use crate::secret::Secret;

/// How a user proves who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credentials {
    /// `auth_type: password`.
    Password {
        /// Whose password it is.
        user: User,
        /// The password.
        password: Secret,
    },
    /// `auth_type: v3applicationcredential`. Its project is fixed when it is made, so no [`Scope`] is sent with it.
    ApplicationCredential {
        /// Which credential.
        credential: ApplicationCredential,
        /// Its secret, shown once when it was made.
        secret: Secret,
    },
    /// `auth_type: v3token`: an earlier token, exchanged for a new one (which expires no later).
    Token(Secret),
}

/// A user, by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// By id, unique in the cloud.
    Id(String),
    /// By name, unique in a domain.
    Name {
        /// The user's name.
        name: String,
        /// The domain the user lives in.
        domain: Domain,
    },
}

/// A domain, by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// By id. The first domain of every cloud has the id `default`.
    Id(String),
    /// By name.
    Name(String),
}

/// An application credential, by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationCredential {
    /// By id, unique in the cloud.
    Id(String),
    /// By name, unique for a user.
    Name {
        /// The credential's name.
        name: String,
        /// The user who made it.
        user: User,
    },
}

/// A project, by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Project {
    /// By id, unique in the cloud.
    Id(String),
    /// By name, unique in a domain.
    Name {
        /// The project's name.
        name: String,
        /// The domain the project lives in.
        domain: Domain,
    },
}

/// What the token is asked to be good for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// No scope is sent: Keystone takes the user's default project, or gives a token without a catalog.
    #[default]
    Unsaid,
    /// A project: what the Compute API needs.
    Project(Project),
    /// A domain.
    Domain(Domain),
    /// The whole system (`system_scope: all`).
    System,
}

impl Credentials {
    /// The body of `POST /v3/auth/tokens`. It holds the secret in the clear: log it only through [`crate::redact::json`].
    #[must_use]
    pub fn request_body(&self, scope: &Scope) -> Value {
        let identity = match self {
            Self::Password { user, password } => {
                let mut user = user.to_json();
                user["password"] = json!(password.expose());
                json!({"methods": ["password"], "password": {"user": user}})
            }
            Self::ApplicationCredential { credential, secret } => {
                let mut named = match credential {
                    ApplicationCredential::Id(id) => json!({"id": id}),
                    ApplicationCredential::Name { name, user } => {
                        json!({"name": name, "user": user.to_json()})
                    }
                };
                named["secret"] = json!(secret.expose());
                json!({"methods": ["application_credential"], "application_credential": named})
            }
            Self::Token(token) => json!({"methods": ["token"], "token": {"id": token.expose()}}),
        };
        let mut auth = json!({"identity": identity});
        // Keystone refuses an application credential that asks for a scope, even for its own project.
        if !matches!(self, Self::ApplicationCredential { .. })
            && let Some(scope) = scope.to_json()
        {
            auth["scope"] = scope;
        }
        json!({"auth": auth})
    }
}

impl Domain {
    fn to_json(&self) -> Value {
        match self {
            Self::Id(id) => json!({"id": id}),
            Self::Name(name) => json!({"name": name}),
        }
    }
}

impl User {
    fn to_json(&self) -> Value {
        match self {
            Self::Id(id) => json!({"id": id}),
            Self::Name { name, domain } => json!({"name": name, "domain": domain.to_json()}),
        }
    }
}

impl Scope {
    fn to_json(&self) -> Option<Value> {
        match self {
            Self::Unsaid => None,
            Self::Project(Project::Id(id)) => Some(json!({"project": {"id": id}})),
            Self::Project(Project::Name { name, domain }) => {
                Some(json!({"project": {"name": name, "domain": domain.to_json()}}))
            }
            Self::Domain(domain) => Some(json!({"domain": domain.to_json()})),
            Self::System => Some(json!({"system": {"all": true}})),
        }
    }
}
