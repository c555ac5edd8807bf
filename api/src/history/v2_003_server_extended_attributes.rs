//! 2.3: administrators see more of a server's attributes, and everyone whether an attached volume goes with the
//! server.
//!
//! Source: Nova's REST API version history, section 2.3.

use crate::Microversion;
use crate::Operation::{ServerDetail, ServerShow};
use crate::change::{Entry, shown, to_admins};
use crate::rules::{INTEGER_OR_NULL, STRING, STRING_OR_NULL, TRUTH, USER_DATA_OR_NULL};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(3),
    title: "Servers show more of their extended attributes to administrators",
    changes: &[
        to_admins(&[ServerShow], "/server/OS-EXT-SRV-ATTR:hostname", STRING),
        to_admins(&[ServerDetail], "/servers/*/OS-EXT-SRV-ATTR:hostname", STRING),
        to_admins(&[ServerShow], "/server/OS-EXT-SRV-ATTR:kernel_id", STRING_OR_NULL),
        to_admins(&[ServerDetail], "/servers/*/OS-EXT-SRV-ATTR:kernel_id", STRING_OR_NULL),
        to_admins(&[ServerShow], "/server/OS-EXT-SRV-ATTR:launch_index", INTEGER_OR_NULL),
        to_admins(&[ServerDetail], "/servers/*/OS-EXT-SRV-ATTR:launch_index", INTEGER_OR_NULL),
        to_admins(&[ServerShow], "/server/OS-EXT-SRV-ATTR:ramdisk_id", STRING_OR_NULL),
        to_admins(&[ServerDetail], "/servers/*/OS-EXT-SRV-ATTR:ramdisk_id", STRING_OR_NULL),
        to_admins(&[ServerShow], "/server/OS-EXT-SRV-ATTR:reservation_id", STRING_OR_NULL),
        to_admins(&[ServerDetail], "/servers/*/OS-EXT-SRV-ATTR:reservation_id", STRING_OR_NULL),
        to_admins(&[ServerShow], "/server/OS-EXT-SRV-ATTR:root_device_name", STRING_OR_NULL),
        to_admins(&[ServerDetail], "/servers/*/OS-EXT-SRV-ATTR:root_device_name", STRING_OR_NULL),
        to_admins(&[ServerShow], "/server/OS-EXT-SRV-ATTR:user_data", USER_DATA_OR_NULL),
        to_admins(&[ServerDetail], "/servers/*/OS-EXT-SRV-ATTR:user_data", USER_DATA_OR_NULL),
        shown(
            &[ServerShow],
            "/server/os-extended-volumes:volumes_attached/*/delete_on_termination",
            TRUTH,
        ),
        shown(
            &[ServerDetail],
            "/servers/*/os-extended-volumes:volumes_attached/*/delete_on_termination",
            TRUTH,
        ),
    ],
};
