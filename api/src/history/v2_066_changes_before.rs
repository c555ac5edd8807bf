//! 2.66: lists of servers, and of a server's actions, can be filtered by `changes-before`.
//!
//! Source: Nova's REST API version history, section 2.66.

use crate::Microversion;
use crate::Operation::{self, InstanceActionList, ServerDetail, ServerList};
use crate::change::{Entry, Now, change, query};
use crate::rules::{ONE_TIME, TIME};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(66),
    title: "Lists can be filtered by changes-before",
    changes: &[
        query(LISTS, "changes-before", TIME),
        change(LISTS, Now::Opens(&["changes-before"])),
        query(&[InstanceActionList], "changes-before", ONE_TIME),
    ],
};

const LISTS: &[Operation] = &[ServerList, ServerDetail];
