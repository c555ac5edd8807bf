//! 2.53: services and hypervisors are known by UUID.
//!
//! Source: Nova's REST API version history, section 2.53.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(53),
    title: "Services and hypervisors are known by UUID",
    changes: &[],
};
