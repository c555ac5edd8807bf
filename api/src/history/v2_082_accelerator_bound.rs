//! 2.82: servers learn that an accelerator is bound.
//!
//! Source: Nova's REST API version history, section 2.82.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(82),
    title: "Servers learn that an accelerator is bound",
    changes: &[],
};
