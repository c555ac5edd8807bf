//! 2.17: a crash dump can be triggered in a server.
//!
//! Source: Nova's REST API version history, section 2.17.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(17),
    title: "A crash dump can be triggered in a server",
    changes: &[],
};
