//! The words of the history: what one microversion may change.

use serde_json::Value;

use crate::{Microversion, Operation};

/// One microversion: what it is called and what it changes.
#[derive(Debug)]
pub struct Entry {
    /// The version from which the changes hold.
    pub version: Microversion,
    /// A few words, for the list of versions.
    pub title: &'static str,
    /// What changes for the operations described here; many versions touch none of them.
    pub changes: &'static [Change],
}

/// From the entry's version on, for these operations, `now` holds, until a later entry says
/// otherwise.
#[derive(Debug)]
pub struct Change {
    /// The operations concerned.
    pub on: &'static [Operation],
    /// What holds.
    pub now: Now,
}

/// Shorthand for the history's files.
pub(crate) const fn change(on: &'static [Operation], now: Now) -> Change {
    Change { on, now }
}

/// From now on, nobody sees this field of the answer.
pub(crate) const fn hidden(on: &'static [Operation], path: &'static str) -> Change {
    change(on, Now::Hides(At::Body(path)))
}

/// From now on, this field of the body is refused.
pub(crate) const fn refused(on: &'static [Operation], path: &'static str) -> Change {
    change(on, Now::Takes(At::Body(path), Input::Refused))
}

/// What can change.
#[derive(Debug)]
pub enum Now {
    /// The operation appears, or answers 404.
    Routed(bool),
    /// The status of success.
    Status(u16),
    /// A body field or query parameter is refused, optional or required.
    Takes(At, Input),
    /// A field of the answer is there for this audience.
    Shows(At, Audience, Output),
    /// A field of the answer is there for nobody.
    Hides(At),
    /// What no schema can say; each has a hand-written probe in the conformance suite.
    Behaves(Behavior),
    /// A behavior ends.
    BehavesNoMore(Behavior),
}

/// Where something stands: in the request or in the answer.
///
/// Body paths are JSON pointers with one addition: `*` stands for each item of an array
/// (`/keypairs/*/keypair/name`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum At {
    /// A field of the body.
    Body(&'static str),
    /// A field of the request body that Nova checks before the named sibling. The order decides
    /// which of two mistakes is answered.
    BodyBefore(&'static str, &'static str),
    /// A query parameter.
    Query(&'static str),
    /// Every query parameter that is not named.
    OtherQuery,
}

impl At {
    /// The JSON pointer of a body field.
    pub const fn pointer(self) -> Option<&'static str> {
        match self {
            Self::Body(path) | Self::BodyBefore(path, _) => Some(path),
            Self::Query(_) | Self::OtherQuery => None,
        }
    }
}

/// How a body field or query parameter is taken.
#[derive(Debug, Clone, Copy)]
pub enum Input {
    /// Its presence is 400 (a query parameter not yet known is ignored while [`At::OtherQuery`]
    /// is tolerated).
    Refused,
    /// It may be left out.
    Optional(Rule),
    /// Its absence is 400.
    Required(Rule),
}

/// Who sees a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Callers whom the policy counts as administrators.
    Admins,
    /// Every caller who may use the operation.
    Everyone,
}

/// A field of the answer.
#[derive(Debug, Clone, Copy)]
pub enum Output {
    /// In every answer.
    Always(Rule),
    /// Only in some (a private key only when one was generated).
    Sometimes(Rule),
}

impl Output {
    /// What the field's value must be.
    pub const fn rule(self) -> Rule {
        match self {
            Self::Always(rule) | Self::Sometimes(rule) => rule,
        }
    }
}

/// What a value must be: a named JSON Schema.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its name in the documentation.
    pub name: &'static str,
    /// The schema, with its keywords in the order in which Nova checks them.
    pub schema: fn() -> Value,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What no schema can say. Each variant has a probe in the conformance suite that bears its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Behavior {
    /// The operation acts on the keypairs of the user named by `user_id`, where policy allows it;
    /// before, always on the caller's. Two users may own keypairs of the same name.
    ActsForUser,
    /// The list is sorted by name, ascending, and `limit` and `marker` walk it.
    Pages,
    /// A keypair without a public key is generated, and its private key is answered this once.
    Generates,
    /// Spaces around the name are dropped rather than refused (the legacy endpoint).
    TrimsName,
    /// Unknown properties of the body are dropped rather than refused (the legacy endpoint).
    DropsUnknownProperties,
}

impl Behavior {
    /// Every behavior, for the guards.
    pub const ALL: &'static [Self] = &[
        Self::ActsForUser,
        Self::Pages,
        Self::Generates,
        Self::TrimsName,
        Self::DropsUnknownProperties,
    ];

    /// Its name in check ids and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActsForUser => "acts-for-user",
            Self::Pages => "pages",
            Self::Generates => "generates",
            Self::TrimsName => "trims-name",
            Self::DropsUnknownProperties => "drops-unknown-properties",
        }
    }
}
