//! The words that oslo, on which Nova stands, takes for true and false. Knows text only.

use serde_json::Value;

/// What a word means, if it is one of them.
pub(super) fn boolean(word: &str) -> Option<bool> {
    match word.trim().to_lowercase().as_str() {
        "1" | "t" | "true" | "on" | "y" | "yes" => Some(true),
        "0" | "f" | "false" | "off" | "n" | "no" => Some(false),
        _ => None,
    }
}

/// Whether a value is true, or a word for it.
pub(super) fn truth(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::String(word) => boolean(word) == Some(true),
        _ => false,
    }
}
