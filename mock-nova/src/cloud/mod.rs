//! What the cloud *is*: plain data and the rules it keeps whoever asks.
//!
//! No HTTP, no wire format, no version numbers: services read requests, call here, and render what they
//! get. The module knows nobody else in the crate but the fixture it is filled from.

pub mod flavor;
pub mod identity;
pub mod image;
pub mod keypair;
pub mod network;
pub mod quota;
pub mod server;
pub mod server_group;
pub mod viewer;
pub mod volume;

use std::{borrow::Cow, collections::BTreeSet, iter};

use jiff::Timestamp;
use uuid::Uuid;

use crate::fixture::Fixture;

/// The whole state of one cloud.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// Users, projects, roles, tokens.
    pub identity: identity::Identity,
    /// The sizes of servers.
    pub flavors: flavor::Flavors,
    /// What servers boot from.
    pub images: image::Images,
    /// What servers are plugged into.
    pub networks: network::Networks,
    /// What servers keep their data on.
    pub volumes: volume::Volumes,
    /// What users log in to servers with.
    pub keypairs: keypair::Keypairs,
    /// The servers, and what is being done to them.
    pub servers: server::Servers,
    /// Which of them shall be together, and which apart.
    pub server_groups: server_group::ServerGroups,
    /// How much of what a project may have.
    pub quotas: quota::Quotas,
}

impl Cloud {
    /// The cloud that a fixture describes.
    #[must_use]
    pub fn from_fixture(fixture: &Fixture) -> Self {
        Self {
            identity: identity::Identity::from_fixture(fixture),
            flavors: flavor::Flavors::from_fixture(fixture),
            images: image::Images::from_fixture(fixture),
            networks: network::Networks::from_fixture(fixture),
            volumes: volume::Volumes::default(),
            keypairs: keypair::Keypairs::default(),
            servers: server::Servers::default(),
            server_groups: server_group::ServerGroups::default(),
            quotas: quota::Quotas::from_fixture(fixture),
        }
    }

    /// The security groups of a project; with `all`, then those of the others. Every project has its `default`, whether
    /// somebody looked or not.
    #[must_use]
    pub fn security_groups(&self, own: &str, all: bool) -> Vec<Cow<'_, network::SecurityGroup>> {
        let groups = &self.networks.security_groups;
        let projects = self.identity.projects().iter();
        let others: BTreeSet<&str> = projects
            .map(|project| project.id.as_str())
            .chain(groups.iter().map(|group| group.project_id.as_str()))
            .filter(|project| all && *project != own)
            .collect();
        let projects = iter::once(own).chain(others);
        projects
            .flat_map(|project| groups.of_project(project))
            .collect()
    }

    /// How much of a resource a project, or a user in it, uses, as far as Nova still counts.
    #[must_use]
    pub fn in_use(
        &self,
        project_id: &str,
        user_id: Option<&str>,
        resource: quota::Resource,
    ) -> i64 {
        use quota::Resource;
        let used = || match user_id {
            Some(user_id) => self.servers.used_by(project_id, user_id),
            None => self.servers.used(project_id),
        };
        match resource {
            Resource::Instances => used().instances,
            Resource::Cores => used().cores,
            Resource::Ram => used().ram,
            Resource::ServerGroups => {
                let own = self.server_groups.iter().filter(|group| {
                    group.project_id == project_id
                        && user_id.is_none_or(|user_id| group.user_id == user_id)
                });
                i64::try_from(own.count()).unwrap_or(i64::MAX)
            }
            // Keypairs are counted when one is made and never shown as used; the rest Nova counts no more.
            _ => 0,
        }
    }

    /// When the next thing happens by itself.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.servers.next_due()
    }

    /// Lets happen what is due by now: the steps of servers' tasks, and what follows for the rest of the cloud.
    pub fn settle(&mut self, now: Timestamp) {
        for server in self.servers.settle(now) {
            self.forget_server(&server, now);
        }
    }

    /// Takes one step of a server's task, whenever it is due. Whether there was one to take.
    pub fn step(&mut self, id: Uuid, now: Timestamp) -> bool {
        let (taken, gone) = self.servers.step(id, now);
        if let Some(server) = gone {
            self.forget_server(&server, now);
        }
        taken
    }

    /// What goes with a server that is deleted.
    fn forget_server(&mut self, server: &server::Server, now: Timestamp) {
        for nic in &server.nics {
            self.networks.floating_ips.leave(nic.port_id);
            if nic.owned {
                self.networks.release(&nic.network_id, &nic.fixed_ips);
            } else {
                self.networks.ports.plug(nic.port_id, None);
            }
        }
        self.server_groups.leave(server.id);
        for volume in &server.volumes {
            self.volumes
                .detach(&volume.volume_id, &server.id.to_string(), now);
            // One that is made for several servers stays with the others.
            let elsewhere = self
                .volumes
                .get(&volume.volume_id)
                .is_some_and(|volume| !volume.attachments.is_empty());
            if volume.delete_on_termination && !elsewhere {
                self.volumes.forget(&volume.volume_id);
            }
        }
    }
}
