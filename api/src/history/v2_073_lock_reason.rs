//! 2.73: a lock can have a reason, which servers show, and lists can be filtered and sorted by whether servers are
//! locked.
//!
//! Source: Nova's REST API version history, section 2.73.

use crate::Microversion;
use crate::Operation::{
    self, ServerDetail, ServerList, ServerLock, ServerRebuild, ServerShow, ServerUpdate,
};
use crate::change::{Entry, Now, change, optional, query, required, shown};
use crate::rules::{OBJECT_OR_NULL, SERVER_SORT_KEY_OR_LOCKED, SHORT_TEXT, STRING, STRING_OR_NULL};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(73),
    title: "A lock can have a reason",
    changes: &[
        required(&[ServerLock], "/lock", OBJECT_OR_NULL),
        optional(&[ServerLock], "/lock/locked_reason", SHORT_TEXT),
        shown(ONE, "/server/locked_reason", STRING_OR_NULL),
        shown(&[ServerDetail], "/servers/*/locked_reason", STRING_OR_NULL),
        query(LISTS, "locked", STRING),
        query(LISTS, "sort_key", SERVER_SORT_KEY_OR_LOCKED),
        change(LISTS, Now::Opens(&["locked"])),
    ],
};

const ONE: &[Operation] = &[ServerShow, ServerUpdate, ServerRebuild];
const LISTS: &[Operation] = &[ServerList, ServerDetail];
