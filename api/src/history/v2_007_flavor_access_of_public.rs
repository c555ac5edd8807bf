//! 2.7: access to a public flavor cannot be granted.
//!
//! Source: Nova's REST API version history, section 2.7.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(7),
    title: "Access to a public flavor cannot be granted",
    changes: &[],
};
