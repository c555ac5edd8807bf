//! 2.96: servers show the availability zone they are pinned to.
//!
//! Source: Nova's REST API version history, section 2.96.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(96),
    title: "Servers show the availability zone they are pinned to",
    changes: &[],
};
