//! The servers that are lent to checks. A run has at most so many at once; each instance of a check is let in with room for as
//! many as it needs, and what it gives back is mended when the next one needs it, or makes place for another. It knows the
//! ledger, and asks as the servers' owners, at versions of its own: what a check wants to know, it asks itself.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::Method;
use nova_client::RawRequest;
use serde_json::{Value, json};
use tokio::sync::{Mutex as AsyncMutex, OnceCell, OwnedSemaphorePermit, Semaphore, watch};

use super::{
    Ingredients, Need, Server, Settings, gone,
    shape::{Shape, Wanted},
    waiting::Pauses,
};
use crate::{
    caller::{Caller, Cloud},
    check::name_prefix,
    ledger::{Book, Keypair, Limits, Undo, send},
    outcome::Stop,
};

/// The page of the book that is the pool's own: no instance has this number.
const PAGE: usize = usize::MAX;

/// The versions the pool asks at, where the cloud offers them: the words for networks, tags and the lock are known, the flavor
/// is still shown by its id; and a rebuild takes a key and clears the user data.
pub(super) const MAKES_AT: u16 = 37;
pub(super) const REBUILDS_AT: u16 = 57;
const REKEYS_FROM: u16 = 54;

/// After so many servers in a row that could not be made, no more are tried.
const FAILURES: usize = 3;

/// A key that anybody may have: nobody has its other half.
const KEY: &str = include_str!("../checks/keys/ed25519.pub");

/// The servers of a run.
#[derive(Debug)]
pub(crate) struct Pool {
    settings: Settings,
    pub(super) cloud: Arc<Cloud>,
    book: Arc<Book>,
    run_id: String,
    limits: Limits,
    interrupted: watch::Receiver<bool>,
    ingredients: OnceCell<Result<Ingredients, String>>,
    room: Arc<Semaphore>,
    sharing: AsyncMutex<Sharing>,
    keys: AsyncMutex<BTreeMap<Caller, String>>,
    // A std lock, because nothing awaits while it is held.
    shelf: Mutex<Shelf>,
    names: AtomicUsize,
    failures: Mutex<(usize, String)>,
}

/// A server of the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) owner: Caller,
    pub(super) shape: Shape,
}

#[derive(Debug, Default)]
struct Shelf {
    idle: Vec<Kept>,
    lent: Vec<(usize, Kept)>,
    /// How many servers each instance made itself, or is about to.
    own: BTreeMap<usize, usize>,
    /// How many are being made for the pool.
    making: usize,
}

impl Shelf {
    fn used_by(&self, number: usize) -> usize {
        let lent = self.lent.iter().filter(|(to, _)| *to == number).count();
        lent + self.own.get(&number).copied().unwrap_or_default()
    }

    /// What was lent to this one is idle again.
    fn take_back(&mut self, number: usize) {
        let (back, lent) = std::mem::take(&mut self.lent)
            .into_iter()
            .partition::<Vec<_>, _>(|(to, _)| *to == number);
        self.lent = lent;
        self.idle.extend(back.into_iter().map(|(_, kept)| kept));
    }

    fn existing(&self) -> usize {
        self.idle.len() + self.lent.len() + self.making + self.own.values().sum::<usize>()
    }
}

/// The server that several look at together.
#[derive(Debug, Default)]
struct Sharing {
    users: usize,
    room: Option<OwnedSemaphorePermit>,
    server: Option<(Kept, Server)>,
}

/// The room for servers that an instance of a check has.
#[derive(Debug)]
pub(crate) enum Held {
    Nothing,
    Shared,
    Own(
        #[expect(dead_code, reason = "it is held, and given back when dropped")]
        OwnedSemaphorePermit,
    ),
}

/// A server that is being made, counted until this is dropped.
struct Making<'a>(&'a Pool);

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.0.shelf().making -= 1;
    }
}

impl Pool {
    pub(crate) fn new(
        settings: Settings,
        cloud: Arc<Cloud>,
        book: Arc<Book>,
        run_id: String,
        limits: Limits,
        interrupted: watch::Receiver<bool>,
    ) -> Self {
        let room = Arc::new(Semaphore::new(settings.most.min(Semaphore::MAX_PERMITS)));
        Self {
            settings,
            cloud,
            book,
            run_id,
            limits,
            interrupted,
            ingredients: OnceCell::new(),
            room,
            sharing: AsyncMutex::default(),
            keys: AsyncMutex::default(),
            shelf: Mutex::default(),
            names: AtomicUsize::default(),
            failures: Mutex::default(),
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a server may take to reach a state.
    pub(crate) const fn patience(&self) -> std::time::Duration {
        self.settings.patience
    }

    pub(crate) fn pauses(&self) -> Pauses {
        Pauses::within(self.settings.patience).heeding(self.interrupted.clone())
    }

    pub(super) fn go_on(&self) -> Result<(), Stop> {
        if *self.interrupted.borrow() {
            Err(Stop::Interrupted)
        } else {
            Ok(())
        }
    }

    /// Lets an instance in once there is room for what it needs.
    pub(crate) async fn enter(&self, need: Need) -> Result<Held, Stop> {
        let most = self.settings.most;
        if need.count() > most {
            return Err(Stop::Skipped(format!(
                "needs {} at a time: allow so many with --max-servers",
                match need.count() {
                    1 => "a server".to_owned(),
                    count => format!("{count} servers"),
                }
            )));
        }
        let mut interrupted = self.interrupted.clone();
        tokio::select! {
            biased;
            held = self.admit(need) => held,
            _ = interrupted.wait_for(|now| *now) => Err(Stop::Interrupted),
        }
    }

    async fn admit(&self, need: Need) -> Result<Held, Stop> {
        let closed = |_| Stop::Interrupted;
        match need {
            Need::None => Ok(Held::Nothing),
            Need::Own(count) => {
                let count = u32::try_from(count).unwrap_or(u32::MAX);
                let room = Arc::clone(&self.room).acquire_many_owned(count).await;
                Ok(Held::Own(room.map_err(closed)?))
            }
            Need::Shared => {
                let mut sharing = self.sharing.lock().await;
                if sharing.users == 0 {
                    let room = Arc::clone(&self.room).acquire_owned().await;
                    sharing.room = Some(room.map_err(closed)?);
                }
                sharing.users += 1;
                Ok(Held::Shared)
            }
        }
    }

    /// Takes back what an instance had. What it made itself is deleted by now.
    pub(crate) async fn leave(&self, number: usize, held: Held) {
        {
            let mut shelf = self.shelf();
            shelf.own.remove(&number);
            shelf.take_back(number);
        }
        if matches!(held, Held::Shared) {
            let mut sharing = self.sharing.lock().await;
            sharing.users -= 1;
            if sharing.users == 0 {
                sharing.server = None;
                // Also what was lent and then not shared, because it was not brought into its shape.
                self.shelf().take_back(PAGE);
                sharing.room = None;
            }
        }
    }

    /// What servers are made of.
    pub(crate) async fn ingredients(&self) -> Result<&Ingredients, Stop> {
        self.go_on()?;
        let found = self.ingredients.get_or_try_init(|| async {
            match Ingredients::find(&self.settings, &self.cloud, self.limits).await {
                Ok(found) => Ok(Ok(found)),
                Err(Stop::Skipped(why)) => Ok(Err(why)),
                Err(stop) => Err(stop),
            }
        });
        found
            .await?
            .as_ref()
            .map_err(|why| Stop::Skipped(why.clone()))
    }

    /// Makes room for a server that an instance is about to make itself.
    pub(crate) async fn make_room(&self, number: usize, need: Need) -> Result<(), Stop> {
        self.within_need(number, need)?;
        let evicted = {
            let mut shelf = self.shelf();
            let evicted = self.to_evict(&mut shelf, None);
            *shelf.own.entry(number).or_default() += 1;
            evicted
        };
        self.evict(evicted).await
    }

    fn within_need(&self, number: usize, need: Need) -> Result<(), Stop> {
        match need {
            Need::Own(count) if self.shelf().used_by(number) < count => Ok(()),
            _ => Err(Stop::CouldNotAsk(
                "the check asks for more servers than it says it needs, which is a defect of nova-conformance"
                    .to_owned(),
            )),
        }
    }

    /// The idle server that has to go for a new one, if one has to.
    fn to_evict(&self, shelf: &mut Shelf, owner: Option<Caller>) -> Option<Kept> {
        if shelf.existing() < self.settings.most || shelf.idle.is_empty() {
            return None;
        }
        let others = shelf.idle.iter().position(|kept| Some(kept.owner) != owner);
        Some(shelf.idle.remove(others.unwrap_or_default()))
    }

    async fn evict(&self, kept: Option<Kept>) -> Result<(), Stop> {
        match kept {
            Some(kept) => self.delete(&kept).await,
            None => Ok(()),
        }
    }

    async fn delete(&self, kept: &Kept) -> Result<(), Stop> {
        let server = gone::Server {
            name: kept.name.clone(),
            id: Some(kept.id.clone()),
        };
        gone::delete(&server, kept.owner, &self.cloud, self.limits)
            .await
            .map_err(Stop::CouldNotAsk)?;
        self.book.server_is_gone(&kept.id);
        Ok(())
    }

    /// Lends a server of an owner's to an instance, until it leaves.
    pub(crate) async fn lend(
        &self,
        number: usize,
        need: Need,
        owner: Caller,
        shape: Shape,
    ) -> Result<Server, Stop> {
        self.within_need(number, need)?;
        let (_, server) = self.provide(number, owner, shape).await?;
        Ok(server)
    }

    /// The server of the main caller's that several look at together.
    pub(crate) async fn share(&self) -> Result<Server, Stop> {
        let mut sharing = self.sharing.lock().await;
        if let Some((_, server)) = &sharing.server {
            return Ok(server.clone());
        }
        if sharing.room.is_none() {
            return Err(Stop::CouldNotAsk(
                "the check does not say that it looks at a server, which is a defect of nova-conformance".to_owned(),
            ));
        }
        // Somebody may have been stopped while it was being brought into its shape.
        self.shelf().take_back(PAGE);
        let provided = self.provide(PAGE, Caller::Main, Shape::Full).await?;
        let server = provided.1.clone();
        sharing.server = Some(provided);
        Ok(server)
    }

    async fn provide(
        &self,
        number: usize,
        owner: Caller,
        shape: Shape,
    ) -> Result<(Kept, Server), Stop> {
        let ingredients = self.ingredients().await?;
        let key_name = match shape.has_key() {
            true => Some(self.key_of(owner).await?),
            false => None,
        };
        let user = self
            .cloud
            .party(owner)
            .and_then(|party| party.user.as_ref());
        let user = user.ok_or_else(|| Stop::Skipped(self.cloud.why_without(owner)))?;
        let picked = {
            let mut shelf = self.shelf();
            let of_shape = shelf
                .idle
                .iter()
                .position(|kept| kept.owner == owner && kept.shape == shape);
            let at = of_shape.or_else(|| shelf.idle.iter().position(|kept| kept.owner == owner));
            let mut picked = at.map(|at| shelf.idle.remove(at));
            if let Some(kept) = &mut picked {
                kept.shape = shape;
                shelf.lent.push((number, kept.clone()));
            }
            picked
        };
        let wanted = Wanted {
            shape,
            name: "",
            image: &ingredients.image,
            flavor: &ingredients.flavor,
            key_name: key_name.as_deref(),
            user_id: &user.id,
            rekeys: self.at(REKEYS_FROM) == REKEYS_FROM,
        };
        let mut found = None;
        if let Some(kept) = picked {
            match self.mend(&kept, &wanted).await? {
                Ok(()) => found = Some(kept),
                Err(_) => self.discard(&kept).await?,
            }
        }
        let kept = match found {
            Some(kept) => kept,
            None => self.make(number, &wanted, owner).await?,
        };
        let server = Server {
            id: kept.id.clone(),
            name: kept.name.clone(),
            owner,
            key_name,
        };
        Ok((kept, server))
    }

    /// The name of the key that an owner's servers have, made when first needed.
    async fn key_of(&self, owner: Caller) -> Result<String, Stop> {
        let mut keys = self.keys.lock().await;
        if let Some(name) = keys.get(&owner) {
            return Ok(name.clone());
        }
        let name = format!("{}servers-of-{owner}", name_prefix(&self.run_id));
        self.book.write(PAGE, Undo::from(Keypair::of(owner, &name)));
        let body = json!({"keypair": {"name": name, "public_key": KEY.trim()}});
        let (status, body) = self
            .ask(owner, Method::POST, "/os-keypairs", 1, Some(&body))
            .await?;
        if !(200..300).contains(&status) {
            return Err(could_not(
                "a keypair for servers could not be made: POST /os-keypairs",
                status,
                &body,
            ));
        }
        keys.insert(owner, name.clone());
        Ok(name)
    }

    /// What will not be mended goes.
    async fn discard(&self, kept: &Kept) -> Result<(), Stop> {
        self.shelf().lent.retain(|(_, lent)| lent != kept);
        self.delete(kept).await
    }

    /// Makes a server, lent to an instance from the start, and brings it into its shape: at the second attempt, if need be.
    async fn make(&self, number: usize, wanted: &Wanted<'_>, owner: Caller) -> Result<Kept, Stop> {
        let first = self.make_one(number, wanted, owner).await?;
        let kept = match first {
            Ok(kept) => return Ok(kept),
            Err((kept, _)) => kept,
        };
        self.discard(&kept).await?;
        self.make_one(number, wanted, owner)
            .await?
            .map_err(|(kept, why)| {
                Stop::CouldNotAsk(format!(
                    "a new server does not become what a check needs: {why}: see GET /servers/{}",
                    kept.id
                ))
            })
    }

    /// Makes one, unless too many could not be made, and says where it does not come into its shape why not.
    async fn make_one(
        &self,
        number: usize,
        wanted: &Wanted<'_>,
        owner: Caller,
    ) -> Result<Result<Kept, (Kept, String)>, Stop> {
        {
            let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
            if failures.0 >= FAILURES {
                return Err(Stop::CouldNotAsk(format!(
                    "no server is tried any more, after {FAILURES} that could not be made: {}",
                    failures.1
                )));
            }
        }
        let made = async {
            let kept = self
                .try_to_make(number, owner, wanted.shape, wanted.key_name)
                .await?;
            let mended = self.mend(&kept, wanted).await?;
            Ok(match mended {
                Ok(()) => Ok(kept),
                Err(why) => Err((kept, why)),
            })
        }
        .await;
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match &made {
            Ok(Ok(_)) => failures.0 = 0,
            Ok(Err((_, why))) | Err(Stop::CouldNotAsk(why)) => {
                failures.0 += 1;
                failures.1.clone_from(why);
            }
            Err(_) => {}
        }
        made
    }

    async fn try_to_make(
        &self,
        number: usize,
        owner: Caller,
        shape: Shape,
        key_name: Option<&str>,
    ) -> Result<Kept, Stop> {
        let ingredients = self.ingredients().await?;
        let (evicted, making) = {
            let mut shelf = self.shelf();
            let evicted = self.to_evict(&mut shelf, Some(owner));
            shelf.making += 1;
            (evicted, Making(self))
        };
        let count = self.names.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}servers-{count}", name_prefix(&self.run_id));
        let made = async {
            self.evict(evicted).await?;
            self.create(owner, &name, shape, key_name, ingredients)
                .await
        }
        .await;
        // Before the server is counted as lent, and also where the probe is given up meanwhile.
        drop(making);
        let kept = Kept {
            id: made?,
            name,
            owner,
            shape,
        };
        self.shelf().lent.push((number, kept.clone()));
        Ok(kept)
    }

    async fn create(
        &self,
        owner: Caller,
        name: &str,
        shape: Shape,
        key_name: Option<&str>,
        ingredients: &Ingredients,
    ) -> Result<String, Stop> {
        let mut body = json!({"server": {
            "name": name, "imageRef": ingredients.image, "flavorRef": ingredients.flavor, "metadata": shape.metadata(),
        }});
        if let Some(networks) = ingredients.network.as_json(self.at(MAKES_AT) == MAKES_AT) {
            body["server"]["networks"] = networks;
        }
        if let Some(key_name) = key_name {
            body["server"]["key_name"] = json!(key_name);
        }
        self.book.will_make_server(PAGE, owner, name);
        let (status, answer) = self
            .ask(owner, Method::POST, "/servers", MAKES_AT, Some(&body))
            .await?;
        let id = answer.pointer("/server/id").and_then(Value::as_str);
        let Some(id) = id.filter(|_| status == 202) else {
            return Err(could_not(
                "a server could not be made: POST /servers",
                status,
                &answer,
            ));
        };
        self.book.made_server(PAGE, owner, name, id);
        Ok(id.to_owned())
    }

    /// The wanted version as far as the cloud offers it.
    pub(super) fn at(&self, wanted: u16) -> u16 {
        let versions = &self.cloud.versions;
        wanted.clamp(
            versions.min.minor,
            versions.max.minor.max(versions.min.minor),
        )
    }

    pub(super) async fn ask(
        &self,
        caller: Caller,
        method: Method,
        path: &str,
        version: u16,
        body: Option<&Value>,
    ) -> Result<(u16, Value), Stop> {
        self.go_on()?;
        let mut request = RawRequest::new(method, path)
            .at(format!("2.{}", self.at(version)))
            .within(self.limits.deadline);
        if let Some(body) = body {
            request = request.json(body);
        }
        let reply = send(caller, &mut request, &self.cloud)
            .await
            .map_err(Stop::CouldNotAsk)?;
        let body = serde_json::from_slice(&reply.body).unwrap_or_default();
        Ok((reply.status, body))
    }
}

fn could_not(what: &str, status: u16, body: &Value) -> Stop {
    let mut faults = body.as_object().into_iter().flat_map(|body| body.values());
    let message = faults.find_map(|fault| fault.get("message")?.as_str());
    Stop::CouldNotAsk(match message {
        Some(message) => format!("{what} answered {status}: {message}"),
        None => format!("{what} answered {status}"),
    })
}
