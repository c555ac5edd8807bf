//! 2.104: a server can be unpinned from its availability zone, or pinned to the one it is in.
//!
//! Source: Nova's REST API version history, section 2.104.

use crate::Microversion;
use crate::Operation::ServerUpdate;
use crate::change::{Entry, optional};
use crate::rules::NAME_OR_NULL;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(104),
    title: "A server can be unpinned from its zone, or pinned to the one it is in",
    changes: &[
        optional(&[ServerUpdate], "/server/pinned_availability_zone", NAME_OR_NULL),
    ],
};
