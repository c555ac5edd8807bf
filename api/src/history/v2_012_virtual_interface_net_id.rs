//! 2.12: virtual interfaces show their network.
//!
//! Source: Nova's REST API version history, section 2.12.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(12),
    title: "Virtual interfaces show their network",
    changes: &[],
};
