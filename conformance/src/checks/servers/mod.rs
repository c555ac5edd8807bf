//! Checks about servers and what is around them: the actions, metadata, tags, server groups, flavors, availability zones, and
//! the proxies that end at 2.36. Rebuild has its own ([`super::rebuild`]). Most are generated: [`stage`] is the table of how
//! each operation is asked, and the others ask each row what the history says of it.

mod answers;
mod behaviors;
mod boundaries;
mod life;
mod lists;
mod recorded;
mod refusals;
mod refused;
mod roles;
mod stage;
mod states;
mod telling;

use std::sync::Arc;

use crate::{check::Check, profile::Profile};

pub(super) fn checks() -> Vec<Check> {
    [
        answers::checks(),
        boundaries::checks(),
        behaviors::checks(),
        life::checks(),
        lists::checks(),
        recorded::checks(),
        states::checks(),
        refusals::checks(),
        refused::checks(),
    ]
    .concat()
}

/// Who may do what, by the default policies or by a profile.
pub(super) fn who_may(profile: Option<&Arc<Profile>>) -> Vec<Check> {
    roles::checks(profile.map(|profile| &**profile))
}
