//! 2.29: evacuation asks the scheduler unless forced.
//!
//! Source: Nova's REST API version history, section 2.29.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(29),
    title: "Evacuation asks the scheduler unless forced",
    changes: &[],
};
