//! 2.55: flavors have a description.
//!
//! Source: Nova's REST API version history, section 2.55.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(55),
    title: "Flavors have a description",
    changes: &[],
};
