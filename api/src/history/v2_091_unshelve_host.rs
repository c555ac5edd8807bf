//! 2.91: unshelving can name a host.
//!
//! Source: Nova's REST API version history, section 2.91.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(91),
    title: "Unshelving can name a host",
    changes: &[],
};
