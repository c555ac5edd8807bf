//! Quotas: how much of each resource a project, and a user in it, may have.
//!
//! As in Nova's database driver: a user's limit is its own, else the project's, else the default. −1 is
//! unlimited.

use std::collections::HashMap;

use super::server::Usage;
use crate::fixture::Fixture;

/// What quotas are kept of, as the API names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// Virtual CPUs.
    Cores,
    /// Fixed addresses; kept for old clients, without effect.
    FixedIps,
    /// Floating addresses; kept for old clients, without effect.
    FloatingIps,
    /// Bytes of an injected file.
    InjectedFileContentBytes,
    /// Bytes of an injected file's path.
    InjectedFilePathBytes,
    /// Injected files per server.
    InjectedFiles,
    /// Servers.
    Instances,
    /// Keypairs per user.
    KeyPairs,
    /// Metadata items per server.
    MetadataItems,
    /// Memory, in MiB.
    Ram,
    /// Security group rules; kept for old clients, without effect.
    SecurityGroupRules,
    /// Security groups; kept for old clients, without effect.
    SecurityGroups,
    /// Servers per server group.
    ServerGroupMembers,
    /// Server groups.
    ServerGroups,
}

impl Resource {
    /// Every resource with its name and its default limit.
    pub const ALL: [(Self, &'static str, i64); 14] = [
        (Self::Cores, "cores", 20),
        (Self::FixedIps, "fixed_ips", -1),
        (Self::FloatingIps, "floating_ips", -1),
        (
            Self::InjectedFileContentBytes,
            "injected_file_content_bytes",
            10_240,
        ),
        (Self::InjectedFilePathBytes, "injected_file_path_bytes", 255),
        (Self::InjectedFiles, "injected_files", 5),
        (Self::Instances, "instances", 10),
        (Self::KeyPairs, "key_pairs", 100),
        (Self::MetadataItems, "metadata_items", 128),
        (Self::Ram, "ram", 51_200),
        (Self::SecurityGroupRules, "security_group_rules", -1),
        (Self::SecurityGroups, "security_groups", -1),
        (Self::ServerGroupMembers, "server_group_members", 10),
        (Self::ServerGroups, "server_groups", 10),
    ];

    /// The resource of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|(resource, ..)| *resource)
    }

    /// Whether a limit for it can only be set for a whole project.
    const fn only_per_project(self) -> bool {
        matches!(self, Self::FixedIps | Self::FloatingIps)
    }
}

/// No more of a resource may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded;

/// The limits that may be set for a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settable {
    /// The least, −1 for unlimited.
    pub minimum: i64,
    /// The most, −1 for unlimited.
    pub maximum: i64,
}

/// What new servers would use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// At least so many servers.
    pub min_count: i64,
    /// At most so many.
    pub max_count: i64,
    /// Processors of each.
    pub cores: i64,
    /// Memory of each, in MiB.
    pub ram: i64,
}

/// What quotas new servers would exceed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooMany {
    resources: String,
    requested: String,
    used: String,
    allowed: String,
}

impl std::fmt::Display for TooMany {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Quota exceeded for {0}: Requested {1}, but already used {2} of {3} {0}",
            self.resources, self.requested, self.used, self.allowed
        )
    }
}

type Limits = HashMap<Resource, i64>;

/// The limits of a cloud.
#[derive(Clone, Debug, Default)]
pub struct Quotas {
    defaults: Limits,
    of_projects: HashMap<String, Limits>,
    of_users: HashMap<(String, String), Limits>,
}

impl Quotas {
    /// The quotas that a fixture describes; where it is silent, Nova's defaults.
    #[must_use]
    pub fn from_fixture(fixture: &Fixture) -> Self {
        let named = fixture.quotas.iter();
        let defaults = named.filter_map(|(name, limit)| Some((Resource::from_name(name)?, *limit)));
        Self {
            defaults: defaults.collect(),
            ..Self::default()
        }
    }

    /// Changes the limit where nothing was set.
    pub fn set_default(&mut self, resource: Resource, limit: i64) {
        self.defaults.insert(resource, limit);
    }

    /// The limit where nothing was set.
    #[must_use]
    pub fn default_limit(&self, resource: Resource) -> i64 {
        let nova = Resource::ALL.iter().find(|(known, ..)| *known == resource);
        let nova = nova.map_or(-1, |(.., limit)| *limit);
        self.defaults.get(&resource).copied().unwrap_or(nova)
    }

    /// The limit of a project, or of a user in it.
    #[must_use]
    pub fn limit(&self, project_id: &str, user_id: Option<&str>, resource: Resource) -> i64 {
        let of_user = user_id.and_then(|user_id| self.of_user(project_id, user_id, resource));
        of_user
            .or_else(|| self.of_projects.get(project_id)?.get(&resource).copied())
            .unwrap_or_else(|| self.default_limit(resource))
    }

    /// Whether `count` of a resource are within the limit.
    ///
    /// # Errors
    /// If they are not.
    pub fn check(
        &self,
        project_id: &str,
        user_id: &str,
        resource: Resource,
        count: usize,
    ) -> Result<(), Exceeded> {
        let limit = self.limit(project_id, Some(user_id), resource);
        match usize::try_from(limit) {
            Ok(limit) if count > limit => Err(Exceeded),
            _ => Ok(()),
        }
    }

    /// Whether a user has limits of its own in a project.
    #[must_use]
    pub fn has_own(&self, project_id: &str, user_id: &str) -> bool {
        let servers = [Resource::Instances, Resource::Cores, Resource::Ram];
        servers
            .iter()
            .any(|resource| self.of_user(project_id, user_id, *resource).is_some())
    }

    /// How many servers may be made: as many as wanted or, between the least and the most, fewer.
    ///
    /// # Errors
    /// If not even the least.
    pub fn room_for(
        &self,
        project_id: &str,
        user_id: Option<&str>,
        used: Usage,
        demand: &Demand,
    ) -> Result<i64, TooMany> {
        let limit = |resource| self.limit(project_id, user_id, resource);
        let count = demand.max_count;
        // By name, which is the order in which Nova tells them.
        let rows = [
            (
                "cores",
                limit(Resource::Cores),
                used.cores,
                count.saturating_mul(demand.cores),
                demand.cores,
            ),
            (
                "instances",
                limit(Resource::Instances),
                used.instances,
                count,
                1,
            ),
            (
                "ram",
                limit(Resource::Ram),
                used.ram,
                count.saturating_mul(demand.ram),
                demand.ram,
            ),
        ];
        let over = |(_, limit, used, wanted, _): &&(&str, i64, i64, i64, i64)| {
            *limit >= 0 && used.saturating_add(*wanted) > *limit
        };
        let over: Vec<_> = rows.iter().filter(over).collect();
        if over.is_empty() {
            return Ok(count);
        }
        let room = rows
            .iter()
            .filter(|(_, limit, .., each)| *limit >= 0 && *each > 0)
            .map(|(_, limit, used, _, each)| (limit - used).div_euclid(*each))
            .min()
            .unwrap_or(0);
        if (demand.min_count..count).contains(&room) && room > 0 {
            return Ok(room);
        }
        let joined = |texts: Vec<String>| texts.join(", ");
        let instances = if demand.min_count == count {
            count.to_string()
        } else {
            format!("{}-{count}", demand.min_count)
        };
        Err(TooMany {
            resources: joined(over.iter().map(|row| row.0.to_owned()).collect()),
            requested: joined(
                over.iter()
                    .map(|row| {
                        if row.0 == "instances" {
                            instances.clone()
                        } else {
                            row.3.to_string()
                        }
                    })
                    .collect(),
            ),
            used: joined(over.iter().map(|row| row.2.to_string()).collect()),
            allowed: joined(over.iter().map(|row| row.1.to_string()).collect()),
        })
    }

    /// What limits may be set: for a user, what the project's other users leave; for a project, no less than
    /// its users were given; for both, no less than they use.
    #[must_use]
    pub fn settable(
        &self,
        project_id: &str,
        user_id: Option<&str>,
        resource: Resource,
        in_use: i64,
    ) -> Settable {
        let given: i64 = self
            .of_users
            .iter()
            .filter(|((project, _), _)| project == project_id)
            .filter_map(|(_, limits)| limits.get(&resource))
            .filter(|limit| **limit > 0)
            .sum();
        let project = self.limit(project_id, None, resource);
        match user_id {
            Some(_) if project == -1 => Settable {
                minimum: in_use,
                maximum: -1,
            },
            Some(user_id) => {
                let own = self
                    .of_user(project_id, user_id, resource)
                    .unwrap_or(0)
                    .max(0);
                Settable {
                    minimum: in_use,
                    maximum: project - given + own,
                }
            }
            None => Settable {
                minimum: if project == -1 {
                    in_use
                } else {
                    given.max(in_use)
                },
                maximum: -1,
            },
        }
    }

    /// Sets a limit for a project, or for a user in it.
    pub fn set(&mut self, project_id: &str, user_id: Option<&str>, resource: Resource, limit: i64) {
        let limits = match user_id {
            Some(user_id) if !resource.only_per_project() => self
                .of_users
                .entry((project_id.to_owned(), user_id.to_owned()))
                .or_default(),
            _ => self.of_projects.entry(project_id.to_owned()).or_default(),
        };
        limits.insert(resource, limit);
    }

    /// Forgets what was set: for a user, or for a project and every user in it.
    pub fn forget(&mut self, project_id: &str, user_id: Option<&str>) {
        match user_id {
            Some(user_id) => {
                self.of_users
                    .remove(&(project_id.to_owned(), user_id.to_owned()));
            }
            None => {
                self.of_projects.remove(project_id);
                self.of_users
                    .retain(|(project, _), _| project != project_id);
            }
        }
    }

    fn of_user(&self, project_id: &str, user_id: &str, resource: Resource) -> Option<i64> {
        if self.of_users.is_empty() {
            // The common case; it spares every creation two allocations.
            return None;
        }
        let key = (project_id.to_owned(), user_id.to_owned());
        self.of_users.get(&key)?.get(&resource).copied()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Asked of Nova's `check_num_instances_quota`.
    #[rstest]
    #[case::room_for_all(8, 2, 2, Ok(2))]
    #[case::none_left(
        10,
        1,
        1,
        Err("Quota exceeded for instances: Requested 1, but already used 10 of 10 instances")
    )]
    #[case::fewer_will_do(8, 1, 5, Ok(2))]
    #[case::not_even_the_least(
        8,
        3,
        5,
        Err("Quota exceeded for instances: Requested 3-5, but already used 8 of 10 instances")
    )]
    #[case::several_at_once(
        10,
        11,
        11,
        Err(
            "Quota exceeded for cores, instances: Requested 11, 11, but already used 10, 10 of 20, 10 cores, instances"
        )
    )]
    fn servers_are_counted(
        #[case] used: i64,
        #[case] min_count: i64,
        #[case] max_count: i64,
        #[case] want: Result<i64, &str>,
    ) {
        let used = Usage {
            instances: used,
            cores: used,
            ram: used * 512,
        };
        let demand = Demand {
            min_count,
            max_count,
            cores: 1,
            ram: 512,
        };
        let got = Quotas::default().room_for("p", None, used, &demand);
        assert_eq!(
            got.map_err(|sentence| sentence.to_string()),
            want.map_err(str::to_owned)
        );
    }

    #[test]
    fn no_less_can_be_allowed_than_is_used() {
        let settable = Quotas::default().settable("p", None, Resource::Cores, 7);
        assert_eq!(
            settable,
            Settable {
                minimum: 7,
                maximum: -1
            }
        );
    }

    #[test]
    fn a_users_limit_is_its_own_else_the_projects_else_the_default() {
        let mut quotas = Quotas::default();
        let limit = |quotas: &Quotas| quotas.limit("p", Some("u"), Resource::KeyPairs);
        assert_eq!(limit(&quotas), 100);
        quotas.set("p", None, Resource::KeyPairs, 7);
        assert_eq!(limit(&quotas), 7);
        quotas.set("p", Some("u"), Resource::KeyPairs, 1);
        assert_eq!(limit(&quotas), 1);
        assert_eq!(quotas.check("p", "u", Resource::KeyPairs, 1), Ok(()));
        assert_eq!(quotas.check("p", "u", Resource::KeyPairs, 2), Err(Exceeded));
        // 7 of the project, of which the user itself holds 1.
        assert_eq!(
            quotas.settable("p", Some("u"), Resource::KeyPairs, 0),
            Settable {
                minimum: 0,
                maximum: 7
            }
        );
        quotas.forget("p", None);
        assert_eq!(limit(&quotas), 100);
    }
}
