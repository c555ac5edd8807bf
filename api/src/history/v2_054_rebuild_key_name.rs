//! 2.54: rebuild takes a key name, looked up for the caller.
//!
//! Source: Nova's REST API version history, section 2.54.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(54),
    title: "Rebuild takes a key name, looked up for the caller",
    changes: &[],
};
