//! 2.25: block migration can be chosen automatically.
//!
//! Source: Nova's REST API version history, section 2.25.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(25),
    title: "Block migration can be chosen automatically",
    changes: &[],
};
