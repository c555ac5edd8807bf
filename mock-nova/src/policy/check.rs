//! A parsed check string, and its answer for one caller and one target.
//!
//! Knows [`Credentials`] and [`Target`]; rules refer to each other by their place in [`Rules`], so
//! that an answer needs no look-up by name and allocates nothing.

use super::{Credentials, Rules, Target, caller::Value};

/// A node of a parsed check string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// `@`, or an empty check string.
    Always,
    /// `!`
    Never,
    All(Vec<Check>),
    Any(Vec<Check>),
    Not(Box<Check>),
    /// `rule:name`, by its place.
    Rule(usize),
    /// `role:name`
    Role(Template),
    /// `is_admin:True`. Nova reads every other word as false.
    IsAdmin(bool),
    /// `'text':%(attribute)s`
    Literal(String, Template),
    /// `attribute:%(attribute)s`
    Attribute(String, Template),
}

/// The right side of a check: text with attributes of the target in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(pub(super) Vec<Piece>);

/// One piece of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Attribute(String),
}

/// One question put to the rules.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) rules: &'a Rules,
    pub(super) caller: &'a Credentials<'a>,
    pub(super) target: &'a Target<'a>,
    /// Set while finding out whether the caller is an admin: then nobody knows yet.
    pub(super) deciding_admin: bool,
}

impl Check {
    /// Whether the check allows it.
    pub(super) fn allows(&self, ask: &Question<'_>) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::All(checks) => checks.iter().all(|check| check.allows(ask)),
            Self::Any(checks) => checks.iter().any(|check| check.allows(ask)),
            Self::Not(check) => !check.allows(ask),
            Self::Rule(place) => ask.rules.check(*place).allows(ask),
            Self::Role(name) => ask
                .caller
                .roles
                .iter()
                .any(|role| name.equals(lowered(role), ask.target, lowered)),
            Self::IsAdmin(expected) => {
                !ask.deciding_admin && ask.rules.is_admin(ask.caller) == *expected
            }
            Self::Literal(text, name) => name.equals(text.chars(), ask.target, str::chars),
            Self::Attribute(name, expected) => match ask.caller.attribute(name) {
                None => false,
                Some(Value::List(values)) => values
                    .iter()
                    .any(|value| expected.equals(value.chars(), ask.target, str::chars)),
                Some(value) => expected.equals(value.text().chars(), ask.target, str::chars),
            },
        }
    }

    /// Calls `visit` with the place of every rule this check refers to.
    pub(super) fn each_rule(&self, visit: &mut impl FnMut(usize)) {
        match self {
            Self::All(checks) | Self::Any(checks) => {
                checks.iter().for_each(|check| check.each_rule(visit));
            }
            Self::Not(check) => check.each_rule(visit),
            Self::Rule(place) => visit(*place),
            Self::Always
            | Self::Never
            | Self::Role(_)
            | Self::IsAdmin(_)
            | Self::Literal(..)
            | Self::Attribute(..) => {}
        }
    }
}

impl Template {
    /// Whether the template, filled from `target`, is `text`. A missing attribute is never equal.
    ///
    /// Compares piece by piece instead of building the filled text. `fold` brings the template's
    /// pieces to the form `text` already has.
    fn equals<'t, I: Iterator<Item = char>>(
        &'t self,
        mut text: impl Iterator<Item = char>,
        target: &Target<'t>,
        fold: impl Fn(&'t str) -> I,
    ) -> bool {
        for piece in &self.0 {
            let expected = match piece {
                Piece::Text(text) => text,
                Piece::Attribute(name) => match target.attribute(name) {
                    Some(value) => value.text(),
                    None => return false,
                },
            };
            if !fold(expected).all(|c| text.next() == Some(c)) {
                return false;
            }
        }
        text.next().is_none()
    }
}

impl<'a> Value<'a> {
    /// The text Python's `str()` gives, which is what check strings are compared with.
    fn text(self) -> &'a str {
        match self {
            Self::Nothing => "None",
            Self::Text(text) => text,
            Self::Flag(true) => "True",
            Self::Flag(false) => "False",
            // A target has no lists, and the lists of a caller are compared value by value.
            Self::List(_) => "",
        }
    }
}

/// Roles are compared without case.
fn lowered(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}
