//! 2.4: fixed IPs show whether they are reserved.
//!
//! Source: Nova's REST API version history, section 2.4.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(4),
    title: "Fixed IPs show whether they are reserved",
    changes: &[],
};
