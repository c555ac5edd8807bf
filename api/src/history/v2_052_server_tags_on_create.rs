//! 2.52: a new server can be given tags.
//!
//! Source: Nova's REST API version history, section 2.52.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(52),
    title: "A new server can be given tags",
    changes: &[],
};
