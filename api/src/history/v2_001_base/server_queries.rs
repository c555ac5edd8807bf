//! The queries of the lists of servers at 2.1: filters, order, pages.
//!
//! Nova knows many filters, and drops most of them unless the caller may use all: by default an administrator.

use crate::Operation::{self, ServerDetail, ServerList};
use crate::change::{Change, Now, change, query};
use crate::rules::{NON_NEGATIVE, PATTERN, SERVER_SORT_KEY, STRING, TIME, UNHEEDED};

pub(super) const CHANGES: &[Change] = &[
    query(LISTS, "user_id", STRING),
    query(LISTS, "project_id", STRING),
    query(LISTS, "tenant_id", STRING),
    query(LISTS, "launch_index", STRING),
    query(LISTS, "image_ref", STRING),
    query(LISTS, "image", STRING),
    query(LISTS, "kernel_id", PATTERN),
    query(LISTS, "ramdisk_id", PATTERN),
    query(LISTS, "hostname", PATTERN),
    query(LISTS, "key_name", PATTERN),
    query(LISTS, "power_state", PATTERN),
    query(LISTS, "vm_state", STRING),
    query(LISTS, "task_state", STRING),
    query(LISTS, "host", STRING),
    query(LISTS, "node", PATTERN),
    query(LISTS, "flavor", PATTERN),
    query(LISTS, "reservation_id", PATTERN),
    query(LISTS, "launched_at", PATTERN),
    query(LISTS, "terminated_at", PATTERN),
    query(LISTS, "availability_zone", PATTERN),
    query(LISTS, "name", PATTERN),
    query(LISTS, "display_name", PATTERN),
    query(LISTS, "description", PATTERN),
    query(LISTS, "display_description", PATTERN),
    query(LISTS, "locked_by", PATTERN),
    query(LISTS, "uuid", STRING),
    query(LISTS, "root_device_name", PATTERN),
    query(LISTS, "config_drive", PATTERN),
    query(LISTS, "access_ip_v4", PATTERN),
    query(LISTS, "access_ip_v6", PATTERN),
    query(LISTS, "auto_disk_config", PATTERN),
    query(LISTS, "progress", PATTERN),
    query(LISTS, "sort_key", SERVER_SORT_KEY),
    query(LISTS, "sort_dir", STRING),
    query(LISTS, "all_tenants", STRING),
    // Heeded where deleted servers are kept for a while, which no version says.
    query(LISTS, "soft_deleted", UNHEEDED),
    query(LISTS, "deleted", STRING),
    query(LISTS, "status", STRING),
    query(LISTS, "changes-since", TIME),
    query(LISTS, "ip", PATTERN),
    query(LISTS, "ip6", PATTERN),
    query(LISTS, "created_at", PATTERN),
    // Names of tables: known, so that they can be refused to those who may use every filter.
    query(LISTS, "block_device_mapping", STRING),
    query(LISTS, "services", STRING),
    query(LISTS, "metadata", STRING),
    query(LISTS, "system_metadata", STRING),
    query(LISTS, "info_cache", STRING),
    query(LISTS, "security_groups", STRING),
    query(LISTS, "pci_devices", STRING),
    query(LISTS, "limit", NON_NEGATIVE),
    query(LISTS, "marker", STRING),
    // Names of Nova's own use, refused likewise.
    query(LISTS, "_*", STRING),
    change(LISTS, Now::Opens(OPEN)),
];

const LISTS: &[Operation] = &[ServerList, ServerDetail];

const OPEN: &[&str] = &[
    "reservation_id",
    "name",
    "status",
    "image",
    "flavor",
    "ip",
    "changes-since",
    "all_tenants",
];
