//! 2.67: a new server's volumes can have a type.
//!
//! Source: Nova's REST API version history, section 2.67.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(67),
    title: "A new server's volumes can have a type",
    changes: &[],
};
