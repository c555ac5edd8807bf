//! 2.60: a volume can be attached to several servers.
//!
//! Not described: the volumes of this project's clouds are each attached to one.
//!
//! Source: Nova's REST API version history, section 2.60.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(60),
    title: "A volume can be attached to several servers",
    changes: &[],
};
