//! The sentences in which Nova refuses a body or a query, word for word.
//!
//! Nova checks with Python's `jsonschema` and prints values as Python's `repr`. Here the checking is
//! the `jsonschema` crate's, which finds every mistake; this module picks the one that Nova would
//! have met first and says it in Nova's words.

use std::fmt::Write as _;

use jsonschema::{ValidationError, error::ValidationErrorKind};
use serde_json::Value;

use crate::rules::FORMATS;

/// What was checked: the words differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Body,
    Query,
}

/// The sentence for the mistake that Nova meets first, or `None` where there is none.
///
/// `schema` is the one that was compiled, with its keywords in Nova's order.
pub(crate) fn first_refusal<'i>(
    schema: &Value,
    part: Part,
    mistakes: impl Iterator<Item = ValidationError<'i>>,
) -> Option<String> {
    let first = mistakes.min_by_key(|mistake| order(schema, mistake))?;
    Some(refusal(schema, part, &first))
}

/// Where in Nova's walk a mistake is met: the place of each keyword among its siblings, the number
/// of each item, and for `required` the place of the missing name.
fn order(schema: &Value, mistake: &ValidationError<'_>) -> Vec<usize> {
    let schema_path = segments(mistake.schema_path().as_str());
    let instance_path = segments(mistake.instance_path().as_str());
    let mut instance_path = instance_path.iter();
    let mut order = Vec::with_capacity(schema_path.len() + 1);
    let mut here = Some(schema);
    let mut names_follow = false;
    for segment in &schema_path {
        let (place, next) = match here {
            Some(Value::Object(map)) => {
                (map.keys().position(|key| key == segment), map.get(segment))
            }
            Some(Value::Array(list)) => {
                let place = segment.parse::<usize>().ok();
                (place, place.and_then(|place| list.get(place)))
            }
            _ => (None, None),
        };
        order.push(place.unwrap_or(usize::MAX));
        if names_follow {
            // The name below `properties` is also a step into the instance.
            instance_path.next();
            names_follow = false;
        } else if segment == "properties" {
            names_follow = true;
        } else if segment == "items" {
            order.push(
                instance_path
                    .next()
                    .and_then(|item| item.parse().ok())
                    .unwrap_or(0),
            );
        }
        here = next;
    }
    if let (ValidationErrorKind::Required { property }, Some(Value::Array(names))) =
        (mistake.kind(), here)
    {
        order.push(
            names
                .iter()
                .position(|name| name == property)
                .unwrap_or(usize::MAX),
        );
    }
    order
}

/// The sentence of one mistake.
fn refusal(schema: &Value, part: Part, mistake: &ValidationError<'_>) -> String {
    let pointer = mistake.schema_path().as_str();
    let keyword = pointer.rsplit('/').next().unwrap_or_default();
    let wanted = schema.pointer(pointer).unwrap_or(&Value::Null);
    let found = mistake.instance().as_ref();
    if keyword == "format"
        && let Some(reason) = FORMATS
            .iter()
            .find(|format| wanted == format.name)
            .and_then(|format| format.reason)
    {
        return format!("An invalid 'name' value was provided. The name must be: {reason}");
    }
    let message = message(mistake.kind(), keyword, wanted, found);
    let path = segments(mistake.instance_path().as_str());
    match (part, path.first(), path.last()) {
        (Part::Body, _, Some(last)) => format!(
            "Invalid input for field/attribute {last}. Value: {}. {message}",
            python_str(found)
        ),
        (Part::Query, Some(first), _) => format!(
            "Invalid input for query parameters {first}. Value: {}. {message}",
            python_str(found)
        ),
        _ => message,
    }
}

/// What Python's `jsonschema` says of `found` where `keyword` wanted `wanted`.
fn message(kind: &ValidationErrorKind, keyword: &str, wanted: &Value, found: &Value) -> String {
    let value = python_repr(found);
    let limit = wanted.as_u64();
    match keyword {
        "type" => {
            let types = match wanted {
                Value::Array(types) => types.iter().map(python_repr).collect::<Vec<_>>().join(", "),
                one => python_repr(one),
            };
            format!("{value} is not of type {types}")
        }
        "required" => match kind {
            ValidationErrorKind::Required { property } => {
                format!("{} is a required property", python_repr(property))
            }
            _ => format!("{value} lacks a required property"),
        },
        "additionalProperties" => {
            let mut extra = match kind {
                ValidationErrorKind::AdditionalProperties { unexpected } => unexpected.clone(),
                _ => Vec::new(),
            };
            extra.sort();
            let verb = if extra.len() == 1 { "was" } else { "were" };
            let names = extra
                .iter()
                .map(|name| python_str_repr(name))
                .collect::<Vec<_>>();
            format!(
                "Additional properties are not allowed ({} {verb} unexpected)",
                names.join(", ")
            )
        }
        "enum" => format!("{value} is not one of {}", python_repr(wanted)),
        "const" => format!("{} was expected", python_repr(wanted)),
        "pattern" => format!("{value} does not match {}", python_repr(wanted)),
        "format" => format!("{value} is not a {}", python_repr(wanted)),
        "minLength" | "minItems" | "minProperties" if limit == Some(1) => {
            format!("{value} should be non-empty")
        }
        "minLength" | "minItems" => format!("{value} is too short"),
        "minProperties" => format!("{value} does not have enough properties"),
        "maxLength" | "maxItems" | "maxProperties" if limit == Some(0) => {
            format!("{value} is expected to be empty")
        }
        "maxLength" | "maxItems" => format!("{value} is too long"),
        "maxProperties" => format!("{value} has too many properties"),
        "minimum" => format!(
            "{} is less than the minimum of {}",
            as_number(found).unwrap_or(value),
            python_repr(wanted)
        ),
        "maximum" => format!(
            "{} is greater than the maximum of {}",
            as_number(found).unwrap_or(value),
            python_repr(wanted)
        ),
        "uniqueItems" => format!("{value} has non-unique elements"),
        _ => format!("{value} is not valid under any of the given schemas"),
    }
}

/// A number given as a string, as Nova reads it before it compares.
fn as_number(found: &Value) -> Option<String> {
    let digits = found.as_str()?.trim();
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits),
    };
    let digits = digits.trim_start_matches('0');
    Some(if digits.is_empty() {
        "0".to_owned()
    } else {
        format!("{sign}{digits}")
    })
}

/// The unescaped segments of a JSON pointer.
fn segments(pointer: &str) -> Vec<String> {
    pointer
        .split('/')
        .skip(1)
        .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// A value as Python's `str` prints it.
fn python_str(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => python_repr(other),
    }
}

/// A value as Python's `repr` prints what `json.loads` makes of it.
pub fn python_repr(value: &Value) -> String {
    let mut out = String::new();
    write_repr(&mut out, value);
    out
}

fn write_repr(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => out.push_str(&python_str_repr(text)),
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push_str(", ");
                }
                write_repr(out, item);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (n, (name, member)) in members.iter().enumerate() {
                if n > 0 {
                    out.push_str(", ");
                }
                out.push_str(&python_str_repr(name));
                out.push_str(": ");
                write_repr(out, member);
            }
            out.push('}');
        }
    }
}

/// Python prints floats as `1e+16`, `1.5`, `1e-05`: a point up to 16 digits, then an exponent of at
/// least two digits.
fn write_number(out: &mut String, number: &serde_json::Number) {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        let _ = write!(out, "{number}");
        return;
    };
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>().unwrap_or(0) {
        -4..=15 => {
            let plain = format!("{float}");
            out.push_str(&plain);
            if !plain.contains('.') {
                out.push_str(".0");
            }
        }
        exponent => {
            let sign = if exponent < 0 { '-' } else { '+' };
            let _ = write!(out, "{digits}e{sign}{:02}", exponent.unsigned_abs());
        }
    }
}

/// A text as Python's `repr` quotes it: single quotes unless only they occur inside.
fn python_str_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => {
                let code = u32::from(c);
                let _ = match code {
                    0..=0xFF => write!(out, "\\x{code:02x}"),
                    0x100..=0xFFFF => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(quote);
    out
}

/// What Python's `str.isprintable` says of one character.
fn is_printable(c: char) -> bool {
    use std::sync::LazyLock;
    static UNPRINTABLE: LazyLock<Option<regex::Regex>> =
        LazyLock::new(|| regex::Regex::new(r"[\p{C}\p{Z}]").ok());
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    let mut buffer = [0; 4];
    let text: &str = c.encode_utf8(&mut buffer);
    UNPRINTABLE
        .as_ref()
        .is_some_and(|unprintable| !unprintable.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::none(json!(null), "None")]
    #[case::truth(json!([true, false]), "[True, False]")]
    #[case::integer(json!(-5), "-5")]
    #[case::float(json!(1.5), "1.5")]
    #[case::whole_float(json!(2.0), "2.0")]
    #[case::large_float(json!(1e16), "1e+16")]
    #[case::small_float(json!(0.00001), "1e-05")]
    #[case::object(json!({"a": {"b": 1}}), "{'a': {'b': 1}}")]
    #[case::apostrophe(json!("it's"), "\"it's\"")]
    #[case::both_quotes(json!("'\""), r#"'\'"'"#)]
    #[case::controls(json!("a\n\u{0}\u{7f}"), r"'a\n\x00\x7f'")]
    #[case::accent(json!("é"), "'é'")]
    #[case::no_break_space(json!("\u{a0}"), r"'\xa0'")]
    #[case::line_separator(json!("\u{2028}"), r"'\u2028'")]
    #[case::emoji(json!("🔑"), "'🔑'")]
    #[case::backslash(json!("\\"), r"'\\'")]
    fn values_are_printed_as_python_does(#[case] value: Value, #[case] want: &str) {
        assert_eq!(python_repr(&value), want);
    }
}
