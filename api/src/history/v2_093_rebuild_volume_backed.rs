//! 2.93: volume-backed servers can be rebuilt with another image.
//!
//! Source: Nova's REST API version history, section 2.93.

use crate::Microversion;
use crate::Operation::ServerRebuild;
use crate::change::{Behavior, Entry, Now, change};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(93),
    title: "Volume-backed servers can be rebuilt with another image",
    changes: &[
        change(&[ServerRebuild], Now::Behaves(Behavior::RebuildsVolumeBacked)),
    ],
};
