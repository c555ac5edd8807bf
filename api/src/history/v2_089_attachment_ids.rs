//! 2.89: attachments show their ids.
//!
//! Source: Nova's REST API version history, section 2.89.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(89),
    title: "Attachments show their ids",
    changes: &[],
};
