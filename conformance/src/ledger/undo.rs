//! How one thing is put back as it was: one request, whose answer says whether it is done. It knows callers and the cloud;
//! [`super::Book`] decides when it is sent.

use std::time::Duration;

use http::Method;
use nova_api::Microversion;
use nova_client::{RawRequest, redact};
use serde_json::Value;

use super::Limits;
use crate::{
    caller::{Base, Caller, Cloud, Party, Reply},
    check::encoded,
    identity::{self, Newcomer},
    servers::gone,
};

/// The version at which administrators may act on others' keypairs.
pub(crate) const FOR_OTHERS: &str = "2.10";

/// How one thing is put back as it was: one request, and the statuses that say it is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Undo {
    pub(super) what: String,
    pub(super) caller: Caller,
    method: Method,
    path: String,
    version: Option<String>,
    body: Option<Value>,
    pub(super) keypair: Option<Keypair>,
    pub(super) server: Option<gone::Server>,
    pub(super) newcomer: Option<Newcomer>,
    /// Whether being refused means that there was nothing to undo.
    pub(super) may_be_refused: bool,
}

impl Undo {
    /// `DELETE` of a path below the endpoint, percent-encoded by you. A 404 is fine: it may never have been made.
    pub fn delete(caller: Caller, what: impl Into<String>, path: impl Into<String>) -> Self {
        Self::request(caller, what, Method::DELETE, path)
    }

    /// Any request that puts back what a check changes, such as a quota.
    pub fn request(
        caller: Caller,
        what: impl Into<String>,
        method: Method,
        path: impl Into<String>,
    ) -> Self {
        Self {
            what: what.into(),
            caller,
            method,
            path: path.into(),
            version: None,
            body: None,
            keypair: None,
            server: None,
            newcomer: None,
            may_be_refused: false,
        }
    }

    /// The deletion of a server, known by its name until the answer to its creation tells its id. It is done when the server
    /// is gone, not when its deletion is accepted.
    pub(crate) fn server(caller: Caller, name: impl Into<String>) -> Self {
        let name = name.into();
        let what = format!("server '{name}' of the caller '{caller}'");
        let mut undo = Self::delete(caller, what, "/servers");
        undo.server = Some(gone::Server { name, id: None });
        undo
    }

    /// The removal of a project or user that the run makes for itself.
    pub(crate) fn newcomer(newcomer: Newcomer) -> Self {
        let mut undo = Self::delete(Caller::Admin, newcomer.to_string(), "");
        undo.newcomer = Some(newcomer);
        undo
    }

    /// Asks at this version instead of none.
    #[must_use]
    pub fn at(mut self, version: Microversion) -> Self {
        self.version = Some(version.to_string());
        self
    }

    /// With this JSON body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Where the cloud refuses this, it has refused too what there would be to undo.
    #[must_use]
    pub(crate) fn unless_refused(mut self) -> Self {
        self.may_be_refused = true;
        self
    }

    /// What is undone, for people.
    pub fn what(&self) -> &str {
        &self.what
    }

    fn is_done_by(&self, status: u16) -> bool {
        // Somebody who may not delete another's keypair was not to make it either; that they could is the check's to tell.
        let anothers = self
            .keypair
            .as_ref()
            .is_some_and(|keypair| keypair.user_id.is_some());
        match status {
            200..300 => true,
            404 => self.method == Method::DELETE,
            403 => self.may_be_refused || (anothers && self.caller != Caller::Admin),
            405 | 410 => self.may_be_refused,
            _ => false,
        }
    }

    fn to_request(&self, deadline: Duration) -> RawRequest {
        let mut request = RawRequest::new(self.method.clone(), self.path.clone()).within(deadline);
        if let Some(version) = &self.version {
            request = request.at(version);
        }
        if let Some(body) = &self.body {
            request = request.json(body);
        }
        request
    }
}

/// A keypair that a check is about to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keypair {
    /// Who makes it, and may delete it.
    pub caller: Caller,
    /// Its name.
    pub name: String,
    /// Whose it is, where it is not the caller's own.
    pub user_id: Option<String>,
}

impl Keypair {
    /// A keypair of the caller's own.
    pub fn of(caller: Caller, name: impl Into<String>) -> Self {
        Self {
            caller,
            name: name.into(),
            user_id: None,
        }
    }

    /// A keypair that the caller makes for somebody else, or tries to.
    #[must_use]
    pub fn for_user(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// The same keypair as the one who can best delete it sees it: its owner, or else an administrator. What nobody who is
    /// not logged in should be able to make would be the main caller's.
    pub(super) fn for_its_deleter(mut self, cloud: &Cloud) -> Self {
        if self.caller.option().is_none() {
            self.caller = Caller::Main;
        }
        if let Some(owner) = &self.user_id {
            let is_owner =
                |party: &Party| party.user.as_ref().is_some_and(|user| user.id == *owner);
            let mut people = cloud
                .parties()
                .filter(|(caller, _)| caller.option().is_some());
            if let Some((caller, _)) = people.find(|(_, party)| is_owner(party)) {
                self.caller = caller;
                self.user_id = None;
            } else if cloud.party(Caller::Admin).is_some() {
                self.caller = Caller::Admin;
            }
        }
        self
    }
}

impl From<Keypair> for Undo {
    fn from(keypair: Keypair) -> Self {
        let owner = keypair.user_id.as_ref();
        let what = match owner {
            Some(user) => format!("keypair '{}' of user {user}", keypair.name),
            None => format!(
                "keypair '{}' of the caller '{}'",
                keypair.name, keypair.caller
            ),
        };
        let query = owner
            .map(|user| format!("?user_id={}", encoded(user)))
            .unwrap_or_default();
        let path = format!("/os-keypairs/{}{query}", encoded(&keypair.name));
        let version = owner.map(|_| FOR_OTHERS.to_owned());
        let caller = keypair.caller;
        Self {
            what,
            caller,
            method: Method::DELETE,
            path,
            version,
            body: None,
            keypair: Some(keypair),
            server: None,
            newcomer: None,
            may_be_refused: false,
        }
    }
}

pub(crate) async fn send(
    caller: Caller,
    request: &mut RawRequest,
    cloud: &Cloud,
) -> Result<Reply, String> {
    let party = cloud
        .party(caller)
        .ok_or_else(|| cloud.why_without(caller))?;
    request.token = party.token.clone();
    party.wire.send(Base::Endpoint, request).await
}

/// Undoes one thing. The error is a sentence that says why it is thought to be there still.
pub(crate) async fn undo(undo: &Undo, cloud: &Cloud, limits: Limits) -> Result<(), NotUndone> {
    if let Some(server) = &undo.server {
        return gone::delete(server, undo.caller, cloud, limits)
            .await
            .map_err(NotUndone::Left);
    }
    if let Some(newcomer) = &undo.newcomer {
        return identity::remove(newcomer, cloud, limits.deadline)
            .await
            .map_err(NotUndone::Left);
    }
    let reply = send(undo.caller, &mut undo.to_request(limits.deadline), cloud)
        .await
        .map_err(NotUndone::Unanswered)?;
    if undo.is_done_by(reply.status) {
        return Ok(());
    }
    Err(NotUndone::Left(format!(
        "{} {} answered {}",
        undo.method,
        redact::text(&undo.path),
        reply.status
    )))
}

/// Why something is thought to be there still.
#[derive(Debug)]
pub(crate) enum NotUndone {
    /// The answer to its deletion, or what was seen later, says so.
    Left(String),
    /// There was no answer.
    Unanswered(String),
}

impl From<NotUndone> for String {
    fn from(not: NotUndone) -> Self {
        match not {
            NotUndone::Left(why) | NotUndone::Unanswered(why) => why,
        }
    }
}
