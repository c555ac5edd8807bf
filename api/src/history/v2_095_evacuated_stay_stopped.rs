//! 2.95: evacuated servers stay stopped.
//!
//! Source: Nova's REST API version history, section 2.95.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(95),
    title: "Evacuated servers stay stopped",
    changes: &[],
};
