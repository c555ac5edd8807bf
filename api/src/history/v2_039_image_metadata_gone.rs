//! 2.39: the proxy for image metadata is gone, and its limit with it.
//!
//! Source: Nova's REST API version history, section 2.39.

use crate::Microversion;
use crate::Operation::LimitsShow;
use crate::change::{At, Entry, Now, change};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(39),
    title: "The proxy for image metadata is gone, and its limit with it",
    changes: &[change(&[LimitsShow], Now::Hides(At::Body("/limits/absolute/maxImageMeta")))],
};
