//! 2.89: attachments show their ids.
//!
//! Source: Nova's REST API version history, section 2.89.

use crate::Microversion;
use crate::Operation::{VolumeAttachmentList, VolumeAttachmentShow};
use crate::change::{Entry, hidden, shown};
use crate::rules::UUID;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(89),
    title: "Attachments show their ids",
    changes: &[
        hidden(&[VolumeAttachmentShow], "/volumeAttachment/id"),
        hidden(&[VolumeAttachmentList], "/volumeAttachments/*/id"),
        shown(&[VolumeAttachmentShow], "/volumeAttachment/attachment_id", UUID),
        shown(&[VolumeAttachmentList], "/volumeAttachments/*/attachment_id", UUID),
        shown(&[VolumeAttachmentShow], "/volumeAttachment/bdm_uuid", UUID),
        shown(&[VolumeAttachmentList], "/volumeAttachments/*/bdm_uuid", UUID),
    ],
};
