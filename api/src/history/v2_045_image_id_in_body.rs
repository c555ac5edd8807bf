//! 2.45: snapshots answer their image id in the body.
//!
//! Source: Nova's REST API version history, section 2.45.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(45),
    title: "Snapshots answer their image id in the body",
    changes: &[],
};
