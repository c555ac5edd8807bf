//! 2.20: volumes of shelved servers can be attached and detached.
//!
//! Source: Nova's REST API version history, section 2.20.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(20),
    title: "Volumes of shelved servers can be attached and detached",
    changes: &[],
};
