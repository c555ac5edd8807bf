//! 2.51: everyone who may see an action sees its events; their tracebacks stay the administrators'. (Servers learn
//! that a volume has grown.)
//!
//! Source: Nova's REST API version history, section 2.51.

use crate::Microversion;
use crate::Operation::InstanceActionShow;
use crate::change::{Entry, shown};
use crate::rules::ARRAY;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(51),
    title: "Servers learn that a volume has grown",
    changes: &[
        shown(&[InstanceActionShow], "/instanceAction/events", ARRAY),
    ],
};
