//! 2.86: extra specs of flavors are checked.
//!
//! Source: Nova's REST API version history, section 2.86.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(86),
    title: "Extra specs of flavors are checked",
    changes: &[],
};
