//! 2.38: an unknown status in a filter is refused.
//!
//! Source: Nova's REST API version history, section 2.38.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(38),
    title: "An unknown status in a filter is refused",
    changes: &[],
};
