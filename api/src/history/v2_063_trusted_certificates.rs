//! 2.63: create and rebuild take trusted image certificates.
//!
//! Source: Nova's REST API version history, section 2.63.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(63),
    title: "Create and rebuild take trusted image certificates",
    changes: &[],
};
