//! The legacy endpoint (`/v2`, and `/v1.1` before it): the 2.1 API for clients that were written
//! before microversions. It knows no versions; these changes on top of 2.1 are all its difference.
//!
//! Source: the Compute API guide, "Microversions", and answers of a real Nova.

use crate::Operation::{
    self, KeypairCreate, MetadataCreate, MetadataReplace, MetadataUpdate, QuotaUpdate,
    ServerConfirmResize, ServerCreate, ServerDetail, ServerGroupCreate, ServerList, ServerLock,
    ServerPause, ServerReboot, ServerRebuild, ServerRescue, ServerResetState, ServerResize,
    ServerResume, ServerRevertResize, ServerShelve, ServerStart, ServerStop, ServerSuspend,
    ServerUnlock, ServerUnpause, ServerUnrescue, ServerUnshelve, ServerUpdate,
};
use crate::change::{Behavior, Change, Now, change, optional, query, required};
use crate::rules::{LEGACY_NAME, LEGACY_SECURITY_GROUPS_TO_USE, STRING, USER_DATA_OR_NULL};

pub(crate) const CHANGES: &[Change] = &[
    change(WITH_BODY, Now::Behaves(Behavior::DropsUnknownProperties)),
    change(
        &[KeypairCreate, ServerCreate, ServerUpdate, ServerRebuild],
        Now::Behaves(Behavior::TrimsName),
    ),
    required(&[KeypairCreate], "/keypair/name", LEGACY_NAME),
    required(&[ServerCreate], "/server/name", LEGACY_NAME),
    optional(&[ServerCreate], "/server/availability_zone", LEGACY_NAME),
    optional(&[ServerCreate], "/server/key_name", LEGACY_NAME),
    optional(
        &[ServerCreate],
        "/server/security_groups",
        LEGACY_SECURITY_GROUPS_TO_USE,
    ),
    optional(&[ServerCreate], "/server/user_data", USER_DATA_OR_NULL),
    optional(&[ServerUpdate], "/server/name", LEGACY_NAME),
    optional(&[ServerRebuild], "/rebuild/name", LEGACY_NAME),
    // The queries of these lists are not checked at all before they are obeyed.
    query(&[ServerList, ServerDetail], "*", STRING),
];

const WITH_BODY: &[Operation] = &[
    KeypairCreate,
    QuotaUpdate,
    ServerCreate,
    ServerUpdate,
    ServerRebuild,
    ServerStart,
    ServerStop,
    ServerReboot,
    ServerPause,
    ServerUnpause,
    ServerSuspend,
    ServerResume,
    ServerLock,
    ServerUnlock,
    ServerRescue,
    ServerUnrescue,
    ServerResize,
    ServerConfirmResize,
    ServerRevertResize,
    ServerShelve,
    ServerUnshelve,
    ServerResetState,
    MetadataCreate,
    MetadataReplace,
    MetadataUpdate,
    ServerGroupCreate,
];
