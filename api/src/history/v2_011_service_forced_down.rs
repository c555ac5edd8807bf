//! 2.11: services can be forced down.
//!
//! Source: Nova's REST API version history, section 2.11.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(11),
    title: "Services can be forced down",
    changes: &[],
};
