//! 2.46: the request id is answered in the header common to all services.
//!
//! Source: Nova's REST API version history, section 2.46.

use crate::change::Entry;
use crate::Microversion;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(46),
    title: "The request id is answered in the header common to all services",
    changes: &[],
};
