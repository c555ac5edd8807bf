//! 2.61: flavors show their extra specs.
//!
//! Source: Nova's REST API version history, section 2.61.

use crate::Microversion;
use crate::Operation::{FlavorDetail, FlavorShow};
use crate::change::{Entry, Output::Sometimes, shows};
use crate::rules::STRINGS;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(61),
    title: "Flavors show their extra specs",
    changes: &[
        // A policy of its own decides who sees them; by default everyone who may read.
        shows(&[FlavorShow], "/flavor/extra_specs", Sometimes(STRINGS)),
        shows(&[FlavorDetail], "/flavors/*/extra_specs", Sometimes(STRINGS)),
    ],
};
