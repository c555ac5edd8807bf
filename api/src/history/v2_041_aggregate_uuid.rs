//! 2.41: aggregates show their UUID.
//!
//! Source: Nova's REST API version history, section 2.41.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(41),
    title: "Aggregates show their UUID",
    changes: &[],
};
