//! Limits at 2.1.

use crate::Operation::LimitsShow;
use crate::change::{Change, Now, change, query, shown};
use crate::rules::{EMPTY, OBJECT, QUOTA, STRING};

pub(super) const CHANGES: &[Change] = &[
    change(&[LimitsShow], Now::Routed(true)),
    change(&[LimitsShow], Now::Status(200)),
    query(&[LimitsShow], "tenant_id", STRING),
    shown(&[LimitsShow], "/limits", OBJECT),
    shown(&[LimitsShow], "/limits/rate", EMPTY),
    shown(&[LimitsShow], "/limits/absolute", OBJECT),
    shown(&[LimitsShow], "/limits/absolute/maxImageMeta", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/maxPersonality", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/maxPersonalitySize", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/maxSecurityGroups", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/maxSecurityGroupRules", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/maxServerMeta", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/maxServerGroups", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/maxServerGroupMembers", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/maxTotalCores", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/maxTotalFloatingIps", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/maxTotalInstances", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/maxTotalKeypairs", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/maxTotalRAMSize", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/totalCoresUsed", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/totalFloatingIpsUsed", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/totalInstancesUsed", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/totalRAMUsed", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/totalSecurityGroupsUsed", QUOTA),
    shown(&[LimitsShow], "/limits/absolute/totalServerGroupsUsed", QUOTA),
];
