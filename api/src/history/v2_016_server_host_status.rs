//! 2.16: servers show the status of their host, to whom a policy of its own lets see it: administrators by default.
//!
//! Source: Nova's REST API version history, section 2.16.

use crate::Microversion;
use crate::Operation::{ServerDetail, ServerShow};
use crate::change::{Entry, Output::Sometimes, shows};
use crate::rules::HOST_STATUS;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(16),
    title: "Servers show the status of their host to administrators",
    changes: &[
        shows(&[ServerShow], "/server/host_status", Sometimes(HOST_STATUS)),
        shows(&[ServerDetail], "/servers/*/host_status", Sometimes(HOST_STATUS)),
    ],
};
