//! 2.23: migrations of a server can be listed and shown.
//!
//! Source: Nova's REST API version history, section 2.23.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(23),
    title: "Migrations of a server can be listed and shown",
    changes: &[],
};
