//! 2.101: attaching a volume is asynchronous.
//!
//! Source: Nova's REST API version history, section 2.101.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(101),
    title: "Attaching a volume is asynchronous",
    changes: &[],
};
