//! Reading bodies: what must be JSON, and which keys must be there.
//!
//! Keystone checks bodies against schemas and answers with the validator's sentence; the checks here give the
//! same statuses and the first line of that sentence.

use serde_json::{Map, Value};

use super::{Exchange, Fault};
use crate::http::call::Call;

/// Refuses a body that is not a JSON object, on any path, as Keystone does before it looks at the path.
pub(super) fn check(call: &Call) -> Result<(), Fault> {
    if call.body.is_empty() {
        return Ok(());
    }
    let content_type = call.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") && !media_type.is_empty() {
        return Err(Fault::expecting("application/json", "Content-Type header"));
    }
    match serde_json::from_slice::<Value>(&call.body) {
        Ok(Value::Object(_)) => Ok(()),
        Ok(_) | Err(_) => Err(Fault::expecting("valid JSON", "request body")),
    }
}

impl Exchange<'_> {
    /// The body's object; empty without a body.
    pub(super) fn object(&self) -> Map<String, Value> {
        serde_json::from_slice(&self.call.body).unwrap_or_default()
    }

    /// The object under the one key a body is wrapped in (`user`, `project`…).
    pub(super) fn member(&self, root: &str) -> Result<Map<String, Value>, Fault> {
        match self.object().remove(root) {
            Some(Value::Object(member)) => Ok(member),
            Some(other) => Err(wrong_type(root, &other, "object")),
            None => Err(Fault::bad_request(format!("'{root}' is a required property"))),
        }
    }
}

/// A key of a body that holds text, if it is there and not null.
pub(super) fn text(member: &Map<String, Value>, key: &str) -> Result<Option<String>, Fault> {
    match member.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(wrong_type(key, other, "string")),
    }
}

/// A key of a body that holds true or false, if it is there.
pub(super) fn switch(member: &Map<String, Value>, key: &str) -> Result<Option<bool>, Fault> {
    match member.get(key) {
        None => Ok(None),
        Some(Value::Bool(truth)) => Ok(Some(*truth)),
        Some(other) => Err(wrong_type(key, other, "boolean")),
    }
}

/// A name: there, text, 1 to `longest` characters, not all white space.
pub(super) fn name(member: &Map<String, Value>, longest: usize) -> Result<Option<String>, Fault> {
    let name = match member.get("name") {
        None => return Ok(None),
        Some(Value::String(name)) => name.clone(),
        Some(other) => return Err(wrong_type("name", other, "string")),
    };
    let refuse = |why: &str| Err(invalid("name", &format!("{} {why}", nova_api::python_repr(&Value::from(name.clone())))));
    match name.chars().count() {
        0 => refuse("should be non-empty"),
        length if length > longest => refuse("is too long"),
        _ if name.trim().is_empty() => refuse("does not match '[\\\\S]+'"),
        _ => Ok(Some(name)),
    }
}

/// A name that must be there.
pub(super) fn required_name(member: &Map<String, Value>, longest: usize) -> Result<String, Fault> {
    name(member, longest)?.ok_or_else(|| Fault::bad_request("'name' is a required property"))
}

/// What is in a body beyond the keys Keystone knows: it keeps it for the client.
pub(super) fn extra(member: &Map<String, Value>, known: &[&str]) -> Map<String, Value> {
    member.iter().filter(|(key, _)| !known.contains(&key.as_str())).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Keystone's sentence for a value of the wrong type.
pub(super) fn wrong_type(key: &str, value: &Value, expected: &str) -> Fault {
    invalid(key, &format!("{} is not of type '{expected}'", nova_api::python_repr(value)))
}

/// Keystone's sentence for a value its schema refuses.
pub(super) fn invalid(key: &str, why: &str) -> Fault {
    Fault::bad_request(format!("Invalid input for field '{key}': {why}"))
}
