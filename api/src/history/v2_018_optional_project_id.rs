//! 2.18: paths need no project id.
//!
//! Source: Nova's REST API version history, section 2.18.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(18),
    title: "Paths need no project id",
    changes: &[],
};
