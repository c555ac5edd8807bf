//! The rule that nobody tests: servers belong to projects and keys to users, so a rebuild looks the key up for the user who
//! calls it, and for nobody else. Around it, everything by which a key could come to a server, or a secret to somebody, that
//! it was not for. Each check cites its sentence of the specification. A failure here is a hole.

mod guest;
mod keeping;
mod lookup;
mod names;
mod people;
mod secrets;
mod versions;

use std::sync::Arc;

use crate::{
    check::{Caller, Check, Draft},
    profile::Profile,
};

/// Whose sentences these are.
const SPEC: &str = "Specification 'Reset the instance keypair while rebuilding'";

/// The sentence of the specification that everything hangs on.
const LOOKUP: &str = "The lookup of the key_name will be based on the current user making the request, which may not be the same user that created the instance.";

const OWNED: &str = "Keys are owned by users. Servers are owned by projects. Because of this a rebuild with a key_name is looking up the keypair by the user calling rebuild.";

const UPDATED: &str = "Will add a new parameter to rebuild API input body, which is named key_name. And after rebuild API call, the response body must contain the updated new instance key_name.";

const ITSELF: &str = "Need to get into my instance but do not want to lose my IP address so I need to rebuild with a new key: not a new instance with a new ID.";

pub(super) fn checks(profile: Option<&Arc<Profile>>) -> Vec<Check> {
    let mut checks: Vec<Check> = [
        lookup::checks,
        guest::checks,
        names::checks,
        keeping::checks,
        versions::checks,
        secrets::checks,
    ]
    .into_iter()
    .flat_map(|theme| theme())
    .collect();
    checks.extend(people::checks(profile));
    checks
}

/// Begins a check of the rule.
fn rule(id: &str, title: &str, sentence: &str) -> Draft {
    Check::must(format!("security.rebuild.{id}"), title)
        .sentence(sentence)
        .source(SPEC)
        .callers([Caller::Main, Caller::Second])
        .servers(1)
}
