//! 2.73: a lock can have a reason.
//!
//! Source: Nova's REST API version history, section 2.73.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(73),
    title: "A lock can have a reason",
    changes: &[],
};
