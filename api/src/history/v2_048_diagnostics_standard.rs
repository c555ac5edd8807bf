//! 2.48: diagnostics of a server have one form.
//!
//! Source: Nova's REST API version history, section 2.48.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(48),
    title: "Diagnostics of a server have one form",
    changes: &[],
};
