//! 2.69: lists say what little is known of servers in cells that are down: id, links, status `UNKNOWN`.
//!
//! Not described: the contracts are those of a cloud whose cells are up.
//!
//! Source: Nova's REST API version history, section 2.69.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(69),
    title: "Lists say what little is known of cells that are down",
    changes: &[],
};
