//! Servers of one of the two clouds: what a run may name ([`Offer`]), when a server has come to rest, and how what was made is
//! deleted. It knows Nova's servers, server groups and security groups as far as that needs.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use http::Method;
use nova_client::RawRequest;
use serde_json::Value;

use super::{
    ask::{Ask, Who},
    side::Side,
};
use crate::caller::{Base, Caller, Reply};

/// Volumes that requests may name, where they are: one with an image on it, and an empty one. The reference cloud has every
/// volume one asks for; `fixtures/reference.yaml` has these.
pub(crate) const VOLUMES: &[(&str, &str)] = &[
    ("6ca404f3-d844-4169-bb96-bc792f37de98", "<volume:boot>"),
    ("5a0e3a52-8d0c-4e0e-9c0e-6f8d0b7c2d11", "<volume:data>"),
];

/// How long a server may take to come to rest, or to be gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait before looking again.
const PAUSES: &[u64] = &[10, 20, 40, 60, 100];

/// Actions and other operations that go on after their answer.
const GO_ON: &[&str] = &[
    "servers.create",
    "servers.delete",
    "servers.rebuild",
    "servers.start",
    "servers.stop",
    "servers.reboot",
    "servers.pause",
    "servers.unpause",
    "servers.suspend",
    "servers.resume",
    "servers.rescue",
    "servers.unrescue",
    "servers.resize",
    "servers.confirm-resize",
    "servers.revert-resize",
    "servers.shelve",
    "servers.unshelve",
];

/// What requests of a run may have made, so that it is looked for when the cloud is put back as it was.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Made {
    servers: bool,
    groups: bool,
    security_groups: bool,
}

impl Made {
    /// Takes note of what a request may make.
    pub(super) fn expect(&mut self, ask: &Ask) {
        if ask.method == Method::POST {
            self.servers |= ask.path.contains("/servers");
            self.groups |= ask.path.contains("/os-server-groups");
            self.security_groups |= ask.path.contains("/os-security-groups");
        }
    }
}

/// The id that a request's answer tells, which the request gives this name.
pub(super) fn id_of_made(name: &str, reply: &Reply) -> Option<String> {
    if name.starts_with("<request:") {
        let header = reply
            .headers
            .iter()
            .find(|(name, _)| name == "x-compute-request-id")?;
        return Some(header.1.clone());
    }
    let place = match name.split(':').next()? {
        "<server" => "/server/id",
        "<group" => "/server_group/id",
        "<security-group" => "/security_group/id",
        _ => return None,
    };
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    Some(body.pointer(place)?.as_str()?.to_owned())
}

/// What a cloud has for servers to be made of: ids, in the cloud's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// Images.
    pub images: Vec<String>,
    /// Flavors.
    pub flavors: Vec<String>,
    /// Networks.
    pub networks: Vec<String>,
}

impl Offer {
    /// What two clouds offer, so that the same place stands for the same thing: what both know by the same id, or, where
    /// that is too little, each one's own.
    pub fn agreed(self, other: Self) -> (Self, Self) {
        let (images, their_images) = common(self.images, other.images, 2);
        let (flavors, their_flavors) = common(self.flavors, other.flavors, 2);
        let (networks, their_networks) = common(self.networks, other.networks, 1);
        let ours = Self {
            images,
            flavors,
            networks,
        };
        let theirs = Self {
            images: their_images,
            flavors: their_flavors,
            networks: their_networks,
        };
        (ours, theirs)
    }

    /// Whether servers can be made and rebuilt.
    pub fn suffices(&self) -> bool {
        self.images.len() > 1 && self.flavors.len() > 1 && !self.networks.is_empty()
    }
}

fn common(ours: Vec<String>, theirs: Vec<String>, enough: usize) -> (Vec<String>, Vec<String>) {
    let both: Vec<String> = ours
        .iter()
        .filter(|id| theirs.contains(id))
        .cloned()
        .collect();
    if both.len() >= enough {
        return (both.clone(), both);
    }
    let length = ours.len().min(theirs.len());
    let first = |all: Vec<String>| all.into_iter().take(length).collect();
    (first(ours), first(theirs))
}

impl Side {
    /// What this cloud has for servers to be made of.
    ///
    /// # Errors
    /// A sentence: there was no answer.
    pub async fn offer(&self) -> Result<Offer, String> {
        Ok(Offer {
            images: self.ids_in("/images", "images").await?,
            flavors: self.ids_in("/flavors", "flavors").await?,
            networks: self.ids_in("/os-networks", "networks").await?,
        })
    }

    /// Calls what the cloud offers `<image:1>` and so on.
    pub fn call(&mut self, offer: &Offer) {
        let numbered = |kind: &'static str, ids: &[String]| {
            let named = ids.iter().enumerate();
            named
                .map(|(at, id)| (id.clone(), format!("<{kind}:{}>", at + 1)))
                .collect::<Vec<_>>()
        };
        let all = [
            numbered("image", &offer.images),
            numbered("flavor", &offer.flavors),
            numbered("network", &offer.networks),
        ];
        for (id, name) in all.into_iter().flatten() {
            // A flavor called `1` would be found in every number.
            if id.len() < 32 {
                self.short_ids.push((id, name));
            } else {
                self.normal.bind(&id, &name);
            }
        }
    }

    /// Gives what has an id in this cloud a name, such as `<volume:1>`.
    pub fn call_one(&mut self, id: &str, name: &str) {
        self.normal.bind(id, name);
    }

    async fn ids_in(&self, path: &str, root: &str) -> Result<Vec<String>, String> {
        let reply = self
            .send(
                Who::Caller(Caller::Main),
                Base::Endpoint,
                RawRequest::get(path),
            )
            .await?;
        Ok(ids_and_names(&reply, root)
            .unwrap_or_default()
            .into_iter()
            .map(|(id, _)| id)
            .collect())
    }

    /// Waits until what a request has set going is done. Where it is not after a while, the next requests tell.
    ///
    /// # Errors
    /// A sentence: there was no answer.
    pub async fn settle(&self, ask: &Ask, succeeded: bool) -> Result<(), String> {
        if !succeeded || ask.method == Method::GET || !GO_ON.contains(&ask.operation) {
            return Ok(());
        }
        let ids = [self.normal.names(), &self.short_ids].concat();
        let path = ask.to_request(&ids).path;
        let id = path
            .split(['?', '/'])
            .skip_while(|part| *part != "servers")
            .nth(1);
        let deadline = Instant::now() + PATIENCE;
        let mut looks = 0;
        // A server that was stopped before it was rebuilt rests for a moment before it is stopped again.
        let mut resting = if ask.operation == "servers.rebuild" {
            2
        } else {
            1
        };
        while Instant::now() < deadline {
            let at_rest = match id {
                Some(id) if ask.operation != "servers.create" => {
                    let reply = self.look(ask, &format!("/servers/{id}")).await?;
                    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
                    // Gone, or nothing to wait for.
                    reply.status == 404
                        || body
                            .get("server")
                            .is_some_and(|server| is_at_rest(server, ask))
                }
                _ => self.all_are_at_rest(ask).await?,
            };
            resting -= usize::from(at_rest);
            if resting == 0 {
                break;
            }
            pause(looks).await;
            looks += 1;
        }
        Ok(())
    }

    /// Asks as somebody who sees the server, whoever asked.
    async fn look(&self, ask: &Ask, path: &str) -> Result<Reply, String> {
        let who = if self.cloud.party(Caller::Admin).is_some() {
            Who::Caller(Caller::Admin)
        } else {
            ask.who
        };
        self.send(who, Base::Endpoint, RawRequest::get(path)).await
    }

    async fn all_are_at_rest(&self, ask: &Ask) -> Result<bool, String> {
        for (caller, query) in self.projects_to_list() {
            let path = format!("/servers/detail{query}");
            let reply = self
                .send(
                    Who::Caller(caller),
                    Base::Endpoint,
                    RawRequest::get(path.as_str()),
                )
                .await?;
            let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            let servers = body.get("servers").and_then(Value::as_array);
            if servers
                .into_iter()
                .flatten()
                .any(|server| !is_at_rest(server, ask))
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How the servers of each project of the run are listed: by whom, and the query.
    fn projects_to_list(&self) -> Vec<(Caller, String)> {
        if self.cloud.party(Caller::Admin).is_some() {
            let all = self.projects();
            return all
                .into_iter()
                .map(|project| {
                    (
                        Caller::Admin,
                        format!("?all_tenants=1&project_id={project}"),
                    )
                })
                .collect();
        }
        let mut seen = BTreeSet::new();
        let owners = self.owners().into_iter().filter(|caller| {
            let user = self
                .cloud
                .party(*caller)
                .and_then(|party| party.user.as_ref());
            *caller != Caller::Reader && user.is_some_and(|user| seen.insert(&user.project_id))
        });
        owners.map(|caller| (caller, String::new())).collect()
    }

    pub(super) async fn must_have_no_servers(&self) -> Result<(), String> {
        for (caller, query) in self.projects_to_list() {
            let servers = self
                .listed(caller, &format!("/servers{query}"), "servers")
                .await?;
            if let Some((_, name)) = servers.first() {
                return Err(format!(
                    "{}: there are {} server(s) already, such as {name:?}, and lists would differ by them: name users whose \
                     projects have none, or delete them",
                    self.name,
                    servers.len()
                ));
            }
        }
        Ok(())
    }

    /// Why no run can begin here: there is a server group or a security group, and groups are deleted by their names.
    pub(super) async fn must_have_no_groups(&self) -> Result<(), String> {
        let owners = self.owners().into_iter();
        for caller in owners.filter(|caller| *caller != Caller::Reader) {
            for (path, root) in [
                ("/os-server-groups", "server_groups"),
                ("/os-security-groups", "security_groups"),
            ] {
                let groups = self.listed(caller, path, root).await?;
                if let Some((_, name)) = groups
                    .iter()
                    .find(|(_, name)| root == "server_groups" || name != "default")
                {
                    return Err(format!(
                        "{}: the user who plays '{caller}' sees a group {name:?} in GET {path}, which the run might take for its \
                         own: name users whose projects have none, or delete it",
                        self.name
                    ));
                }
            }
        }
        Ok(())
    }

    async fn listed(
        &self,
        caller: Caller,
        path: &str,
        root: &str,
    ) -> Result<Vec<(String, String)>, String> {
        let reply = self
            .send(Who::Caller(caller), Base::Endpoint, RawRequest::get(path))
            .await?;
        ids_and_names(&reply, root).ok_or_else(|| {
            format!(
                "{}: GET {path} as {caller} answered {}, and no list of {root}",
                self.name, reply.status
            )
        })
    }

    /// Deletes the servers and groups the run made. What is left is returned, a sentence each.
    pub(super) async fn clean_servers(&mut self) -> Vec<String> {
        let mut left = Vec::new();
        if self.made.servers {
            match self.delete_servers().await {
                Ok(()) => self.made.servers = false,
                Err(why) => left.push(why),
            }
        }
        for (made, path, root) in [
            (self.made.groups, "/os-server-groups", "server_groups"),
            (
                self.made.security_groups,
                "/os-security-groups",
                "security_groups",
            ),
        ] {
            if !made {
                continue;
            }
            let outcome = self.delete_groups(path, root).await;
            match (outcome, root) {
                (Ok(()), "server_groups") => self.made.groups = false,
                (Ok(()), _) => self.made.security_groups = false,
                (Err(why), _) => left.push(why),
            }
        }
        left
    }

    async fn delete_servers(&self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        let mut deleted = BTreeSet::new();
        let mut looks = 0;
        loop {
            let mut there = Vec::new();
            for (caller, query) in self.projects_to_list() {
                let servers = self
                    .listed(caller, &format!("/servers{query}"), "servers")
                    .await?;
                there.extend(servers.into_iter().map(|server| (caller, server)));
            }
            for (caller, (id, name)) in &there {
                if !self.is_of_the_run(name) {
                    return Err(format!(
                        "{}: there is a server {name:?}, which this run has not asked for and leaves alone",
                        self.name
                    ));
                }
                if deleted.insert(id.clone()) {
                    let request = RawRequest::delete(format!("/servers/{id}"));
                    self.send(Who::Caller(*caller), Base::Endpoint, request)
                        .await?;
                }
            }
            let Some((_, (id, name))) = there.first() else {
                return Ok(());
            };
            if Instant::now() > deadline {
                return Err(format!(
                    "{}: server {name:?} ({id}) is left: it was deleted and is still there",
                    self.name
                ));
            }
            pause(looks).await;
            looks += 1;
        }
    }

    /// Several servers of one request get its name and a number.
    fn is_of_the_run(&self, name: &str) -> bool {
        let without_number = name.rsplit_once('-').map_or(name, |(name, _)| name);
        self.asked_names.contains(name) || self.asked_names.contains(without_number)
    }

    async fn delete_groups(&self, path: &str, root: &str) -> Result<(), String> {
        for caller in self
            .owners()
            .into_iter()
            .filter(|caller| *caller != Caller::Reader)
        {
            for (id, name) in self.listed(caller, path, root).await? {
                if name == "default" || !self.asked_names.contains(&name) {
                    continue;
                }
                let request = RawRequest::delete(format!("{path}/{id}"));
                let reply = self
                    .send(Who::Caller(caller), Base::Endpoint, request)
                    .await?;
                if reply.status >= 300 {
                    return Err(format!(
                        "{}: {path}/{id} ({name:?}) is left: its deletion answered {}",
                        self.name, reply.status
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Whether a server, as GET tells it, does nothing that it will end by itself.
fn is_at_rest(server: &Value, ask: &Ask) -> bool {
    let text = |name: &str| server.get(name).and_then(Value::as_str).unwrap_or_default();
    let busy = ["BUILD", "DELETED"].contains(&text("status"))
        // The confirmation has no task of its own.
        || ask.operation == "servers.confirm-resize" && text("status") == "VERIFY_RESIZE"
        || ask.operation == "servers.delete"
        // It is off its host first, and the host is forgotten then.
        || text("status") == "SHELVED_OFFLOADED" && !text("hostId").is_empty();
    !busy && text("OS-EXT-STS:task_state").is_empty()
}

/// The ids and names in a list that was answered.
fn ids_and_names(reply: &Reply, root: &str) -> Option<Vec<(String, String)>> {
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    let list = body.get(root)?.as_array().filter(|_| reply.status == 200)?;
    let text = |item: &Value, name: &str| {
        let text = item.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    Some(
        list.iter()
            .map(|item| (text(item, "id"), text(item, "name")))
            .collect(),
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "a cloud tells nobody when a server has come to rest: it has to be asked again"
)]
async fn pause(looks: usize) {
    let milliseconds = PAUSES.get(looks).or(PAUSES.last()).copied().unwrap_or(100);
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(ids: &[&str]) -> Offer {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        Offer {
            images: ids.clone(),
            flavors: ids.clone(),
            networks: ids,
        }
    }

    #[test]
    fn clouds_agree_on_what_both_know_by_one_id() {
        let (ours, theirs) = offer(&["a", "b", "c"]).agreed(offer(&["c", "x", "b"]));
        assert_eq!(
            (ours.images, theirs.images),
            offer_pair(&["b", "c"], &["b", "c"])
        );
    }

    #[test]
    fn clouds_that_share_nothing_are_asked_by_place() {
        let (ours, theirs) = offer(&["a", "b", "c"]).agreed(offer(&["x", "y"]));
        assert_eq!(
            (ours.images, theirs.images),
            offer_pair(&["a", "b"], &["x", "y"])
        );
    }

    fn offer_pair(ours: &[&str], theirs: &[&str]) -> (Vec<String>, Vec<String>) {
        (offer(ours).images, offer(theirs).images)
    }
}
