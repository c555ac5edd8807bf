//! 2.49: interfaces and volumes can be tagged when attached.
//!
//! Source: Nova's REST API version history, section 2.49.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(49),
    title: "Interfaces and volumes can be tagged when attached",
    changes: &[],
};
