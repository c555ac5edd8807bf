//! The bodies of create, update and rebuild of servers, at 2.1. The order of the fields is the order in which Nova
//! checks them.

use crate::Operation::{self, ServerCreate, ServerRebuild, ServerUpdate};
use crate::change::{Behavior, Change, Now, change, optional, required};
use crate::rules::{
    BLOCK_DEVICE, BOOLEAN, DISK_CONFIG, FLAVOR_REF, IPV4, IPV6, METADATA, NAME, NETWORKS, OBJECT,
    OLD_BLOCK_DEVICES, PERSONALITY, POSITIVE, SCHEDULER_HINTS, SECURITY_GROUPS_TO_USE, STRING,
    USER_DATA, UUID, UUID_OR_EMPTY,
};
use crate::rules::ARRAY;

pub(super) const CHANGES: &[Change] = &[
    // Create
    required(CREATE, "/server", OBJECT),
    required(CREATE, "/server/name", NAME),
    optional(CREATE, "/server/imageRef", UUID_OR_EMPTY),
    required(CREATE, "/server/flavorRef", FLAVOR_REF),
    optional(CREATE, "/server/adminPass", STRING),
    optional(CREATE, "/server/metadata", METADATA),
    optional(CREATE, "/server/networks", NETWORKS),
    optional(CREATE, "/server/OS-DCF:diskConfig", DISK_CONFIG),
    optional(CREATE, "/server/accessIPv4", IPV4),
    optional(CREATE, "/server/accessIPv6", IPV6),
    optional(CREATE, "/server/personality", PERSONALITY),
    optional(CREATE, "/server/availability_zone", NAME),
    optional(CREATE, "/server/block_device_mapping", OLD_BLOCK_DEVICES),
    optional(CREATE, "/server/block_device_mapping_v2", ARRAY),
    optional(CREATE, "/server/block_device_mapping_v2/*", BLOCK_DEVICE),
    optional(CREATE, "/server/config_drive", BOOLEAN),
    optional(CREATE, "/server/key_name", NAME),
    optional(CREATE, "/server/min_count", POSITIVE),
    optional(CREATE, "/server/max_count", POSITIVE),
    optional(CREATE, "/server/return_reservation_id", BOOLEAN),
    optional(CREATE, "/server/security_groups", SECURITY_GROUPS_TO_USE),
    optional(CREATE, "/server/user_data", USER_DATA),
    optional(CREATE, "/os:scheduler_hints", SCHEDULER_HINTS),
    optional(CREATE, "/OS-SCH-HNT:scheduler_hints", SCHEDULER_HINTS),
    change(CREATE, Now::Behaves(Behavior::DescribesByName)),
    // Update
    required(UPDATE, "/server", OBJECT),
    optional(UPDATE, "/server/name", NAME),
    optional(UPDATE, "/server/OS-DCF:diskConfig", DISK_CONFIG),
    optional(UPDATE, "/server/accessIPv4", IPV4),
    optional(UPDATE, "/server/accessIPv6", IPV6),
    // Rebuild
    required(REBUILD, "/rebuild", OBJECT),
    optional(REBUILD, "/rebuild/name", NAME),
    required(REBUILD, "/rebuild/imageRef", UUID),
    optional(REBUILD, "/rebuild/adminPass", STRING),
    optional(REBUILD, "/rebuild/metadata", METADATA),
    optional(REBUILD, "/rebuild/preserve_ephemeral", BOOLEAN),
    optional(REBUILD, "/rebuild/OS-DCF:diskConfig", DISK_CONFIG),
    optional(REBUILD, "/rebuild/accessIPv4", IPV4),
    optional(REBUILD, "/rebuild/accessIPv6", IPV6),
    optional(REBUILD, "/rebuild/personality", PERSONALITY),
];

const CREATE: &[Operation] = &[ServerCreate];
const UPDATE: &[Operation] = &[ServerUpdate];
const REBUILD: &[Operation] = &[ServerRebuild];
