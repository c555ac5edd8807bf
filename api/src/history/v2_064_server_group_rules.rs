//! 2.64: server groups have one policy with rules.
//!
//! Source: Nova's REST API version history, section 2.64.

use crate::Microversion;
use crate::Operation::{self, ServerGroupCreate, ServerGroupList, ServerGroupShow};
use crate::change::{Entry, hidden, optional, refused, required, shown};
use crate::rules::{GROUP_POLICY, GROUP_RULES, OBJECT, POSITIVE};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(64),
    title: "Server groups have one policy with rules",
    changes: &[
        refused(&[ServerGroupCreate], "/server_group/policies"),
        required(&[ServerGroupCreate], "/server_group/policy", GROUP_POLICY),
        optional(&[ServerGroupCreate], "/server_group/rules", OBJECT),
        optional(&[ServerGroupCreate], "/server_group/rules/max_server_per_host", POSITIVE),
        hidden(ONE_GROUP, "/server_group/policies"),
        hidden(&[ServerGroupList], "/server_groups/*/policies"),
        hidden(ONE_GROUP, "/server_group/metadata"),
        hidden(&[ServerGroupList], "/server_groups/*/metadata"),
        shown(ONE_GROUP, "/server_group/policy", GROUP_POLICY),
        shown(&[ServerGroupList], "/server_groups/*/policy", GROUP_POLICY),
        shown(ONE_GROUP, "/server_group/rules", GROUP_RULES),
        shown(&[ServerGroupList], "/server_groups/*/rules", GROUP_RULES),
    ],
};

const ONE_GROUP: &[Operation] = &[ServerGroupCreate, ServerGroupShow];
