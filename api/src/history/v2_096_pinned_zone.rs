//! 2.96: servers show the availability zone they are pinned to.
//!
//! Source: Nova's REST API version history, section 2.96.

use crate::Microversion;
use crate::Operation::{self, ServerDetail, ServerRebuild, ServerShow, ServerUpdate};
use crate::change::{Entry, shown};
use crate::rules::STRING_OR_NULL;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(96),
    title: "Servers show the availability zone they are pinned to",
    changes: &[
        shown(ONE, "/server/pinned_availability_zone", STRING_OR_NULL),
        shown(&[ServerDetail], "/servers/*/pinned_availability_zone", STRING_OR_NULL),
    ],
};

const ONE: &[Operation] = &[ServerShow, ServerUpdate, ServerRebuild];
