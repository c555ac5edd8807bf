//! 2.90: create, update and rebuild take a server's hostname, and everyone sees it and may filter by it.
//!
//! Source: Nova's REST API version history, section 2.90.

use crate::Microversion;
use crate::Operation::{
    self, ServerCreate, ServerDetail, ServerList, ServerRebuild, ServerShow, ServerUpdate,
};
use crate::change::{Entry, Now, change, optional, shown};
use crate::rules::{HOSTNAME, STRING};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(90),
    title: "A server's hostname can be set",
    changes: &[
        optional(&[ServerCreate, ServerUpdate], "/server/hostname", HOSTNAME),
        optional(&[ServerRebuild], "/rebuild/hostname", HOSTNAME),
        shown(ONE, "/server/OS-EXT-SRV-ATTR:hostname", STRING),
        shown(&[ServerDetail], "/servers/*/OS-EXT-SRV-ATTR:hostname", STRING),
        change(&[ServerList, ServerDetail], Now::Opens(&["hostname"])),
    ],
};

const ONE: &[Operation] = &[ServerShow, ServerUpdate, ServerRebuild];
