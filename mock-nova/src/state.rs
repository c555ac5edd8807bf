//! What every request gets to work with: the state, the clock, the ids, the settings.
//!
//! Knows the parts it bundles and nothing of HTTP.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use nova_api::Microversion;

use crate::cloud::Cloud;
use crate::compute::Compute;
use crate::fixture::Fixture;
use crate::policy::Rules;
use crate::sim::{Clock, Minter};
use crate::store::Store;

/// How a cloud was asked to be.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a token lasts.
    pub token_lifetime: Duration,
    /// The highest Compute microversion offered.
    pub max_microversion: Microversion,
    /// What makes ids repeat.
    pub seed: Option<u64>,
    /// The region the catalog names.
    pub region: String,
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
            region: "RegionOne".to_owned(),
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
        let store = Store::new(Cloud::from_fixture(&fixture));
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

    /// Puts the cloud back to how it started.
    ///
    /// That means all of it: what was made is gone, tokens too (a client that logs in again on 401 never
    /// notices), the clock is where it began and a seed's ids begin again. After a reset the same requests
    /// get the same answers as after a start.
    pub fn reset(&self) {
        self.clock.rewind();
        self.minter.restart();
        self.store.replace(Cloud::from_fixture(&self.fixture));
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
