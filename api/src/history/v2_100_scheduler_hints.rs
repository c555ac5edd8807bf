//! 2.100: servers show their scheduler hints.
//!
//! Source: Nova's REST API version history, section 2.100.

use crate::Microversion;
use crate::Operation::{self, ServerDetail, ServerRebuild, ServerShow, ServerUpdate};
use crate::change::{Entry, shown};
use crate::rules::OBJECT_OR_NULL;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(100),
    title: "Servers show their scheduler hints",
    changes: &[
        shown(ONE, "/server/scheduler_hints", OBJECT_OR_NULL),
        shown(&[ServerDetail], "/servers/*/scheduler_hints", OBJECT_OR_NULL),
    ],
};

const ONE: &[Operation] = &[ServerShow, ServerUpdate, ServerRebuild];
