//! 2.13: server groups show their project and user.
//!
//! Source: Nova's REST API version history, section 2.13.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(13),
    title: "Server groups show their project and user",
    changes: &[],
};
