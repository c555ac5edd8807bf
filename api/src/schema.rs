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
///
/// The root is an object unless a field with an empty path says otherwise.
pub(crate) fn body(fields: &[Field], open: bool) -> Value {
    let mut schema = body_of(fields, &mut |rule| (rule.schema)());
    if open {
        relax(&mut schema);
    }
    schema
}

/// As [`body`], with `leaf` for the schema of each field that has none below it.
pub(crate) fn body_of(fields: &[Field], leaf: &mut dyn FnMut(Rule) -> Value) -> Value {
    let root = fields
        .iter()
        .find(|field| field.path.is_empty())
        .map_or(rules::OBJECT, |field| field.rule);
    node("", root, fields, leaf)
}

fn node(path: &str, rule: Rule, fields: &[Field], leaf: &mut dyn FnMut(Rule) -> Value) -> Value {
    let children: Vec<(&str, &Field)> = fields
        .iter()
        .filter_map(|field| {
            let name = field.path.strip_prefix(path)?.strip_prefix('/')?;
            (!name.contains('/')).then_some((name, field))
        })
        .collect();
    if children.is_empty() {
        return leaf(rule);
    }
    let mut schema = (rule.schema)();
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, field) in children {
        let child = node(field.path, field.rule, fields, leaf);
        if name == "*" {
            let keyword = if schema["type"] == "array" {
                "items"
            } else {
                "additionalProperties"
            };
            schema[keyword] = child;
        } else {
            properties.insert(name.to_owned(), child);
            if field.required {
                required.push(Value::from(name));
            }
        }
    }
    if !properties.is_empty() {
        // A rule may bring properties of its own, which come first.
        match schema.get_mut("properties") {
            Some(Value::Object(known)) => known.extend(properties),
            _ => schema["properties"] = Value::Object(properties),
        }
        if !required.is_empty() {
            schema["required"] = Value::Array(required);
        }
        if schema.get("additionalProperties").is_none() {
            schema["additionalProperties"] = Value::Bool(false);
        }
    }
    schema
}

/// Lets every object have members that its schema does not name, but for those whose names obey a pattern.
fn relax(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            if keywords.get("additionalProperties") == Some(&Value::Bool(false))
                && !keywords.contains_key("patternProperties")
            {
                keywords.shift_remove("additionalProperties");
            }
            keywords.values_mut().for_each(relax);
        }
        Value::Array(items) => items.iter_mut().for_each(relax),
        _ => {}
    }
}

/// Keeps the members of a body that its schema names.
pub(crate) fn keep_known(schema: &Value, body: &mut Value) {
    match body {
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for item in items {
                    keep_known(schema, item);
                }
            }
        }
        Value::Object(members) => {
            let Some(Value::Object(known)) = schema.get("properties") else {
                return;
            };
            if schema.get("additionalProperties").is_none() {
                members.retain(|name, _| known.contains_key(name));
            }
            for (name, member) in members {
                if let Some(schema) = known.get(name) {
                    keep_known(schema, member);
                }
            }
        }
        _ => {}
    }
}

/// The schema of a query: each parameter an array of its values, as Nova sees it. A parameter whose name ends with
/// `*` stands for all whose names begin so.
pub(crate) fn query(parameters: &[(&'static str, Rule)], tolerant: bool) -> Value {
    let mut properties = Map::new();
    let mut patterns = Map::new();
    for (name, rule) in parameters {
        let values = rules::multiple(*rule);
        match name.strip_suffix('*') {
            Some(beginning) => patterns.insert(format!("^{beginning}"), values),
            None => properties.insert((*name).to_owned(), values),
        };
    }
    let mut schema =
        json!({"type": "object", "properties": properties, "additionalProperties": tolerant});
    if !patterns.is_empty() {
        schema["patternProperties"] = Value::Object(patterns);
    }
    schema
}

/// A schema and its compiled validator, which answers in Nova's sentences.
#[derive(Debug)]
pub(crate) struct Checker {
    schema: Value,
    validator: Validator,
    relaxed: bool,
}

impl Checker {
    /// Compiles a schema made by this crate.
    ///
    /// # Errors
    /// The compiler's sentence; a test compiles every schema of the history, so it never meets a
    /// caller.
    pub(crate) fn new(schema: Value) -> Result<Self, String> {
        Self::compile(schema, false)
    }

    /// As [`Self::new`], for bodies of the legacy endpoint: names that match no pattern are met only beside one that
    /// does.
    pub(crate) fn relaxed(schema: Value) -> Result<Self, String> {
        Self::compile(schema, true)
    }

    fn compile(schema: Value, relaxed: bool) -> Result<Self, String> {
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
        if relaxed {
            options = options.with_keyword("additionalProperties", |parent, _, _| {
                Ok(Box::new(Relaxed(Value::Object(parent.clone()))))
            });
        }
        for format in FORMATS {
            options = options.with_format(format.name, format.holds);
        }
        let validator = options
            .build(&with_rust_patterns(&schema))
            .map_err(|error| error.to_string())?;
        Ok(Self {
            schema,
            validator,
            relaxed,
        })
    }

    /// The first mistake, in Nova's words.
    pub(crate) fn refusal(&self, part: Part, instance: &Value) -> Option<String> {
        if self.validator.is_valid(instance) {
            return None;
        }
        let mistakes = self.validator.iter_errors(instance);
        sentence::first_refusal(&self.schema, part, self.relaxed, instance, mistakes)
    }
}

/// What a final `$` of a pattern is compiled to: Python's also matches before a final line feed, the regex engine's
/// does not. The published schema keeps the pattern as Nova prints it; only the compiled one is written so.
const END: &str = r"\n?$";

/// A step of a path into the compiled schema as it is in the published one.
pub(crate) fn published(step: &str) -> String {
    match step.strip_suffix(END) {
        Some(stem) => format!("{stem}$"),
        None => step.to_owned(),
    }
}

/// A pattern of Nova's as the regex engine shall read it.
pub(crate) fn compiled_pattern(pattern: &str) -> String {
    match pattern.strip_suffix('$') {
        Some(stem) => format!("{stem}{END}"),
        None => pattern.to_owned(),
    }
}

fn with_rust_patterns(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(key, value)| {
                    let value = match (key.as_str(), value) {
                        ("pattern", Value::String(pattern)) => {
                            Value::String(compiled_pattern(pattern))
                        }
                        ("patternProperties", Value::Object(patterns)) => Value::Object(
                            patterns
                                .iter()
                                .map(|(pattern, schema)| {
                                    (compiled_pattern(pattern), with_rust_patterns(schema))
                                })
                                .collect(),
                        ),
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

/// What the legacy endpoint makes of `additionalProperties: false` beside patterns: a name that matches none is
/// refused, unless no name matches any.
struct Relaxed(Value);

impl<'i> Keyword<'i> for Relaxed {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) {
            Ok(())
        } else {
            Err(ValidationError::custom("unexpected names"))
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        let Some(members) = instance.as_object() else {
            return true;
        };
        let strangers = sentence::strangers(&self.0, instance).len();
        strangers == 0 || strangers == members.len() || self.0.get("patternProperties").is_none()
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
