//! 2.33: the list of hypervisors is paged. By mistake, block devices of a new server cannot be tagged any more; 2.42
//! mends it.
//!
//! Source: Nova's REST API version history, sections 2.33 and 2.42.

use crate::Microversion;
use crate::Operation::ServerCreate;
use crate::change::{Entry, refused};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(33),
    title: "The list of hypervisors is paged",
    changes: &[
        refused(&[ServerCreate], "/server/block_device_mapping_v2/*/tag"),
    ],
};
