//! 2.40: usage reports are paged.
//!
//! Source: Nova's REST API version history, section 2.40.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(40),
    title: "Usage reports are paged",
    changes: &[],
};
