//! 2.15: server groups know soft policies.
//!
//! Source: Nova's REST API version history, section 2.15.

use crate::Microversion;
use crate::Operation::ServerGroupCreate;
use crate::change::{Entry, required};
use crate::rules::GROUP_POLICIES_WITH_SOFT;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(15),
    title: "Server groups know soft policies",
    changes: &[
        required(&[ServerGroupCreate], "/server_group/policies", GROUP_POLICIES_WITH_SOFT),
    ],
};
