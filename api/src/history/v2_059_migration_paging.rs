//! 2.59: the list of migrations is paged.
//!
//! Source: Nova's REST API version history, section 2.59.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(59),
    title: "The list of migrations is paged",
    changes: &[],
};
