//! One of the two clouds: asking it, and putting it back as it was. It knows [`crate::caller`]s, and what the run may delete:
//! only what bears a name that the run itself has asked for. Servers are in [`super::servers`].

use std::{collections::BTreeSet, time::Duration};

use nova_client::{RawRequest, Token};
use serde_json::Value;

use super::{
    ask::{Ask, STRANGE_TOKEN, Who},
    difference::Answer,
    servers::{Made, id_of_made},
};
use crate::{
    caller::{Base, Caller, Cloud, Reply},
    check::encoded,
    normal::Normaliser,
};

/// One of the two clouds.
#[derive(Debug)]
pub struct Side {
    /// Its name, for reports.
    pub name: String,
    pub(super) cloud: Cloud,
    pub(super) normal: Normaliser,
    deadline: Duration,
    /// The names this run has asked for, which it may therefore delete.
    pub(super) asked_names: BTreeSet<String>,
    /// Whether quotas were set.
    quotas_set: bool,
    /// What requests of the run may have made besides keypairs.
    pub(super) made: Made,
    /// Ids too short to be looked for in answers, with their names.
    pub(super) short_ids: Vec<(String, String)>,
    /// Whether the mock of this workspace answers.
    pub(super) is_mock: bool,
}

/// How the names of the cloud's URLs end in answers where they have the other scheme: `https` where the cloud is asked by
/// `http`.
pub(super) const OTHER_SCHEME: &str = ":other-scheme>";

impl Side {
    /// The side of `cloud`, whose people log in at `auth_url`.
    pub fn new(cloud: Cloud, auth_url: &str, deadline: Duration) -> Self {
        let mut normal = Normaliser::of(&cloud, auth_url);
        let urls: Vec<(String, String)> = normal
            .names()
            .iter()
            .filter_map(|(url, name)| {
                let other = match url.split_once("://")? {
                    ("http", rest) => format!("https://{rest}"),
                    ("https", rest) => format!("http://{rest}"),
                    _ => return None,
                };
                Some((other, name.replace('>', OTHER_SCHEME)))
            })
            .collect();
        for (url, name) in urls {
            normal = normal.naming(url, name);
        }
        Self {
            name: cloud.name.clone(),
            cloud,
            normal,
            deadline,
            asked_names: BTreeSet::new(),
            quotas_set: false,
            made: Made::default(),
            short_ids: Vec::new(),
            is_mock: false,
        }
    }

    /// The same side, known to be the mock of this workspace, for which the accepted differences hold.
    #[must_use]
    pub fn of_the_mock(mut self) -> Self {
        self.is_mock = true;
        self
    }

    /// Who can ask here.
    pub fn callers(&self) -> BTreeSet<Caller> {
        self.cloud.parties().map(|(caller, _)| caller).collect()
    }

    /// The names of the roles that have an id here.
    pub fn roles(&self) -> BTreeSet<&str> {
        self.normal
            .names()
            .iter()
            .map(|(_, name)| name.as_str())
            .collect()
    }

    /// Asks, once, and normalises the answer.
    ///
    /// # Errors
    /// A sentence: no answer came.
    pub async fn ask(&mut self, ask: &Ask) -> Result<Answer, String> {
        if let Some(body) = ask.json() {
            self.normal.learn(&body);
        }
        if let Some(body) = &ask.body {
            self.remember_names(&String::from_utf8_lossy(body));
        }
        if ask.operation.starts_with("quota-sets.") && ask.method != http::Method::GET {
            self.quotas_set = true;
        }
        self.made.expect(ask);
        let ids = [self.normal.names(), &self.short_ids].concat();
        let reply = self.send(ask.who, ask.base, ask.to_request(&ids)).await?;
        for name in &ask.binds {
            // Whatever had the name before no longer does, also where nothing was made now.
            let id = id_of_made(name, &reply).unwrap_or_default();
            self.normal.bind(&id, name);
        }
        Ok(Answer::of(&reply, &self.normal))
    }

    pub(super) async fn send(
        &self,
        who: Who,
        base: Base,
        request: RawRequest,
    ) -> Result<Reply, String> {
        let (caller, token) = match who {
            Who::Caller(caller) => (caller, None),
            Who::Stranger => (Caller::Nobody, Some(Token::Custom(STRANGE_TOKEN.into()))),
        };
        let party = self
            .cloud
            .party(caller)
            .ok_or_else(|| self.cloud.why_without(caller))?;
        let mut request = request.within(self.deadline);
        request.token = token.unwrap_or_else(|| party.token.clone());
        let answer = party.wire.send(base, &request).await;
        answer.map_err(|why| format!("{}: {why}", self.name))
    }

    /// Nova reads bodies that are no JSON to us, so names are looked for in the text.
    fn remember_names(&mut self, body: &str) {
        for (at, member) in body.match_indices("\"name\"") {
            let Some(value) = body[at + member.len()..].trim_start().strip_prefix(':') else {
                continue;
            };
            let name = serde_json::Deserializer::from_str(value)
                .into_iter::<String>()
                .next();
            if let Some(Ok(name)) = name {
                // The legacy endpoint drops spaces around a name.
                self.asked_names.insert(name.trim().to_owned());
                self.asked_names.insert(name);
            }
        }
    }

    /// The callers who can own something here.
    pub(super) fn owners(&self) -> Vec<Caller> {
        self.cloud
            .parties()
            .filter(|(_, party)| party.token == Token::Session)
            .map(|(caller, _)| caller)
            .collect()
    }

    /// The names of a caller's own keypairs.
    ///
    /// # Errors
    /// A sentence: there was no answer, or not a list.
    pub async fn keypairs(&self, caller: Caller) -> Result<Vec<String>, String> {
        let reply = self
            .send(
                Who::Caller(caller),
                Base::Endpoint,
                RawRequest::get("/os-keypairs"),
            )
            .await?;
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let list = body
            .get("keypairs")
            .and_then(Value::as_array)
            .filter(|_| reply.status == 200);
        let list = list.ok_or_else(|| {
            format!(
                "{}: GET /os-keypairs as {caller} answered {}, and no list of keypairs",
                self.name, reply.status
            )
        })?;
        let name = |item: &Value| item.pointer("/keypair/name")?.as_str().map(str::to_owned);
        Ok(list.iter().filter_map(name).collect())
    }

    /// Why no run can begin here: somebody owns keypairs, servers or groups already, which would show in every list, and which
    /// might be taken for the run's own.
    ///
    /// # Errors
    /// A sentence.
    pub async fn must_be_empty(&self) -> Result<(), String> {
        for caller in self.owners() {
            let names = self.keypairs(caller).await?;
            if let Some(name) = names.first() {
                return Err(format!(
                    "{}: the user who plays '{caller}' owns {} keypair(s), such as {name:?}, and lists would differ by them: \
                     name users who own none, or delete them",
                    self.name,
                    names.len()
                ));
            }
        }
        self.must_have_no_servers().await?;
        self.must_have_no_groups().await
    }

    /// Whether the run may change quotas: an administrator can ask, and the projects have the defaults, to which they can
    /// be put back.
    ///
    /// # Errors
    /// A sentence: there was no answer.
    pub async fn may_set_quotas(&self) -> Result<bool, String> {
        if self.cloud.party(Caller::Admin).is_none() {
            return Ok(false);
        }
        for project in self.projects() {
            let mut sets = Vec::new();
            for path in [
                format!("/os-quota-sets/{project}"),
                format!("/os-quota-sets/{project}/defaults"),
            ] {
                let reply = self
                    .send(
                        Who::Caller(Caller::Admin),
                        Base::Endpoint,
                        RawRequest::get(path),
                    )
                    .await?;
                sets.push((
                    reply.status,
                    serde_json::from_slice::<Value>(&reply.body).ok(),
                ));
            }
            if sets[0] != sets[1] || sets[0].0 != 200 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The default quotas, which a deployment chooses; nothing where no administrator can ask.
    pub async fn default_quotas(&self) -> Option<Value> {
        let project = self.projects().into_iter().next()?;
        let request = RawRequest::get(format!("/os-quota-sets/{project}/defaults"));
        let reply = self
            .send(Who::Caller(Caller::Admin), Base::Endpoint, request)
            .await
            .ok()?;
        let body: Value = serde_json::from_slice(&reply.body).ok()?;
        body.get("quota_set").cloned()
    }

    /// The ids of the projects that people of the run are in.
    pub(super) fn projects(&self) -> BTreeSet<String> {
        self.cloud
            .parties()
            .filter_map(|(_, party)| party.user.as_ref())
            .map(|user| user.project_id.clone())
            .collect()
    }

    /// Deletes a keypair. Nova's router reads a path as Latin-1, so a name that is not ASCII is looked for in both forms.
    async fn delete(&self, caller: Caller, name: &str) -> Result<(), String> {
        let latin_1: Option<Vec<u8>> = name
            .chars()
            .map(|letter| u8::try_from(letter).ok())
            .collect();
        let latin_1 =
            latin_1.map(|bytes| bytes.iter().map(|byte| format!("%{byte:02X}")).collect());
        let mut answered = Vec::new();
        for segment in [Some(encoded(name)), latin_1].into_iter().flatten() {
            let request = RawRequest::delete(format!("/os-keypairs/{segment}"));
            let reply = self
                .send(Who::Caller(caller), Base::Endpoint, request)
                .await?;
            if (200..300).contains(&reply.status) {
                return Ok(());
            }
            answered.push(reply.status.to_string());
        }
        Err(format!("its deletion answered {}", answered.join(" and ")))
    }

    /// Puts the cloud back as it was: deletes the servers and keypairs the run made, and forgets the quotas it set. What cannot be put
    /// back is returned, a sentence each.
    pub async fn clean(&mut self) -> Vec<String> {
        let mut left = self.clean_servers().await;
        // What they were called means nothing any more: where it was there, as where it never was.
        for kind in ["<server:", "<group:", "<security-group:", "<request:"] {
            self.normal.unbind(kind);
        }
        for caller in self.owners() {
            match self.keypairs(caller).await {
                Ok(names) => {
                    for name in names {
                        if !self.asked_names.contains(&name) {
                            left.push(format!(
                                "{}: '{caller}' has a keypair {name:?}, which this run has not asked for and leaves alone",
                                self.name
                            ));
                        } else if let Err(why) = self.delete(caller, &name).await {
                            left.push(format!(
                                "{}: keypair {name:?} of '{caller}' is left: {why}",
                                self.name
                            ));
                        }
                    }
                }
                Err(why) => left.push(why),
            }
        }
        if self.quotas_set {
            let before = left.len();
            for project in self.projects() {
                let request = RawRequest::delete(format!("/os-quota-sets/{project}"));
                match self.send(Who::Caller(Caller::Admin), Base::Endpoint, request).await {
                    Ok(reply) if reply.status == 202 => {}
                    Ok(reply) => left.push(format!(
                        "{}: the quotas of project {project} may be changed: putting them back answered {}",
                        self.name, reply.status
                    )),
                    Err(why) => left.push(format!("the quotas of project {project} may be changed: {why}")),
                }
            }
            self.quotas_set = left.len() > before;
        }
        left
    }
}
