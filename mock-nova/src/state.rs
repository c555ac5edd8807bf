//! What every request gets to work with: the state, the clock, the ids, the settings.
//!
//! Knows the parts it bundles and nothing of HTTP.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use nova_api::{History, Microversion};

use crate::cloud::Cloud;
use crate::cloud::identity::{Issue, Scope, Subject};
use crate::cloud::server::Pacing;
use crate::compute::Compute;
use crate::fixture::Fixture;
use crate::flaws::Flaw;
use crate::policy::Rules;
use crate::secret::Secret;
use crate::sim::{Clock, Minter};
use crate::store::Store;

/// How the tasks of servers pass: building, rebuilding and the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Transitions {
    /// The answer shows the beginning, and whoever asks next sees the end.
    #[default]
    Instant,
    /// Tasks take the time that the fixture says, on the cloud's clock.
    Timed,
    /// Each step is taken when somebody says so.
    Manual,
}

/// How a cloud was asked to be.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a token lasts.
    pub token_lifetime: Duration,
    /// The highest Compute microversion offered.
    pub max_microversion: Microversion,
    /// What makes ids repeat.
    pub seed: Option<u64>,
    /// How the tasks of servers pass.
    pub transitions: Transitions,
    /// The region the catalog names.
    pub region: String,
    /// What Neutron's metadata proxy signs with.
    pub metadata_secret: Secret,
    /// In which way the cloud is wrong.
    pub flaw: Option<Flaw>,
}

impl Settings {
    /// How long a token lasts where nothing else is asked: an hour, as in Keystone.
    pub const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token_lifetime: Self::TOKEN_LIFETIME,
            max_microversion: Microversion::MAX,
            seed: None,
            transitions: Transitions::Instant,
            region: "RegionOne".to_owned(),
            metadata_secret: Secret::new("secret"),
            flaw: None,
        }
    }
}

/// A handle on one running cloud, cloned into every request.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Shared>);

/// What the clones of an [`AppState`] share.
#[derive(Debug)]
pub struct Shared {
    /// The cloud.
    pub store: Store,
    /// Its time.
    pub clock: Clock,
    /// Its ids.
    pub minter: Minter,
    /// How it was asked to be.
    pub settings: Settings,
    /// Who may do what to servers and keypairs.
    pub rules: Arc<Rules>,
    /// What it started from, and goes back to.
    pub fixture: Arc<Fixture>,
    /// What the Compute service has beside the state.
    pub compute: Compute,
    /// What holds at each version, where it is not what the API says.
    history: Option<History>,
}

impl Shared {
    /// What holds at each version.
    #[must_use]
    pub fn history(&self) -> &History {
        self.history.as_ref().unwrap_or(History::right())
    }
}

/// The history as a flaw has it.
fn history_with(flaw: Option<&Flaw>) -> Option<History> {
    let flaw = flaw?.of_history()?;
    Some(History::with(flaw.clone()))
}

impl AppState {
    /// A cloud as `fixture` describes it, under these rules.
    #[must_use]
    pub fn new(fixture: Fixture, rules: Rules, settings: Settings, clock: Clock) -> Self {
        let compute = Compute::new(settings.max_microversion);
        let minter = settings.seed.map_or_else(Minter::unseeded, Minter::seeded);
        let store = Store::new(beginning(&fixture, &settings));
        Self(Arc::new(Shared {
            store,
            clock,
            minter,
            history: history_with(settings.flaw.as_ref()),
            settings,
            rules: Arc::new(rules),
            fixture: Arc::new(fixture),
            compute,
        }))
    }

    /// A cloud of its own that begins as this one is now, its tokens included, and is wrong in another way or in none.
    #[must_use]
    pub fn fork(&self, flaw: Option<Flaw>) -> Self {
        Self(Arc::new(Shared {
            store: Store::new(self.store.read(Clone::clone)),
            clock: self.clock.clone(),
            minter: Minter::unseeded(),
            history: history_with(flaw.as_ref()),
            settings: Settings {
                flaw,
                ..self.settings.clone()
            },
            rules: Arc::clone(&self.rules),
            fixture: Arc::clone(&self.fixture),
            compute: self.compute.fork(),
        }))
    }

    /// A token of this user in this project, or without a scope; none if the user has no role there.
    #[must_use]
    pub fn token_in(&self, user: &str, project: Option<&str>) -> Option<String> {
        let (minter, now) = (&self.minter, self.clock.now());
        let issue = Issue {
            methods: vec!["password"],
            issued_at: now,
            expires_at: now
                .checked_add(self.settings.token_lifetime)
                .unwrap_or(jiff::Timestamp::MAX),
            audit_id: minter.url_safe(16),
            parent_audit_id: None,
        };
        let text = minter.token();
        self.store.write(|cloud| {
            let user_id = cloud
                .identity
                .users()
                .iter()
                .find(|known| known.name == user)?
                .id
                .clone();
            let scope = match project {
                Some(name) => {
                    let mut known = cloud.identity.projects().iter();
                    Scope::Project(
                        known
                            .find(|known| known.name == name || known.id == name)?
                            .id
                            .clone(),
                    )
                }
                None => Scope::Unscoped,
            };
            let subject = Subject {
                user_id,
                scope,
                application_credential_id: None,
            };
            cloud
                .identity
                .issue(text.clone(), subject, issue)
                .map(|_| text)
        })
    }

    /// Lets happen what is due by now. Whoever is about to look at servers calls this first.
    pub fn settle(&self) {
        self.store.settle(self.clock.now());
    }

    /// Puts the cloud back to how it started.
    ///
    /// That means all of it: what was made is gone, tokens too (a client that logs in again on 401 never
    /// notices), the clock is where it began and a seed's ids begin again. After a reset the same requests
    /// get the same answers as after a start.
    pub fn reset(&self) {
        self.clock.rewind();
        self.minter.restart();
        self.store.replace(beginning(&self.fixture, &self.settings));
    }
}

/// The cloud as it is at the start.
fn beginning(fixture: &Fixture, settings: &Settings) -> Cloud {
    let mut cloud = Cloud::from_fixture(fixture);
    cloud.servers.set_pacing(match settings.transitions {
        Transitions::Instant => Pacing::Instant,
        Transitions::Timed => Pacing::Timed(fixture.transitions.clone()),
        Transitions::Manual => Pacing::Manual,
    });
    cloud
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
