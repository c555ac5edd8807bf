//! 2.28: a hypervisor's CPU is described by an object.
//!
//! Source: Nova's REST API version history, section 2.28.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(28),
    title: "A hypervisor's CPU is described by an object",
    changes: &[],
};
