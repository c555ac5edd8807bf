//! 2.27: the version header common to all services is understood.
//!
//! Source: Nova's REST API version history, section 2.27.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(27),
    title: "The version header common to all services is understood",
    changes: &[],
};
