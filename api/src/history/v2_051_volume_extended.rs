//! 2.51: servers learn that a volume has grown.
//!
//! Source: Nova's REST API version history, section 2.51.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(51),
    title: "Servers learn that a volume has grown",
    changes: &[],
};
