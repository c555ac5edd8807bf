//! 2.13: server groups show their project and user.
//!
//! Source: Nova's REST API version history, section 2.13.

use crate::Microversion;
use crate::Operation::{self, ServerGroupCreate, ServerGroupList, ServerGroupShow};
use crate::change::{Entry, shown};
use crate::rules::{PROJECT_ID, USER_ID};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(13),
    title: "Server groups show their project and user",
    changes: &[
        shown(ONE_GROUP, "/server_group/project_id", PROJECT_ID),
        shown(&[ServerGroupList], "/server_groups/*/project_id", PROJECT_ID),
        shown(ONE_GROUP, "/server_group/user_id", USER_ID),
        shown(&[ServerGroupList], "/server_groups/*/user_id", USER_ID),
    ],
};

const ONE_GROUP: &[Operation] = &[ServerGroupCreate, ServerGroupShow];
