//! 2.64: server groups have one policy with rules.
//!
//! Source: Nova's REST API version history, section 2.64.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(64),
    title: "Server groups have one policy with rules",
    changes: &[],
};
