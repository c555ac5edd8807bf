//! 2.33: the list of hypervisors is paged.
//!
//! Source: Nova's REST API version history, section 2.33.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(33),
    title: "The list of hypervisors is paged",
    changes: &[],
};
