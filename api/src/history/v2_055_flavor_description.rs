//! 2.55: flavors have a description.
//!
//! Source: Nova's REST API version history, section 2.55.

use crate::Microversion;
use crate::Operation::{FlavorDetail, FlavorList, FlavorShow};
use crate::change::{Entry, shown};
use crate::rules::STRING_OR_NULL;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(55),
    title: "Flavors have a description",
    changes: &[
        shown(&[FlavorShow], "/flavor/description", STRING_OR_NULL),
        shown(&[FlavorList, FlavorDetail], "/flavors/*/description", STRING_OR_NULL),
    ],
};
