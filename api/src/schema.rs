//! From the folded lists of fields to JSON Schemas and compiled validators.

use std::borrow::Cow;

use jsonschema::{Keyword, ValidationError, Validator, paths::Location};
use serde_json::{Map, Value, json};

use crate::change::Rule;
use crate::rules::{self, FORMATS};
use crate::sentence::{self, Part};

/// A field of a body, however it came to be known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// A JSON pointer, `*` for each item of an array.
    pub(crate) path: &'static str,
    pub(crate) rule: Rule,
    /// Whether its parent must have it.
    pub(crate) required: bool,
}

/// The schema of a body with these fields, in this order; unknown fields are refused unless `open`.
pub(crate) fn body(fields: &[Field], open: bool) -> Value {
    node("", rules::OBJECT, fields, open)
}

fn node(path: &str, rule: Rule, fields: &[Field], open: bool) -> Value {
    let mut schema = (rule.schema)();
    let children = fields.iter().filter_map(|field| {
        let name = field.path.strip_prefix(path)?.strip_prefix('/')?;
        (!name.contains('/')).then_some((name, field))
    });
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, field) in children {
        let child = node(field.path, field.rule, fields, open);
        if name == "*" {
            schema["items"] = child;
        } else {
            properties.insert(name.to_owned(), child);
            if field.required {
                required.push(Value::from(name));
            }
        }
    }
    if !properties.is_empty() {
        schema["properties"] = Value::Object(properties);
        if !required.is_empty() {
            schema["required"] = Value::Array(required);
        }
        if !open {
            schema["additionalProperties"] = Value::Bool(false);
        }
    }
    schema
}

/// Keeps the members of a body that its schema names.
pub(crate) fn keep_known(schema: &Value, body: &mut Value) {
    let (Some(Value::Object(known)), Value::Object(members)) = (schema.get("properties"), body)
    else {
        return;
    };
    members.retain(|name, _| known.contains_key(name));
    for (name, member) in members {
        if let Some(schema) = known.get(name) {
            keep_known(schema, member);
        }
    }
}

/// The schema of a query: each parameter an array of its values, as Nova sees it.
pub(crate) fn query(parameters: &[(&'static str, Rule)], tolerant: bool) -> Value {
    let properties: Map<String, Value> = parameters
        .iter()
        .map(|(name, rule)| ((*name).to_owned(), rules::multiple(*rule)))
        .collect();
    json!({"type": "object", "properties": properties, "additionalProperties": tolerant})
}

/// A schema and its compiled validator, which answers in Nova's sentences.
#[derive(Debug)]
pub(crate) struct Checker {
    schema: Value,
    validator: Validator,
}

impl Checker {
    /// Compiles a schema made by this crate.
    ///
    /// # Errors
    /// The compiler's sentence; a test compiles every schema of the history, so it never meets a
    /// caller.
    pub(crate) fn new(schema: Value) -> Result<Self, String> {
        let mut options = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true)
            .with_keyword("minimum", |_, limit, _| {
                bound(limit, |value, limit| value >= limit)
            })
            .with_keyword("maximum", |_, limit, _| {
                bound(limit, |value, limit| value <= limit)
            });
        for format in FORMATS {
            options = options.with_format(format.name, format.holds);
        }
        let validator = options
            .build(&with_rust_patterns(&schema))
            .map_err(|error| error.to_string())?;
        Ok(Self { schema, validator })
    }

    /// The first mistake, in Nova's words.
    pub(crate) fn refusal(&self, part: Part, instance: &Value) -> Option<String> {
        if self.validator.is_valid(instance) {
            return None;
        }
        sentence::first_refusal(&self.schema, part, self.validator.iter_errors(instance))
    }
}

/// Python's `$` also matches before a final line feed; the regex engine's does not. The published
/// schema keeps the pattern as Nova prints it; only the compiled one is written so.
fn with_rust_patterns(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(key, value)| {
                    let value = match (key.as_str(), value) {
                        ("pattern", Value::String(pattern)) => {
                            Value::String(match pattern.strip_suffix('$') {
                                Some(stem) => format!(r"{stem}\n?$"),
                                None => pattern.clone(),
                            })
                        }
                        (_, value) => with_rust_patterns(value),
                    };
                    (key.clone(), value)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(with_rust_patterns).collect()),
        other => other.clone(),
    }
}

/// `minimum` and `maximum` as Nova extends them: a string of digits is compared as a number.
struct Bound {
    limit: f64,
    holds: fn(f64, f64) -> bool,
}

type BoxedKeyword = Box<dyn for<'i> Keyword<'i>>;

fn bound<'a>(
    limit: &'a Value,
    holds: fn(f64, f64) -> bool,
) -> Result<BoxedKeyword, ValidationError<'a>> {
    let limit = limit
        .as_f64()
        .ok_or_else(|| ValidationError::custom("the limit is not a number"))?;
    Ok(Box::new(Bound { limit, holds }))
}

impl<'i> Keyword<'i> for Bound {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) {
            Ok(())
        } else {
            Err(ValidationError::custom("out of range"))
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        let number = match instance {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.is_none_or(|number| (self.holds)(number, self.limit))
    }
}

/// Checks an answer: unlike a request, it is told in full, with the place of every mistake.
pub(crate) fn mistakes(checker: &Checker, answer: &Value) -> Vec<String> {
    checker
        .validator
        .iter_errors(answer)
        .map(|mistake| {
            let place: Cow<'_, str> = match mistake.instance_path() {
                path if path == &Location::new() => "the body".into(),
                path => path.as_str().to_owned().into(),
            };
            format!("{place}: {mistake}")
        })
        .collect()
}
