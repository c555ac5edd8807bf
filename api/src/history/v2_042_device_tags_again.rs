//! 2.42: device tags work again, for networks and block devices.
//!
//! Source: Nova's REST API version history, section 2.42.

use crate::Microversion;
use crate::Operation::ServerCreate;
use crate::change::{Entry, optional, required};
use crate::rules::{TAG, TAGGED_NETWORKS_OR_WORD};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(42),
    title: "Device tags work again for networks and block devices",
    changes: &[
        required(&[ServerCreate], "/server/networks", TAGGED_NETWORKS_OR_WORD),
        optional(&[ServerCreate], "/server/block_device_mapping_v2/*/tag", TAG),
    ],
};
