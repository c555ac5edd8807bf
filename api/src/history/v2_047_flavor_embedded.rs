//! 2.47: servers embed their flavor rather than link to it.
//!
//! Source: Nova's REST API version history, section 2.47.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(47),
    title: "Servers embed their flavor rather than link to it",
    changes: &[],
};
