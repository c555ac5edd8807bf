//! 2.32: networks and block devices of a new server can be tagged.
//!
//! Source: Nova's REST API version history, section 2.32.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(32),
    title: "Networks and block devices of a new server can be tagged",
    changes: &[],
};
