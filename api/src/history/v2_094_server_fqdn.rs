//! 2.94: a server's hostname may be fully qualified.
//!
//! Source: Nova's REST API version history, section 2.94.

use crate::Microversion;
use crate::Operation::{ServerCreate, ServerRebuild, ServerUpdate};
use crate::change::{Entry, optional};
use crate::rules::FQDN;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(94),
    title: "A server's hostname may be fully qualified",
    changes: &[
        optional(&[ServerCreate, ServerUpdate], "/server/hostname", FQDN),
        optional(&[ServerRebuild], "/rebuild/hostname", FQDN),
    ],
};
