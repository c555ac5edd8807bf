//! 2.61: flavors show their extra specs.
//!
//! Source: Nova's REST API version history, section 2.61.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(61),
    title: "Flavors show their extra specs",
    changes: &[],
};
