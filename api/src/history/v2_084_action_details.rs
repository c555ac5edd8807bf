//! 2.84: the events of actions show administrators the details of a failure.
//!
//! Source: Nova's REST API version history, section 2.84.

use crate::Microversion;
use crate::Operation::InstanceActionShow;
use crate::change::{Entry, to_admins};
use crate::rules::STRING_OR_NULL;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(84),
    title: "Failed events of an action show details",
    changes: &[
        to_admins(&[InstanceActionShow], "/instanceAction/events/*/details", STRING_OR_NULL),
    ],
};
