//! What every request gets to work with: the state, the clock, the ids, the settings.
//!
//! Knows the parts it bundles and nothing of HTTP.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use nova_api::Microversion;

use crate::cloud::Cloud;
use crate::cloud::server::Pacing;
use crate::compute::Compute;
use crate::fixture::Fixture;
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
    pub rules: Rules,
    /// What it started from, and goes back to.
    pub fixture: Fixture,
    /// What the Compute service has beside the state.
    pub compute: Compute,
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
            settings,
            rules,
            fixture,
            compute,
        }))
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
