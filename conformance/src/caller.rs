//! Who asks: the roles a check may call, and the people of one cloud who fill them. It knows `nova-client`, and that a
//! request can also be sent by a test's stand-in ([`Wire`]).

use std::{collections::BTreeMap, fmt, sync::Arc};

use bytes::Bytes;
use futures::future::BoxFuture;
use nova_client::{RawRequest, Secret, VersionRange};

use crate::guest::Guest;

/// The part somebody plays in a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// A plain member of a project: whom nearly every check asks as.
    Main,
    /// Another member of [`Caller::Main`]'s project.
    Second,
    /// A member of another project.
    Other,
    /// Somebody with only the reader role in [`Caller::Main`]'s project.
    Reader,
    /// An administrator.
    Admin,
    /// Nobody: no token is sent.
    Nobody,
    /// [`Caller::Main`] with a token that was good once: it is revoked before the run begins.
    Expired,
}

impl Caller {
    /// Every caller.
    pub const ALL: &'static [Self] = &[
        Self::Main,
        Self::Second,
        Self::Other,
        Self::Reader,
        Self::Admin,
        Self::Nobody,
        Self::Expired,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Second => "second",
            Self::Other => "other",
            Self::Reader => "reader",
            Self::Admin => "admin",
            Self::Nobody => "nobody",
            Self::Expired => "expired",
        }
    }

    /// The option of `nova-conformance run` that names somebody for it, or `None` where nobody has to be named.
    pub const fn option(self) -> Option<&'static str> {
        match self {
            Self::Main => Some("--os-cloud"),
            Self::Second => Some("--second-cloud"),
            Self::Other => Some("--other-cloud"),
            Self::Reader => Some("--reader-cloud"),
            Self::Admin => Some("--admin-cloud"),
            Self::Nobody | Self::Expired => None,
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Where a request's path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Base {
    /// The Compute endpoint of the catalog, `…/v2.1`.
    #[default]
    Endpoint,
    /// What stands above it, where the list of versions is.
    Root,
    /// `/v2` beside it: the endpoint for clients older than microversions.
    Legacy,
    /// Keystone's `/v3`, where the token comes from.
    Identity,
}

/// An answer, as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Every header, in order, its name in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// Redacted, as all that is shown.
impl fmt::Debug for Reply {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Reply")
            .field("status", &self.status)
            .field("headers", &nova_client::redact::headers(&self.headers))
            .field("body", &nova_client::redact::body(&self.body))
            .finish()
    }
}

/// Carries one request of one person to the cloud, once.
///
/// A session of `nova-client` does ([`crate::callers`]); so does a test's stand-in.
pub trait Wire: Send + Sync {
    /// Sends it.
    ///
    /// The error is a sentence that says why no answer came.
    fn send<'a>(
        &'a self,
        base: Base,
        request: &'a RawRequest,
    ) -> BoxFuture<'a, Result<Reply, String>>;

    /// What people should know of what happened on the way, each a sentence.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A user as the cloud knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: String,
    /// The user's name.
    pub name: String,
    /// The id of the project their token is good for.
    pub project_id: String,
    /// The names of their roles there.
    pub roles: Vec<String>,
}

/// Somebody who fills a role.
#[derive(Clone)]
pub struct Party {
    /// Who it is; `None` for [`Caller::Nobody`].
    pub user: Option<User>,
    /// The token that goes along.
    pub token: nova_client::Token,
    /// How their requests travel.
    pub wire: Arc<dyn Wire>,
}

impl fmt::Debug for Party {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Party")
            .field("user", &self.user)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// The cloud that is judged: where it is, what it says it speaks, and who can ask it.
#[derive(Debug, Clone)]
pub struct Cloud {
    /// Its name, for reports.
    pub name: String,
    /// The URL of its Compute API.
    pub endpoint: String,
    /// The microversions its version document offers.
    pub versions: VersionRange,
    parties: BTreeMap<Caller, Party>,
    missing: BTreeMap<Caller, String>,
    passwords: Vec<(Caller, Secret)>,
    /// Its metadata service, where the run may ask it.
    pub guest: Option<Guest>,
    /// What its metadata service answered, where the cloud hides it.
    pub hidden_guest: Option<String>,
    /// What the reader of a report should know about it, each a sentence.
    pub notes: Vec<String>,
}

impl Cloud {
    /// A cloud that nobody can ask yet.
    pub fn new(
        name: impl Into<String>,
        endpoint: impl Into<String>,
        versions: VersionRange,
    ) -> Self {
        Self {
            name: name.into(),
            endpoint: endpoint.into(),
            versions,
            parties: BTreeMap::new(),
            missing: BTreeMap::new(),
            passwords: Vec::new(),
            guest: None,
            hidden_guest: None,
            notes: Vec::new(),
        }
    }

    /// Gives a role to somebody.
    #[must_use]
    pub fn with(mut self, caller: Caller, party: Party) -> Self {
        self.add(caller, party);
        self
    }

    /// Gives a role to somebody.
    pub fn add(&mut self, caller: Caller, party: Party) {
        self.missing.remove(&caller);
        self.parties.insert(caller, party);
    }

    /// Somebody's password, which no answer of the cloud may hold.
    pub fn keep_secret(&mut self, caller: Caller, password: Secret) {
        self.passwords.push((caller, password));
    }

    /// The passwords that no answer of the cloud may hold.
    pub(crate) fn passwords(&self) -> impl Iterator<Item = (Caller, &Secret)> {
        self.passwords
            .iter()
            .map(|(caller, password)| (*caller, password))
    }

    /// Says why nobody fills a role, where it is more than a missing option.
    pub fn lacks(&mut self, caller: Caller, why: impl Into<String>) {
        self.parties.remove(&caller);
        self.missing.insert(caller, why.into());
    }

    /// Who fills a role.
    pub fn party(&self, caller: Caller) -> Option<&Party> {
        self.parties.get(&caller)
    }

    /// Sends one request as somebody, with their token.
    ///
    /// # Errors
    /// A sentence: nobody fills that role, or no answer came.
    pub async fn ask(
        &self,
        caller: Caller,
        base: Base,
        request: &RawRequest,
    ) -> Result<Reply, String> {
        let party = self.party(caller).ok_or_else(|| self.why_without(caller))?;
        let mut request = request.clone();
        request.token = party.token.clone();
        party.wire.send(base, &request).await
    }

    /// Everybody who can ask.
    pub fn parties(&self) -> impl Iterator<Item = (Caller, &Party)> {
        self.parties.iter().map(|(caller, party)| (*caller, party))
    }

    /// Why a role is not filled, and how to fill it.
    pub fn why_without(&self, caller: Caller) -> String {
        if let Some(why) = self.missing.get(&caller) {
            return why.clone();
        }
        let who = match caller {
            Caller::Main => "a member of a project",
            Caller::Second => "another member of the same project",
            Caller::Other => "a member of another project",
            Caller::Reader => "a reader of the same project",
            Caller::Admin => "an administrator",
            Caller::Nobody => "a request without a token",
            Caller::Expired => "a token that is no longer good",
        };
        match caller.option() {
            Some(option) => format!("needs {who}: name one of your clouds.yaml with {option}"),
            None => format!("needs {who}, which this run does not have"),
        }
    }
}
