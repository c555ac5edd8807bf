//! 2.10: administrators may act on the keypairs of other users: `user_id` in the body of create and
//! in the query of list, show and delete. Without the right it is 403.
//!
//! Source: Nova's REST API version history, section 2.10; the specification "Allow admins to query
//! and create keypairs owned by any user".

use crate::Microversion;
use crate::Operation::{KeypairCreate, KeypairDelete, KeypairList, KeypairShow};
use crate::change::{At, Behavior, Entry, Input, Now, change};
use crate::rules::STRING;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(10),
    title: "Administrators may act on the keypairs of other users",
    changes: &[
        change(
            &[KeypairCreate],
            Now::Takes(At::Body("/keypair/user_id"), Input::Optional(STRING)),
        ),
        change(
            &[KeypairList, KeypairShow, KeypairDelete],
            Now::Takes(At::Query("user_id"), Input::Optional(STRING)),
        ),
        change(
            &[KeypairCreate, KeypairList, KeypairShow, KeypairDelete],
            Now::Behaves(Behavior::ActsForUser),
        ),
    ],
};
