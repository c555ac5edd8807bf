//! 2.78: a server's NUMA topology can be shown.
//!
//! Source: Nova's REST API version history, section 2.78.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(78),
    title: "A server's NUMA topology can be shown",
    changes: &[],
};
