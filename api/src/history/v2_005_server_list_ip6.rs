//! 2.5: everyone may filter the list of servers by ip6.
//!
//! Source: Nova's REST API version history, section 2.5.

use crate::Microversion;
use crate::Operation::{ServerDetail, ServerList};
use crate::change::{Entry, Now, change};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(5),
    title: "Everyone may filter the list of servers by ip6",
    changes: &[
        change(&[ServerList, ServerDetail], Now::Opens(&["ip6"])),
    ],
};
