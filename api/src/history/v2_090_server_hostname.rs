//! 2.90: a server's hostname can be set.
//!
//! Source: Nova's REST API version history, section 2.90.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(90),
    title: "A server's hostname can be set",
    changes: &[],
};
