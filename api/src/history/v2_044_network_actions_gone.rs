//! 2.44: network actions of servers are gone.
//!
//! Source: Nova's REST API version history, section 2.44.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(44),
    title: "Network actions of servers are gone",
    changes: &[],
};
