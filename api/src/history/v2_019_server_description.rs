//! 2.19: servers have a description.
//!
//! Source: Nova's REST API version history, section 2.19.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(19),
    title: "Servers have a description",
    changes: &[],
};
