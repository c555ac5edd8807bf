//! 2.16: servers show the status of their host to administrators.
//!
//! Source: Nova's REST API version history, section 2.16.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(16),
    title: "Servers show the status of their host to administrators",
    changes: &[],
};
