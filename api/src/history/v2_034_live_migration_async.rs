//! 2.34: live migration is checked in the background.
//!
//! Source: Nova's REST API version history, section 2.34.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(34),
    title: "Live migration is checked in the background",
    changes: &[],
};
