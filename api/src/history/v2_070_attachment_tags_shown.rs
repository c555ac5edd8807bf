//! 2.70: attachments show their device tag.
//!
//! Source: Nova's REST API version history, section 2.70.

use crate::Microversion;
use crate::Operation::{VolumeAttachmentList, VolumeAttachmentShow};
use crate::change::{Entry, shown};
use crate::rules::TAG_OR_NULL;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(70),
    title: "Attachments show their device tag",
    changes: &[
        shown(&[VolumeAttachmentShow], "/volumeAttachment/tag", TAG_OR_NULL),
        shown(&[VolumeAttachmentList], "/volumeAttachments/*/tag", TAG_OR_NULL),
    ],
};
