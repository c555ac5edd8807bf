//! Servers, their actions, and what belongs to one server, at 2.1.

use crate::Operation::{
    self, AddressList, AddressShow, InstanceActionList, InstanceActionShow, MetadataCreate,
    MetadataDelete, MetadataList, MetadataReplace, MetadataShow, MetadataUpdate, PasswordClear,
    PasswordShow, ServerConfirmResize, ServerCreate, ServerDelete, ServerDetail, ServerList,
    ServerLock, ServerPause, ServerReboot, ServerRebuild, ServerRescue, ServerResetState,
    ServerResize, ServerResume, ServerRevertResize, ServerShelve, ServerShow, ServerStart,
    ServerStop, ServerSuspend, ServerUnlock, ServerUnpause, ServerUnrescue, ServerUnshelve,
    ServerUpdate, VolumeAttachmentList, VolumeAttachmentShow,
};
use crate::change::{Change, Now, change};

pub(super) const CHANGES: &[Change] = &[
    change(READ, Now::Routed(true)),
    change(READ, Now::Status(200)),
    change(ACCEPTED, Now::Routed(true)),
    change(ACCEPTED, Now::Status(202)),
    change(DONE, Now::Routed(true)),
    change(DONE, Now::Status(204)),
];

const READ: &[Operation] = &[
    ServerList,
    ServerDetail,
    ServerShow,
    ServerUpdate,
    // It answers the password, so it is the one action with a body of its own but rebuild.
    ServerRescue,
    MetadataList,
    MetadataCreate,
    MetadataReplace,
    MetadataShow,
    MetadataUpdate,
    PasswordShow,
    AddressList,
    AddressShow,
    InstanceActionList,
    InstanceActionShow,
    VolumeAttachmentList,
    VolumeAttachmentShow,
];

const ACCEPTED: &[Operation] = &[
    ServerCreate,
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
    ServerUnrescue,
    ServerResize,
    ServerRevertResize,
    ServerShelve,
    ServerUnshelve,
    ServerResetState,
];

const DONE: &[Operation] = &[ServerDelete, ServerConfirmResize, MetadataDelete, PasswordClear];
