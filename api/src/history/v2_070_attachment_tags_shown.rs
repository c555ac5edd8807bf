//! 2.70: attachments show their device tag.
//!
//! Source: Nova's REST API version history, section 2.70.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(70),
    title: "Attachments show their device tag",
    changes: &[],
};
