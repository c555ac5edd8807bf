//! 2.79: attachments say whether the volume goes with the server.
//!
//! Source: Nova's REST API version history, section 2.79.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(79),
    title: "Attachments say whether the volume goes with the server",
    changes: &[],
};
