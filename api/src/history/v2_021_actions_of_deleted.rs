//! 2.21: actions of deleted servers are answered.
//!
//! Source: Nova's REST API version history, section 2.21.

use crate::Microversion;
use crate::Operation::{InstanceActionList, InstanceActionShow};
use crate::change::{Behavior, Entry, Now, change};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(21),
    title: "Actions of deleted servers are answered",
    changes: &[
        change(&[InstanceActionList, InstanceActionShow], Now::Behaves(Behavior::AnswersOfDeleted)),
    ],
};
