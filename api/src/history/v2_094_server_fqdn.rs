//! 2.94: a server's hostname may be fully qualified.
//!
//! Source: Nova's REST API version history, section 2.94.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(94),
    title: "A server's hostname may be fully qualified",
    changes: &[],
};
