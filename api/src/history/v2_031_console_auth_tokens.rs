//! 2.31: tokens of every console type are answered.
//!
//! Source: Nova's REST API version history, section 2.31.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(31),
    title: "Tokens of every console type are answered",
    changes: &[],
};
