//! 2.65: a queued live migration can be cancelled.
//!
//! Source: Nova's REST API version history, section 2.65.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(65),
    title: "A queued live migration can be cancelled",
    changes: &[],
};
