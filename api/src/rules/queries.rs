//! What the parameters of queries may be.

use serde_json::{Value, json};

use crate::change::Rule;

rule!(
    /// A regular expression as Python reads it, and not the empty one.
    PATTERN, "regular expression", json!({"type": "string", "format": "regex"})
);
rule!(
    /// A date and time in most forms of ISO 8601.
    TIME, "date and time", json!({"type": "string", "format": "date-time"})
);
rule!(
    /// A string, given once.
    ONE_STRING, "string, given once",
    json!({"type": "array", "items": {"type": "string"}, "maxItems": 1})
);
rule!(
    /// A date and time, given once.
    ONE_TIME, "date and time, given once",
    json!({"type": "array", "items": {"type": "string", "format": "date-time"}, "maxItems": 1})
);
rule!(
    /// A count of items, given once.
    ONE_COUNT, "non-negative integer, given once",
    json!({"type": "array", "items": (super::NON_NEGATIVE.schema)(), "maxItems": 1})
);
rule!(
    /// What servers are sorted by. Many of the keys are taken and do nothing.
    SERVER_SORT_KEY, "sort key of servers",
    one_of(SORT_KEYS.iter().chain(IDLE_SORT_KEYS))
);
rule!(
    /// What servers are sorted by, whether they are locked too. Nova prints the names in an order that changes from
    /// one start to the next.
    SERVER_SORT_KEY_OR_LOCKED, "sort key of servers, locked too",
    one_of([LOCKED].iter().chain(SORT_KEYS).chain(IDLE_SORT_KEYS.iter().filter(|key| **key != LOCKED)))
);
rule!(
    /// What servers are sorted by, without the keys that do nothing.
    SERVER_SORT_KEY_STRICTLY, "sort key of servers, strictly",
    one_of([LOCKED].iter().chain(SORT_KEYS))
);
rule!(
    /// What flavors are sorted by.
    FLAVOR_SORT_KEY, "sort key of flavors", json!({
        "type": "string",
        "enum": [
            "created_at", "description", "disabled", "ephemeral_gb", "flavorid", "id", "is_public",
            "memory_mb", "name", "root_gb", "rxtx_factor", "swap", "updated_at", "vcpu_weight",
            "vcpus",
        ],
    })
);
rule!(
    /// What flavors are sorted by, without a field they no longer show.
    FLAVOR_SORT_KEY_WITHOUT_RXTX, "sort key of flavors, without rxtx_factor", json!({
        "type": "string",
        "enum": [
            "created_at", "description", "disabled", "ephemeral_gb", "flavorid", "id", "is_public",
            "memory_mb", "name", "root_gb", "swap", "updated_at", "vcpu_weight", "vcpus",
        ],
    })
);
rule!(
    /// Upwards or downwards.
    SORT_DIRECTION, "sort direction", json!({"type": "string", "enum": ["asc", "desc"]})
);

fn one_of<'k>(keys: impl Iterator<Item = &'k &'k str>) -> Value {
    json!({"type": "string", "enum": keys.collect::<Vec<_>>()})
}

const LOCKED: &str = "locked";

const SORT_KEYS: &[&str] = &[
    "access_ip_v4",
    "access_ip_v6",
    "auto_disk_config",
    "availability_zone",
    "config_drive",
    "created_at",
    "display_description",
    "display_name",
    "host",
    "hostname",
    "image_ref",
    "instance_type_id",
    "kernel_id",
    "key_name",
    "launch_index",
    "launched_at",
    "locked_by",
    "node",
    "power_state",
    "progress",
    "project_id",
    "ramdisk_id",
    "root_device_name",
    "task_state",
    "terminated_at",
    "updated_at",
    "user_id",
    "uuid",
    "vm_state",
];

const IDLE_SORT_KEYS: &[&str] = &[
    "architecture",
    "cell_name",
    "cleaned",
    "default_ephemeral_device",
    "default_swap_device",
    "deleted",
    "deleted_at",
    "disable_terminate",
    "ephemeral_gb",
    "ephemeral_key_uuid",
    "id",
    "key_data",
    "launched_on",
    "locked",
    "memory_mb",
    "os_type",
    "reservation_id",
    "root_gb",
    "shutdown_terminate",
    "user_data",
    "vcpus",
    "vm_mode",
];
