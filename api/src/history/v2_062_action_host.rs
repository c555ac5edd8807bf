//! 2.62: the events of actions show the host's id to everyone and its name to administrators.
//!
//! Source: Nova's REST API version history, section 2.62.

use crate::Microversion;
use crate::Operation::InstanceActionShow;
use crate::change::{Entry, shown, to_admins};
use crate::rules::STRING;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(62),
    title: "Actions show their host to administrators",
    changes: &[
        shown(&[InstanceActionShow], "/instanceAction/events/*/hostId", STRING),
        to_admins(&[InstanceActionShow], "/instanceAction/events/*/host", STRING),
    ],
};
