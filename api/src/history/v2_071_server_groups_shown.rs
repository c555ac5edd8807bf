//! 2.71: servers show their server groups.
//!
//! Source: Nova's REST API version history, section 2.71.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(71),
    title: "Servers show their server groups",
    changes: &[],
};
