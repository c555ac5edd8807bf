//! Reading bodies: what must be JSON, which keys must be there, and what they may hold.
//!
//! Keystone checks bodies against schemas and answers with the validator's sentence; the checks here give the
//! same statuses and sentences, without the dump of the schema that Keystone appends in `/v3/auth/tokens`.

use nova_api::python_repr;
use serde_json::{Map, Value};

use super::{Exchange, Fault};
use crate::http::call::Call;

/// An object of a body.
pub(super) type Object = Map<String, Value>;

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
    pub(super) fn object(&self) -> Object {
        serde_json::from_slice(&self.call.body).unwrap_or_default()
    }

    /// The object under the one key a body is wrapped in (`user`, `project`…).
    pub(super) fn member(&self, root: &str) -> Result<Object, Fault> {
        match self.object().remove(root) {
            Some(Value::Object(member)) => Ok(member),
            Some(other) => Err(not_of_type(root, &other, "'object'")),
            None => Err(required(root)),
        }
    }

    /// The same for what is to be made, which must have a name.
    pub(super) fn named_member(
        &self,
        root: &str,
        longest: usize,
    ) -> Result<(Object, String), Fault> {
        let member = self.member(root)?;
        match name(&member, longest)? {
            Some(name) => Ok((member, name)),
            None => Err(invalid(
                root,
                &Value::Object(member),
                "'name' is a required property",
            )),
        }
    }
}

/// A key of a body that holds text or null, if it is there.
pub(super) fn text(member: &Object, key: &str) -> Result<Option<String>, Fault> {
    match member.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(not_of_type(key, other, "'string', 'null'")),
    }
}

/// A key of a body that holds true or false in one of the many forms Keystone reads, if it is there.
pub(super) fn switch(member: &Object, key: &str) -> Result<Option<bool>, Fault> {
    match member.get(key) {
        None => Ok(None),
        Some(Value::Bool(truth)) => Ok(Some(*truth)),
        Some(Value::String(word)) => as_switch(key, word).map(Some),
        Some(other) => Err(not_a_switch(key, other)),
    }
}

/// A word that means true or false.
pub(super) fn as_switch(key: &str, word: &str) -> Result<bool, Fault> {
    match word {
        "True" | "TRUE" | "true" | "" | "1" | "y" | "Y" | "on" | "ON" | "yes" => Ok(true),
        "False" | "FALSE" | "false" | "0" | "n" | "N" | "off" | "OFF" | "no" => Ok(false),
        _ => Err(not_a_switch(key, &Value::from(word))),
    }
}

fn not_a_switch(key: &str, value: &Value) -> Fault {
    let words = "[True, 'True', 'TRUE', 'true', False, 'False', 'FALSE', 'false', '', '1', '0', 'y', 'Y', 'n', 'N', \
                 'on', 'ON', 'off', 'OFF', 'yes', 'no']";
    invalid(
        key,
        value,
        &format!("{} is not one of {words}", python_repr(value)),
    )
}

/// A name, if it is there: text, 1 to `longest` characters, not all white space.
pub(super) fn name(member: &Object, longest: usize) -> Result<Option<String>, Fault> {
    let (value, name) = match member.get("name") {
        None => return Ok(None),
        Some(value @ Value::String(name)) => (value, name),
        Some(other) => return Err(not_of_type("name", other, "'string'")),
    };
    let refuse = |why: &str| {
        Err(invalid(
            "name",
            value,
            &format!("{} {why}", python_repr(value)),
        ))
    };
    match name.chars().count() {
        0 => refuse("should be non-empty"),
        length if length > longest => refuse("is too long"),
        _ if name.trim().is_empty() => refuse("does not match '[\\\\S]+'"),
        _ => Ok(Some(name.clone())),
    }
}

/// The options of what is made or changed, if they are given.
pub(super) fn options(member: &Object) -> Result<Option<Object>, Fault> {
    match member.get("options") {
        None => Ok(None),
        Some(Value::Object(options)) => Ok(Some(options.clone())),
        Some(other) => Err(not_of_type("options", other, "'object'")),
    }
}

/// What is in a body beyond the keys Keystone knows: it keeps it for the client.
pub(super) fn extra(member: &Object, known: &[&str]) -> Object {
    member
        .iter()
        .filter(|(key, _)| !known.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Ids and domains are for ever.
pub(super) fn refuse_moving(member: &Object, id: &str, domain_id: &str) -> Result<(), Fault> {
    if member.get("id").is_some_and(|asked| asked != id) {
        return Err(Fault::bad_request("Cannot change ID"));
    }
    if member
        .get("domain_id")
        .is_some_and(|asked| asked != domain_id)
    {
        return Err(Fault::bad_request("Cannot change Domain ID"));
    }
    Ok(())
}

/// Keystone's sentence for a key that is missing at the top.
pub(super) fn required(key: &str) -> Fault {
    Fault::bad_request(format!("'{key}' is a required property"))
}

/// Keystone's sentence for a value of the wrong type; `types` is as Python's jsonschema lists them.
pub(super) fn not_of_type(key: &str, value: &Value, types: &str) -> Fault {
    invalid(
        key,
        value,
        &format!("{} is not of type {types}", python_repr(value)),
    )
}

/// Keystone's sentence for a value its schema refuses.
pub(super) fn invalid(key: &str, value: &Value, why: &str) -> Fault {
    let shown = match value {
        Value::String(text) => text.clone(),
        other => python_repr(other),
    };
    Fault::bad_request(format!(
        "Invalid input for field/attribute {key}. Value: {shown}. {why}"
    ))
}
