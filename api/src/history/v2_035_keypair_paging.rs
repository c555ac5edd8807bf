//! 2.35: the list of keypairs is sorted by name and paged with `limit` and `marker`; a page that is
//! not the last links to the next. Before, both parameters are ignored.
//!
//! Source: Nova's REST API version history, section 2.35.

use crate::Microversion;
use crate::Operation::KeypairList;
use crate::change::{At, Audience::Everyone, Behavior, Entry, Input, Now, Output::Sometimes, change};
use crate::rules::{LINKS, NON_NEGATIVE, STRING};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(35),
    title: "The list of keypairs is paged",
    changes: &[
        change(&[KeypairList], Now::Takes(At::Query("limit"), Input::Optional(NON_NEGATIVE))),
        change(&[KeypairList], Now::Takes(At::Query("marker"), Input::Optional(STRING))),
        change(
            &[KeypairList],
            Now::Shows(At::Body("/keypairs_links"), Everyone, Sometimes(LINKS)),
        ),
        change(&[KeypairList], Now::Behaves(Behavior::Pages)),
    ],
};
