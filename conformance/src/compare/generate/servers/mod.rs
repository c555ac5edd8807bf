//! Requests about servers: lists, single ones, deletions, actions. What is thought to be there, and in which state, is guessed
//! from the requests alone, so that most of them make sense; the clouds say what is. It knows the states Nova's servers have.

mod bodies;
mod fields;
mod parts;
mod values;

use http::Method;
use nova_api::Operation::{self, *};
use rand::{RngExt as _, seq::IndexedRandom as _};
use serde_json::{Value, json};

use super::{Generator, Version};
use crate::{
    caller::Caller,
    compare::ask::{Ask, Asked, Who},
};

/// The most servers that are thought to be there before one is deleted rather than another made: each costs a real cloud a
/// second.
const MANY: usize = 3;

/// The versions at which servers and what belongs to them change, and their neighbours.
pub(super) const BOUNDARIES: &[u16] = &[
    1, 2, 3, 5, 8, 9, 13, 15, 16, 18, 19, 20, 21, 25, 26, 31, 32, 33, 35, 36, 37, 38, 41, 42, 46,
    47, 50, 51, 52, 53, 54, 55, 56, 57, 58, 61, 62, 63, 64, 66, 67, 69, 70, 71, 72, 73, 74, 75, 76,
    77, 79, 82, 83, 84, 86, 87, 89, 90, 91, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104,
];

/// In which state a server is thought to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Active,
    Stopped,
    Paused,
    Suspended,
    Rescued,
    Resized,
    Shelved,
    Error,
}

/// A server that is thought to be there.
#[derive(Debug, Clone)]
pub(super) struct Server {
    /// The name that requests have for it, such as `<server:1>`.
    name: String,
    /// Who made it.
    owner: Caller,
    state: State,
}

/// What is thought of servers in an episode.
#[derive(Debug, Default)]
pub(super) struct Servers {
    there: Vec<Server>,
    /// Numbers servers.
    made: usize,
    /// Numbers server groups.
    groups: usize,
    /// Numbers requests that do something to a server.
    requests: usize,
    /// Numbers security groups.
    security_groups: usize,
}

/// The actions, with the states in which Nova takes them, and the state they lead to.
const ACTIONS: &[(Operation, &[State], Option<State>)] = &[
    (ServerStart, &[State::Stopped], Some(State::Active)),
    (
        ServerStop,
        &[State::Active, State::Error],
        Some(State::Stopped),
    ),
    (
        ServerReboot,
        &[
            State::Active,
            State::Stopped,
            State::Paused,
            State::Suspended,
            State::Error,
        ],
        Some(State::Active),
    ),
    (ServerPause, &[State::Active], Some(State::Paused)),
    (ServerUnpause, &[State::Paused], Some(State::Active)),
    (ServerSuspend, &[State::Active], Some(State::Suspended)),
    (ServerResume, &[State::Suspended], Some(State::Active)),
    (ServerLock, &[], None),
    (ServerUnlock, &[], None),
    (
        ServerRescue,
        &[State::Active, State::Stopped, State::Error],
        Some(State::Rescued),
    ),
    (ServerUnrescue, &[State::Rescued], Some(State::Active)),
    (
        ServerResize,
        &[State::Active, State::Stopped],
        Some(State::Resized),
    ),
    (ServerConfirmResize, &[State::Resized], Some(State::Active)),
    (ServerRevertResize, &[State::Resized], Some(State::Active)),
    (
        ServerShelve,
        &[
            State::Active,
            State::Stopped,
            State::Paused,
            State::Suspended,
        ],
        Some(State::Shelved),
    ),
    (ServerUnshelve, &[State::Shelved], Some(State::Active)),
    (ServerResetState, &[], Some(State::Active)),
];

impl Generator<'_> {
    /// A request of an episode about servers.
    pub(super) fn ask_about_servers(&mut self) -> Ask {
        let mut version = self.version();
        let mut who = self.who();
        if self.servers.made == 0 || self.servers.there.is_empty() && self.chance(30) {
            // Nothing makes sense before there is a server.
            (who, version) = (Who::Caller(Caller::Main), Version::plain());
            if self.owned.is_empty() {
                return self.create(who, &version);
            }
            return self.make_server(who, &version, true);
        }
        let mut ask = match self.random.random_range(0..1000) {
            0..28 => {
                let good = self.chance(65);
                self.make_server(who, &version, good)
            }
            28..90 => self.refused_server(who, &version),
            90..205 => self.rebuild(who, &version),
            205..310 => self.action(who, &version),
            310..430 => self.show_server(who, &version),
            430..520 => self.list_servers(who, &version),
            520..580 => self.update_server(who, &version),
            580..592 => self.delete_server(who, &version),
            592..680 => self.metadata(who, &version),
            680..760 => self.tags(who, &version),
            760..820 => self.parts_of_servers(who, &version),
            820..910 => self.places(who, &version),
            910..950 => self.proxies(who, &version),
            950..975 => self.create(who, &version),
            975..985 => self.show_or_delete(who, &version, Method::DELETE),
            985..990 => self.limits(who, &version),
            990..994 => self.quotas(who, &version),
            _ => self.odd_about_servers(who, &version),
        };
        self.decorate(&mut ask);
        ask
    }

    /// The path of a server: one that is thought to be there, mostly.
    pub(super) fn some_server(&mut self) -> String {
        match self.random.random_range(0..100) {
            0..90 => {
                let there = self.servers.there.choose(&mut self.random);
                there.map_or_else(|| "<server:0>".to_owned(), |server| server.name.clone())
            }
            // One that was deleted, perhaps.
            90..94 => format!(
                "<server:{}>",
                self.random.random_range(0..=self.servers.made)
            ),
            _ => self.pick(values::ODD_IDS, "x").to_owned(),
        }
    }

    /// A caller of the server's own project, mostly.
    fn who_for(&mut self, who: Who, server: &str) -> Who {
        let owner = self
            .servers
            .there
            .iter()
            .find(|known| known.name == server)
            .map(|known| known.owner);
        match owner {
            Some(owner) if who == Who::Caller(Caller::Other) && self.chance(50) => {
                Who::Caller(owner)
            }
            _ => who,
        }
    }

    fn make_server(&mut self, who: Who, version: &Version, good: bool) -> Ask {
        if self.servers.there.len() >= MANY {
            return self.delete_server(who, version);
        }
        let who = match who {
            Who::Caller(Caller::Main | Caller::Second | Caller::Other | Caller::Admin) => who,
            _ => Who::Caller(Caller::Main),
        };
        let mut ask = Self::asking(
            "servers.create",
            who,
            version,
            Method::POST,
            "/servers".to_owned(),
        );
        let body = self.server_body(who, version, good);
        self.servers.made += 1;
        let name = format!("<server:{}>", self.servers.made);
        ask.binds.push(name.clone());
        self.binds_request(&mut ask);
        if good && version.asked != Asked::Refused {
            self.servers.there.push(Server {
                name,
                owner: self.own_caller(who),
                state: State::Active,
            });
        }
        self.send(&mut ask, &body);
        ask
    }

    /// One that most likely is refused, and costs nothing.
    fn refused_server(&mut self, who: Who, version: &Version) -> Ask {
        let mut ask = Self::asking(
            "servers.create",
            who,
            version,
            Method::POST,
            "/servers".to_owned(),
        );
        let mut body = self.server_body(who, version, true);
        for _ in 0..self.random.random_range(1..3) {
            self.spoil_server(&mut body);
        }
        if self.chance(10) {
            ask.path.push_str("?x=1");
        }
        self.servers.made += 1;
        ask.binds.push(format!("<server:{}>", self.servers.made));
        self.send(&mut ask, &body);
        ask
    }

    /// Gives the action that a request may be the id of that request.
    fn binds_request(&mut self, ask: &mut Ask) {
        self.servers.requests += 1;
        ask.binds
            .push(format!("<request:{}>", self.servers.requests));
    }

    fn acting(
        &mut self,
        operation: Operation,
        who: Who,
        version: &Version,
        server: &str,
        body: &Value,
    ) -> Ask {
        let path = format!("/servers/{server}/action");
        let mut ask = Self::asking(operation.name(), who, version, Method::POST, path);
        self.binds_request(&mut ask);
        self.send(&mut ask, body);
        ask
    }

    /// Whether somebody may act on a server, as far as that is known.
    fn may_act(&self, who: Who, server: &Server) -> bool {
        match who {
            Who::Caller(Caller::Admin) => true,
            Who::Caller(Caller::Main | Caller::Second) => {
                matches!(server.owner, Caller::Main | Caller::Second)
            }
            Who::Caller(Caller::Other) => server.owner == Caller::Other,
            _ => false,
        }
    }

    fn rebuild(&mut self, who: Who, version: &Version) -> Ask {
        let server = self.some_server();
        let who = self.who_for(who, &server);
        let caller = self.own_caller(who);
        let mut body = self.rebuild_body(version, caller);
        if self.chance(20) {
            self.spoil_rebuild(&mut body);
        }
        self.acting(ServerRebuild, who, version, &server, &body)
    }

    fn action(&mut self, who: Who, version: &Version) -> Ask {
        let server = self.some_server();
        let known = self.servers.there.iter().position(|one| one.name == server);
        let state = known.map_or(State::Active, |at| self.servers.there[at].state);
        let fitting: Vec<_> = ACTIONS
            .iter()
            .filter(|(_, from, _)| from.is_empty() || from.contains(&state))
            // Nova answers 500 to what follows: the server has no host.
            .filter(|(operation, ..)| *operation != ServerResetState || state != State::Shelved)
            .copied()
            .collect();
        let from = if self.chance(75) || state == State::Shelved {
            &fitting[..]
        } else {
            ACTIONS
        };
        let (operation, states, to) = self.pick(from, ACTIONS[0]);
        let who = match operation {
            ServerResetState if self.chance(70) => Who::Caller(Caller::Admin),
            _ => self.who_for(who, &server),
        };
        let who = match who {
            Who::Caller(caller) if !self.cast.callers.contains(&caller) => {
                Who::Caller(Caller::Main)
            }
            who => who,
        };
        let argument = self.argument(operation, version);
        if let Some(at) = known
            && let Some(mut to) = to
            && version.asked != Asked::Refused
            && (states.is_empty() || states.contains(&state))
            && self.may_act(who, &self.servers.there[at])
        {
            if operation == ServerResetState {
                if who != Who::Caller(Caller::Admin) {
                    to = state;
                } else if argument.get("state").and_then(Value::as_str) == Some("error") {
                    to = State::Error;
                }
            }
            self.servers.there[at].state = to;
        }
        let body = json!({operation.action().unwrap_or_default(): argument});
        self.acting(operation, who, version, &server, &body)
    }

    fn show_server(&mut self, who: Who, version: &Version) -> Ask {
        let server = self.some_server();
        let who = self.who_for(who, &server);
        let query = if self.chance(6) { "?x=1" } else { "" };
        Self::asking(
            ServerShow.name(),
            who,
            version,
            Method::GET,
            format!("/servers/{server}{query}"),
        )
    }

    fn list_servers(&mut self, who: Who, version: &Version) -> Ask {
        let (operation, path) = self.pick(
            &[(ServerList, "/servers"), (ServerDetail, "/servers/detail")],
            (ServerList, "/servers"),
        );
        let mut parts = Vec::new();
        for _ in 0..self.pick(&[0, 0, 1, 1, 1, 2, 2, 3], 0) {
            let (name, some) = self.pick(values::FILTERS, ("name", &["a"]));
            let value = if name == "marker" {
                self.some_server()
            } else {
                self.pick(some, "").to_owned()
            };
            let value = self.known_roles_only(value);
            parts.push(format!("{name}={value}"));
        }
        if who == Who::Caller(Caller::Admin) && self.chance(60) {
            // An administrator of another project sees nothing else.
            parts.push("all_tenants=1".to_owned());
            parts.push(self.known_roles_only("project_id=<project:main>".to_owned()));
        }
        let query = self.query(parts);
        Self::asking(
            operation.name(),
            who,
            version,
            Method::GET,
            format!("{path}{query}"),
        )
    }

    fn update_server(&mut self, who: Who, version: &Version) -> Ask {
        let server = self.some_server();
        let who = self.who_for(who, &server);
        let path = format!("/servers/{server}");
        let mut ask = Self::asking(ServerUpdate.name(), who, version, Method::PUT, path);
        let body = self.update_body(version);
        self.send(&mut ask, &body);
        ask
    }

    fn delete_server(&mut self, who: Who, version: &Version) -> Ask {
        let server = self.some_server();
        let who = self.who_for(who, &server);
        if let Some(at) = self.servers.there.iter().position(|one| one.name == server)
            && version.asked != Asked::Refused
            && self.may_act(who, &self.servers.there[at])
        {
            self.servers.there.remove(at);
        }
        let path = format!("/servers/{server}");
        Self::asking(ServerDelete.name(), who, version, Method::DELETE, path)
    }
}
