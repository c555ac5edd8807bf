//! 2.71: a server shows its server groups, but not in the detailed list.
//!
//! Source: Nova's REST API version history, section 2.71.

use crate::Microversion;
use crate::Operation::{self, ServerRebuild, ServerShow, ServerUpdate};
use crate::change::{Entry, shown};
use crate::rules::UUIDS;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(71),
    title: "Servers show their server groups",
    changes: &[
        shown(ONE, "/server/server_groups", UUIDS),
    ],
};

const ONE: &[Operation] = &[ServerShow, ServerUpdate, ServerRebuild];
