//! 2.81: images can be cached on an aggregate.
//!
//! Source: Nova's REST API version history, section 2.81.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(81),
    title: "Images can be cached on an aggregate",
    changes: &[],
};
