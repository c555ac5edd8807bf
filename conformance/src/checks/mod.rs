//! Every check there is. It knows the words of [`crate::check`] and `nova-api`; no check knows another.

mod answers;
mod behaviors;
mod boundaries;
mod extensions;
mod generated;
mod legacy;
mod material;
mod names;
mod negotiation;
mod owners;
mod paging;
mod protocol;
mod quota;
mod quotas;
mod rebuild;
mod recorded;
mod refusals;
mod roles;
mod security;
mod servers;
mod steps;
mod types;

use std::sync::Arc;

use crate::{check::Check, profile::Profile};

/// Every check, in the order of reports: by operation, and within one by id.
pub fn registry() -> Vec<Check> {
    registry_under(None)
}

/// Every check, with who may do what judged by a profile, where there is one. The ids are the same.
pub fn registry_under(profile: Option<&Arc<Profile>>) -> Vec<Check> {
    let themes: &[fn() -> Vec<Check>] = &[
        answers::checks,
        recorded::checks,
        boundaries::checks,
        behaviors::checks,
        names::checks,
        refusals::checks,
        types::checks,
        generated::checks,
        paging::checks,
        owners::checks,
        quota::checks,
        quotas::checks,
        protocol::checks,
        negotiation::checks,
        legacy::checks,
        extensions::checks,
        servers::checks,
        rebuild::checks,
    ];
    let mut checks: Vec<Check> = themes.iter().flat_map(|theme| theme()).collect();
    checks.extend(roles::checks(profile));
    checks.extend(security::checks(profile));
    checks.extend(servers::who_may(profile));
    checks.sort_by(|one, other| (place(one), one.id()).cmp(&(place(other), other.id())));
    checks
}

/// Where a check's operation stands: keypairs and servers in the order of their life, then what is beside them.
fn place(check: &Check) -> usize {
    const ORDER: &[&str] = &[
        "keypairs.create.",
        "keypairs.list.",
        "keypairs.show.",
        "keypairs.delete.",
        "security.rebuild.",
        "servers.create.",
        "servers.list.",
        "servers.detail.",
        "servers.show.",
        "servers.update.",
        "servers.rebuild.",
        "servers.delete.",
        "servers.",
        "server-",
        "instance-actions.",
    ];
    // These judge what all others have said.
    if check.id().starts_with("security.secrets.") {
        return ORDER.len() + 1;
    }
    ORDER
        .iter()
        .position(|operation| check.id().starts_with(operation))
        .unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_check_says_what_it_enforces_and_where_that_stands() {
        let complaints: Vec<String> = registry().iter().flat_map(Check::complaints).collect();
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }

    #[test]
    fn no_two_checks_have_the_same_id() {
        let mut seen = BTreeSet::new();
        let twice: Vec<String> = registry()
            .iter()
            .map(|check| check.id().to_owned())
            .filter(|id| !seen.insert(id.clone()))
            .collect();
        assert!(twice.is_empty(), "registered twice: {twice:?}");
    }
}
