//! 2.103: the old alias for servers is gone.
//!
//! Source: Nova's REST API version history, section 2.103.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(103),
    title: "The old alias for servers is gone",
    changes: &[],
};
