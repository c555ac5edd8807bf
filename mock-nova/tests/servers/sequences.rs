//! Whatever several callers do in whatever order, some things always hold.
//!
//! The cloud is asked over HTTP and compared, after every request, with a model that knows only what the API promises: an id
//! is given once; who made a server, when and in which project never changes; its key is that of its last accepted rebuild, or
//! of its creation; nothing begins while something else is being done, but what may interrupt it; quotas count what there is.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    ADMIN, ADMIN_HERE, Caller, IMAGE, KEY, LATEST, MAKER, Nova, OTHER_IMAGE, READER, SECOND,
    STRANGER,
};
use mock_nova::cloud::server::Server;
use uuid::Uuid;

/// How many servers a project may have here.
const MOST: usize = 3;

/// A rebuild's key: left out, null, or named.
#[derive(Clone, Debug)]
enum Key {
    Omitted,
    Null,
    Named(&'static str),
}

/// One thing that somebody does. Servers are meant by their place, counted from the first that was made.
#[derive(Clone, Debug)]
enum Deed {
    Create(Caller, Option<&'static str>),
    Delete(Caller, usize),
    Rebuild(Caller, usize, Key, bool),
    Act(Caller, usize, usize),
    MakeKeypair(Caller, &'static str),
    DropKeypair(Caller, &'static str),
    /// Time goes on for one server, or for all to the end.
    Step(usize),
    Settle,
}

const INTERRUPTS: [&str; 4] = ["reboot", "lock", "unlock", "os-resetState"];

fn body_of(act: usize) -> (&'static str, Value) {
    let acts = [
        ("os-start", Value::Null),
        ("os-stop", Value::Null),
        ("reboot", json!({"type": "HARD"})),
        ("pause", Value::Null),
        ("unpause", Value::Null),
        ("suspend", Value::Null),
        ("resume", Value::Null),
        ("lock", Value::Null),
        ("unlock", Value::Null),
        ("rescue", Value::Null),
        ("unrescue", Value::Null),
        ("resize", json!({"flavorRef": "2"})),
        ("resize", json!({"flavorRef": "1"})),
        ("confirmResize", Value::Null),
        ("revertResize", Value::Null),
        ("shelve", Value::Null),
        ("unshelve", Value::Null),
        ("os-resetState", json!({"state": "active"})),
        ("os-resetState", json!({"state": "error"})),
    ];
    acts[act % acts.len()].clone()
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let caller = || {
        prop::sample::select(vec![
            MAKER, MAKER, SECOND, SECOND, STRANGER, ADMIN, ADMIN_HERE, READER,
        ])
    };
    let name = || prop::sample::select(vec!["a", "b", "c"]);
    let key = prop_oneof![
        Just(Key::Omitted),
        Just(Key::Null),
        name().prop_map(Key::Named),
        name().prop_map(Key::Named),
    ];
    let server = || 0..4_usize;
    let deed = prop_oneof![
        2 => (caller(), prop::option::of(name())).prop_map(|(caller, key)| Deed::Create(caller, key)),
        1 => (caller(), server()).prop_map(|(caller, server)| Deed::Delete(caller, server)),
        5 => (caller(), server(), key, any::<bool>()).prop_map(|(caller, server, key, other)| Deed::Rebuild(caller, server, key, other)),
        8 => (caller(), server(), 0..19_usize).prop_map(|(caller, server, act)| Deed::Act(caller, server, act)),
        3 => (caller(), name()).prop_map(|(caller, name)| Deed::MakeKeypair(caller, name)),
        1 => (caller(), name()).prop_map(|(caller, name)| Deed::DropKeypair(caller, name)),
        3 => server().prop_map(Deed::Step),
        2 => Just(Deed::Settle),
    ];
    prop::collection::vec(deed, 1..60)
}

/// Every story begins with a server and keys that tell callers apart: one that each of two members has alone, and one name
/// that both have.
fn opening() -> [Deed; 6] {
    [
        Deed::MakeKeypair(MAKER, "a"),
        Deed::MakeKeypair(SECOND, "b"),
        Deed::MakeKeypair(MAKER, "c"),
        Deed::MakeKeypair(SECOND, "c"),
        Deed::Create(MAKER, Some("a")),
        Deed::Settle,
    ]
}

/// What the model knows of one server.
struct Known {
    id: String,
    maker: String,
    project: String,
    created: Value,
    /// The key's name and text.
    key: Option<(String, String)>,
    /// Whether somebody was told that it would be deleted.
    dying: bool,
}

struct Model {
    nova: Nova,
    servers: Vec<Known>,
    keypairs: HashMap<(&'static str, &'static str), String>,
    ids: HashSet<String>,
    written: usize,
}

type Outcome = Result<(), TestCaseError>;

impl Model {
    async fn ask(
        &self,
        caller: Caller,
        method: &str,
        path: &str,
        body: Value,
    ) -> Result<super::Answer, TestCaseError> {
        let answer = self.nova.ask(caller, method, path, LATEST, &body).await;
        prop_assert!(
            answer.status < 500,
            "{method} {path} {body}: {} {}",
            answer.status,
            answer.body
        );
        Ok(answer)
    }

    fn kept(&self, id: &str) -> Option<Arc<Server>> {
        let id: Uuid = id.parse().unwrap();
        self.nova.mock.state().settle();
        self.nova
            .mock
            .state()
            .store
            .read(|cloud| cloud.servers.get(id).cloned())
    }

    async fn does(&mut self, deed: Deed) -> Outcome {
        match deed {
            Deed::Create(caller, key) => self.create(caller, key).await,
            Deed::Delete(caller, place) => self.delete(caller, place).await,
            Deed::Rebuild(caller, place, key, other) => {
                self.rebuild(caller, place, key, other).await
            }
            Deed::Act(caller, place, act) => self.act(caller, place, act).await,
            Deed::MakeKeypair(caller, name) => self.make_keypair(caller, name).await,
            Deed::DropKeypair(caller, name) => {
                let path = format!("/os-keypairs/{name}");
                let answer = self.ask(caller, "DELETE", &path, Value::Null).await?;
                let known = self.keypairs.remove(&(caller.0, name)).is_some();
                prop_assert_eq!(answer.status, if known { 204 } else { 404 });
                Ok(())
            }
            Deed::Step(place) => {
                if let Some(known) = self.servers.get(place) {
                    self.nova.step(&known.id);
                }
                Ok(())
            }
            Deed::Settle => {
                for known in &self.servers {
                    self.nova.finish(&known.id);
                }
                Ok(())
            }
        }
    }

    async fn make_keypair(&mut self, caller: Caller, name: &'static str) -> Outcome {
        self.written += 1;
        let text = format!("{KEY} {}-{}", caller.0, self.written);
        let body = json!({"keypair": {"name": name, "public_key": text}});
        let answer = self.ask(caller, "POST", "/os-keypairs", body).await?;
        let taken = self.keypairs.contains_key(&(caller.0, name));
        prop_assert_eq!(answer.status, if taken { 409 } else { 201 });
        self.keypairs.entry((caller.0, name)).or_insert(text);
        Ok(())
    }

    async fn create(&mut self, caller: Caller, key: Option<&'static str>) -> Outcome {
        let mut server =
            json!({"name": "x", "imageRef": IMAGE, "flavorRef": "1", "networks": "none"});
        if let Some(key) = key {
            server["key_name"] = json!(key);
        }
        let own = key.map(|name| {
            self.keypairs
                .get(&(caller.0, name))
                .map(|text| (name.to_owned(), text.clone()))
        });
        let project = project_id(caller).to_owned();
        let there = self
            .servers
            .iter()
            .filter(|known| known.project == project && self.kept(&known.id).is_some())
            .count();
        let answer = self
            .ask(caller, "POST", "/servers", json!({ "server": server }))
            .await?;
        if caller == READER {
            prop_assert_eq!(answer.status, 403);
        } else if own == Some(None) {
            prop_assert_eq!(answer.status, 400, "{}", answer.body);
        } else if there >= MOST {
            prop_assert_eq!(answer.status, 403, "{}", answer.body);
        } else {
            prop_assert_eq!(answer.status, 202, "{}", answer.body);
            let id = answer.body["server"]["id"].as_str().unwrap().to_owned();
            prop_assert!(self.ids.insert(id.clone()), "{id} is given twice");
            let shown = self.nova.show(&id).await;
            self.servers.push(Known {
                id,
                maker: shown["user_id"].as_str().unwrap().to_owned(),
                project,
                created: shown["created"].clone(),
                key: own.flatten(),
                dying: false,
            });
        }
        Ok(())
    }

    async fn delete(&mut self, caller: Caller, place: usize) -> Outcome {
        let Some(id) = self.servers.get(place).map(|known| known.id.clone()) else {
            return Ok(());
        };
        let answer = self
            .ask(caller, "DELETE", &format!("/servers/{id}"), Value::Null)
            .await?;
        self.servers[place].dying |= answer.status == 204;
        Ok(())
    }

    async fn rebuild(&mut self, caller: Caller, place: usize, key: Key, other: bool) -> Outcome {
        let Some(id) = self.servers.get(place).map(|known| known.id.clone()) else {
            return Ok(());
        };
        let before = self.kept(&id);
        let mut rebuild = json!({"imageRef": if other { OTHER_IMAGE } else { IMAGE }});
        let wanted = match key {
            Key::Omitted => None,
            Key::Null => {
                rebuild["key_name"] = Value::Null;
                Some(None)
            }
            Key::Named(name) => {
                rebuild["key_name"] = json!(name);
                Some(Some((name, self.keypairs.get(&(caller.0, name)).cloned())))
            }
        };
        let path = format!("/servers/{id}/action");
        let answer = self
            .ask(caller, "POST", &path, json!({ "rebuild": rebuild }))
            .await?;
        if answer.status != 202 {
            return Ok(());
        }
        prop_assert_eq!(before.unwrap().task_state, None, "two tasks at once");
        match wanted {
            None => {}
            Some(None) => self.servers[place].key = None,
            Some(Some((name, text))) => {
                prop_assert!(text.is_some(), "{} has no keypair {name}", caller.0);
                self.servers[place].key = text.map(|text| (name.to_owned(), text));
            }
        }
        let told = self.servers[place]
            .key
            .as_ref()
            .map(|(name, _)| name.clone());
        prop_assert_eq!(&answer.body["server"]["key_name"], &json!(told));
        Ok(())
    }

    async fn act(&mut self, caller: Caller, place: usize, act: usize) -> Outcome {
        let Some(id) = self.servers.get(place).map(|known| known.id.clone()) else {
            return Ok(());
        };
        let before = self.kept(&id);
        let (action, body) = body_of(act);
        let path = format!("/servers/{id}/action");
        let answer = self
            .ask(caller, "POST", &path, json!({ action: body }))
            .await?;
        if answer.status < 300 && !INTERRUPTS.contains(&action) {
            prop_assert_eq!(
                before.unwrap().task_state,
                None,
                "two tasks at once: {}",
                action
            );
        }
        Ok(())
    }

    /// What always holds.
    async fn holds(&self) -> Outcome {
        let mut used: HashMap<&str, [i64; 3]> = HashMap::new();
        for known in &self.servers {
            let Some(kept) = self.kept(&known.id) else {
                prop_assert!(known.dying, "{} is gone, and nobody deleted it", known.id);
                continue;
            };
            let shown = self.nova.show(&known.id).await;
            prop_assert_eq!(&shown["id"], &json!(known.id));
            prop_assert_eq!(&shown["user_id"], &json!(known.maker));
            prop_assert_eq!(&shown["tenant_id"], &json!(known.project));
            prop_assert_eq!(&shown["created"], &known.created);
            let key = kept
                .key
                .as_deref()
                .map(|key| (key.name.clone(), key.data.clone()));
            prop_assert_eq!(&key, &known.key);
            prop_assert_eq!(
                &shown["key_name"],
                &json!(known.key.as_ref().map(|(name, _)| name))
            );
            // Whatever is being done comes to an end.
            let busy = self
                .nova
                .mock
                .state()
                .store
                .read(|cloud| cloud.servers.is_busy(kept.id));
            prop_assert!(
                kept.task_state.is_none() || busy,
                "{} is {:?} for ever",
                known.id,
                kept.task_state
            );
            let used = used.entry(&known.project).or_default();
            let number = |value: u64| i64::try_from(value).unwrap();
            for (sum, one) in
                used.iter_mut()
                    .zip([1, number(kept.flavor.vcpus), number(kept.flavor.ram)])
            {
                *sum += one;
            }
        }
        for caller in [MAKER, STRANGER, ADMIN] {
            let limits = self.nova.get(caller, "/limits").await.body;
            let limits = &limits["limits"]["absolute"];
            let told = ["totalInstancesUsed", "totalCoresUsed", "totalRAMUsed"]
                .map(|name| limits[name].as_i64().unwrap());
            let project = self
                .servers
                .iter()
                .find(|known| known.project == project_id(caller));
            let want = project
                .and_then(|known| used.get(known.project.as_str()))
                .copied()
                .unwrap_or_default();
            prop_assert_eq!(told, want, "quotas of {}", caller.1);
        }
        Ok(())
    }
}

fn project_id(caller: Caller) -> &'static str {
    match caller.1 {
        "admin" => "ca000000000000000000000000000001",
        "demo" => super::DEMO_PROJECT,
        _ => "ca000000000000000000000000000003",
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done(deeds in deeds(), waits in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let nova = if waits { Nova::that_waits().await } else { Nova::start().await };
            nova.mock.set_default_quotas([("instances", i64::try_from(MOST).unwrap())]);
            let mut model = Model { nova, servers: Vec::new(), keypairs: HashMap::new(), ids: HashSet::new(), written: 0 };
            for deed in opening().into_iter().chain(deeds) {
                model.does(deed).await?;
                model.holds().await?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}
