//! 2.91: unshelving can name a host, or with a zone of null unpin a server.
//!
//! Source: Nova's REST API version history, section 2.91.

use crate::Microversion;
use crate::Operation::ServerUnshelve;
use crate::change::{Entry, optional};
use crate::rules::{STRING, STRING_OR_NULL};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(91),
    title: "Unshelving can name a host",
    changes: &[
        optional(&[ServerUnshelve], "/unshelve/availability_zone", STRING_OR_NULL),
        optional(&[ServerUnshelve], "/unshelve/host", STRING),
    ],
};
