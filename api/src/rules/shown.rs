//! What answers hold.

use serde_json::json;

use crate::change::Rule;

rule!(
    /// A date and time, UTC, without a fraction: `2026-08-01T12:00:00Z`.
    MOMENT, "moment", json!({
        "type": "string",
        "format": "date-time",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
    })
);
rule!(
    /// A timestamp, or null for never.
    TIMESTAMP_OR_NULL, "timestamp or null", json!({
        "type": ["string", "null"],
        "format": "date-time",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}$",
    })
);
rule!(
    /// A string, or null.
    STRING_OR_NULL, "string or null", json!({"type": ["string", "null"]})
);
rule!(
    /// An integer, or null.
    INTEGER_OR_NULL, "integer or null", json!({"type": ["integer", "null"]})
);
rule!(
    /// True or false.
    TRUTH, "true or false", json!({"type": "boolean"})
);
rule!(
    /// An object whose members' names are free and whose values are strings.
    STRINGS, "names and strings",
    json!({"type": "object", "additionalProperties": {"type": "string"}})
);
rule!(
    /// An object, or null.
    OBJECT_OR_NULL, "object or null", json!({"type": ["object", "null"]})
);
rule!(
    /// Ids of resources.
    UUIDS, "uuids", json!({"type": "array", "items": {"type": "string", "format": "uuid"}})
);
rule!(
    /// The id of a project in Keystone.
    PROJECT_ID, "project id",
    json!({"type": "string", "pattern": "^[a-zA-Z0-9-]*$", "minLength": 1, "maxLength": 255})
);
rule!(
    /// An IPv4 address, or empty for none.
    IPV4_OR_EMPTY, "IPv4 address, or empty",
    json!({"type": "string", "anyOf": [{"format": "ipv4"}, {"const": ""}]})
);
rule!(
    /// An IPv6 address, or empty for none.
    IPV6_OR_EMPTY, "IPv6 address, or empty",
    json!({"type": "string", "anyOf": [{"format": "ipv6"}, {"const": ""}]})
);
rule!(
    /// An IP address.
    IP_ADDRESS, "IP address",
    json!({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]})
);
rule!(
    /// The version of an IP address.
    IP_VERSION, "IP version", json!({"enum": [4, 6]})
);
rule!(
    /// Whether an address belongs to a port or was lent to it.
    ADDRESS_TYPE, "kind of address", json!({"type": "string", "enum": ["fixed", "floating"]})
);
rule!(
    /// A MAC address.
    MAC_ADDRESS, "MAC address",
    json!({"type": "string", "pattern": "^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$"})
);
rule!(
    /// Whether a server has a config drive: `True`, or empty.
    CONFIG_DRIVE, "config drive",
    json!({"type": ["string", "null"], "enum": ["", "True", "False", null]})
);
rule!(
    /// Why a server is in error. Its details are for administrators, unless the fault is not Nova's own.
    FAULT, "fault", json!({
        "type": "object",
        "properties": {
            "code": {"type": "integer"},
            "created": (MOMENT.schema)(),
            "message": {"type": "string"},
            "details": {"type": "string"},
        },
        "required": ["code", "created", "message"],
        "additionalProperties": false,
    })
);
rule!(
    /// An object, or empty text: the image of a server that boots from a volume is `""`.
    OBJECT_OR_EMPTY, "object, or empty", json!({"type": ["object", "string"], "maxLength": 0})
);
rule!(
    /// The properties of an image.
    IMAGE_PROPERTIES, "image properties", json!({
        "type": "object",
        "additionalProperties": {"type": ["string", "null"], "maxLength": 255},
    })
);
rule!(
    /// How far a task has come, in per cent.
    PROGRESS, "progress", json!({"type": ["integer", "null"]})
);
rule!(
    /// Names of security groups.
    SECURITY_GROUP_NAMES, "names of security groups", json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"name": {"type": "string"}},
            "required": ["name"],
            "additionalProperties": false,
        },
    })
);
rule!(
    /// The state of a server as users know it.
    STATUS, "status of a server", json!({
        "type": "string",
        "enum": [
            "ACTIVE", "BUILD", "DELETED", "ERROR", "HARD_REBOOT", "MIGRATING", "PASSWORD",
            "PAUSED", "REBOOT", "REBUILD", "RESCUE", "RESIZE", "REVERT_RESIZE", "SHELVED",
            "SHELVED_OFFLOADED", "SHUTOFF", "SOFT_DELETED", "SUSPENDED", "UNKNOWN",
            "VERIFY_RESIZE",
        ],
    })
);
rule!(
    /// The power of a server: none known, running, paused, off, crashed, suspended.
    POWER_STATE, "power state",
    json!({"type": ["integer", "null"], "enum": [0, 1, 3, 4, 6, 7, null]})
);
rule!(
    /// Whether a server's host is there.
    HOST_STATUS, "status of a host",
    json!({"type": "string", "enum": ["UP", "DOWN", "MAINTENANCE", "UNKNOWN", ""]})
);
rule!(
    /// Strings, or null.
    STRING_LIST_OR_NULL, "strings or null",
    json!({"type": ["array", "null"], "items": {"type": "string"}})
);
rule!(
    /// The metadata of a server.
    METADATA_SHOWN, "metadata of a server", json!({
        "type": "object",
        "additionalProperties": {"type": ["string", "null"], "maxLength": 255},
    })
);
rule!(
    /// One item of the metadata of a server.
    ONE_METADATA_ITEM_SHOWN, "one item of metadata of a server", json!({
        "type": "object",
        "additionalProperties": {"type": ["string", "null"], "maxLength": 255},
        "minProperties": 1,
        "maxProperties": 1,
    })
);
rule!(
    /// The id of a user, or null where nobody acted.
    USER_ID_OR_NULL, "user id or null", json!({
        "type": ["string", "null"],
        "pattern": "^[a-zA-Z0-9-]*$",
        "minLength": 1,
        "maxLength": 255,
    })
);
rule!(
    /// The id of a project, or null where nobody acted.
    PROJECT_ID_OR_NULL, "project id or null", json!({
        "type": ["string", "null"],
        "pattern": "^[a-zA-Z0-9-]*$",
        "minLength": 1,
        "maxLength": 255,
    })
);
rule!(
    /// The name of a device, or null where none is known.
    DEVICE_OR_NULL, "device or null",
    json!({"type": ["string", "null"], "pattern": "(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$"})
);
rule!(
    /// A tag, or null for none.
    TAG_OR_NULL, "tag or null", json!({
        "type": ["string", "null"],
        "pattern": "^[^,/]*$",
        "minLength": 1,
        "maxLength": 60,
    })
);
rule!(
    /// The metadata of a server group: always empty.
    EMPTY_OBJECT, "empty object", json!({"type": "object", "maxProperties": 0})
);
rule!(
    /// The policies of a server group: one, whichever version it was made with.
    POLICIES, "policies of a server group", json!({
        "type": "array",
        "items": (super::GROUP_POLICY.schema)(),
        "maxItems": 1,
    })
);
rule!(
    /// The rules of a server group.
    GROUP_RULES, "rules of a server group", json!({
        "type": "object",
        "properties": {"max_server_per_host": {"type": "integer"}},
        "additionalProperties": false,
    })
);
rule!(
    /// The hosts of an availability zone with their services, or null where the zone is not available.
    ZONE_HOSTS, "hosts of a zone", json!({
        "type": ["object", "null"],
        "additionalProperties": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "active": {"type": "boolean"},
                    "available": {"type": "boolean"},
                    "updated_at": (TIMESTAMP_OR_NULL.schema)(),
                },
                "required": ["active", "available", "updated_at"],
                "additionalProperties": false,
            },
        },
    })
);
rule!(
    /// A size, or the empty text for none.
    INTEGER_OR_EMPTY, "integer, or empty", json!({"anyOf": [{"type": "integer"}, {"const": ""}]})
);
rule!(
    /// A number.
    NUMBER, "number", json!({"type": "number"})
);
rule!(
    /// Links to an image in this service and in the image service.
    IMAGE_LINKS, "links of an image", json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "href": {"type": "string", "format": "uri"},
                "rel": {"type": "string", "enum": ["self", "bookmark", "alternate"]},
                "type": {"type": "string", "const": "application/vnd.openstack.image"},
            },
            "required": ["href", "rel"],
            "additionalProperties": false,
        },
        "minItems": 3,
        "maxItems": 3,
    })
);
rule!(
    /// The state of an image.
    IMAGE_STATUS, "status of an image",
    json!({"type": "string", "enum": ["ACTIVE", "SAVING", "DELETED", "ERROR", "UNKNOWN"]})
);
rule!(
    /// The server that a snapshot was made of.
    IMAGE_SERVER, "server of an image", json!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "links": (super::LINKS.schema)(),
        },
        "required": ["id", "links"],
        "additionalProperties": false,
    })
);
rule!(
    /// A rule of a security group.
    SECURITY_RULES, "rules of a security group", json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "from_port": {"type": ["integer", "null"], "minimum": -1},
                "group": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "tenant_id": {"type": "string"},
                    },
                    "additionalProperties": false,
                },
                "id": {"type": "string", "format": "uuid"},
                "ip_protocol": {"type": ["string", "null"]},
                "ip_range": {
                    "type": "object",
                    "properties": {"cidr": {"type": "string"}},
                    "additionalProperties": false,
                },
                "parent_group_id": {"type": "string", "format": "uuid"},
                "to_port": {"type": ["integer", "null"], "minimum": -1},
            },
            "required": [
                "from_port", "group", "id", "ip_protocol", "ip_range", "parent_group_id", "to_port",
            ],
            "additionalProperties": false,
        },
    })
);
rule!(
    /// The id of a resource, or null for none.
    UUID_OR_NULL, "uuid or null", json!({"type": ["string", "null"], "format": "uuid"})
);
rule!(
    /// An IP address, or null for none.
    IP_ADDRESS_OR_NULL, "IP address or null",
    json!({"anyOf": [{"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}, {"type": "null"}]})
);
