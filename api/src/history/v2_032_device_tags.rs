//! 2.32: networks and block devices of a new server can be tagged.
//!
//! Source: Nova's REST API version history, section 2.32.

use crate::Microversion;
use crate::Operation::ServerCreate;
use crate::change::{Entry, optional};
use crate::rules::{TAG, TAGGED_NETWORKS};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(32),
    title: "Networks and block devices of a new server can be tagged",
    changes: &[
        optional(&[ServerCreate], "/server/networks", TAGGED_NETWORKS),
        optional(&[ServerCreate], "/server/block_device_mapping_v2/*/tag", TAG),
    ],
};
