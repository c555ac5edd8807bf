//! 2.83: everyone may filter servers by more of their fields.
//!
//! Source: Nova's REST API version history, section 2.83.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(83),
    title: "Everyone may filter servers by more of their fields",
    changes: &[],
};
