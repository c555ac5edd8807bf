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
#[derive(Debug, Clone, Copy)]
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

/// How many changes there are in all parts.
pub(crate) const fn count(parts: &[&[Change]]) -> usize {
    let mut count = 0;
    let mut part = 0;
    while part < parts.len() {
        count += parts[part].len();
        part += 1;
    }
    count
}

/// The changes of all parts in a row, for an entry that is too long for one file. `N` is their [`count`].
pub(crate) const fn concat<const N: usize>(parts: &[&[Change]]) -> [Change; N] {
    let mut all = [change(&[], Now::Routed(false)); N];
    let (mut next, mut part) = (0, 0);
    while part < parts.len() {
        let mut n = 0;
        while n < parts[part].len() {
            all[next] = parts[part][n];
            next += 1;
            n += 1;
        }
        part += 1;
    }
    all
}

/// From now on, the body must have this field.
pub(crate) const fn required(on: &'static [Operation], path: &'static str, rule: Rule) -> Change {
    change(on, Now::Takes(At::Body(path), Input::Required(rule)))
}

/// From now on, the body may have this field.
pub(crate) const fn optional(on: &'static [Operation], path: &'static str, rule: Rule) -> Change {
    change(on, Now::Takes(At::Body(path), Input::Optional(rule)))
}

/// From now on, the query may have this parameter.
pub(crate) const fn query(on: &'static [Operation], name: &'static str, rule: Rule) -> Change {
    change(on, Now::Takes(At::Query(name), Input::Optional(rule)))
}

/// From now on, query parameters that are not known are refused.
pub(crate) const fn strict(on: &'static [Operation]) -> Change {
    change(on, Now::Takes(At::OtherQuery, Input::Refused))
}

/// From now on, every answer has this field, for every caller.
pub(crate) const fn shown(on: &'static [Operation], path: &'static str, rule: Rule) -> Change {
    shows(on, path, Output::Always(rule))
}

/// From now on, answers have this field, for every caller.
pub(crate) const fn shows(on: &'static [Operation], path: &'static str, output: Output) -> Change {
    change(on, Now::Shows(At::Body(path), Audience::Everyone, output))
}

/// From now on, administrators see this field of the answer.
pub(crate) const fn to_admins(on: &'static [Operation], path: &'static str, rule: Rule) -> Change {
    change(
        on,
        Now::Shows(At::Body(path), Audience::Admins, Output::Always(rule)),
    )
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
#[derive(Debug, Clone, Copy)]
pub enum Now {
    /// The operation appears, or answers 404.
    Routed(bool),
    /// The status of success.
    Status(u16),
    /// Another status of success: that there was nothing left to do.
    OrStatus(u16),
    /// A body field or query parameter is refused, optional or required.
    Takes(At, Input),
    /// Everyone may filter by these query parameters of a list; by the others only administrators may, and for
    /// everyone else they are dropped.
    Opens(&'static [&'static str]),
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
/// Body paths are JSON pointers with one addition: `*` stands for each item of an array, and for each member of an
/// object whose names are free (`/keypairs/*/keypair/name`, `/server/addresses/*/*/addr`). The empty path is the body
/// itself. A query parameter that ends with `*` stands for all that begin so.
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
    /// A new server's description is its name; later it has none unless one is given.
    DescribesByName,
    /// A filter for a status that there is not is 400; before, nothing is listed.
    ChecksStatus,
    /// The actions of a deleted server are answered; before it is 404.
    AnswersOfDeleted,
    /// A flavor without swap shows it as the empty text rather than as 0.
    ShowsNoSwapAsText,
    /// A server that boots from a volume can be rescued, where its image says that the host can do it; before it is
    /// 400.
    RescuesVolumeBacked,
    /// A server that boots from a volume can be rebuilt with another image; before it is 400.
    RebuildsVolumeBacked,
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
        Self::DescribesByName,
        Self::ChecksStatus,
        Self::AnswersOfDeleted,
        Self::ShowsNoSwapAsText,
        Self::RescuesVolumeBacked,
        Self::RebuildsVolumeBacked,
        Self::TrimsName,
        Self::DropsUnknownProperties,
    ];

    /// Its name in check ids and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActsForUser => "acts-for-user",
            Self::Pages => "pages",
            Self::Generates => "generates",
            Self::DescribesByName => "describes-by-name",
            Self::ChecksStatus => "checks-status",
            Self::AnswersOfDeleted => "answers-of-deleted",
            Self::ShowsNoSwapAsText => "shows-no-swap-as-text",
            Self::RescuesVolumeBacked => "rescues-volume-backed",
            Self::RebuildsVolumeBacked => "rebuilds-volume-backed",
            Self::TrimsName => "trims-name",
            Self::DropsUnknownProperties => "drops-unknown-properties",
        }
    }
}
