//! 2.87: volume-backed servers can be rescued.
//!
//! Source: Nova's REST API version history, section 2.87.

use crate::Microversion;
use crate::Operation::ServerRescue;
use crate::change::{Behavior, Entry, Now, change};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(87),
    title: "Volume-backed servers can be rescued",
    changes: &[
        change(&[ServerRescue], Now::Behaves(Behavior::RescuesVolumeBacked)),
    ],
};
