//! Those in whose name load is sent: a session each, their keypairs, and their tokens, which are renewed in good time by somebody
//! else, so that no request that is timed waits for a login. It knows `nova-client` and names of keys.

pub mod made;

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use nova_client::{
    Config, Identity, RawAnswer, RawRequest, SendError, Service, Session, SessionError,
    VersionRange,
};

use crate::{
    keys::KeyName,
    shared::{self, ReachError},
    signals::Stop,
};

/// So many log in at the same time.
const LOGINS: usize = 8;

/// A login that failed is tried again after this.
const AGAIN: Duration = Duration::from_secs(5);

/// One user of the cloud.
pub struct Person {
    /// Which of the run's people: part of the names they give.
    pub number: usize,
    /// The user's id.
    pub user_id: String,
    /// The user's name.
    pub name: String,
    /// The project they are in.
    pub project_id: String,
    /// Whether they may do more than a member: what is refused to members is not asked in their name.
    pub is_admin: bool,
    service: Service,
    // A std lock, as the next, because nothing awaits while it is held.
    renewal: Mutex<Renewal>,
    keys: Mutex<VecDeque<Kept>>,
    /// Keypairs that may be there or not: nobody knows what became of their creation or deletion. Each takes its room.
    doubtful: Mutex<VecDeque<KeyName>>,
    /// How many more keypairs there may be.
    room: AtomicUsize,
}

/// When a token is to be renewed.
#[derive(Debug, Clone, Copy, Default)]
struct Renewal {
    due: Option<Instant>,
    /// It was renewed, or could not be, so lately that it is not tried again before, however many requests are refused meanwhile.
    not_before: Option<Instant>,
}

impl Renewal {
    fn is_due(self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now) && self.not_before.is_none_or(|then| then <= now)
    }

    /// The token was refused.
    fn at_once(&mut self, now: Instant) {
        self.due = Some(now);
    }

    /// It could not be renewed.
    fn failed(&mut self, now: Instant) {
        *self = Self {
            due: Some(now),
            not_before: now.checked_add(AGAIN),
        };
    }
}

/// A keypair that is there.
#[derive(Debug)]
struct Kept {
    key: KeyName,
    /// How many look at it now, for whom it must not be deleted.
    readers: usize,
}

impl fmt::Debug for Person {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Person")
            .field("number", &self.number)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Person {
    /// Sends one request to the Compute API, once. Where the token is refused, a new one is fetched for the next.
    ///
    /// # Errors
    /// [`SendError`]: no complete answer came back.
    pub async fn send(&self, request: &RawRequest) -> Result<RawAnswer, SendError> {
        let answer = self.service.send(request).await;
        if matches!(&answer, Ok(answer) if answer.status == 401) {
            self.renewal().at_once(Instant::now());
        }
        answer
    }

    /// Another service of the cloud, if it has one.
    pub fn service(&self, kind: &str) -> Option<Service> {
        self.service.session().service(kind).ok()
    }

    /// The address of the Compute API.
    pub fn endpoint(&self) -> &str {
        self.service.endpoint()
    }

    /// The part of a `next` link that a request takes.
    pub fn relative<'a>(&self, link: &'a str) -> Option<&'a str> {
        self.service.relative(link)
    }

    fn renewal(&self) -> MutexGuard<'_, Renewal> {
        self.renewal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn renew(&self) -> Result<(), SessionError> {
        let session = self.service.session();
        let seen = session.identity();
        match session.renew_since(&seen).await {
            Ok(identity) => {
                *self.renewal() = renewal(&identity);
                Ok(())
            }
            Err(error) => {
                self.renewal().failed(Instant::now());
                Err(error)
            }
        }
    }

    fn keys(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets how many keypairs there may be of this run's.
    pub fn set_room(&self, room: usize) {
        self.room.store(room, Ordering::Release);
    }

    /// Takes the room for one more keypair; `false` where there is none.
    pub fn takes_room(&self) -> bool {
        let less = |room: usize| room.checked_sub(1);
        self.room
            .try_update(Ordering::AcqRel, Ordering::Acquire, less)
            .is_ok()
    }

    /// Whether there is room for one more keypair.
    pub fn has_room(&self) -> bool {
        self.room.load(Ordering::Acquire) > 0
    }

    /// There is room for one more: a keypair is gone, or was not made.
    pub fn gives_room(&self) {
        self.room.fetch_add(1, Ordering::AcqRel);
    }

    /// The keypair that was not read for longest. Until it is said to have been read, nobody takes it.
    pub fn reads_key(&self) -> Option<KeyName> {
        let mut keys = self.keys();
        let mut kept = keys.pop_front()?;
        kept.readers += 1;
        let key = kept.key.clone();
        keys.push_back(kept);
        Some(key)
    }

    /// A keypair was read.
    pub fn has_read(&self, key: &KeyName) {
        let mut keys = self.keys();
        if let Some(kept) = keys.iter_mut().find(|kept| kept.key == *key) {
            kept.readers = kept.readers.saturating_sub(1);
        }
    }

    /// Takes a keypair that nobody reads, to delete it.
    pub fn takes_key(&self) -> Option<KeyName> {
        let mut keys = self.keys();
        let at = keys.iter().position(|kept| kept.readers == 0)?;
        keys.remove(at).map(|kept| kept.key)
    }

    /// One more of their keypairs.
    pub fn keeps_key(&self, key: KeyName) {
        self.keys().push_back(Kept { key, readers: 0 });
    }

    fn doubtful(&self) -> MutexGuard<'_, VecDeque<KeyName>> {
        self.doubtful.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A keypair of theirs may be there or not.
    pub fn doubts_key(&self, key: KeyName) {
        self.doubtful().push_back(key);
    }

    /// Takes a keypair that may be there or not, to delete it.
    pub fn takes_doubtful_key(&self) -> Option<KeyName> {
        self.doubtful().pop_front()
    }

    /// The keypair that came last.
    pub fn newest_key(&self) -> Option<KeyName> {
        self.keys().back().map(|kept| kept.key.clone())
    }
}

/// Everybody.
#[derive(Debug, Clone)]
pub struct People {
    /// In the order of their numbers; never empty.
    all: Vec<Arc<Person>>,
    /// What the Compute API speaks.
    pub versions: VersionRange,
    /// The cloud's name.
    pub cloud: String,
    /// Whether they were made for the run.
    pub made: bool,
}

impl People {
    /// Logs everybody in.
    ///
    /// # Errors
    /// [`ReachError`]: nobody is named, somebody cannot log in, or there is no Compute API.
    pub async fn reach(configs: Vec<Config>) -> Result<Self, ReachError> {
        let logins = configs
            .into_iter()
            .enumerate()
            .map(|(number, config)| async move {
                let cloud = config.name.clone();
                let session = Session::connect(config).await?;
                let found = session.discover("compute").await?;
                let person = person(number, found.service)?;
                Ok::<_, ReachError>((Arc::new(person), found.versions, cloud))
            });
        let reached: Vec<_> = stream::iter(logins).buffered(LOGINS).try_collect().await?;
        let Some((first, versions, cloud)) = reached.first() else {
            return Err(ReachError::Usage("nobody was named to ask as".to_owned()));
        };
        let mut seen = BTreeSet::new();
        let twice = reached
            .iter()
            .find(|(person, ..)| !seen.insert(&person.user_id));
        if let Some((person, ..)) = twice {
            return Err(ReachError::Usage(format!(
                "user '{}' is named twice, and would be taken for two: name each user once",
                person.name
            )));
        }
        let stranger = reached
            .iter()
            .find(|(person, ..)| person.endpoint_root() != first.endpoint_root());
        if let Some((person, ..)) = stranger {
            return Err(ReachError::Usage(format!(
                "user '{}' asks {}, and user '{}' asks {}: name users of one cloud",
                first.name,
                first.endpoint(),
                person.name,
                person.endpoint()
            )));
        }
        Ok(Self {
            versions: *versions,
            cloud: cloud.clone(),
            made: false,
            all: reached.into_iter().map(|(person, ..)| person).collect(),
        })
    }

    /// All of them.
    pub fn all(&self) -> &[Arc<Person>] {
        &self.all
    }

    /// The one whose turn it is, where everybody takes turns.
    pub fn at(&self, turn: usize) -> &Arc<Person> {
        &self.all[turn % self.all.len()]
    }

    /// How many projects they are in.
    pub fn projects(&self) -> usize {
        self.all
            .iter()
            .map(|person| &person.project_id)
            .collect::<BTreeSet<_>>()
            .len()
    }

    /// Renews everybody's token in good time, until it is dropped. What fails is told.
    pub fn keep_logged_in(&self, tell: impl Fn(String) + Send + 'static) -> Keeper {
        let all = self.all.clone();
        let stop = Stop::default();
        let stopped = stop.clone();
        tokio::spawn(async move {
            while !stopped.is_asked() {
                let look = tokio::time::Instant::now() + LOOK;
                // Either end of the wait is looked into by the next turn.
                let _ = tokio::time::timeout_at(look, stopped.asked()).await;
                let is_due = |person: &Arc<Person>| person.renewal().is_due(Instant::now());
                let due: Vec<_> = all
                    .iter()
                    .filter(|person| is_due(person))
                    .cloned()
                    .collect();
                let renewals = due
                    .into_iter()
                    .map(async |person: Arc<Person>| person.renew().await);
                let renewed: Vec<_> = stream::iter(renewals)
                    .buffer_unordered(LOGINS)
                    .collect()
                    .await;
                for error in renewed.into_iter().filter_map(Result::err) {
                    tell(format!("a token could not be renewed: {error}"));
                }
            }
        });
        Keeper(stop)
    }
}

/// So often it is looked whose token is due.
const LOOK: Duration = Duration::from_millis(100);

/// Keeps people logged in.
#[derive(Debug)]
#[must_use = "tokens are renewed no longer when this is dropped"]
pub struct Keeper(Stop);

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.ask();
    }
}

impl Person {
    /// The endpoint without the project that it may end with: the same for everybody of a cloud.
    pub fn endpoint_root(&self) -> &str {
        root_of(self.endpoint(), &self.project_id)
    }
}

fn root_of<'a>(endpoint: &'a str, project: &str) -> &'a str {
    let endpoint = endpoint.trim_end_matches('/');
    let root = endpoint.strip_suffix(project).unwrap_or(endpoint);
    root.trim_end_matches('/')
}

fn person(number: usize, service: Service) -> Result<Person, ReachError> {
    let identity = service.session().identity();
    let project = identity.project.as_ref().ok_or_else(|| {
        ReachError::Usage(format!(
            "cloud '{}': the token of user '{}' is good for no project: add `project_name` and `project_domain_name` to its `auth` in clouds.yaml",
            service.session().config().name, identity.user.name
        ))
    })?;
    Ok(Person {
        number,
        user_id: identity.user.id.clone(),
        name: identity.user.name.clone(),
        project_id: project.id.clone(),
        is_admin: identity.has_role("admin"),
        renewal: Mutex::new(renewal(&identity)),
        keys: Mutex::default(),
        doubtful: Mutex::default(),
        room: AtomicUsize::new(0),
        service,
    })
}

/// When a token is to be renewed: after half of what is left of its life. Never where its end makes no sense to this
/// machine's clock, for renewing would not mend that.
fn renewal(identity: &Identity) -> Renewal {
    let left = Duration::try_from(identity.expires_at.duration_since(shared::now())).ok();
    let half = left.map(|left| left / 2);
    let now = Instant::now();
    Renewal {
        due: half.and_then(|half| now.checked_add(half)),
        // A cloud that refuses tokens that are good is not asked for others all the time.
        not_before: now.checked_add(half.map_or(AGAIN, |half| half.min(AGAIN))),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::with_its_project("https://nova.example/v2.1/ab12", "https://nova.example/v2.1")]
    #[case::without("https://nova.example/v2.1/", "https://nova.example/v2.1")]
    fn an_endpoint_is_told_without_its_project(#[case] endpoint: &str, #[case] root: &str) {
        assert_eq!(root_of(endpoint, "ab12"), root);
    }

    #[test]
    fn a_refused_request_does_not_hurry_a_renewal_that_has_just_failed() {
        let now = Instant::now();
        let mut renewal = Renewal::default();
        renewal.at_once(now);
        assert!(renewal.is_due(now));
        renewal.failed(now);
        renewal.at_once(now);
        assert!(!renewal.is_due(now));
        assert!(renewal.is_due(now + AGAIN));
    }
}
