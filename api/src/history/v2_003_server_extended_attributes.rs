//! 2.3: servers show more of their extended attributes to administrators.
//!
//! Source: Nova's REST API version history, section 2.3.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(3),
    title: "Servers show more of their extended attributes to administrators",
    changes: &[],
};
