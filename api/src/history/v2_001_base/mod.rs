//! 2.1: the first version: as v2.0, with strict checks of what is sent. One file per family of operations.
//!
//! Source: Nova's REST API version history, section 2.1; the Compute API reference for the fields.

mod actions;
mod extensions;
mod keypairs;
mod limits;
mod parts;
mod places;
mod proxies;
mod quotas;
mod server_fields;
mod server_queries;
mod server_requests;
mod servers;

use crate::Microversion;
use crate::change::{Change, Entry, concat, count};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(1),
    title: "The first version: as v2.0, with strict checks of what is sent",
    changes: &concat::<{ count(PARTS) }>(PARTS),
};

const PARTS: &[&[Change]] = &[
    keypairs::CHANGES,
    limits::CHANGES,
    quotas::CHANGES,
    extensions::CHANGES,
    servers::CHANGES,
    server_queries::CHANGES,
    server_requests::CHANGES,
    server_fields::CHANGES,
    server_fields::LISTED,
    actions::CHANGES,
    parts::CHANGES,
    places::CHANGES,
    proxies::CHANGES,
];
