//! Who a token speaks for and until when, read from Keystone's answer. It knows the answer's JSON and the catalog, and opens
//! no connection.
//!
//! Source: <https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management>.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{catalog::Catalog, secret::Secret};

/// A token and what Keystone says of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Identity {
    /// The token itself.
    pub token: Secret,
    /// When it expires. Whether it has is the caller's clock to say.
    pub expires_at: Timestamp,
    /// Who asked.
    pub user: Member,
    /// The project it is good for; `None` when the scope is another one.
    pub project: Option<Member>,
    /// The domain it is good for; `None` when the scope is another one.
    pub domain: Option<Named>,
    /// The roles the user has in that scope.
    pub roles: Vec<Named>,
    /// Where the services are; empty without a scope.
    pub catalog: Catalog,
}

/// A thing with an id and a name: a role or a domain.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A user or a project: an id and a name in a domain.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Member {
    /// Its id.
    pub id: String,
    /// Its name, unique in its domain.
    pub name: String,
    /// The domain it lives in.
    pub domain: Named,
}

#[derive(Deserialize)]
struct Answer {
    token: Fields,
}

#[derive(Deserialize)]
struct Fields {
    expires_at: Timestamp,
    user: Member,
    #[serde(default)]
    project: Option<Member>,
    #[serde(default)]
    domain: Option<Named>,
    #[serde(default)]
    roles: Vec<Named>,
    #[serde(default)]
    catalog: Catalog,
}

impl Identity {
    /// Reads the body of a 201 to `POST /v3/auth/tokens`.
    pub(crate) fn parse(token: Secret, body: &[u8]) -> Result<Self, serde_json::Error> {
        let Answer {
            token:
                Fields {
                    expires_at,
                    user,
                    project,
                    domain,
                    roles,
                    catalog,
                },
        } = serde_json::from_slice(body)?;
        Ok(Self {
            token,
            expires_at,
            user,
            project,
            domain,
            roles,
            catalog,
        })
    }

    /// Whether the user has the role of this name, in any case, as Keystone compares names.
    #[must_use]
    pub fn has_role(&self, name: &str) -> bool {
        self.roles
            .iter()
            .any(|role| role.name.eq_ignore_ascii_case(name))
    }
}
