//! 2.15: server groups know soft policies.
//!
//! Source: Nova's REST API version history, section 2.15.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(15),
    title: "Server groups know soft policies",
    changes: &[],
};
