//! 2.74: administrators may name the host of a new server.
//!
//! Source: Nova's REST API version history, section 2.74.

use crate::Microversion;
use crate::Operation::ServerCreate;
use crate::change::{Entry, optional};
use crate::rules::FQDN;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(74),
    title: "Administrators may name the host of a new server",
    changes: &[
        optional(&[ServerCreate], "/server/host", FQDN),
        optional(&[ServerCreate], "/server/hypervisor_hostname", FQDN),
    ],
};
