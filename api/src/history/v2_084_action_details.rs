//! 2.84: failed events of an action show details.
//!
//! Source: Nova's REST API version history, section 2.84.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(84),
    title: "Failed events of an action show details",
    changes: &[],
};
