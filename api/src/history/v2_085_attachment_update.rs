//! 2.85: whether a volume goes with the server can be changed.
//!
//! Source: Nova's REST API version history, section 2.85.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(85),
    title: "Whether a volume goes with the server can be changed",
    changes: &[],
};
