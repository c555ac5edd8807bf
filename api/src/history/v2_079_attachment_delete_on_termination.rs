//! 2.79: attachments say whether the volume goes with the server.
//!
//! Source: Nova's REST API version history, section 2.79.

use crate::Microversion;
use crate::Operation::{VolumeAttachmentList, VolumeAttachmentShow};
use crate::change::{Entry, shown};
use crate::rules::TRUTH;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(79),
    title: "Attachments say whether the volume goes with the server",
    changes: &[
        shown(&[VolumeAttachmentShow], "/volumeAttachment/delete_on_termination", TRUTH),
        shown(&[VolumeAttachmentList], "/volumeAttachments/*/delete_on_termination", TRUTH),
    ],
};
