//! 2.36: the proxies to other services answer 404, and the quotas and limits of networks are gone
//! with them.
//!
//! Source: Nova's REST API version history, section 2.36.

use crate::Microversion;
use crate::Operation::{
    self, FloatingIpList, ImageDelete, ImageDetail, ImageList, ImageShow, LimitsShow, NetworkList,
    NetworkShow, QuotaDefaults, QuotaDetail, QuotaShow, QuotaUpdate, SecurityGroupCreate,
    SecurityGroupDelete, SecurityGroupList, SecurityGroupShow,
};
use crate::change::{Entry, Now, change, hidden, refused};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(36),
    title: "Proxies to other services are gone, and quotas of networks with them",
    changes: &[
        change(PROXIES, Now::Routed(false)),
        refused(&[QuotaUpdate], "/quota_set/floating_ips"),
        refused(&[QuotaUpdate], "/quota_set/fixed_ips"),
        refused(&[QuotaUpdate], "/quota_set/security_groups"),
        refused(&[QuotaUpdate], "/quota_set/security_group_rules"),
        hidden(QUOTAS, "/quota_set/floating_ips"),
        hidden(QUOTAS, "/quota_set/fixed_ips"),
        hidden(QUOTAS, "/quota_set/security_groups"),
        hidden(QUOTAS, "/quota_set/security_group_rules"),
        hidden(&[LimitsShow], "/limits/absolute/maxTotalFloatingIps"),
        hidden(&[LimitsShow], "/limits/absolute/maxSecurityGroups"),
        hidden(&[LimitsShow], "/limits/absolute/maxSecurityGroupRules"),
        hidden(&[LimitsShow], "/limits/absolute/totalFloatingIpsUsed"),
        hidden(&[LimitsShow], "/limits/absolute/totalSecurityGroupsUsed"),
    ],
};

const QUOTAS: &[Operation] = &[QuotaShow, QuotaDetail, QuotaDefaults, QuotaUpdate];

const PROXIES: &[Operation] = &[
    ImageList,
    ImageDetail,
    ImageShow,
    ImageDelete,
    NetworkList,
    NetworkShow,
    SecurityGroupList,
    SecurityGroupCreate,
    SecurityGroupShow,
    SecurityGroupDelete,
    FloatingIpList,
];
