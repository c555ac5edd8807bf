//! 2.66: lists can be filtered by changes-before.
//!
//! Source: Nova's REST API version history, section 2.66.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(66),
    title: "Lists can be filtered by changes-before",
    changes: &[],
};
