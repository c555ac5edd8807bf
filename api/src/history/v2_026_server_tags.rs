//! 2.26: servers have tags: six operations on them, a field of the answers, and four filters of the lists.
//!
//! Source: Nova's REST API version history, section 2.26; the Compute API reference, "Server tags".

use crate::Microversion;
use crate::Operation::{
    self, ServerDetail, ServerList, ServerRebuild, ServerShow, ServerUpdate, TagAdd, TagDelete,
    TagDeleteAll, TagList, TagReplace, TagShow,
};
use crate::change::{Entry, Now, change, query, required, shown};
use crate::rules::{NULL, PATTERN, TAGS};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(26),
    title: "Servers have tags",
    changes: &[
        change(TAG_OPERATIONS, Now::Routed(true)),
        change(&[TagList, TagReplace], Now::Status(200)),
        change(&[TagShow, TagDelete, TagDeleteAll], Now::Status(204)),
        change(&[TagAdd], Now::Status(201)),
        // The tag was there already.
        change(&[TagAdd], Now::OrStatus(204)),
        required(&[TagAdd], "", NULL),
        required(&[TagReplace], "/tags", TAGS),
        shown(&[TagList, TagReplace], "/tags", TAGS),
        shown(ONE, "/server/tags", TAGS),
        shown(&[ServerDetail], "/servers/*/tags", TAGS),
        query(LISTS, "tags", PATTERN),
        query(LISTS, "tags-any", PATTERN),
        query(LISTS, "not-tags", PATTERN),
        query(LISTS, "not-tags-any", PATTERN),
        change(LISTS, Now::Opens(&["tags", "tags-any", "not-tags", "not-tags-any"])),
    ],
};

const ONE: &[Operation] = &[ServerShow, ServerUpdate, ServerRebuild];
const LISTS: &[Operation] = &[ServerList, ServerDetail];
const TAG_OPERATIONS: &[Operation] = &[
    TagList,
    TagReplace,
    TagDeleteAll,
    TagShow,
    TagAdd,
    TagDelete,
];
