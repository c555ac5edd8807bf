//! The sizes of servers. Read from the fixture and never changed.

use std::sync::Arc;

use crate::fixture::Fixture;
pub use crate::fixture::Flavor;

/// The flavors, in the order of the fixture.
#[derive(Clone, Debug, Default)]
pub struct Flavors(Vec<Arc<Flavor>>);

impl Flavors {
    /// The flavors of a fixture.
    #[must_use]
    pub fn from_fixture(fixture: &Fixture) -> Self {
        Self(fixture.flavors.iter().cloned().map(Arc::new).collect())
    }

    /// The flavor with this id. Servers share it.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Flavor>> {
        self.0.iter().find(|flavor| flavor.id == id)
    }

    /// Every flavor, in the order of the fixture.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Flavor>> {
        self.0.iter()
    }
}
