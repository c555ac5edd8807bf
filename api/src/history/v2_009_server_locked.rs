//! 2.9: servers show whether they are locked.
//!
//! Source: Nova's REST API version history, section 2.9.

use crate::Microversion;
use crate::Operation::{self, ServerDetail, ServerRebuild, ServerShow, ServerUpdate};
use crate::change::{Entry, shown};
use crate::rules::TRUTH;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(9),
    title: "Servers show whether they are locked",
    changes: &[
        shown(ONE, "/server/locked", TRUTH),
        shown(&[ServerDetail], "/servers/*/locked", TRUTH),
    ],
};

const ONE: &[Operation] = &[ServerShow, ServerUpdate, ServerRebuild];
