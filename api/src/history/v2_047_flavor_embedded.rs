//! 2.47: servers embed their flavor rather than link to it.
//!
//! Source: Nova's REST API version history, section 2.47.

use crate::Microversion;
use crate::Operation::{self, ServerDetail, ServerRebuild, ServerShow, ServerUpdate};
use crate::change::{Entry, Output::Sometimes, hidden, shown, shows};
use crate::rules::{INTEGER, STRING, STRINGS};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(47),
    title: "Servers embed their flavor rather than link to it",
    changes: &[
        hidden(ONE, "/server/flavor/id"),
        hidden(ONE, "/server/flavor/links"),
        hidden(&[ServerDetail], "/servers/*/flavor/id"),
        hidden(&[ServerDetail], "/servers/*/flavor/links"),
        shown(ONE, "/server/flavor/vcpus", INTEGER),
        shown(&[ServerDetail], "/servers/*/flavor/vcpus", INTEGER),
        shown(ONE, "/server/flavor/ram", INTEGER),
        shown(&[ServerDetail], "/servers/*/flavor/ram", INTEGER),
        shown(ONE, "/server/flavor/disk", INTEGER),
        shown(&[ServerDetail], "/servers/*/flavor/disk", INTEGER),
        shown(ONE, "/server/flavor/ephemeral", INTEGER),
        shown(&[ServerDetail], "/servers/*/flavor/ephemeral", INTEGER),
        shown(ONE, "/server/flavor/swap", INTEGER),
        shown(&[ServerDetail], "/servers/*/flavor/swap", INTEGER),
        shown(ONE, "/server/flavor/original_name", STRING),
        shown(&[ServerDetail], "/servers/*/flavor/original_name", STRING),
        // A policy of its own decides who sees them; by default everyone who may read.
        shows(ONE, "/server/flavor/extra_specs", Sometimes(STRINGS)),
        shows(&[ServerDetail], "/servers/*/flavor/extra_specs", Sometimes(STRINGS)),
    ],
};

const ONE: &[Operation] = &[ServerShow, ServerUpdate, ServerRebuild];
