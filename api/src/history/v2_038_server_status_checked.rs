//! 2.38: an unknown status in a filter is refused.
//!
//! Source: Nova's REST API version history, section 2.38.

use crate::Microversion;
use crate::Operation::{ServerDetail, ServerList};
use crate::change::{Behavior, Entry, Now, change};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(38),
    title: "An unknown status in a filter is refused",
    changes: &[
        change(&[ServerList, ServerDetail], Now::Behaves(Behavior::ChecksStatus)),
    ],
};
