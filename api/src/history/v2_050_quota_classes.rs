//! 2.50: quota classes show server groups and hide networks.
//!
//! Source: Nova's REST API version history, section 2.50.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(50),
    title: "Quota classes show server groups and hide networks",
    changes: &[],
};
