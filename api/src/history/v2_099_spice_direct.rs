//! 2.99: consoles know spice-direct.
//!
//! Source: Nova's REST API version history, section 2.99.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(99),
    title: "Consoles know spice-direct",
    changes: &[],
};
