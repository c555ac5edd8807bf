//! Glance's schemas: what an image looks like, for clients that ask before they read.

use serde_json::{Value, json};

/// The schema of this name.
pub(super) fn of(name: &str) -> Option<Value> {
    match name {
        "image" => Some(image()),
        "images" => Some(json!({
            "name": "images",
            "properties": {
                "images": {"type": "array", "items": image()},
                "first": {"type": "string"},
                "next": {"type": "string"},
                "schema": {"type": "string"},
            },
            "links": [{"rel": "first", "href": "{first}"}, {"rel": "next", "href": "{next}"}, {"rel": "describedby", "href": "{schema}"}],
        })),
        "member" => Some(member()),
        "members" => Some(json!({
            "name": "members",
            "properties": {"members": {"type": "array", "items": member()}, "schema": {"type": "string"}},
            "links": [{"rel": "describedby", "href": "{schema}"}],
        })),
        _ => None,
    }
}

fn image() -> Value {
    let text = json!({ "type": ["null", "string"] });
    let number = json!({ "type": ["null", "integer"] });
    json!({
        "name": "image",
        "additionalProperties": { "type": "string" },
        "properties": {
            "id": text, "name": text, "status": text, "visibility": text, "owner": text, "disk_format": text,
            "container_format": text, "checksum": text, "os_hash_algo": text, "os_hash_value": text,
            "created_at": text, "updated_at": text, "self": text,
            "file": text, "schema": text, "size": number, "virtual_size": number, "min_disk": { "type": "integer" },
            "min_ram": { "type": "integer" }, "protected": { "type": "boolean" }, "os_hidden": { "type": "boolean" },
            "tags": { "type": "array", "items": { "type": "string" } },
        },
        "links": [{ "rel": "self", "href": "{self}" }, { "rel": "enclosure", "href": "{file}" }, { "rel": "describedby", "href": "{schema}" }],
    })
}

fn member() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "name": "member",
        "properties": {
            "member_id": text, "image_id": text, "created_at": text, "updated_at": text, "status": text, "schema": text,
        },
    })
}
