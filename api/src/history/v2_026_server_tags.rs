//! 2.26: servers have tags.
//!
//! Source: Nova's REST API version history, section 2.26.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(26),
    title: "Servers have tags",
    changes: &[],
};
