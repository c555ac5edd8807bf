//! 2.56: cold migration can name its target.
//!
//! Source: Nova's REST API version history, section 2.56.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(56),
    title: "Cold migration can name its target",
    changes: &[],
};
