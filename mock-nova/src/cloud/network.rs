//! What servers are plugged into. Read from the fixture and never changed.

use std::collections::BTreeMap;

use crate::fixture::Fixture;

/// One network.
#[derive(Clone, Debug)]
pub struct Network {
    /// A UUID with dashes.
    pub id: String,
    /// Not necessarily unique.
    pub name: String,
    /// The project it belongs to.
    pub project_id: String,
    /// Whether every project may use it.
    pub shared: bool,
    /// Whether it leads out of the cloud.
    pub external: bool,
    /// The addresses on it, as `10.0.0.0/24`.
    pub cidr: String,
}

/// The networks, in the order of ids.
#[derive(Clone, Debug, Default)]
pub struct Networks(BTreeMap<String, Network>);

impl Networks {
    /// The networks of a fixture.
    #[must_use]
    pub fn from_fixture(fixture: &Fixture) -> Self {
        Self(
            fixture
                .networks
                .iter()
                .map(|network| (network.id.clone(), network.clone()))
                .collect(),
        )
    }

    /// The network with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Network> {
        self.0.get(id)
    }

    /// Every network, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Network> {
        self.0.values()
    }
}
