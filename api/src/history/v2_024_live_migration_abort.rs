//! 2.24: a running live migration can be cancelled.
//!
//! Source: Nova's REST API version history, section 2.24.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(24),
    title: "A running live migration can be cancelled",
    changes: &[],
};
