//! 2.19: servers have a description, which create, update and rebuild take. Before, a server's name is its
//! description.
//!
//! Source: Nova's REST API version history, section 2.19.

use crate::Microversion;
use crate::Operation::{self, ServerCreate, ServerDetail, ServerRebuild, ServerShow, ServerUpdate};
use crate::change::{Behavior, Entry, Now, change, optional, shown};
use crate::rules::{DESCRIPTION, STRING_OR_NULL};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(19),
    title: "Servers have a description",
    changes: &[
        optional(&[ServerCreate, ServerUpdate], "/server/description", DESCRIPTION),
        optional(&[ServerRebuild], "/rebuild/description", DESCRIPTION),
        change(&[ServerCreate], Now::BehavesNoMore(Behavior::DescribesByName)),
        shown(ONE, "/server/description", STRING_OR_NULL),
        shown(&[ServerDetail], "/servers/*/description", STRING_OR_NULL),
    ],
};

const ONE: &[Operation] = &[ServerShow, ServerUpdate, ServerRebuild];
