//! 2.74: administrators may name the host of a new server.
//!
//! Source: Nova's REST API version history, section 2.74.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(74),
    title: "Administrators may name the host of a new server",
    changes: &[],
};
