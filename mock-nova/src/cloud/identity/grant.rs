//! Who has which role where, and which roles come with others.

use std::collections::{BTreeMap, BTreeSet};

/// Where a role is granted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// In the project of this id.
    Project(String),
    /// In the domain of this id.
    Domain(String),
    /// Everywhere that belongs to no project.
    System,
}

impl Target {
    /// The project's or domain's id, or `system`.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Project(id) | Self::Domain(id) => id,
            Self::System => "system",
        }
    }
}

/// Who has a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// The user of this id.
    User(String),
    /// Every member of the group of this id.
    Group(String),
}

impl Holder {
    /// The user's or group's id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::User(id) | Self::Group(id) => id,
        }
    }
}

/// One role of one user or group in one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// Who has it.
    pub holder: Holder,
    /// Where.
    pub target: Target,
    /// Which role.
    pub role_id: String,
}

/// All grants, and the roles that imply others.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    by_holder: BTreeMap<Holder, BTreeSet<Grant>>,
    implied: BTreeMap<String, BTreeSet<String>>,
}

impl Grants {
    /// Every grant: those of users, then those of groups.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.by_holder.values().flatten()
    }

    /// The grants of one user or group itself.
    pub fn of<'a>(&'a self, holder: &Holder) -> impl Iterator<Item = &'a Grant> + use<'a> {
        self.by_holder.get(holder).into_iter().flatten()
    }

    /// Whether this very grant has been made.
    #[must_use]
    pub fn contains(&self, grant: &Grant) -> bool {
        self.by_holder
            .get(&grant.holder)
            .is_some_and(|grants| grants.contains(grant))
    }

    /// The roles that a role brings with it, directly.
    pub fn implied_by<'a>(&'a self, role_id: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.implied
            .get(role_id)
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    /// Every role with what it implies directly.
    pub fn implications(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.implied
            .iter()
            .map(|(prior, implied)| (prior.as_str(), implied))
    }

    /// These roles and all that they imply, each once, in the order found.
    #[must_use]
    pub fn with_implied(&self, roles: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut ahead: Vec<String> = roles.into_iter().collect();
        ahead.reverse();
        while let Some(role_id) = ahead.pop() {
            if !found.contains(&role_id) {
                ahead.extend(self.implied_by(&role_id).map(str::to_owned));
                found.push(role_id);
            }
        }
        found
    }

    pub(super) fn add(&mut self, grant: Grant) {
        self.by_holder
            .entry(grant.holder.clone())
            .or_default()
            .insert(grant);
    }

    pub(super) fn remove(&mut self, grant: &Grant) -> bool {
        self.by_holder
            .get_mut(&grant.holder)
            .is_some_and(|grants| grants.remove(grant))
    }

    pub(super) fn remove_holder(&mut self, holder: &Holder) {
        self.by_holder.remove(holder);
    }

    pub(super) fn remove_target(&mut self, target: &Target) {
        for grants in self.by_holder.values_mut() {
            grants.retain(|grant| grant.target != *target);
        }
    }

    pub(super) fn remove_role(&mut self, role_id: &str) {
        for grants in self.by_holder.values_mut() {
            grants.retain(|grant| grant.role_id != role_id);
        }
        self.implied.remove(role_id);
        for implied in self.implied.values_mut() {
            implied.remove(role_id);
        }
    }

    pub(super) fn imply(&mut self, prior: &str, implied: &str) {
        self.implied
            .entry(prior.to_owned())
            .or_default()
            .insert(implied.to_owned());
    }
}
