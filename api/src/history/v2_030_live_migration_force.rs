//! 2.30: live migration asks the scheduler unless forced.
//!
//! Source: Nova's REST API version history, section 2.30.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(30),
    title: "Live migration asks the scheduler unless forced",
    changes: &[],
};
