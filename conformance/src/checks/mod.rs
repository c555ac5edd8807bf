//! Every check there is. It knows the words of [`crate::check`] and `nova-api`; no check knows another.

mod samples;

use crate::check::Check;

/// Every check, in the order of reports.
pub fn registry() -> Vec<Check> {
    [samples::checks()].into_iter().flatten().collect()
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
        let twice: Vec<String> =
            registry().iter().map(|check| check.id().to_owned()).filter(|id| !seen.insert(id.clone())).collect();
        assert!(twice.is_empty(), "registered twice: {twice:?}");
    }
}
