//! 2.8: remote consoles know the mks protocol.
//!
//! Source: Nova's REST API version history, section 2.8.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(8),
    title: "Remote consoles know the mks protocol",
    changes: &[],
};
