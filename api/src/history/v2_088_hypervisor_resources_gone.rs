//! 2.88: hypervisors show no resources any more.
//!
//! Source: Nova's REST API version history, section 2.88.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(88),
    title: "Hypervisors show no resources any more",
    changes: &[],
};
