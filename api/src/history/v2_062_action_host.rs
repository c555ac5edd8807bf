//! 2.62: actions show their host to administrators.
//!
//! Source: Nova's REST API version history, section 2.62.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(62),
    title: "Actions show their host to administrators",
    changes: &[],
};
