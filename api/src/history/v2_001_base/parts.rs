//! What belongs to one server, at 2.1: metadata, password, addresses, actions done on it, attached volumes.

use crate::Operation::{
    AddressList, AddressShow, InstanceActionList, InstanceActionShow, MetadataCreate, MetadataList,
    MetadataReplace, MetadataShow, MetadataUpdate, PasswordShow, VolumeAttachmentList,
    VolumeAttachmentShow,
};
use crate::change::{
    Change, Output::Sometimes, query, required, shown, shows, to_admins,
};
use crate::rules::{
    ARRAY, DEVICE_OR_NULL, IP_ADDRESS, IP_VERSION, METADATA, METADATA_SHOWN, NON_NEGATIVE, OBJECT,
    ONE_METADATA_ITEM, ONE_METADATA_ITEM_SHOWN, PROJECT_ID_OR_NULL, STRING, STRING_OR_NULL,
    TIMESTAMP, TIMESTAMP_OR_NULL, USER_ID_OR_NULL, UUID,
};

pub(super) const CHANGES: &[Change] = &[
    // Metadata
    required(&[MetadataCreate, MetadataReplace], "/metadata", METADATA),
    required(&[MetadataUpdate], "/meta", ONE_METADATA_ITEM),
    shown(&[MetadataList, MetadataCreate, MetadataReplace], "/metadata", METADATA_SHOWN),
    shown(&[MetadataShow, MetadataUpdate], "/meta", ONE_METADATA_ITEM_SHOWN),
    // Password
    shown(&[PasswordShow], "/password", STRING),
    // Addresses: of one network the answer has no other root than the network's name.
    shown(&[AddressList], "/addresses", OBJECT),
    shown(&[AddressList], "/addresses/*", ARRAY),
    shown(&[AddressList], "/addresses/*/*", OBJECT),
    shown(&[AddressList], "/addresses/*/*/addr", IP_ADDRESS),
    shown(&[AddressList], "/addresses/*/*/version", IP_VERSION),
    shown(&[AddressShow], "/*", ARRAY),
    shown(&[AddressShow], "/*/*", OBJECT),
    shown(&[AddressShow], "/*/*/addr", IP_ADDRESS),
    shown(&[AddressShow], "/*/*/version", IP_VERSION),
    // Actions
    shown(&[InstanceActionList], "/instanceActions", ARRAY),
    shown(&[InstanceActionList], "/instanceActions/*", OBJECT),
    shown(&[InstanceActionList], "/instanceActions/*/action", STRING),
    shown(&[InstanceActionList], "/instanceActions/*/instance_uuid", UUID),
    shown(&[InstanceActionList], "/instanceActions/*/message", STRING_OR_NULL),
    shown(&[InstanceActionList], "/instanceActions/*/project_id", PROJECT_ID_OR_NULL),
    shown(&[InstanceActionList], "/instanceActions/*/request_id", STRING),
    shown(&[InstanceActionList], "/instanceActions/*/start_time", TIMESTAMP),
    shown(&[InstanceActionList], "/instanceActions/*/user_id", USER_ID_OR_NULL),
    shown(&[InstanceActionShow], "/instanceAction", OBJECT),
    shown(&[InstanceActionShow], "/instanceAction/action", STRING),
    shown(&[InstanceActionShow], "/instanceAction/instance_uuid", UUID),
    shown(&[InstanceActionShow], "/instanceAction/message", STRING_OR_NULL),
    shown(&[InstanceActionShow], "/instanceAction/project_id", PROJECT_ID_OR_NULL),
    shown(&[InstanceActionShow], "/instanceAction/request_id", STRING),
    shown(&[InstanceActionShow], "/instanceAction/start_time", TIMESTAMP),
    shown(&[InstanceActionShow], "/instanceAction/user_id", USER_ID_OR_NULL),
    to_admins(&[InstanceActionShow], "/instanceAction/events", ARRAY),
    shown(&[InstanceActionShow], "/instanceAction/events/*", OBJECT),
    shown(&[InstanceActionShow], "/instanceAction/events/*/event", STRING),
    shown(&[InstanceActionShow], "/instanceAction/events/*/finish_time", TIMESTAMP_OR_NULL),
    shown(&[InstanceActionShow], "/instanceAction/events/*/result", STRING_OR_NULL),
    shown(&[InstanceActionShow], "/instanceAction/events/*/start_time", TIMESTAMP),
    to_admins(&[InstanceActionShow], "/instanceAction/events/*/traceback", STRING_OR_NULL),
    // Attached volumes
    query(&[VolumeAttachmentList], "limit", NON_NEGATIVE),
    query(&[VolumeAttachmentList], "offset", NON_NEGATIVE),
    shown(&[VolumeAttachmentList], "/volumeAttachments", ARRAY),
    shown(&[VolumeAttachmentList], "/volumeAttachments/*", OBJECT),
    shown(&[VolumeAttachmentList], "/volumeAttachments/*/id", UUID),
    shown(&[VolumeAttachmentList], "/volumeAttachments/*/serverId", UUID),
    shown(&[VolumeAttachmentList], "/volumeAttachments/*/volumeId", UUID),
    shows(&[VolumeAttachmentList], "/volumeAttachments/*/device", Sometimes(DEVICE_OR_NULL)),
    shown(&[VolumeAttachmentShow], "/volumeAttachment", OBJECT),
    shown(&[VolumeAttachmentShow], "/volumeAttachment/id", UUID),
    shown(&[VolumeAttachmentShow], "/volumeAttachment/serverId", UUID),
    shown(&[VolumeAttachmentShow], "/volumeAttachment/volumeId", UUID),
    shows(&[VolumeAttachmentShow], "/volumeAttachment/device", Sometimes(DEVICE_OR_NULL)),
];
