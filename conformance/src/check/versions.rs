//! At which microversions a check's sentence holds, and at which of these it is asked. It knows `nova-api`'s history.

use nova_api::{Microversion, Operation, bands};

/// Where a check's sentence holds, and where it is asked unless the user names versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versions {
    /// Holds at these only, and is asked at each.
    At(Vec<Microversion>),
    /// Holds at every version. Asked at the first and the last version of each band of this operation: on both sides of
    /// every boundary.
    EachBoundarySide(Operation),
    /// Holds from the first version to the second, both included. Asked there on both sides of every boundary of the
    /// operation, and at the two ends.
    EachBoundarySideWithin(Operation, Microversion, Microversion),
    /// Holds from the first version to the second, both included, and is asked at each.
    Range(Microversion, Microversion),
    /// Holds at every version, and is asked at each.
    All,
    /// Holds at the first versions, and is asked at those of the second among them.
    Chosen {
        /// Where it holds.
        holds: Vec<Microversion>,
        /// Where it is asked.
        asked: Vec<Microversion>,
    },
}

impl Versions {
    /// `2.minor` for each of these; one outside 2.1…2.104 is left out, and a check left without any is complained about.
    pub fn at(minors: &[u16]) -> Self {
        Self::At(
            minors
                .iter()
                .filter_map(|minor| Microversion::new(*minor))
                .collect(),
        )
    }

    /// Holds where `wanted` says so of the operation's contract; asked at the first and last version of each such band.
    pub fn where_contract(
        operation: Operation,
        wanted: impl Fn(&nova_api::Contract) -> bool,
    ) -> Self {
        let (mut holds, mut asked) = (Vec::new(), Vec::new());
        for band in bands(operation)
            .iter()
            .filter(|band| wanted(&band.contract))
        {
            let within = band.first.minor()..=band.last.minor();
            holds.extend(Microversion::all().filter(|version| within.contains(&version.minor())));
            asked.extend([band.first, band.last]);
        }
        Self::Chosen { holds, asked }
    }

    /// Holds where it held, and is asked at these versions only: for what is costly to ask, or hardly depends on versions.
    #[must_use]
    pub fn asked_at(self, minors: &[u16]) -> Self {
        Self::Chosen {
            holds: Microversion::all()
                .filter(|version| self.holds_at(*version))
                .collect(),
            asked: minors
                .iter()
                .filter_map(|minor| Microversion::new(*minor))
                .collect(),
        }
    }

    /// Holds where it held, and is asked at the first version of each of the operation's bands only.
    #[must_use]
    pub fn asked_once_per_band(self, operation: Operation) -> Self {
        let firsts: Vec<u16> = bands(operation)
            .iter()
            .map(|band| band.first.minor())
            .collect();
        self.asked_at(&firsts)
    }

    /// Whether the sentence holds at a version.
    pub fn holds_at(&self, version: Microversion) -> bool {
        match self {
            Self::At(versions) => versions.contains(&version),
            Self::Chosen { holds, .. } => holds.contains(&version),
            Self::EachBoundarySide(_) | Self::All => true,
            Self::EachBoundarySideWithin(_, first, last) | Self::Range(first, last) => {
                (first.minor()..=last.minor()).contains(&version.minor())
            }
        }
    }

    /// Where it is asked unless the user names versions, oldest first.
    pub fn by_default(&self) -> Vec<Microversion> {
        let asked = |version: Microversion| match self {
            Self::At(_) | Self::Range(..) | Self::All => true,
            Self::Chosen { asked, .. } => asked.contains(&version),
            Self::EachBoundarySide(operation) => beside_boundary(*operation, version),
            Self::EachBoundarySideWithin(operation, first, last) => {
                beside_boundary(*operation, version) || version == *first || version == *last
            }
        };
        Microversion::all()
            .filter(|version| self.holds_at(*version) && asked(*version))
            .collect()
    }
}

/// Whether a version is the first or the last of a band of the operation.
fn beside_boundary(operation: Operation, version: Microversion) -> bool {
    bands(operation)
        .iter()
        .any(|band| band.first == version || band.last == version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minors(versions: &Versions) -> Vec<u16> {
        versions
            .by_default()
            .into_iter()
            .map(Microversion::minor)
            .collect()
    }

    #[test]
    fn both_sides_of_each_boundary_are_asked() {
        let create = Versions::EachBoundarySide(Operation::KeypairCreate);
        let asked = minors(&create);
        for beside in [1, 2, 9, 10, 91, 92, 104] {
            assert!(
                asked.contains(&beside),
                "2.{beside} is missing from {asked:?}"
            );
        }
        assert!(!asked.contains(&50), "2.50 is beside no boundary of create");
        assert!(create.holds_at(Microversion::new(50).unwrap()));
    }

    #[test]
    fn within_a_range_the_ends_are_asked_too() {
        let [first, last] = [5, 95].map(|minor| Microversion::new(minor).unwrap());
        let within = Versions::EachBoundarySideWithin(Operation::KeypairCreate, first, last);
        let asked = minors(&within);
        assert!(
            asked.starts_with(&[5, 9, 10]) && asked.ends_with(&[91, 92, 95]),
            "{asked:?}"
        );
    }

    #[test]
    fn named_versions_are_asked_oldest_first() {
        assert_eq!(minors(&Versions::at(&[10, 2, 105])), [2, 10]);
    }

    #[test]
    fn bands_are_chosen_by_their_contract() {
        let before = Versions::where_contract(Operation::KeypairCreate, |contract| {
            contract.status() == 200
        });
        assert_eq!(minors(&before), [1]);
    }

    #[test]
    fn what_is_asked_at_some_versions_holds_at_others_too() {
        let before = Versions::where_contract(Operation::KeypairCreate, |contract| {
            !contract.shows("/keypair/type") || contract.status() == 201
        });
        let few = before.clone().asked_at(&[1, 50]);
        assert_eq!(minors(&few), [1, 50]);
        assert!(few.holds_at(Microversion::MAX));
        let firsts = before.asked_once_per_band(Operation::KeypairCreate);
        assert_eq!(minors(&firsts), [1, 2, 10, 92]);
    }
}
