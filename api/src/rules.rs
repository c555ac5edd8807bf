//! The named rules that fields of requests and answers obey, and the formats that are Nova's own.
//!
//! Source: the parameter tables of the Compute API reference, and answers of a real Nova. The order
//! of keywords is the order in which Nova checks them: it answers the first mistake only.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use crate::change::Rule;

/// A constant [`Rule`] whose schema is given as JSON.
macro_rules! rule {
    ($(#[$doc:meta])* $name:ident, $label:literal, $schema:expr) => {
        $(#[$doc])*
        pub const $name: Rule = Rule { name: $label, schema: || $schema };
    };
}

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
    TIMESTAMP, "timestamp", json!({"type": "string", "format": "date-time"})
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

/// A format of Nova's, and the sentence with which it refuses.
pub(crate) struct Format {
    pub(crate) name: &'static str,
    pub(crate) holds: fn(&str) -> bool,
    /// The reason in `An invalid 'name' value was provided. The name must be: …`, for formats that
    /// have a sentence of their own.
    pub(crate) reason: Option<&'static str>,
}

/// The formats that Nova checks and JSON Schema does not define.
pub(crate) const FORMATS: &[Format] = &[
    Format {
        name: "name",
        holds: is_name,
        reason: Some("printable characters. Can not start or end with whitespace."),
    },
    Format {
        name: "name_with_leading_trailing_spaces",
        holds: is_name_within_spaces,
        reason: Some("printable characters with at least one non space character"),
    },
    Format {
        name: "date-time",
        holds: is_timestamp,
        reason: None,
    },
];

/// Nova's tables of printable characters end before the last code point of the basic plane.
fn within_nova_s_tables(text: &str) -> bool {
    text.chars().all(|c| u32::from(c) < 0xFFFF)
}

fn is_name(text: &str) -> bool {
    // Python's `$` also matches before a final line feed, so Nova lets one through.
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let inner = r"[^\p{C}\p{Zl}\p{Zp}]";
        let outer = r"[^\p{C}\p{Z}]";
        Regex::new(&format!(r"\A(?:{outer}(?:{inner}*{outer})?\n?)?\z")).ok()
    });
    NAME.as_ref().is_some_and(|name| name.is_match(text)) && within_nova_s_tables(text)
}

fn is_name_within_spaces(text: &str) -> bool {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let inner = r"[^\p{C}\p{Zl}\p{Zp}]";
        Regex::new(&format!(r"\A{inner}*[^\p{{C}}\p{{Z}}]{inner}*\n?\z")).ok()
    });
    NAME.as_ref().is_some_and(|name| name.is_match(text)) && within_nova_s_tables(text)
}

/// Nova's timestamps bear no zone, which RFC 3339 would demand.
fn is_timestamp(text: &str) -> bool {
    static TIMESTAMP: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?\z").ok()
    });
    TIMESTAMP
        .as_ref()
        .is_some_and(|timestamp| timestamp.is_match(text))
}

/// What a query parameter must be: each of its values obeys `rule`.
pub(crate) fn multiple(rule: Rule) -> Value {
    json!({"type": "array", "items": (rule.schema)()})
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::empty("", true)]
    #[case::plain("key", true)]
    #[case::inner_space("my key", true)]
    #[case::accents("clé", true)]
    #[case::leading_space(" key", false)]
    #[case::trailing_space("key ", false)]
    #[case::trailing_nbsp("key\u{a0}", false)]
    #[case::one_line_feed_at_the_end("key\n", true)]
    #[case::two_line_feeds_at_the_end("key\n\n", false)]
    #[case::only_a_line_feed("\n", false)]
    #[case::control("k\u{7}y", false)]
    #[case::line_separator("k\u{2028}y", false)]
    #[case::beyond_the_basic_plane("k🔑y", false)]
    fn a_name_is_told(#[case] text: &str, #[case] want: bool) {
        assert_eq!(is_name(text), want);
    }

    #[rstest]
    #[case::empty("", false)]
    #[case::only_spaces("  ", false)]
    #[case::within_spaces("  key ", true)]
    #[case::tab("\tkey", false)]
    fn a_legacy_name_is_told(#[case] text: &str, #[case] want: bool) {
        assert_eq!(is_name_within_spaces(text), want);
    }
}
