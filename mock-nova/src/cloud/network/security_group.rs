//! Security groups: whom servers talk to.
//!
//! Every project has a group named `default` from the moment somebody looks. Its id follows from the project's, so that
//! looking changes nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

/// The name of the group that every project has.
const DEFAULT: &str = "default";

/// One security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroup {
    /// A UUID with dashes.
    pub id: String,
    /// Not necessarily unique.
    pub name: String,
    /// Free text.
    pub description: String,
    /// The project it belongs to.
    pub project_id: String,
    /// Its rules, oldest first.
    pub rules: Vec<RuleOf>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Into a server or out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into it.
    Ingress,
    /// Out of it.
    Egress,
}

impl Direction {
    /// As Neutron names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}

/// One rule of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleOf {
    /// A UUID with dashes.
    pub id: String,
    /// Whither.
    pub direction: Direction,
    /// Whether it is about version 6.
    pub version_6: bool,
    /// `tcp`, `udp`, `icmp`…; any, if none.
    pub protocol: Option<String>,
    /// The first port, or the type of an ICMP message.
    pub port_min: Option<u32>,
    /// The last port, or the code of an ICMP message.
    pub port_max: Option<u32>,
    /// Whose addresses, as a range.
    pub remote_range: Option<String>,
    /// Whose addresses, as those in a group.
    pub remote_group: Option<String>,
    /// Free text.
    pub description: String,
}

/// The security groups of a cloud.
#[derive(Clone, Debug, Default)]
pub struct SecurityGroups(BTreeMap<String, SecurityGroup>);

impl SecurityGroups {
    /// The groups of a project, `default` among them.
    #[must_use]
    pub fn of_project(&self, project_id: &str) -> Vec<Cow<'_, SecurityGroup>> {
        let mut groups: Vec<Cow<'_, SecurityGroup>> = self
            .0
            .values()
            .filter(|group| group.project_id == project_id)
            .map(Cow::Borrowed)
            .collect();
        if !groups
            .iter()
            .any(|group| group.id == default_id(project_id))
        {
            groups.insert(0, Cow::Owned(SecurityGroup::default_of(project_id)));
        }
        groups
    }

    /// Every group that somebody made or changed, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &SecurityGroup> {
        self.0.values()
    }

    /// The groups of a project that have this id or, if none has, this name.
    #[must_use]
    pub fn named(&self, project_id: &str, name_or_id: &str) -> Vec<Cow<'_, SecurityGroup>> {
        let groups = self.of_project(project_id);
        if let Some(group) = groups.iter().find(|group| group.id == name_or_id) {
            return vec![group.clone()];
        }
        groups
            .into_iter()
            .filter(|group| group.name == name_or_id)
            .collect()
    }

    /// The group with this id, somebody's `default` only if it was changed.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&SecurityGroup> {
        self.0.get(id)
    }

    /// The group of a project with this id, to be changed.
    pub fn get_mut(&mut self, project_id: &str, id: &str) -> Option<&mut SecurityGroup> {
        if id == default_id(project_id) {
            self.0
                .entry(id.to_owned())
                .or_insert_with(|| SecurityGroup::default_of(project_id));
        }
        self.0.get_mut(id)
    }

    /// Adds a group.
    pub fn add(&mut self, group: SecurityGroup) {
        self.0.insert(group.id.clone(), group);
    }

    /// Takes a group away, if there is one of this id.
    pub fn remove(&mut self, id: &str) -> Option<SecurityGroup> {
        self.0.remove(id)
    }
}

impl SecurityGroup {
    /// Whether it is the one that a project always has.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.id == default_id(&self.project_id)
    }

    /// The group that a project has without asking: out to everybody, in from its own members.
    fn default_of(project_id: &str) -> Self {
        let id = default_id(project_id);
        let mut group = Self {
            name: DEFAULT.to_owned(),
            description: "Default security group".to_owned(),
            project_id: project_id.to_owned(),
            rules: Vec::new(),
            created_at: Timestamp::UNIX_EPOCH,
            id,
        };
        group.rules = group.outward_rules();
        for version_6 in [false, true] {
            let mut rule = RuleOf::new(
                derived(&format!("{project_id}/in/{version_6}")),
                Direction::Ingress,
                version_6,
            );
            rule.remote_group = Some(group.id.clone());
            group.rules.push(rule);
        }
        group
    }

    /// The rules that every new group has: out to everybody.
    #[must_use]
    pub fn outward_rules(&self) -> Vec<RuleOf> {
        [false, true]
            .map(|version_6| {
                let id = derived(&format!("{}/out/{version_6}", self.id));
                RuleOf::new(id, Direction::Egress, version_6)
            })
            .into()
    }
}

impl RuleOf {
    /// A rule that allows everything in one direction.
    #[must_use]
    pub const fn new(id: String, direction: Direction, version_6: bool) -> Self {
        Self {
            id,
            direction,
            version_6,
            protocol: None,
            port_min: None,
            port_max: None,
            remote_range: None,
            remote_group: None,
            description: String::new(),
        }
    }
}

fn default_id(project_id: &str) -> String {
    derived(&format!("{project_id}/{DEFAULT}"))
}

fn derived(name: &str) -> String {
    Uuid::new_v5(
        &Uuid::NAMESPACE_OID,
        format!("mock-nova/security-group/{name}").as_bytes(),
    )
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projects_default_group_can_be_changed_and_stays_one() {
        let mut groups = SecurityGroups::default();
        let id = groups.of_project("demo")[0].id.clone();
        groups.get_mut("demo", &id).unwrap().rules.clear();
        let demos = groups.of_project("demo");
        assert_eq!((demos.len(), demos[0].rules.len()), (1, 0));
        assert_eq!(groups.of_project("other")[0].rules.len(), 4);
    }
}
