//! Server groups: servers that shall be on one host, or on different ones.

use std::collections::BTreeMap;

use uuid::Uuid;

/// Where the members of a group shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// On one host.
    Affinity,
    /// On different hosts.
    AntiAffinity,
    /// On one host if possible.
    SoftAffinity,
    /// On different hosts if possible.
    SoftAntiAffinity,
}

impl Placement {
    /// Every one of them.
    pub const ALL: [Self; 4] = [
        Self::Affinity,
        Self::AntiAffinity,
        Self::SoftAffinity,
        Self::SoftAntiAffinity,
    ];

    /// As the API names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Affinity => "affinity",
            Self::AntiAffinity => "anti-affinity",
            Self::SoftAffinity => "soft-affinity",
            Self::SoftAntiAffinity => "soft-anti-affinity",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|placement| placement.name() == name)
    }
}

/// One server group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerGroup {
    /// Its id.
    pub id: Uuid,
    /// Its number in this cloud, from 1, in the order of creation.
    pub number: u64,
    /// Not necessarily unique.
    pub name: String,
    /// The project it belongs to.
    pub project_id: String,
    /// Who made it.
    pub user_id: String,
    /// Where its members shall be.
    pub placement: Placement,
    /// How many may be on one host though they shall be on different ones.
    pub most_per_host: Option<u32>,
    /// Its servers, in the order in which they joined.
    pub members: Vec<Uuid>,
}

impl ServerGroup {
    /// Whether one server more finds a place where there is one host.
    #[must_use]
    pub fn has_room_on_one_host(&self) -> bool {
        let most = self.most_per_host.unwrap_or(1);
        self.placement != Placement::AntiAffinity
            || self.members.len() < usize::try_from(most).unwrap_or(usize::MAX)
    }
}

/// The server groups of a cloud, in the order of their making.
#[derive(Clone, Debug, Default)]
pub struct ServerGroups {
    groups: BTreeMap<u64, ServerGroup>,
    last_number: u64,
}

impl ServerGroups {
    /// Every group, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &ServerGroup> {
        self.groups.values()
    }

    /// How many groups a project has.
    #[must_use]
    pub fn count(&self, project_id: &str) -> usize {
        self.iter()
            .filter(|group| group.project_id == project_id)
            .count()
    }

    /// The group with this id.
    #[must_use]
    pub fn get(&self, id: Uuid) -> Option<&ServerGroup> {
        self.iter().find(|group| group.id == id)
    }

    /// Adds a group, whose number is given here.
    pub fn add(&mut self, mut group: ServerGroup) -> &ServerGroup {
        self.last_number += 1;
        group.number = self.last_number;
        self.groups.entry(self.last_number).or_insert(group)
    }

    /// Takes a group away, if there is one of this id.
    pub fn remove(&mut self, id: Uuid) -> Option<ServerGroup> {
        let number = self.get(id)?.number;
        self.groups.remove(&number)
    }

    /// Puts a server into a group.
    pub fn join(&mut self, id: Uuid, server_id: Uuid) {
        if let Some(group) = self.groups.values_mut().find(|group| group.id == id) {
            group.members.push(server_id);
        }
    }

    /// Takes a server out of the group it is in.
    pub fn leave(&mut self, server_id: Uuid) {
        for group in self.groups.values_mut() {
            group.members.retain(|member| *member != server_id);
        }
    }
}
