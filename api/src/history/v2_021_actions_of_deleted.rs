//! 2.21: actions of deleted servers are answered.
//!
//! Source: Nova's REST API version history, section 2.21.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(21),
    title: "Actions of deleted servers are answered",
    changes: &[],
};
