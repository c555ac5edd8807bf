//! 2.102: what 2.75 began: query parameters that are not known are refused by every operation.
//! (Flavors lose two fields.)
//!
//! Source: Nova's REST API version history, section 2.102.

use crate::Microversion;
use crate::Operation::{ExtensionList, ExtensionShow};
use crate::change::{At, Entry, Input, Now, change};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(102),
    title: "Unknown query parameters are refused everywhere, and flavors lose two fields",
    changes: &[change(
        &[ExtensionList, ExtensionShow],
        Now::Takes(At::OtherQuery, Input::Refused),
    )],
};
