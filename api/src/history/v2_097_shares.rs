//! 2.97: shares can be attached to servers.
//!
//! Source: Nova's REST API version history, section 2.97.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(97),
    title: "Shares can be attached to servers",
    changes: &[],
};
