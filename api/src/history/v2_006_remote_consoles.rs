//! 2.6: one API for remote consoles replaces four actions.
//!
//! Source: Nova's REST API version history, section 2.6.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(6),
    title: "One API for remote consoles replaces four actions",
    changes: &[],
};
