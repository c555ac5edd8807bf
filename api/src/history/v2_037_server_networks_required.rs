//! 2.37: a new server says its networks: a list of UUIDs, `auto` or `none`. By mistake, networks cannot be tagged any
//! more; 2.42 mends it.
//!
//! Source: Nova's REST API version history, sections 2.37 and 2.42.

use crate::Microversion;
use crate::Operation::ServerCreate;
use crate::change::{Entry, required};
use crate::rules::NETWORKS_OR_WORD;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(37),
    title: "A new server says its networks: a list, auto or none",
    changes: &[
        required(&[ServerCreate], "/server/networks", NETWORKS_OR_WORD),
    ],
};
