//! 2.98: servers show the properties of their image.
//!
//! Source: Nova's REST API version history, section 2.98.

use crate::Microversion;
use crate::Operation::{self, ServerDetail, ServerRebuild, ServerShow, ServerUpdate};
use crate::change::{Entry, shown};
use crate::rules::IMAGE_PROPERTIES;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(98),
    title: "Servers show the properties of their image",
    changes: &[
        shown(ONE, "/server/image/properties", IMAGE_PROPERTIES),
        shown(&[ServerDetail], "/servers/*/image/properties", IMAGE_PROPERTIES),
    ],
};

const ONE: &[Operation] = &[ServerShow, ServerUpdate, ServerRebuild];
