//! What a probe is given: the version, people to ask as, names, and the ledger. It knows the cloud and records every
//! exchange, so that a failure can show what was said.

use std::{
    collections::BTreeMap,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use http::Method;
use nova_api::{Contract, Microversion, Operation};
use nova_client::RawRequest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::sync::{Semaphore, watch};

use super::{
    answer::{Answer, NO_ANSWER, OVERLOADED},
    asked::Asked,
};
use crate::{
    caller::{Base, Caller, Cloud, Party},
    exchange::Exchange,
    guest::{self, Guest},
    ledger::{Book, Ledger, Limits, Undo},
    outcome::{Failure, Stop},
    pace,
    servers::{Need, Pool, waiting::Pauses},
    watch::Watch,
};

/// What stays as it is in a path segment and in a query: RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A name longer than this is refused by Nova.
const LONGEST_NAME: usize = 255;

/// What the checks of one run share.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) cloud: Arc<Cloud>,
    pub(crate) book: Arc<Book>,
    pub(crate) watch: Arc<Watch>,
    pub(crate) run_id: String,
    pub(crate) deadline: Duration,
    pub(crate) interrupted: watch::Receiver<bool>,
    pub(crate) pool: Pool,
    /// Room for checks of server groups: a project may have ten groups, where nothing else is said.
    pub(crate) groups: Semaphore,
}

impl Surroundings {
    /// How long a cleaning up may take.
    pub(crate) const fn limits(&self) -> Limits {
        Limits {
            deadline: self.deadline,
            patience: self.pool.patience(),
        }
    }
}

/// What a probe is given. Cloning is cheap, and every clone records into the same place.
#[derive(Debug, Clone)]
pub struct Cx {
    version: Microversion,
    number: usize,
    need: Need,
    surroundings: Arc<Surroundings>,
    asked: Arc<Asked>,
}

impl Cx {
    pub(crate) const fn new(
        version: Microversion,
        number: usize,
        need: Need,
        surroundings: Arc<Surroundings>,
        asked: Arc<Asked>,
    ) -> Self {
        Self {
            version,
            number,
            need,
            surroundings,
            asked,
        }
    }

    /// The microversion this instance of the check asks at.
    pub const fn version(&self) -> Microversion {
        self.version
    }

    /// What holds for an operation at this version.
    pub fn contract(&self, operation: Operation) -> &'static Contract {
        nova_api::contract(operation, self.version)
    }

    pub(super) const fn number(&self) -> usize {
        self.number
    }

    pub(super) const fn need(&self) -> Need {
        self.need
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.surroundings.pool
    }

    /// The cloud that is judged.
    pub fn cloud(&self) -> &Cloud {
        &self.surroundings.cloud
    }

    /// Somebody to ask as. The check must have named the caller, or asking ends the probe as skipped.
    pub fn as_(&self, caller: Caller) -> Asker {
        Asker {
            cx: self.clone(),
            caller,
        }
    }

    /// A name nobody else has: `nvc-<run>-<check>-<count>-<hint>`, of letters, digits and `-`, at most 255 characters.
    pub fn unique(&self, hint: &str) -> String {
        let count = self.asked.next_name();
        let hint = hint.chars().map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        });
        let mut name = format!(
            "{}{}-{count}-",
            name_prefix(&self.surroundings.run_id),
            self.number
        );
        name.extend(hint);
        name.truncate(LONGEST_NAME);
        name
    }

    /// Where to register what is about to be made.
    pub fn ledger(&self) -> Ledger {
        let Surroundings { book, cloud, .. } = &*self.surroundings;
        Ledger::new(Arc::clone(book), Arc::clone(cloud), self.number)
    }

    /// What the run's answers were watched for.
    pub(crate) fn watch(&self) -> &Watch {
        &self.surroundings.watch
    }

    /// Pauses within `patience`, which an interrupt cuts short.
    pub(crate) fn pauses_within(&self, patience: Duration) -> Pauses {
        Pauses::within(patience).heeding(self.surroundings.interrupted.clone())
    }

    /// Before a question about an administrator who is not of the main caller's project.
    ///
    /// # Errors
    /// [`Stop::Skipped`] where the administrator is; [`Stop`] as [`Asker::project_id`].
    pub(crate) fn admin_is_of_another_project(&self) -> Result<(), Stop> {
        let project = |caller| self.as_(caller).project_id().map(str::to_owned);
        if project(Caller::Admin)? != project(Caller::Main)? {
            return Ok(());
        }
        Err(Stop::Skipped(
            "needs an administrator of another project, and the one of --admin-cloud asks for the project of --os-cloud"
                .to_owned(),
        ))
    }

    /// The metadata service, where the run may ask it; or why what only a guest is told cannot be decided.
    pub(crate) fn guest(&self) -> Result<&Guest, Stop> {
        let cloud = &self.surroundings.cloud;
        if let Some(why) = &cloud.hidden_guest {
            return Err(Stop::NotApplicable(why.clone()));
        }
        cloud.guest.as_ref().ok_or_else(Self::no_guest)
    }

    fn no_guest() -> Stop {
        Stop::NotApplicable(
            "not decidable: no answer of the Compute API tells it, only the guest; name the metadata service with --metadata-url and its proxy's secret with --metadata-secret-env".to_owned(),
        )
    }

    /// The public keys that a server's guest is told, by name.
    ///
    /// # Errors
    /// [`Stop::NotApplicable`] where the run may not ask the metadata service; [`Stop::CouldNotAsk`].
    pub(crate) async fn guest_keys(
        &self,
        server: &str,
        project: &str,
    ) -> Result<BTreeMap<String, String>, Stop> {
        let Surroundings {
            deadline,
            interrupted,
            ..
        } = &*self.surroundings;
        if *interrupted.borrow() {
            return Err(Stop::Interrupted);
        }
        let guest = self.guest()?;
        let began = Instant::now();
        let (request, reply) = guest.ask(server, project, *deadline).await;
        let took = began.elapsed();
        let mut exchange = Exchange::new(Caller::Nobody, Base::Root, &request, &reply, took);
        exchange.base = Some("metadata service");
        self.asked.record(exchange);
        let reply = reply.map_err(Stop::CouldNotAsk)?;
        self.surroundings
            .watch
            .hear(Caller::Nobody, &request, &reply);
        if reply.status != 200 {
            return Err(Stop::CouldNotAsk(format!(
                "the metadata service answered {} for a server: see whether --metadata-url and the secret are right",
                reply.status
            )));
        }
        let description: Value = serde_json::from_slice(&reply.body)
            .map_err(|_| Stop::CouldNotAsk("the metadata service answered no JSON".to_owned()))?;
        Ok(guest::public_keys(&description))
    }

    /// Fails unless `holds`. For what no `expect_…` of [`Answer`] says; [`Answer::expect`] also points to the exchange.
    ///
    /// # Errors
    /// [`Stop::Failed`] with these words, redacted.
    pub fn expect(
        &self,
        holds: bool,
        expected: impl fmt::Display,
        found: impl fmt::Display,
        place: impl fmt::Display,
    ) -> Result<(), Stop> {
        if holds {
            return Ok(());
        }
        let shown = |text: String| nova_client::redact::text(&text);
        Err(Stop::Failed(Failure {
            expected: shown(expected.to_string()),
            found: shown(found.to_string()),
            place: shown(place.to_string()),
            exchange: None,
        }))
    }
}

/// How the names of a run's resources begin.
pub fn name_prefix(run_id: &str) -> String {
    format!("nvc-{run_id}-")
}

/// One segment of a path, or one value of a query, percent-encoded.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Somebody who asks, at the check's version.
#[derive(Debug, Clone)]
pub struct Asker {
    cx: Cx,
    caller: Caller,
}

impl Asker {
    /// Who it is.
    pub const fn caller(&self) -> Caller {
        self.caller
    }

    pub(super) const fn cx(&self) -> &Cx {
        &self.cx
    }

    fn party(&self) -> Result<&Party, Stop> {
        let cloud = &self.cx.surroundings.cloud;
        cloud
            .party(self.caller)
            .ok_or_else(|| Stop::Skipped(cloud.why_without(self.caller)))
    }

    fn user(&self) -> Result<&crate::caller::User, Stop> {
        self.party()?.user.as_ref().ok_or_else(|| {
            Stop::CouldNotAsk(format!(
                "the caller '{}' is no user: ask for another's id",
                self.caller
            ))
        })
    }

    /// The id of the user.
    ///
    /// # Errors
    /// [`Stop`]: nobody fills the role, or it is [`Caller::Nobody`].
    pub fn user_id(&self) -> Result<&str, Stop> {
        Ok(&self.user()?.id)
    }

    /// The id of the project the user's token is good for.
    ///
    /// # Errors
    /// As [`Asker::user_id`].
    pub fn project_id(&self) -> Result<&str, Stop> {
        Ok(&self.user()?.project_id)
    }

    /// Whether the user has a role of this name.
    ///
    /// # Errors
    /// As [`Asker::user_id`].
    pub fn has_role(&self, role: &str) -> Result<bool, Stop> {
        Ok(self
            .user()?
            .roles
            .iter()
            .any(|known| known.eq_ignore_ascii_case(role)))
    }

    /// A request of an operation; `segments` fill the `{…}` of its path in order, and are percent-encoded.
    pub fn ask(&self, operation: Operation, segments: &[&str]) -> Ask {
        let (method, route) = operation.route();
        let mut segments = segments.iter();
        let path: String = route
            .split('/')
            .skip(1)
            .map(
                |part| match part.starts_with('{').then(|| segments.next()).flatten() {
                    Some(segment) => format!("/{}", encoded(segment)),
                    None => format!("/{part}"),
                },
            )
            .collect();
        let method = match method {
            nova_api::Method::Get => Method::GET,
            nova_api::Method::Post => Method::POST,
            nova_api::Method::Put => Method::PUT,
            nova_api::Method::Delete => Method::DELETE,
        };
        self.request(method, path)
    }

    /// `GET` of a path below the endpoint, percent-encoded by you.
    pub fn get(&self, path: impl Into<String>) -> Ask {
        self.request(Method::GET, path)
    }

    /// `POST` to a path below the endpoint.
    pub fn post(&self, path: impl Into<String>) -> Ask {
        self.request(Method::POST, path)
    }

    /// `PUT` to a path below the endpoint.
    pub fn put(&self, path: impl Into<String>) -> Ask {
        self.request(Method::PUT, path)
    }

    /// `DELETE` of a path below the endpoint.
    pub fn delete(&self, path: impl Into<String>) -> Ask {
        self.request(Method::DELETE, path)
    }

    /// Any request to a path below the endpoint.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Ask {
        let request = RawRequest::new(method, path);
        let version = Some(self.cx.version.to_string());
        Ask {
            asker: self.clone(),
            request,
            base: Base::Endpoint,
            version,
            legacy_header: false,
            as_it_comes: false,
        }
    }
}

/// A request about to be sent.
#[derive(Debug, Clone)]
#[must_use = "nothing is asked until `.send().await`"]
pub struct Ask {
    asker: Asker,
    request: RawRequest,
    base: Base,
    version: Option<String>,
    legacy_header: bool,
    as_it_comes: bool,
}

impl Ask {
    /// One more query parameter, percent-encoded here.
    pub fn query(mut self, name: &str, value: impl fmt::Display) -> Self {
        let joint = if self.request.path.contains('?') {
            '&'
        } else {
            '?'
        };
        self.request.path.push(joint);
        self.request.path.push_str(&encoded(name));
        self.request.path.push('=');
        self.request.path.push_str(&encoded(&value.to_string()));
        self
    }

    /// One more header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// A JSON body, with its `content-type`.
    pub fn json(mut self, body: &Value) -> Self {
        self.request = self.request.json(body);
        self
    }

    /// A body as it is, without a `content-type`.
    pub fn body(mut self, body: impl Into<bytes::Bytes>) -> Self {
        self.request = self.request.body(body);
        self
    }

    /// Asks for another version than the check's: anything that displays as one, also nonsense.
    pub fn at(mut self, version: impl fmt::Display) -> Self {
        self.version = Some(version.to_string());
        self
    }

    /// Asks for no version.
    pub fn without_version(mut self) -> Self {
        self.version = None;
        self
    }

    /// Asks for the version in `X-OpenStack-Nova-API-Version`, the header of the time before 2.27.
    pub const fn in_legacy_header(mut self) -> Self {
        self.legacy_header = true;
        self
    }

    /// Takes a 429 or 503 for the answer, where the question is about just that. Otherwise a cloud that says when to come
    /// back is asked again then, and the probe sees the last answer only.
    pub const fn as_it_comes(mut self) -> Self {
        self.as_it_comes = true;
        self
    }

    /// Reads the path from somewhere else than the endpoint.
    pub const fn from_base(mut self, base: Base) -> Self {
        self.base = base;
        self
    }

    /// Sends it, once, and records what was said. A server that it asks for is registered before, and its id when it is told; so is a server group.
    ///
    /// # Errors
    /// [`Stop`]: no answer within the deadline, nobody fills the role, or the run was interrupted.
    pub async fn send(self) -> Result<Answer, Stop> {
        self.carry(true).await
    }

    /// As [`Ask::send`], for a look that is going to be repeated: it is recorded only where it brings no answer.
    pub(super) async fn send_unrecorded(self) -> Result<Answer, Stop> {
        self.carry(false).await
    }

    async fn carry(self, recorded: bool) -> Result<Answer, Stop> {
        let Self {
            asker,
            mut request,
            base,
            version,
            legacy_header,
            as_it_comes,
        } = self;
        let surroundings = &asker.cx.surroundings;
        if *surroundings.interrupted.borrow() {
            return Err(Stop::Interrupted);
        }
        let party = asker.party()?;
        if let Some(version) = version {
            request = if legacy_header {
                request.at_legacy(version)
            } else {
                request.at(version)
            };
        }
        request.token = party.token.clone();
        request.deadline.get_or_insert(surroundings.deadline);
        if request.method == Method::POST {
            surroundings.book.may_own(asker.caller, None);
        }
        let server = asker.asks_for_a_server(&request);
        let began = Instant::now();
        let asking = pace::waited(party.wire.send(base, &request));
        let (reply, waited) = if as_it_comes {
            pace::as_it_comes(asking).await
        } else {
            asking.await
        };
        let took = began.elapsed().saturating_sub(waited);
        if let (Some(name), Ok(reply)) = (&server, &reply) {
            asker.was_told_of_a_server(name, &reply.body);
        }
        if let Ok(reply) = &reply {
            asker.was_told_of_a_group(&request, &reply.body);
        }
        if !recorded && let Ok(reply) = reply {
            let line = format!("{} {}", request.method, request.path);
            return Ok(Answer::new(reply, line, 0));
        }
        let exchange = Exchange::new(asker.caller, base, &request, &reply, took);
        let line = exchange.line();
        // Whatever the probe makes of it, such an answer says nothing about the sentence that is judged.
        if let (Ok(reply), false) = (&reply, as_it_comes)
            && NO_ANSWER.contains(&reply.status)
        {
            asker
                .cx
                .asked
                .was_not_answered(|| format!("{line} answered {}: {OVERLOADED}", reply.status));
        }
        let number = asker.cx.asked.record(exchange);
        match reply {
            Ok(reply) => Ok(Answer::new(reply, line, number)),
            Err(why) => Err(Stop::CouldNotAsk(why)),
        }
    }
}

impl Asker {
    /// The name of the server that a request asks for, registered. What has no name of this run's cannot be looked for: it is
    /// known once an answer tells its id.
    fn asks_for_a_server(&self, request: &RawRequest) -> Option<String> {
        let path = request.path.split('?').next().unwrap_or_default();
        if request.method != Method::POST || path != "/servers" {
            return None;
        }
        let body: Option<Value> = serde_json::from_slice(request.body.as_deref()?).ok();
        let body = body.unwrap_or_default();
        let name = body.pointer("/server/name").and_then(Value::as_str);
        let name = name.unwrap_or_default().to_owned();
        let surroundings = &self.cx.surroundings;
        let counts = ["/server/min_count", "/server/max_count"];
        let several = counts.iter().any(|count| body.pointer(count).is_some());
        if name.starts_with(&name_prefix(&surroundings.run_id)) {
            let book = &surroundings.book;
            book.will_make_server(self.cx.number, self.deleter(), &name);
            // The answer tells the id of one only, and all are found by their name.
            if several {
                return None;
            }
        }
        Some(name)
    }

    fn was_told_of_a_server(&self, name: &str, answer: &[u8]) {
        let answer: Option<Value> = serde_json::from_slice(answer).ok();
        let id = answer
            .as_ref()
            .and_then(|answer| answer.pointer("/server/id")?.as_str());
        if let Some(id) = id {
            let book = &self.cx.surroundings.book;
            book.made_server(self.cx.number, self.deleter(), name, id);
        }
    }

    /// A server group has no name that is its own, so it is registered when its id is told.
    fn was_told_of_a_group(&self, request: &RawRequest, answer: &[u8]) {
        if request.method != Method::POST || request.path != "/os-server-groups" {
            return;
        }
        let answer: Option<Value> = serde_json::from_slice(answer).ok();
        let id = answer
            .as_ref()
            .and_then(|answer| answer.pointer("/server_group/id")?.as_str());
        if let Some(id) = id {
            let path = format!("/os-server-groups/{}", encoded(id));
            let undo = Undo::delete(self.deleter(), format!("server group {id}"), path);
            self.cx.ledger().will_create(undo);
        }
    }

    /// Who deletes what somebody made: what nobody who is not logged in should be able to make would be the main caller's.
    const fn deleter(&self) -> Caller {
        match self.caller.option() {
            Some(_) => self.caller,
            None => Caller::Main,
        }
    }
}
