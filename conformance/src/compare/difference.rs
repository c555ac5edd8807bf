//! What differs between two answers, and the kind of it: a signature that stays the same from run to run, under which many
//! occurrences are one finding. It knows normalised answers and the history's bands.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use nova_api::{Operation, bands};
use serde_json::Value;

use super::ask::{Ask, Asked};
use crate::{
    caller::Reply,
    normal::{Body, Normaliser},
};

/// An answer, normalised.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers that speak of the API: each name's values, in order.
    pub headers: BTreeMap<String, Vec<String>>,
    /// The body.
    pub body: Body,
    /// The length of the body as it came.
    length: usize,
}

impl Answer {
    /// Normalises a reply.
    pub fn of(reply: &Reply, normal: &Normaliser) -> Self {
        let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &reply.headers {
            if let Some(value) = normal.header(name, value) {
                headers.entry(name.clone()).or_default().push(value);
            }
        }
        Self {
            status: reply.status,
            headers,
            body: normal.body(&reply.body),
            length: reply.body.len(),
        }
    }

    /// The same answer with other texts in its headers and its body.
    #[must_use]
    pub fn with_texts(mut self, other: impl Fn(&str) -> String) -> Self {
        for value in self.headers.values_mut().flatten() {
            *value = other(value);
        }
        match &mut self.body {
            Body::Empty => {}
            Body::Json(value) => change_texts(value, &other),
            Body::Text(text) => *text = other(text),
        }
        self
    }

    /// The sentence of a fault.
    pub fn message(&self) -> Option<&str> {
        let Body::Json(Value::Object(members)) = &self.body else {
            return None;
        };
        members.values().next()?.get("message")?.as_str()
    }
}

fn change_texts(value: &mut Value, other: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = other(text),
        Value::Array(items) => items.iter_mut().for_each(|item| change_texts(item, other)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|member| change_texts(member, other)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// For people: the status, the headers that can matter, and the body.
impl fmt::Display for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.status)?;
        for (name, values) in &self.headers {
            for value in values {
                write!(out, "\n{name}: {value}")?;
            }
        }
        match &self.body {
            Body::Empty => Ok(()),
            Body::Json(value) => write!(out, "\n\n{value}"),
            Body::Text(text) => write!(out, "\n\n{text}"),
        }
    }
}

/// The kind of a difference: the operation, the band of versions, and what differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// The operation, or `other`.
    pub operation: String,
    /// The versions over which the operation's contract holds, such as `2.10-2.34`; `legacy`; or `refused version`.
    pub band: String,
    /// What differs.
    pub what: BTreeSet<String>,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at {}: ", self.operation, self.band)?;
        for (n, what) in self.what.iter().enumerate() {
            if n > 0 {
                out.write_str("; ")?;
            }
            out.write_str(what)?;
        }
        Ok(())
    }
}

impl Kind {
    /// The kind of the difference between two answers; `None` where there is none.
    pub fn of(ask: &Ask, left: &Answer, right: &Answer) -> Option<Self> {
        let mut what = BTreeSet::new();
        what.extend(
            headers_apart(ask, left, right)
                .into_iter()
                .map(|(name, how)| format!("header {name}{how}")),
        );
        if left.status == right.status {
            compare_bodies(left, right, &mut what);
        } else {
            what.insert(format!(
                "status {}{} ≠ {}{}",
                left.status,
                cause(left),
                right.status,
                cause(right)
            ));
        }
        (!what.is_empty()).then(|| Self {
            operation: ask.operation.to_owned(),
            band: band(ask),
            what,
        })
    }
}

fn band(ask: &Ask) -> String {
    match ask.asked {
        Asked::Legacy => "legacy".to_owned(),
        Asked::Refused => "refused version".to_owned(),
        Asked::Version(version) => Operation::ALL
            .iter()
            .find(|operation| operation.name() == ask.operation)
            .and_then(|operation| {
                bands(*operation)
                    .iter()
                    .find(|band| version.minor() <= band.last.minor())
            })
            .map_or_else(
                || "any version".to_owned(),
                |band| format!("{}-{}", band.first, band.last),
            ),
    }
}

/// The reason a fault gives, without what was sent.
fn cause(answer: &Answer) -> String {
    answer
        .message()
        .map_or_else(String::new, |message| format!(" ({})", skeleton(message)))
}

/// A sentence without the values in it, so that one cause has one kind.
fn skeleton(message: &str) -> String {
    let mut out = String::new();
    let mut rest = message;
    if let Some(at) = rest.find("Value: ") {
        out.push_str(&rest[..at]);
        out.push_str("Value: … ");
        // What follows the value is the last sentence: its verb is what matters.
        rest = [
            "is not of type",
            "should be non-empty",
            "is too",
            "does not match",
            "is not one of",
            "is less than",
            "is greater than",
            "were unexpected",
            "was unexpected",
            "is a required",
            "is not valid under",
        ]
        .iter()
        .filter_map(|verb| rest.rfind(verb).map(|at| &rest[at..]))
        .min_by_key(|found| std::cmp::Reverse(found.len()))
        .unwrap_or_default();
    }
    let mut quote = None;
    for letter in rest.chars() {
        match (quote, letter) {
            (None, '\'' | '"') => {
                quote = Some(letter);
                out.push('…');
            }
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, letter) => out.push(letter),
        }
    }
    let end = out.floor_char_boundary(100);
    out.truncate(end);
    out
}

/// The names of the headers that differ, with how they do.
pub(super) fn headers_apart<'a>(
    ask: &Ask,
    left: &'a Answer,
    right: &'a Answer,
) -> BTreeMap<&'a str, String> {
    let names: BTreeSet<&String> = left.headers.keys().chain(right.headers.keys()).collect();
    let mut apart = BTreeMap::new();
    for name in names {
        let how = match (left.headers.get(name), right.headers.get(name)) {
            // HTTP forbids the header here; some web servers send it all the same.
            (Some(_), None) | (None, Some(_))
                if name == "content-length" && left.status == 204 && right.status == 204 =>
            {
                continue;
            }
            (Some(_), None) => " only left".to_owned(),
            (None, Some(_)) => " only right".to_owned(),
            // The length follows from the body, whose ids may be of different lengths.
            (Some(_), Some(_))
                if name == "content-length"
                    && (ask.method == http::Method::HEAD
                        || left.length != right.length
                        || left.body != right.body) =>
            {
                continue;
            }
            (Some(ours), Some(theirs)) if ours != theirs => {
                let shown = |values: &[String]| values.join(" | ");
                format!(": {} ≠ {}", shown(ours), shown(theirs))
            }
            _ => continue,
        };
        apart.insert(name.as_str(), how);
    }
    apart
}

fn compare_bodies(left: &Answer, right: &Answer, what: &mut BTreeSet<String>) {
    match (&left.body, &right.body) {
        (Body::Json(ours), Body::Json(theirs)) => compare_json("", ours, theirs, what),
        (Body::Text(ours), Body::Text(theirs)) if ours == theirs => {}
        (Body::Empty, Body::Empty) => {}
        (ours, theirs) => {
            let form = |body: &Body| match body {
                Body::Empty => "none",
                Body::Json(_) => "JSON",
                Body::Text(_) => "text",
            };
            what.insert(format!("body: {} ≠ {}", form(ours), form(theirs)));
        }
    }
}

fn compare_json(at: &str, left: &Value, right: &Value, what: &mut BTreeSet<String>) {
    match (left, right) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
            for name in names {
                let at = format!("{at}/{name}");
                match (ours.get(name), theirs.get(name)) {
                    (Some(ours), Some(theirs)) => compare_json(&at, ours, theirs, what),
                    (Some(_), None) => drop(what.insert(format!("body {at} only left"))),
                    _ => drop(what.insert(format!("body {at} only right"))),
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            if ours.len() != theirs.len() {
                what.insert(format!("body {at}: number of items"));
            }
            for (ours, theirs) in ours.iter().zip(theirs) {
                compare_json(&format!("{at}/*"), ours, theirs, what);
            }
        }
        (ours, theirs) if ours == theirs => {}
        (Value::String(ours), Value::String(theirs)) if at.ends_with("/message") => {
            what.insert(format!(
                "message \"{}\" ≠ \"{}\"",
                skeleton(ours),
                skeleton(theirs)
            ));
        }
        _ => drop(what.insert(format!("body {at}"))),
    }
}
