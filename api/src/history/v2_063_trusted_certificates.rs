//! 2.63: create and rebuild take trusted image certificates.
//!
//! Source: Nova's REST API version history, section 2.63.

use crate::Microversion;
use crate::Operation::{self, ServerCreate, ServerDetail, ServerRebuild, ServerShow, ServerUpdate};
use crate::change::{Entry, optional, shown};
use crate::rules::{STRING_LIST_OR_NULL, TRUSTED_CERTIFICATES};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(63),
    title: "Create and rebuild take trusted image certificates",
    changes: &[
        optional(&[ServerCreate], "/server/trusted_image_certificates", TRUSTED_CERTIFICATES),
        optional(&[ServerRebuild], "/rebuild/trusted_image_certificates", TRUSTED_CERTIFICATES),
        shown(ONE, "/server/trusted_image_certificates", STRING_LIST_OR_NULL),
        shown(&[ServerDetail], "/servers/*/trusted_image_certificates", STRING_LIST_OR_NULL),
    ],
};

const ONE: &[Operation] = &[ServerShow, ServerUpdate, ServerRebuild];
