//! 2.43: the hosts API is gone.
//!
//! Source: Nova's REST API version history, section 2.43.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(43),
    title: "The hosts API is gone",
    changes: &[],
};
