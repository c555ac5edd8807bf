//! 2.9: servers show whether they are locked.
//!
//! Source: Nova's REST API version history, section 2.9.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(9),
    title: "Servers show whether they are locked",
    changes: &[],
};
