//! The sentences in which Nova refuses a body or a query, word for word.
//!
//! Nova checks with Python's `jsonschema` and prints values as Python's `repr`. Here the checking is
//! the `jsonschema` crate's, which finds every mistake; this module picks the one that Nova would
//! have met first and says it in Nova's words.

use std::fmt::Write as _;

use jsonschema::{ValidationError, error::ValidationErrorKind};
use serde_json::Value;

use crate::rules::{FORMATS, PRINTABLE};
use crate::schema::{compiled_pattern, published};

/// What was checked: the words differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Body,
    Query,
}

/// The sentence for the mistake that Nova meets first, or `None` where there is none.
///
/// `schema` is the one that was compiled, with its keywords in Nova's order; `relaxed` says that it is the legacy
/// endpoint's.
pub(crate) fn first_refusal<'i>(
    schema: &Value,
    part: Part,
    relaxed: bool,
    instance: &Value,
    mistakes: impl Iterator<Item = ValidationError<'i>>,
) -> Option<String> {
    let first = mistakes.min_by_key(|mistake| order(schema, instance, mistake))?;
    Some(refusal(schema, part, relaxed, &first))
}

/// Where in Nova's walk a mistake is met: the place of each keyword among its siblings, the place of each item or
/// member that a keyword leads to, and for `required` the place of the missing name.
fn order(schema: &Value, instance: &Value, mistake: &ValidationError<'_>) -> Vec<usize> {
    let schema_path = segments(mistake.schema_path().as_str());
    let mut instance_path = segments(mistake.instance_path().as_str()).into_iter();
    let mut order = Vec::with_capacity(schema_path.len() + 1);
    let mut here = Some(schema);
    let mut value = Some(instance);
    // Below these keywords stands a name rather than a keyword, and below all of them the walk goes into the instance.
    let mut name_follows = false;
    for (depth, segment) in schema_path.iter().enumerate() {
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
        here = next;
        let last = depth + 1 == schema_path.len();
        let into = if name_follows {
            name_follows = false;
            true
        } else {
            match segment.as_str() {
                "properties" | "patternProperties" | "prefixItems" => {
                    name_follows = true;
                    false
                }
                "items" | "additionalProperties" => !last,
                _ => false,
            }
        };
        if into && let Some(step) = instance_path.next() {
            let (place, next) = match value {
                Some(Value::Object(members)) => (
                    members.keys().position(|name| *name == step),
                    members.get(&step),
                ),
                Some(Value::Array(items)) => {
                    let place = step.parse::<usize>().ok();
                    (place, place.and_then(|place| items.get(place)))
                }
                _ => (None, None),
            };
            // Of named properties there is one each, and the schema's order is the walk's.
            order.push(match schema_path.get(depth.wrapping_sub(1)) {
                Some(keyword) if keyword == "properties" => 0,
                _ => place.unwrap_or(usize::MAX),
            });
            value = next;
        }
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
fn refusal(schema: &Value, part: Part, relaxed: bool, mistake: &ValidationError<'_>) -> String {
    let mut above = segments(mistake.schema_path().as_str());
    let keyword = above.pop().unwrap_or_default();
    let parent = above.iter().try_fold(schema, |here, step| match here {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        here => here.get(step),
    });
    let parent = parent.unwrap_or(&Value::Null);
    let wanted = parent.get(&keyword).unwrap_or(&Value::Null);
    let found = mistake.instance().as_ref();
    if keyword == "format"
        && let Some(reason) = FORMATS
            .iter()
            .find(|format| wanted == format.name)
            .and_then(|format| format.reason)
    {
        return format!("An invalid 'name' value was provided. The name must be: {reason}");
    }
    let message = match keyword.as_str() {
        "additionalProperties" => unexpected(parent, relaxed, found),
        keyword => message(mistake.kind(), keyword, parent, found),
    };
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

/// What Python's `jsonschema` says of `found`, which offends the `keyword` of this schema.
fn message(kind: &ValidationErrorKind, keyword: &str, schema: &Value, found: &Value) -> String {
    let wanted = schema.get(keyword).unwrap_or(&Value::Null);
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
        "enum" => format!("{value} is not one of {}", python_repr(wanted)),
        "const" => format!("{} was expected", python_repr(wanted)),
        "pattern" => format!("{value} does not match {}", python_repr(wanted)),
        // Nova prints its whole table of printable characters here.
        "format" if wanted == PRINTABLE => format!(r"{value} does not match '^[\\ -\\~…]*$'"),
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

/// What is said of members that a schema does not name.
fn unexpected(schema: &Value, relaxed: bool, found: &Value) -> String {
    let mut names: Vec<&str> = strangers(schema, found);
    names.sort_unstable();
    let one = names.len() == 1;
    let names: Vec<_> = names.into_iter().map(python_str_repr).collect();
    let names = names.join(", ");
    match schema.get("patternProperties") {
        Some(Value::Object(patterns)) if !relaxed => {
            let mut patterns: Vec<_> = patterns.keys().map(|name| python_str_repr(name)).collect();
            patterns.sort_unstable();
            let verb = if one { "does" } else { "do" };
            format!(
                "{names} {verb} not match any of the regexes: {}",
                patterns.join(", ")
            )
        }
        _ => {
            let verb = if one { "was" } else { "were" };
            format!("Additional properties are not allowed ({names} {verb} unexpected)")
        }
    }
}

/// The members that neither a name nor a pattern of the schema knows.
pub(crate) fn strangers<'v>(schema: &Value, found: &'v Value) -> Vec<&'v str> {
    let Some(members) = found.as_object() else {
        return Vec::new();
    };
    let named = |name: &str| {
        schema
            .get("properties")
            .is_some_and(|known| known.get(name).is_some())
    };
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    let patterns: Vec<regex::Regex> = patterns
        .into_iter()
        .flat_map(|patterns| patterns.keys())
        .filter_map(|pattern| regex::Regex::new(&compiled_pattern(pattern)).ok())
        .collect();
    members
        .keys()
        .map(String::as_str)
        .filter(|name| !named(name) && !patterns.iter().any(|pattern| pattern.is_match(name)))
        .collect()
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
        .map(|segment| published(&segment.replace("~1", "/").replace("~0", "~")))
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
