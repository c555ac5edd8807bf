//! 2.52: a new server can be given tags.
//!
//! Source: Nova's REST API version history, section 2.52.

use crate::Microversion;
use crate::Operation::ServerCreate;
use crate::change::{Entry, optional};
use crate::rules::TAGS;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(52),
    title: "A new server can be given tags",
    changes: &[
        optional(&[ServerCreate], "/server/tags", TAGS),
    ],
};
