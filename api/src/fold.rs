//! The history, folded into contracts: once for everybody as it is, and as often as somebody asks with one flaw.
//!
//! It knows the history's entries and what a [`Contract`] is made of; nobody here knows an operation by name.

use std::sync::OnceLock;

use crate::change::{Change, Now};
use crate::contract::{Band, Contract, Terms, is_within};
use crate::flaw::{Flaw, Twist};
use crate::{Microversion, Operation, history, legacy};

/// One cell per operation, filled when it is first asked for: few operations are ever used in one process.
type PerOperation<T> = [OnceLock<T>; Operation::ALL.len()];

/// What the API says at every version, or says with one [`Flaw`].
#[derive(Debug)]
pub struct History {
    bands: PerOperation<Vec<Band>>,
    legacy: PerOperation<Contract>,
    flaw: Option<Flaw>,
}

static RIGHT: History = History::new(None);

impl History {
    const fn new(flaw: Option<Flaw>) -> Self {
        Self {
            bands: [const { OnceLock::new() }; Operation::ALL.len()],
            legacy: [const { OnceLock::new() }; Operation::ALL.len()],
            flaw,
        }
    }

    /// The history as it is.
    pub fn right() -> &'static Self {
        &RIGHT
    }

    /// The history with one change missing, early or late. What the flaw does not touch is shared with the right one.
    #[must_use]
    pub const fn with(flaw: Flaw) -> Self {
        Self::new(Some(flaw))
    }

    /// The flaw, where it is about this operation.
    fn flaw_of(&self, operation: Operation) -> Option<&Flaw> {
        self.flaw
            .as_ref()
            .filter(|flaw| flaw.operation() == operation)
    }

    /// Whose contracts of an operation hold here.
    fn holder(&self, operation: Operation) -> &Self {
        if self.flaw.is_some() && self.flaw_of(operation).is_none() {
            &RIGHT
        } else {
            self
        }
    }

    /// The bands of one operation, oldest first; together they cover every version.
    pub fn bands(&self, operation: Operation) -> &[Band] {
        let holder = self.holder(operation);
        holder.bands[operation.index()].get_or_init(|| fold(operation, holder.flaw_of(operation)))
    }

    /// What holds for `operation` at `version`.
    pub fn contract(&self, operation: Operation, version: Microversion) -> &Contract {
        let bands = self.bands(operation);
        let after = bands.partition_point(|band| band.first.minor() <= version.minor());
        // The first band begins at 2.1, so there is always one.
        &bands[after.saturating_sub(1)].contract
    }

    /// What holds for `operation` on the legacy endpoint, which knows no versions.
    pub fn legacy_contract(&self, operation: Operation) -> &Contract {
        let holder = self.holder(operation);
        holder.legacy[operation.index()].get_or_init(|| {
            let mut terms = holder.contract(operation, Microversion::MIN).terms.clone();
            let flaw = holder.flaw_of(operation);
            for (place, change) in legacy::CHANGES.iter().enumerate() {
                let left_out = flaw.is_some_and(|flaw| flaw.is_legacy(place));
                if change.on.contains(&operation) && !left_out {
                    terms.apply(&change.now);
                }
            }
            Contract::new(operation, terms)
        })
    }
}

/// The bands of one operation, oldest first; together they cover every version.
pub fn bands(operation: Operation) -> &'static [Band] {
    RIGHT.bands(operation)
}

/// What holds for `operation` at `version`.
pub fn contract(operation: Operation, version: Microversion) -> &'static Contract {
    RIGHT.contract(operation, version)
}

/// What holds for `operation` on the legacy endpoint, which knows no versions.
pub fn legacy_contract(operation: Operation) -> &'static Contract {
    RIGHT.legacy_contract(operation)
}

fn fold(operation: Operation, flaw: Option<&Flaw>) -> Vec<Band> {
    let mut terms = Terms::default();
    let mut bands: Vec<Band> = Vec::new();
    for version in history::ENTRIES.iter().map(|entry| entry.version) {
        let changed = step(&mut terms, operation, version, flaw);
        match bands.last_mut() {
            Some(band) if !changed => band.last = version,
            _ => {
                let mut terms = terms.clone();
                if flaw.is_some() {
                    make_whole(&mut terms, &contract(operation, version).terms);
                }
                bands.push(Band {
                    first: version,
                    last: version,
                    contract: Contract::new(operation, terms),
                });
            }
        }
    }
    bands
}

/// What holds at one version only, for whoever looks for a flaw's difference.
pub(crate) fn terms_at(operation: Operation, version: Microversion, flaw: &Flaw) -> Terms {
    let mut terms = Terms::default();
    for entry in history::ENTRIES {
        step(&mut terms, operation, entry.version, Some(flaw));
        if entry.version == version {
            break;
        }
    }
    make_whole(&mut terms, &contract(operation, version).terms);
    terms
}

/// Applies what one version changes of an operation. Whether there was anything.
fn step(
    terms: &mut Terms,
    operation: Operation,
    version: Microversion,
    flaw: Option<&Flaw>,
) -> bool {
    let moved = flaw.filter(|flaw| flaw.moved_to() == Some(version));
    let mut changed = moved.is_some();
    // What is late comes before what the next version has to say, which may build on it.
    if let Some(flaw) = moved.filter(|flaw| flaw.twist() == Twist::Late) {
        apply_moved(terms, flaw);
    }
    for (place, change) in changes_at(version) {
        if !change.on.contains(&operation) {
            continue;
        }
        changed = true;
        match flaw.filter(|flaw| flaw.is_at(version, place)) {
            None => terms.apply(&change.now),
            // Of what is left out, the other names stay.
            Some(flaw) => {
                if let Now::Opens(names) = &change.now {
                    let others = names.iter().filter(|name| Some(**name) != flaw.part());
                    terms.open.extend(others);
                }
            }
        }
    }
    if let Some(flaw) = moved.filter(|flaw| flaw.twist() == Twist::Early) {
        apply_moved(terms, flaw);
    }
    changed
}

fn apply_moved(terms: &mut Terms, flaw: &Flaw) {
    match flaw.part() {
        Some(name) => terms.open.push(name),
        None => terms.apply(flaw.now()),
    }
}

/// The changes of a version, each with its place.
pub(crate) fn changes_at(version: Microversion) -> impl Iterator<Item = (usize, &'static Change)> {
    let entries = history::ENTRIES
        .iter()
        .filter(move |entry| entry.version == version);
    entries.flat_map(|entry| entry.changes.iter().enumerate())
}

/// Takes what stands below something that a flaw took away, away too, and remembers what is left with nothing in it:
/// a contract would otherwise show the whole of it.
fn make_whole(terms: &mut Terms, right: &Terms) {
    let shown: Vec<&str> = terms.outputs.iter().map(|(path, ..)| *path).collect();
    let outputs = std::mem::take(&mut terms.outputs);
    terms.outputs = outputs
        .into_iter()
        .filter(|(path, ..)| ancestors(path).all(|above| shown.contains(&above)))
        .collect();
    let taken: Vec<&str> = terms.inputs.iter().map(|(path, _)| *path).collect();
    let inputs = std::mem::take(&mut terms.inputs);
    terms.inputs = inputs
        .into_iter()
        .filter(|(path, _)| ancestors(path).all(|above| taken.contains(&above)))
        .collect();
    let has_child = |terms: &Terms, path: &str| {
        let mut outputs = terms.outputs.iter();
        outputs.any(|(known, ..)| *known != path && is_within(known, path))
    };
    let holders = terms.outputs.iter().map(|(path, ..)| *path).chain([""]);
    let bare = holders
        .filter(|path| has_child(right, path) && !has_child(terms, path))
        .collect();
    terms.bare = bare;
}

/// The paths above one, but for the root.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/')
        .map(|(at, _)| &path[..at])
        .filter(|above| !above.is_empty())
}
