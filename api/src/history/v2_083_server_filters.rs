//! 2.83: everyone may filter servers by more of their fields.
//!
//! Source: Nova's REST API version history, section 2.83.

use crate::Microversion;
use crate::Operation::{ServerDetail, ServerList};
use crate::change::{Entry, Now, change};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(83),
    title: "Everyone may filter servers by more of their fields",
    changes: &[
        change(&[ServerList, ServerDetail], Now::Opens(EVERYONE)),
    ],
};

const EVERYONE: &[&str] = &[
    "availability_zone",
    "config_drive",
    "key_name",
    "created_at",
    "launched_at",
    "terminated_at",
    "power_state",
    "task_state",
    "vm_state",
    "progress",
    "user_id",
];
