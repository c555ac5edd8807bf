//! 2.54: rebuild takes the name of a keypair, which is looked up among those of the caller; null leaves the server
//! without one.
//!
//! Source: Nova's REST API version history, section 2.54; the Compute API reference, "Rebuild server".

use crate::Microversion;
use crate::Operation::ServerRebuild;
use crate::change::{Entry, optional, shown};
use crate::rules::{NAME_OR_NULL, STRING_OR_NULL};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(54),
    title: "Rebuild takes a key name, looked up for the caller",
    changes: &[
        optional(&[ServerRebuild], "/rebuild/key_name", NAME_OR_NULL),
        shown(&[ServerRebuild], "/server/key_name", STRING_OR_NULL),
    ],
};
