//! 2.100: servers show their scheduler hints.
//!
//! Source: Nova's REST API version history, section 2.100.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(100),
    title: "Servers show their scheduler hints",
    changes: &[],
};
