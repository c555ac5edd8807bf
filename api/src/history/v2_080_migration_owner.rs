//! 2.80: migrations show their user and project.
//!
//! Source: Nova's REST API version history, section 2.80.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(80),
    title: "Migrations show their user and project",
    changes: &[],
};
