//! 2.68: forced live migration and evacuation are gone.
//!
//! Source: Nova's REST API version history, section 2.68.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(68),
    title: "Forced live migration and evacuation are gone",
    changes: &[],
};
