//! 2.37: a new server says its networks: a list, auto or none.
//!
//! Source: Nova's REST API version history, section 2.37.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(37),
    title: "A new server says its networks: a list, auto or none",
    changes: &[],
};
