//! 2.67: a new server's volumes can have a type.
//!
//! Source: Nova's REST API version history, section 2.67.

use crate::Microversion;
use crate::Operation::ServerCreate;
use crate::change::{Entry, optional};
use crate::rules::VOLUME_TYPE;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(67),
    title: "A new server's volumes can have a type",
    changes: &[
        optional(&[ServerCreate], "/server/block_device_mapping_v2/*/volume_type", VOLUME_TYPE),
    ],
};
