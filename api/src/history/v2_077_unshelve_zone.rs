//! 2.77: unshelving can name an availability zone.
//!
//! Source: Nova's REST API version history, section 2.77.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(77),
    title: "Unshelving can name an availability zone",
    changes: &[],
};
