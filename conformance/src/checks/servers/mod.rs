//! Checks about servers and what is around them: the actions, metadata, tags, server groups, flavors, availability zones, and
//! the proxies that end at 2.36. Rebuild has its own ([`super::rebuild`]). Most are generated: [`stage`] is the table of how
//! each operation is asked, and the others ask each row what the history says of it.

mod alike;
mod answers;
mod behaviors;
mod boundaries;
mod groups;
mod legacy;
mod life;
mod listed;
mod lists;
mod queries;
mod recorded;
mod refusals;
mod refused;
mod roles;
mod stage;
mod states;
mod taken;
mod telling;

use std::sync::Arc;

use crate::{check::Check, profile::Profile};

pub(super) fn checks() -> Vec<Check> {
    [
        alike::checks(),
        answers::checks(),
        boundaries::checks(),
        behaviors::checks(),
        legacy::checks(),
        groups::checks(),
        life::checks(),
        listed::checks(),
        lists::checks(),
        queries::checks(),
        recorded::checks(),
        states::checks(),
        refusals::checks(),
        refused::checks(),
        taken::checks(),
    ]
    .concat()
}

/// Who may do what, by the default policies or by a profile.
pub(super) fn who_may(profile: Option<&Arc<Profile>>) -> Vec<Check> {
    roles::checks(profile.map(|profile| &**profile))
}
