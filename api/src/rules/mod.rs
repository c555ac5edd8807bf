//! The named rules that fields of requests and answers obey, and the formats that are Nova's own.
//!
//! Source: the parameter tables of the Compute API reference, and answers of a real Nova. The order
//! of keywords is the order in which Nova checks them: it answers the first mistake only.

use serde_json::{Value, json};

use crate::change::Rule;

/// A constant [`Rule`] whose schema is given as JSON.
macro_rules! rule {
    ($(#[$doc:meta])* $name:ident, $label:literal, $schema:expr) => {
        $(#[$doc])*
        pub const $name: Rule = Rule { name: $label, schema: || $schema };
    };
}

mod formats;
mod queries;
mod servers;
mod shown;

pub(crate) use formats::{FORMATS, PRINTABLE};
pub use queries::*;
pub use servers::*;
pub use shown::*;

rule!(
    /// An object whose fields the history lists one by one; others are refused.
    OBJECT, "object", json!({"type": "object"})
);
rule!(
    /// An array whose items the history lists under `/*`.
    ARRAY, "array", json!({"type": "array"})
);
rule!(
    /// Any string.
    STRING, "string", json!({"type": "string"})
);
rule!(
    /// Any string, of which nothing comes: a parameter that is known, and no more.
    UNHEEDED, "string, not heeded", json!({"type": "string"})
);
rule!(
    /// Any JSON value.
    ANY, "anything", json!({})
);
rule!(
    /// An integer.
    INTEGER, "integer", json!({"type": "integer"})
);
rule!(
    /// Always null.
    NULL, "null", json!({"type": "null"})
);
rule!(
    /// Always false: Nova shows its soft-delete columns, yet never a deleted keypair.
    NEVER, "false", json!({"type": "boolean", "const": false})
);
rule!(
    /// A date and time, UTC, with microseconds and no zone: `2026-08-01T12:00:00.000000`.
    TIMESTAMP, "timestamp", json!({
        "type": "string",
        "format": "date-time",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}$",
    })
);
rule!(
    /// The id of a user in Keystone.
    USER_ID, "user id",
    json!({"type": "string", "pattern": "^[a-zA-Z0-9-]*$", "minLength": 1, "maxLength": 255})
);
rule!(
    /// The two types of keypairs.
    KEYPAIR_TYPE, "keypair type", json!({"type": "string", "enum": ["ssh", "x509"]})
);
rule!(
    /// A keypair's name before 2.92: 1…255 characters, letters, digits, `_`, `-` and inner spaces.
    KEYPAIR_NAME, "keypair name", json!({"allOf": [
        {"type": "string", "format": "name", "minLength": 1, "maxLength": 255},
        {"type": "string", "pattern": r"^[_\- a-zA-Z0-9]+$", "minLength": 1, "maxLength": 255},
    ]})
);
rule!(
    /// A keypair's name from 2.92: `@` and `.` too.
    KEYPAIR_NAME_WITH_AT_AND_DOT, "keypair name with @ and .", json!({"allOf": [
        {"type": "string", "format": "name", "minLength": 1, "maxLength": 255},
        {"type": "string", "pattern": r"^[_\-\@\. a-zA-Z0-9]+$", "minLength": 1, "maxLength": 255},
    ]})
);
rule!(
    /// A name: 1…255 printable characters, no space before or after.
    NAME, "name", json!({"type": "string", "format": "name", "minLength": 1, "maxLength": 255})
);
rule!(
    /// A name on the legacy endpoint, where spaces around it are dropped.
    LEGACY_NAME, "legacy name", json!({
        "type": "string",
        "format": "name_with_leading_trailing_spaces",
        "minLength": 1,
        "maxLength": 255,
    })
);
rule!(
    /// A count of items: a number or its decimal digits.
    NON_NEGATIVE, "non-negative integer",
    json!({"type": ["integer", "string"], "pattern": "^[0-9]*$", "minimum": 0, "minLength": 1})
);
rule!(
    /// A limit to set: −1 (unlimited) to 2³¹−1, as a number or its decimal digits.
    QUOTA_TO_SET, "quota to set",
    json!({"type": ["integer", "string"], "pattern": "^-?[0-9]+$", "minimum": -1, "maximum": 0x7FFF_FFFF})
);
rule!(
    /// A limit in force: −1 means unlimited.
    QUOTA, "quota", json!({"type": "integer", "minimum": -1})
);
rule!(
    /// A limit in force with what is used and reserved of it.
    QUOTA_IN_USE, "quota in use", json!({
        "type": "object",
        "properties": {
            "in_use": {"type": "integer", "minimum": -1},
            "limit": {"type": "integer", "minimum": -1},
            "reserved": {"type": "integer", "minimum": -1},
        },
        "required": ["in_use", "limit", "reserved"],
        "additionalProperties": false,
    })
);
rule!(
    /// A boolean or one of the words that oslo takes for one.
    BOOLEAN, "boolean", json!({
        "type": ["boolean", "string"],
        "enum": [
            true, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes",
            false, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no",
        ],
    })
);
rule!(
    /// An array that is always empty.
    EMPTY, "empty array", json!({"type": "array", "maxItems": 0})
);
rule!(
    /// Links to further pages.
    LINKS, "links", json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "href": {"type": "string", "format": "uri"},
                "rel": {"type": "string"},
            },
            "required": ["href", "rel"],
            "additionalProperties": false,
        },
    })
);

/// What a query parameter must be: each of its values obeys `rule`, unless the rule is one of all values together.
pub(crate) fn multiple(rule: Rule) -> Value {
    let schema = (rule.schema)();
    if schema["type"] == "array" {
        return schema;
    }
    json!({"type": "array", "items": schema})
}
