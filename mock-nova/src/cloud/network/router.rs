//! Routers: which networks they join. No packet flows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

/// One router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Router {
    /// A UUID with dashes.
    pub id: String,
    /// Not necessarily unique.
    pub name: String,
    /// The project it belongs to.
    pub project_id: String,
    /// The network it leads out by.
    pub external_network: Option<String>,
    /// The subnets it joins, each by a port.
    pub interfaces: Vec<(String, Uuid)>,
    /// Whether it is switched on.
    pub admin_state_up: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The routers, in the order of ids.
#[derive(Clone, Debug, Default)]
pub struct Routers(BTreeMap<String, Router>);

impl Routers {
    /// The one with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Router> {
        self.0.get(id)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Router> {
        self.0.get_mut(id)
    }

    /// Every one, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Router> {
        self.0.values()
    }

    /// Adds one.
    pub fn add(&mut self, router: Router) {
        self.0.insert(router.id.clone(), router);
    }

    /// Takes one away, if there is one of this id.
    pub fn remove(&mut self, id: &str) -> Option<Router> {
        self.0.remove(id)
    }
}
