//! 2.76: the power state can be told from outside.
//!
//! Source: Nova's REST API version history, section 2.76.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(76),
    title: "The power state can be told from outside",
    changes: &[],
};
