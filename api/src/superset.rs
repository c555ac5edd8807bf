//! The one body a handler builds: everything there is to say, which a contract prunes while it is written.
//!
//! Its texts are borrowed from what they describe and its members stand in a row, so that an answer costs one
//! walk and one buffer.

use std::borrow::Cow;

use serde_json::Value;

/// A JSON value that borrows.
#[derive(Debug, Clone, PartialEq)]
pub enum Superset<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A number that Python writes with a point.
    Float(f64),
    /// A string.
    Text(Cow<'a, str>),
    /// An object, its members in the order in which they are written.
    Object(Vec<(Cow<'a, str>, Superset<'a>)>),
    /// An array.
    Array(Vec<Superset<'a>>),
}

impl<'a> Superset<'a> {
    /// An object of these members.
    pub fn object<const N: usize>(members: [(&'a str, Superset<'a>); N]) -> Self {
        let members = members
            .into_iter()
            .map(|(name, member)| (Cow::Borrowed(name), member));
        Self::Object(members.collect())
    }

    /// Appends the value as JSON.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(true) => out.extend_from_slice(b"true"),
            Self::Bool(false) => out.extend_from_slice(b"false"),
            Self::Integer(number) => write_json(number, out),
            Self::Float(number) => write_json(number, out),
            Self::Text(text) => write_json(text, out),
            Self::Object(members) => {
                let members = members.iter().map(|(name, member)| (name, member));
                write_members(members, out, Self::write);
            }
            Self::Array(items) => write_items(items, out, Self::write),
        }
    }
}

/// Appends what serde_json writes of a plain value, which cannot fail in memory.
fn write_json(value: &(impl serde::Serialize + ?Sized), out: &mut Vec<u8>) {
    let _ = serde_json::to_writer(out, value);
}

/// Appends an object of the given members.
pub(crate) fn write_members<'m, 'a: 'm, T>(
    members: impl IntoIterator<Item = (&'m Cow<'a, str>, T)>,
    out: &mut Vec<u8>,
    mut write: impl FnMut(T, &mut Vec<u8>),
) {
    out.push(b'{');
    for (n, (name, member)) in members.into_iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        write_json(name, out);
        out.push(b':');
        write(member, out);
    }
    out.push(b'}');
}

/// Appends an array of the given items.
pub(crate) fn write_items<'m, 'a: 'm>(
    items: &'m [Superset<'a>],
    out: &mut Vec<u8>,
    mut write: impl FnMut(&'m Superset<'a>, &mut Vec<u8>),
) {
    out.push(b'[');
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b']');
}

impl<'a> From<&'a str> for Superset<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Superset<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Superset<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Superset<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Superset<'_> {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

/// For bodies that are seldom asked for. Integers beyond 64 bits become floats; the API answers none.
impl From<Value> for Superset<'_> {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => number.as_i64().map_or_else(
                || Self::Float(number.as_f64().unwrap_or_default()),
                Self::Integer,
            ),
            Value::String(text) => Self::from(text),
            Value::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Value::Object(members) => Self::Object(
                members
                    .into_iter()
                    .map(|(name, member)| (Cow::Owned(name), Self::from(member)))
                    .collect(),
            ),
        }
    }
}
