//! 2.58: the list of a server's actions is paged with `limit` and `marker`, and actions say when they changed last.
//! Query parameters that are not known are refused by it from here on.
//!
//! Source: Nova's REST API version history, section 2.58.

use crate::Microversion;
use crate::Operation::{InstanceActionList, InstanceActionShow};
use crate::change::{Entry, Output::Sometimes, query, shown, shows, strict};
use crate::rules::{LINKS, ONE_COUNT, ONE_STRING, ONE_TIME, TIMESTAMP_OR_NULL};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(58),
    title: "The list of a server's actions is paged",
    changes: &[
        query(&[InstanceActionList], "limit", ONE_COUNT),
        query(&[InstanceActionList], "marker", ONE_STRING),
        query(&[InstanceActionList], "changes-since", ONE_TIME),
        strict(&[InstanceActionList]),
        shows(&[InstanceActionList], "/links", Sometimes(LINKS)),
        shown(&[InstanceActionList], "/instanceActions/*/updated_at", TIMESTAMP_OR_NULL),
        shown(&[InstanceActionShow], "/instanceAction/updated_at", TIMESTAMP_OR_NULL),
    ],
};
