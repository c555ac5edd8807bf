//! What requests about servers may hold.

use serde_json::{Value, json};

use crate::change::Rule;

rule!(
    /// A description: up to 255 printable characters, or none.
    DESCRIPTION, "description",
    json!({"type": ["string", "null"], "format": "printable", "minLength": 0, "maxLength": 255})
);
rule!(
    /// The id of a resource.
    UUID, "uuid", json!({"type": "string", "format": "uuid"})
);
rule!(
    /// The image of a new server; empty for one that boots from a volume.
    UUID_OR_EMPTY, "uuid, or empty", json!({"oneOf": [
        {"type": "string", "format": "uuid"},
        {"type": "string", "maxLength": 0},
    ]})
);
rule!(
    /// The id of a flavor.
    FLAVOR_REF, "id of a flavor", json!({"type": ["string", "integer"], "minLength": 1})
);
rule!(
    /// A server's metadata: names and texts of up to 255 characters.
    METADATA, "metadata", json!({
        "type": "object",
        "patternProperties": {METADATA_NAME: {"type": "string", "maxLength": 255}},
        "additionalProperties": false,
    })
);
rule!(
    /// One item of metadata.
    ONE_METADATA_ITEM, "one item of metadata", json!({
        "type": "object",
        "patternProperties": {METADATA_NAME: {"type": "string", "maxLength": 255}},
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
    })
);
rule!(
    /// Who decides how a disk is divided: Nova or the image.
    DISK_CONFIG, "disk configuration", json!({"type": "string", "enum": ["AUTO", "MANUAL"]})
);
rule!(
    /// An IPv4 address.
    IPV4, "IPv4 address", json!({"type": "string", "format": "ipv4"})
);
rule!(
    /// An IPv6 address.
    IPV6, "IPv6 address", json!({"type": "string", "format": "ipv6"})
);
rule!(
    /// Files to write into the server.
    PERSONALITY, "files", json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "path": {"type": "string"},
                "contents": {"type": "string", "format": "base64"},
            },
            "additionalProperties": false,
        },
    })
);
rule!(
    /// The networks of a new server.
    NETWORKS, "networks", networks(network("string"))
);
rule!(
    /// The networks of a new server, which may be tagged.
    TAGGED_NETWORKS, "networks with tags", networks(tagged(network("string")))
);
rule!(
    /// The networks of a new server, or `none` or `auto`.
    NETWORKS_OR_WORD, "networks, none or auto", or_word(networks(network("uuid")))
);
rule!(
    /// The networks of a new server, which may be tagged, or `none` or `auto`.
    TAGGED_NETWORKS_OR_WORD, "networks with tags, none or auto",
    or_word(networks(tagged(network("uuid"))))
);
rule!(
    /// Disks of a new server in the dialect of EC2.
    OLD_BLOCK_DEVICES, "block devices, first form",
    json!({"type": "array", "items": block_device(false)})
);
rule!(
    /// A disk of a new server.
    BLOCK_DEVICE, "block device", block_device(true)
);
rule!(
    /// The type of a new volume.
    VOLUME_TYPE, "volume type",
    json!({"type": ["string", "null"], "minLength": 0, "maxLength": 255})
);
rule!(
    /// A count of at least one: a number or its decimal digits.
    POSITIVE, "positive integer",
    json!({"type": ["integer", "string"], "pattern": "^[0-9]*$", "minimum": 1, "minLength": 1})
);
rule!(
    /// Names or ids of security groups.
    SECURITY_GROUPS_TO_USE, "security groups", json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "format": "name", "minLength": 1, "maxLength": 255},
            },
            "additionalProperties": false,
        },
    })
);
rule!(
    /// Names or ids of security groups, with spaces around them (the legacy endpoint).
    LEGACY_SECURITY_GROUPS_TO_USE, "legacy security groups", json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "name": {
                    "type": "string",
                    "format": "name_with_leading_trailing_spaces",
                    "minLength": 1,
                    "maxLength": 255,
                },
            },
            "additionalProperties": false,
        },
    })
);
rule!(
    /// Data for the server, in base64.
    USER_DATA, "user data", json!({"type": "string", "format": "base64", "maxLength": 65535})
);
rule!(
    /// Data for the server, in base64, or null for none.
    USER_DATA_OR_NULL, "user data or null",
    json!({"type": ["string", "null"], "format": "base64", "maxLength": 65535})
);
rule!(
    /// Wishes about where a server shall run.
    SCHEDULER_HINTS, "scheduler hints", scheduler_hints()
);
rule!(
    /// A tag of a server or of one of its devices.
    TAG, "tag", tag()
);
rule!(
    /// The tags of a server.
    TAGS, "tags", json!({"type": "array", "items": tag(), "maxItems": 50})
);
rule!(
    /// Ids of certificates that an image's signature must be proved by, or null for none.
    TRUSTED_CERTIFICATES, "trusted certificates", json!({
        "type": ["array", "null"],
        "minItems": 1,
        "maxItems": 50,
        "uniqueItems": true,
        "items": {"type": "string", "minLength": 1},
    })
);
rule!(
    /// A hostname of one label.
    HOSTNAME, "hostname", json!({
        "type": "string",
        "pattern": "^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$",
        "minLength": 2,
        "maxLength": 63,
    })
);
rule!(
    /// A hostname, which may be fully qualified.
    FQDN, "qualified hostname",
    json!({"type": "string", "pattern": "^[a-zA-Z0-9-._]*$", "minLength": 1, "maxLength": 255})
);
rule!(
    /// A name of 1…255 characters, or null for none.
    NAME_OR_NULL, "name or null", json!({"oneOf": [
        {"type": "string", "minLength": 1, "maxLength": 255},
        {"type": "null"},
    ]})
);

rule!(
    /// A text of 1…255 characters.
    SHORT_TEXT, "text", json!({"type": "string", "minLength": 1, "maxLength": 255})
);
rule!(
    /// How a server is rebooted.
    REBOOT_TYPE, "kind of reboot",
    json!({"type": "string", "enum": ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]})
);
rule!(
    /// The states that an administrator may put a server into.
    STATE_TO_SET, "state to set", json!({"type": "string", "enum": ["active", "error"]})
);
rule!(
    /// The policies of a server group in the older form: an array of one.
    GROUP_POLICIES, "policies", group_policies(&["anti-affinity", "affinity"])
);
rule!(
    /// The policies of a server group in the older form, the soft ones too.
    GROUP_POLICIES_WITH_SOFT, "policies, soft ones too",
    group_policies(&["anti-affinity", "affinity", "soft-anti-affinity", "soft-affinity"])
);
rule!(
    /// The policy of a server group.
    GROUP_POLICY, "policy", json!({
        "type": "string",
        "enum": ["anti-affinity", "affinity", "soft-anti-affinity", "soft-affinity"],
    })
);
rule!(
    /// An object whose members may have any name.
    OPEN_OBJECT, "open object", json!({"type": "object", "additionalProperties": true})
);
rule!(
    /// The name or description of a security group: up to 255 characters.
    TEXT_OR_EMPTY, "text, or empty",
    json!({"type": "string", "minLength": 0, "maxLength": 255})
);

fn group_policies(names: &[&str]) -> Value {
    json!({
        "type": "array",
        "prefixItems": [{"type": "string", "enum": names}],
        "uniqueItems": true,
        "minItems": 1,
        "maxItems": 1,
    })
}

const METADATA_NAME: &str = "^[a-zA-Z0-9-_:. ]{1,255}$";

fn tag() -> Value {
    json!({"type": "string", "pattern": "^[^,/]*$", "minLength": 1, "maxLength": 60})
}

fn ip_address() -> Value {
    json!({"type": "string", "oneOf": [{"format": "ipv4"}, {"format": "ipv6"}]})
}

/// One network of a new server; its id became a UUID with time.
fn network(id: &str) -> Value {
    let id = match id {
        "uuid" => json!({"type": "string", "format": "uuid"}),
        _ => json!({"type": "string"}),
    };
    json!({
        "type": "object",
        "properties": {
            "fixed_ip": ip_address(),
            "port": {"type": ["string", "null"], "format": "uuid"},
            "uuid": id,
        },
        "additionalProperties": false,
    })
}

fn tagged(mut device: Value) -> Value {
    device["properties"]["tag"] = tag();
    device
}

fn networks(network: Value) -> Value {
    json!({"type": "array", "items": network})
}

fn or_word(networks: Value) -> Value {
    json!({"oneOf": [networks, {"type": "string", "enum": ["none", "auto"]}]})
}

fn block_device(second_form: bool) -> Value {
    let uuid = json!({"type": "string", "format": "uuid"});
    let short = json!({"type": "string", "maxLength": 255});
    let mut device = json!({
        "type": "object",
        "properties": {
            "virtual_name": short,
            "volume_id": uuid,
            "snapshot_id": uuid,
            "volume_size": {
                "type": ["integer", "string"],
                "pattern": "^[0-9]+$",
                "minimum": 1,
                "maximum": 0x7FFF_FFFF,
            },
            "device_name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 255,
                "pattern": "^[a-zA-Z0-9._/-]*$",
            },
            "delete_on_termination": (super::BOOLEAN.schema)(),
            "no_device": {},
            "connection_info": {"type": "string", "maxLength": 16_777_215},
        },
        "additionalProperties": false,
    });
    if second_form {
        let more = json!({
            "source_type": {"type": "string", "enum": ["volume", "image", "snapshot", "blank"]},
            "uuid": {
                "type": "string",
                "minLength": 1,
                "maxLength": 255,
                "pattern": "^[a-zA-Z0-9._-]*$",
            },
            "image_id": uuid,
            "destination_type": {"type": "string", "enum": ["local", "volume"]},
            "guest_format": short,
            "device_type": short,
            "disk_bus": short,
            "boot_index": {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]+$"},
        });
        if let (Value::Object(known), Value::Object(more)) = (&mut device["properties"], more) {
            known.extend(more);
        }
    }
    device
}

fn scheduler_hints() -> Value {
    let uuid = json!({"type": "string", "format": "uuid"});
    json!({
        "type": "object",
        "properties": {
            "group": {"oneOf": [{"type": "array", "items": uuid}, uuid]},
            "different_host": {"oneOf": [uuid, {"type": "array", "items": uuid}]},
            "same_host": {"type": ["string", "array"], "items": uuid},
            "query": {"type": ["string", "object"]},
            "target_cell": {"type": "string", "format": "name", "minLength": 1, "maxLength": 255},
            "different_cell": {"type": ["string", "array"], "items": {"type": "string"}},
            "build_near_host_ip": ip_address(),
            "cidr": {"type": "string", "pattern": "^/[0-9a-f.:]+$"},
        },
        "additionalProperties": true,
    })
}
