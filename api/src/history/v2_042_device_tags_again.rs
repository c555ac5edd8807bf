//! 2.42: device tags work again for networks and block devices.
//!
//! Source: Nova's REST API version history, section 2.42.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(42),
    title: "Device tags work again for networks and block devices",
    changes: &[],
};
