//! The kinds of resources, and which module answers for each.

use serde_json::Value;

use super::fault::Fault;
use super::{Asking, floating_ips, networks, ports, routers, security_groups};
use crate::cloud::Cloud;
use crate::cloud::viewer::Viewer;
use crate::http::call::Call;

/// A kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Network,
    Subnet,
    Port,
    SecurityGroup,
    SecurityGroupRule,
    FloatingIp,
    Router,
}

impl Kind {
    pub(super) const ALL: [Self; 7] = [
        Self::Network,
        Self::Subnet,
        Self::Port,
        Self::SecurityGroup,
        Self::SecurityGroupRule,
        Self::FloatingIp,
        Self::Router,
    ];

    /// The kind whose things are at `/v2.0/COLLECTION`.
    pub(super) fn of_collection(collection: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.plural().replace('_', "-") == collection)
    }

    /// What many of them are called in bodies.
    pub(super) const fn plural(self) -> &'static str {
        match self {
            Self::Network => "networks",
            Self::Subnet => "subnets",
            Self::Port => "ports",
            Self::SecurityGroup => "security_groups",
            Self::SecurityGroupRule => "security_group_rules",
            Self::FloatingIp => "floatingips",
            Self::Router => "routers",
        }
    }

    /// What one of them is called in bodies.
    pub(super) const fn singular(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Subnet => "subnet",
            Self::Port => "port",
            Self::SecurityGroup => "security_group",
            Self::SecurityGroupRule => "security_group_rule",
            Self::FloatingIp => "floatingip",
            Self::Router => "router",
        }
    }

    /// What one of them is called in refusals.
    const fn word(self) -> &'static str {
        match self {
            Self::Network => "Network",
            Self::Subnet => "Subnet",
            Self::Port => "Port",
            Self::SecurityGroup => "SecurityGroup",
            Self::SecurityGroupRule => "SecurityGroupRule",
            Self::FloatingIp => "FloatingIP",
            Self::Router => "Router",
        }
    }

    /// 404 of one that there is not.
    pub(super) fn missing(self, id: &str) -> Fault {
        Fault::not_found(self.word(), id)
    }

    /// Those that the viewer may see; filters come later, unless one saves looking at every server.
    pub(super) fn seen(self, cloud: &Cloud, viewer: Viewer<'_>, call: &Call) -> Vec<Value> {
        match self {
            Self::Port => ports::seen(cloud, viewer, call.query("device_id")),
            other => other.every(cloud, viewer),
        }
    }

    fn every(self, cloud: &Cloud, viewer: Viewer<'_>) -> Vec<Value> {
        match self {
            Self::Network => networks::seen(cloud, viewer),
            Self::Subnet => networks::subnets_seen(cloud, viewer),
            Self::Port => ports::seen(cloud, viewer, None),
            Self::SecurityGroup => security_groups::seen(cloud, viewer),
            Self::SecurityGroupRule => security_groups::rules_seen(cloud, viewer),
            Self::FloatingIp => floating_ips::seen(cloud, viewer),
            Self::Router => routers::seen(cloud, viewer),
        }
    }

    /// The one of this id, if the viewer may see it.
    pub(super) fn one(self, cloud: &Cloud, viewer: Viewer<'_>, id: &str) -> Result<Value, Fault> {
        let mut every = self.every(cloud, viewer).into_iter();
        every
            .find(|one| one["id"] == id)
            .ok_or_else(|| self.missing(id))
    }

    /// That there is one of this id which the viewer may change.
    pub(super) fn owned(self, cloud: &Cloud, viewer: Viewer<'_>, id: &str) -> Result<(), Fault> {
        let one = self.one(cloud, viewer, id)?;
        if one["project_id"]
            .as_str()
            .is_some_and(|project_id| viewer.owns(project_id))
        {
            Ok(())
        } else {
            Err(self.missing(id))
        }
    }

    /// Makes one; its id.
    pub(super) fn create(self, cloud: &mut Cloud, asking: &Asking<'_>) -> Result<String, Fault> {
        match self {
            Self::Network => networks::create(cloud, asking),
            Self::Subnet => networks::create_subnet(cloud, asking),
            Self::Port => ports::create(cloud, asking),
            Self::SecurityGroup => security_groups::create(cloud, asking),
            Self::SecurityGroupRule => security_groups::create_rule(cloud, asking),
            Self::FloatingIp => floating_ips::create(cloud, asking),
            Self::Router => routers::create(cloud, asking),
        }
    }

    /// Changes one.
    pub(super) fn update(
        self,
        cloud: &mut Cloud,
        asking: &Asking<'_>,
        id: &str,
    ) -> Result<(), Fault> {
        match self {
            Self::Network => networks::update(cloud, asking, id),
            Self::Subnet => networks::update_subnet(cloud, asking, id),
            Self::Port => ports::update(cloud, asking, id),
            Self::SecurityGroup => security_groups::update(cloud, asking, id),
            Self::SecurityGroupRule => Err(Fault::method_not_allowed()),
            Self::FloatingIp => floating_ips::update(cloud, asking, id),
            Self::Router => routers::update(cloud, asking, id),
        }
    }

    /// Deletes one.
    pub(super) fn delete(
        self,
        cloud: &mut Cloud,
        viewer: Viewer<'_>,
        id: &str,
    ) -> Result<(), Fault> {
        match self {
            Self::Network => networks::delete(cloud, id),
            Self::Subnet => networks::delete_subnet(cloud, id),
            Self::Port => ports::delete(cloud, id),
            Self::SecurityGroup => security_groups::delete(cloud, viewer, id),
            Self::SecurityGroupRule => security_groups::delete_rule(cloud, viewer, id),
            Self::FloatingIp => floating_ips::delete(cloud, id),
            Self::Router => routers::delete(cloud, id),
        }
    }
}
