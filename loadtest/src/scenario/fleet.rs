//! The servers that are rebuilt: made once before the load begins, then lent out, each to one rebuild at a time. It knows people
//! and what a server is made of.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{StreamExt as _, stream};
use nova_client::{ApiVersion, RawRequest};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::{
    keys::{KeyName, Made},
    people::{People, Person},
    shared::{ReachError, encoded},
    signals::Stop,
};

/// So many servers are under way at the same time while the fleet is made.
const AT_A_TIME: usize = 8;

/// A server of the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// In which project.
    pub project_id: String,
    /// How often it was rebuilt: which key and which image come next follows from it.
    pub rebuilt: usize,
}

/// What all servers are made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ingredients {
    /// The images that rebuilds alternate between; the first is the one that servers begin with.
    pub images: Vec<String>,
    /// The flavor's id.
    pub flavor: String,
    /// What a server's `networks` say.
    pub networks: Value,
}

#[derive(Debug)]
struct Dock {
    /// As many as are idle.
    idle: Semaphore,
    servers: Mutex<VecDeque<Server>>,
}

/// The servers, by project, and the keys they are rebuilt with.
#[derive(Debug, Default)]
pub struct Fleet {
    docks: BTreeMap<String, Dock>,
    /// What they are made of.
    pub ingredients: Ingredients,
    /// Two keys of each person, by their numbers.
    pub keys: Vec<[KeyName; 2]>,
}

impl Fleet {
    /// The servers that these are, all idle.
    pub fn of(servers: Vec<Server>, ingredients: Ingredients, keys: Vec<[KeyName; 2]>) -> Self {
        let mut docks: BTreeMap<String, VecDeque<Server>> = BTreeMap::new();
        for server in servers {
            docks
                .entry(server.project_id.clone())
                .or_default()
                .push_back(server);
        }
        let dock = |servers: VecDeque<Server>| Dock {
            idle: Semaphore::new(servers.len()),
            servers: Mutex::new(servers),
        };
        Self {
            docks: docks
                .into_iter()
                .map(|(project, servers)| (project, dock(servers)))
                .collect(),
            ingredients,
            keys,
        }
    }

    /// How many are idle.
    pub fn idle(&self) -> usize {
        self.docks
            .values()
            .map(|dock| dock.idle.available_permits())
            .sum()
    }

    /// Lends out an idle server of a project, the one that has rested longest.
    pub fn take(&self, project: &str) -> Option<Server> {
        let dock = self.docks.get(project)?;
        dock.idle.try_acquire().ok()?.forget();
        dock.pop()
    }

    /// Lends out a server of a project once one is idle; `None` where the project has none.
    pub async fn wait_for(&self, project: &str) -> Option<Server> {
        let dock = self.docks.get(project)?;
        dock.idle.acquire().await.ok()?.forget();
        dock.pop()
    }

    /// It is idle again.
    pub fn put_back(&self, server: Server) {
        if let Some(dock) = self.docks.get(&server.project_id) {
            let mut servers = dock.servers.lock().unwrap_or_else(PoisonError::into_inner);
            servers.push_back(server);
            dock.idle.add_permits(1);
        }
    }
}

impl Dock {
    fn pop(&self) -> Option<Server> {
        self.servers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }
}

/// What is asked for of a fleet.
#[derive(Debug, Clone)]
pub struct Wish {
    /// So many servers.
    pub count: usize,
    /// Images by name or id; none: two that suit are looked for.
    pub images: Vec<String>,
    /// A flavor by name or id; none: the smallest that suits.
    pub flavor: Option<String>,
    /// `none`, `auto`, or the id of a network.
    pub network: String,
    /// So long a server may take to be made.
    pub patience: Duration,
}

/// Makes a fleet: the keys it is rebuilt with, and its servers, dealt out to the projects.
#[derive(Debug)]
pub struct Shipyard<'a> {
    /// Whose they will be.
    pub people: &'a People,
    /// How names begin.
    pub prefix: &'a str,
    /// The microversion it is asked at.
    pub version: ApiVersion,
    /// Whether somebody wants it to end.
    pub stop: &'a Stop,
}

impl Shipyard<'_> {
    /// Makes it.
    ///
    /// # Errors
    /// [`ReachError`]: there is no image or flavor, or the cloud refuses a key or a server. What was made has the run's names.
    pub async fn build(&self, wish: &Wish) -> Result<Fleet, ReachError> {
        let ingredients = self.ingredients(wish).await?;
        let people = self.people.all();
        // One person of each project owns its servers; everybody of the project rebuilds them.
        let mut owners: Vec<&Person> = Vec::new();
        for person in people {
            if !owners
                .iter()
                .any(|owner| owner.project_id == person.project_id)
            {
                owners.push(person);
            }
        }
        if wish.count < owners.len() {
            return Err(ReachError::Usage(format!(
                "the users are in {} projects, and a fleet of {} leaves some of them nothing to rebuild: ask for more with --fleet",
                owners.len(),
                wish.count
            )));
        }
        // Nothing that is under way is given up, for it would be there later than it is looked for.
        let keys = stream::iter(people.iter().map(|person| self.keys_of(person)));
        let keys: Vec<_> = keys.buffered(AT_A_TIME).collect().await;
        let keys = keys.into_iter().collect::<Result<Vec<_>, _>>()?;
        let given_up = AtomicBool::new(false);
        let servers = (0..wish.count).map(async |n| {
            if given_up.load(Ordering::Relaxed) {
                return None;
            }
            let made = self
                .server(owners[n % owners.len()], n, &ingredients, wish)
                .await;
            given_up.fetch_or(made.is_err(), Ordering::Relaxed);
            Some(made)
        });
        let servers = stream::iter(servers).buffer_unordered(AT_A_TIME);
        let servers: Vec<_> = servers.collect().await;
        let servers = servers
            .into_iter()
            .flatten()
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Fleet::of(servers, ingredients, keys))
    }

    async fn ask(&self, who: &Person, request: RawRequest) -> Result<Value, ReachError> {
        self.ask_at(who, request, self.version).await
    }

    async fn ask_at(
        &self,
        who: &Person,
        request: RawRequest,
        version: ApiVersion,
    ) -> Result<Value, ReachError> {
        let (method, path) = (request.method.clone(), request.path.clone());
        let answer = who.send(&request.at(version)).await;
        let answer = answer.map_err(|error| ReachError::Unreachable(error.to_string()))?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.is_success() {
            return Ok(body);
        }
        let fault = body.as_object().and_then(|body| body.values().next());
        let message = fault
            .and_then(|fault| fault["message"].as_str())
            .unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        Err(ReachError::Unreachable(format!(
            "{method} {path} as user '{}' answered {} {message}",
            who.name, answer.status
        )))
    }

    /// Two keys of a person's, to alternate between.
    async fn keys_of(&self, who: &Person) -> Result<[KeyName; 2], ReachError> {
        // Beyond the numbers that jobs count from.
        let key = |n| KeyName::new(self.prefix, who.number, u64::MAX - n, Made::Imported);
        let keys = [key(0), key(1)];
        for key in &keys {
            let body = json!({"keypair": {
                "name": key.text,
                "type": key.made.kind(),
                "public_key": key.material(),
            }});
            self.ask(who, RawRequest::post("/os-keypairs").json(&body))
                .await?;
        }
        Ok(keys)
    }

    async fn server(
        &self,
        owner: &Person,
        n: usize,
        of: &Ingredients,
        wish: &Wish,
    ) -> Result<Server, ReachError> {
        if self.stop.is_asked() {
            return Err(ReachError::Unreachable(
                "interrupted while the fleet was made".to_owned(),
            ));
        }
        let body = json!({"server": {
            "name": format!("{}{}-{n}-server", self.prefix, owner.number),
            "imageRef": of.images.first(),
            "flavorRef": of.flavor,
            "networks": of.networks,
        }});
        let made = self
            .ask(owner, RawRequest::post("/servers").json(&body))
            .await?;
        let id = made["server"]["id"].as_str().unwrap_or_default().to_owned();
        let path = format!("/servers/{}", encoded(&id));
        let until = Instant::now() + wish.patience;
        loop {
            let shown = self.ask(owner, RawRequest::get(path.as_str())).await?;
            let shown = &shown["server"];
            match shown["status"].as_str() {
                Some("ACTIVE") => {
                    return Ok(Server {
                        user_id: shown["user_id"].as_str().unwrap_or_default().to_owned(),
                        project_id: owner.project_id.clone(),
                        id,
                        rebuilt: n,
                    });
                }
                Some("ERROR") => {
                    let fault = shown["fault"]["message"]
                        .as_str()
                        .unwrap_or("no fault is shown");
                    return Err(ReachError::Unreachable(format!(
                        "a server of the fleet ended in ERROR: {fault}"
                    )));
                }
                _ if Instant::now() >= until => {
                    return Err(ReachError::Unreachable(format!(
                        "a server of the fleet was not ACTIVE after {:?}",
                        wish.patience
                    )));
                }
                _ => {}
            }
            // Either end of the wait is looked into by the next turn.
            let _ = tokio::time::timeout(Duration::from_millis(500), self.stop.asked()).await;
            if self.stop.is_asked() {
                return Err(ReachError::Unreachable(
                    "interrupted while the fleet was made".to_owned(),
                ));
            }
        }
    }

    async fn ingredients(&self, wish: &Wish) -> Result<Ingredients, ReachError> {
        let who = self.people.at(0);
        let flavors = self.ask(who, RawRequest::get("/flavors/detail")).await?;
        let flavor = flavor(&flavors["flavors"], wish.flavor.as_deref())?;
        let images = self.images(who).await?;
        let chosen = if wish.images.is_empty() {
            let chosen = suitable(&images, &flavor);
            if chosen.is_empty() {
                return Err(ReachError::Usage(
                    "no image of the cloud suits its smallest flavor: name some with --image, and a flavor with --flavor".to_owned(),
                ));
            }
            chosen
        } else {
            let found = wish.images.iter().map(|wanted| named(&images, wanted));
            found.collect::<Result<_, _>>()?
        };
        let networks = match wish.network.as_str() {
            word @ ("none" | "auto") => json!(word),
            id => json!([{ "uuid": id }]),
        };
        Ok(Ingredients {
            images: chosen,
            flavor: flavor["id"].as_str().unwrap_or_default().to_owned(),
            networks,
        })
    }

    /// The active images, as Glance tells them.
    async fn images(&self, who: &Person) -> Result<Vec<Value>, ReachError> {
        let Some(glance) = who.service("image") else {
            return self.images_of_nova(who).await;
        };
        let root = glance.endpoint().trim_end_matches("/v2").to_owned();
        let glance = glance.at(root);
        let mut images = Vec::new();
        let mut next = Some("/v2/images?status=active&limit=200".to_owned());
        for _ in 0..PAGES_OF_IMAGES {
            let Some(page) = next else {
                break;
            };
            let answer = glance.send(&RawRequest::get(page)).await;
            let answer = answer.map_err(|error| ReachError::Unreachable(error.to_string()))?;
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let list = body["images"].as_array().ok_or_else(|| {
                ReachError::Unreachable(format!(
                    "GET /v2/images answered {}, and no list",
                    answer.status
                ))
            })?;
            images.extend_from_slice(list);
            next = body["next"].as_str().map(str::to_owned);
        }
        Ok(images)
    }

    /// The same as Nova tells them, at versions at which it passes on what Glance says: for a catalog without Glance.
    async fn images_of_nova(&self, who: &Person) -> Result<Vec<Value>, ReachError> {
        let request = RawRequest::get("/images/detail?status=ACTIVE");
        let told = self.ask_at(who, request, OF_IMAGES).await?;
        let images = told["images"].as_array().cloned().unwrap_or_default();
        let image = images.into_iter().map(|image| {
            let mut like = json!({
                "id": image["id"],
                "name": image["name"],
                "min_disk": image["minDisk"],
                "min_ram": image["minRam"],
                "size": image["OS-EXT-IMG-SIZE:size"],
            });
            for (name, value) in image["metadata"].as_object().into_iter().flatten() {
                like[name] = value.clone();
            }
            like
        });
        Ok(image.collect())
    }
}

/// So many pages of images are read at most.
const PAGES_OF_IMAGES: usize = 100;

/// A version at which Nova lists images.
const OF_IMAGES: ApiVersion = ApiVersion { major: 2, minor: 1 };

fn named(images: &[Value], wanted: &str) -> Result<String, ReachError> {
    let is_it = |image: &&Value| image["id"] == wanted || image["name"] == wanted;
    let found = images
        .iter()
        .find(is_it)
        .and_then(|image| image["id"].as_str());
    found.map(str::to_owned).ok_or_else(|| {
        ReachError::Usage(format!(
            "the cloud has no active image '{wanted}': see --image"
        ))
    })
}

/// The flavor that is named, or the smallest that has a disk.
fn flavor(flavors: &Value, wanted: Option<&str>) -> Result<Value, ReachError> {
    let flavors = flavors.as_array().map(Vec::as_slice).unwrap_or_default();
    let found = match wanted {
        Some(wanted) => flavors
            .iter()
            .find(|flavor| flavor["id"] == wanted || flavor["name"] == wanted),
        None => {
            let number = |flavor: &Value, of: &str| flavor[of].as_u64().unwrap_or_default();
            let usable = flavors.iter().filter(|flavor| number(flavor, "disk") > 0);
            usable.min_by_key(|flavor| {
                (
                    number(flavor, "ram"),
                    number(flavor, "vcpus"),
                    number(flavor, "disk"),
                )
            })
        }
    };
    found.cloned().ok_or_else(|| {
        ReachError::Usage(match wanted {
            Some(wanted) => format!("the cloud has no flavor '{wanted}': see --flavor"),
            None => "the cloud has no flavor with a disk: name one with --flavor".to_owned(),
        })
    })
}

/// Up to two images that a server of this flavor can be made of, and that ask for no special host.
fn suitable(images: &[Value], flavor: &Value) -> Vec<String> {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let (disk, ram) = (number(&flavor["disk"]), number(&flavor["ram"]));
    let is = |value: &Value, known: &[&str]| value.as_str().is_some_and(|is| known.contains(&is));
    // What is somebody's own is not everybody's here, and kernels and snapshots are no systems to rebuild to.
    let is_for_all = |image: &Value| {
        (image["visibility"].is_null() || is(&image["visibility"], &["public", "community"]))
            && !is(&image["image_type"], &["snapshot"])
            && !is(&image["disk_format"], &["aki", "ari"])
    };
    let is_plain = |image: &Value| {
        let mut names = image.as_object().into_iter().flat_map(|image| image.keys());
        !names.any(|name| {
            name.starts_with("trait:") || name == "hw_architecture" || name == "img_hv_type"
        })
    };
    let mut usable: Vec<&Value> = images
        .iter()
        .filter(|image| {
            number(&image["min_disk"]) <= disk
                && number(&image["min_ram"]) <= ram
                && number(&image["size"]) <= disk << 30
                && is_plain(image)
                && is_for_all(image)
        })
        .collect();
    // The first by name, whatever the order of the list, so that one run is like the next.
    usable.sort_by_key(|image| image["name"].as_str().unwrap_or_default().to_owned());
    let ids = usable.iter().filter_map(|image| image["id"].as_str());
    ids.take(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn server(id: &str, project: &str) -> Server {
        Server {
            id: id.to_owned(),
            user_id: "u".to_owned(),
            project_id: project.to_owned(),
            rebuilt: 0,
        }
    }

    fn fleet(servers: Vec<Server>) -> Fleet {
        Fleet::of(servers, Ingredients::default(), Vec::new())
    }

    #[test]
    fn a_server_is_lent_to_one_at_a_time() {
        let fleet = fleet(vec![server("a", "p")]);
        let lent = fleet.take("p").unwrap();
        assert_eq!(fleet.take("p"), None);
        fleet.put_back(lent);
        assert!(fleet.take("p").is_some());
    }

    #[test]
    fn a_project_is_lent_only_its_own() {
        assert_eq!(fleet(vec![server("a", "p")]).take("q"), None);
    }

    #[tokio::test]
    async fn who_waits_gets_what_is_put_back() {
        let fleet = fleet(vec![server("a", "p")]);
        let lent = fleet.take("p").unwrap();
        let (waited, ()) = tokio::join!(fleet.wait_for("p"), async { fleet.put_back(lent) });
        assert_eq!(waited.unwrap().id, "a");
    }

    #[rstest]
    #[case::too_large(json!({"id": "i", "size": 2_u64 << 30}))]
    #[case::wants_disk(json!({"id": "i", "min_disk": 2}))]
    #[case::wants_memory(json!({"id": "i", "min_ram": 1024}))]
    #[case::wants_a_trait(json!({"id": "i", "trait:CUSTOM_X": "required"}))]
    #[case::somebodys_own(json!({"id": "i", "visibility": "private"}))]
    #[case::a_snapshot(json!({"id": "i", "image_type": "snapshot"}))]
    #[case::a_kernel(json!({"id": "i", "disk_format": "aki"}))]
    #[case::of_an_architecture(json!({"id": "i", "hw_architecture": "ppc"}))]
    fn an_image_that_does_not_suit_is_passed_over(#[case] image: Value) {
        let flavor = json!({"disk": 1, "ram": 512});
        assert_eq!(
            suitable(&[image, json!({"id": "plain"})], &flavor),
            ["plain"]
        );
    }

    #[test]
    fn the_smallest_flavor_with_a_disk_is_taken() {
        let flavors = json!([
            {"id": "large", "ram": 512, "disk": 1},
            {"id": "small", "ram": 64, "disk": 1},
            {"id": "diskless", "ram": 1, "disk": 0},
        ]);
        assert_eq!(flavor(&flavors, None).unwrap()["id"], "small");
    }
}
