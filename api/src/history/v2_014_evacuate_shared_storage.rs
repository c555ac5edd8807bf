//! 2.14: evacuation finds out by itself whether storage is shared.
//!
//! Source: Nova's REST API version history, section 2.14.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(14),
    title: "Evacuation finds out by itself whether storage is shared",
    changes: &[],
};
