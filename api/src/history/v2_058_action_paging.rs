//! 2.58: the list of a server's actions is paged.
//!
//! Source: Nova's REST API version history, section 2.58.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(58),
    title: "The list of a server's actions is paged",
    changes: &[],
};
