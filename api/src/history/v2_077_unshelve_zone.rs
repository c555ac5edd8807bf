//! 2.77: unshelving can name an availability zone.
//!
//! Source: Nova's REST API version history, section 2.77.

use crate::Microversion;
use crate::Operation::ServerUnshelve;
use crate::change::{Entry, required};
use crate::rules::{NAME, OBJECT_OR_NULL};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(77),
    title: "Unshelving can name an availability zone",
    changes: &[
        required(&[ServerUnshelve], "/unshelve", OBJECT_OR_NULL),
        required(&[ServerUnshelve], "/unshelve/availability_zone", NAME),
    ],
};
