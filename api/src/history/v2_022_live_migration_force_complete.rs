//! 2.22: a live migration can be forced to complete.
//!
//! Source: Nova's REST API version history, section 2.22.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(22),
    title: "A live migration can be forced to complete",
    changes: &[],
};
