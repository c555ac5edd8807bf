//! 2.104: a server can be unpinned from its zone.
//!
//! Source: Nova's REST API version history, section 2.104.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(104),
    title: "A server can be unpinned from its zone",
    changes: &[],
};
