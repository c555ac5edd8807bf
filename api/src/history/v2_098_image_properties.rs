//! 2.98: servers show the properties of their image.
//!
//! Source: Nova's REST API version history, section 2.98.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(98),
    title: "Servers show the properties of their image",
    changes: &[],
};
