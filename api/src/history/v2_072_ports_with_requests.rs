//! 2.72: ports with resource requests can be used for new servers.
//!
//! Not described: the ports of this project's clouds request none.
//!
//! Source: Nova's REST API version history, section 2.72.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(72),
    title: "Ports with resource requests can be used for new servers",
    changes: &[],
};
