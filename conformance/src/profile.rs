//! Policies that differ from Nova's defaults on purpose: a file that says which roles may do which operation
//! (`run --profile FILE`; docs/staging.md shows one). It knows operations, callers and outcomes.
//!
//! The checks of who may do what are judged by it and say so in their sentence. Every other check was written for the default
//! policies: where the cloud refuses it, by policy and in Nova's words, what the profile takes from that caller, it does not
//! apply. A refusal that the profile does not announce stays what it is without one.

use std::{collections::BTreeSet, fmt, path::Path};

use nova_api::Operation;

use crate::{
    caller::Caller,
    event::Finished,
    outcome::Outcome,
    select::Filter,
    written::{Data, Written},
};

/// The file.
#[derive(Debug, Clone)]
pub struct Profile {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    operations: Filter,
    roles: BTreeSet<Role>,
    /// Where it stands: `FILE:LINE`.
    place: String,
}

/// What somebody is in their project, as far as a run tells people apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Of [`Caller::Reader`].
    Reader,
    /// Of [`Caller::Main`], [`Caller::Second`] and [`Caller::Other`].
    Member,
    /// Of [`Caller::Admin`].
    Admin,
}

impl Role {
    const ALL: [Self; 3] = [Self::Reader, Self::Member, Self::Admin];

    const fn of(caller: Caller) -> Option<Self> {
        match caller {
            Caller::Main | Caller::Second | Caller::Other => Some(Self::Member),
            Caller::Reader => Some(Self::Reader),
            Caller::Admin => Some(Self::Admin),
            Caller::Nobody | Caller::Expired => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl Profile {
    /// Reads the file.
    ///
    /// # Errors
    /// A sentence with the place: it cannot be read, or something in it means nothing.
    pub fn read(path: &Path) -> Result<Self, String> {
        Self::from_written(&Written::read(path)?)
    }

    /// Reads a text, which messages call `name`.
    ///
    /// # Errors
    /// As [`Profile::read`].
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        Self::from_written(&Written::parse(name, text)?)
    }

    fn from_written(written: &Written) -> Result<Self, String> {
        let [operations] = written.members(&written.root, ["operations"])?;
        let operations = operations.ok_or_else(|| {
            written.wrong(
                &written.root,
                "there is no `operations:`: list them below one",
            )
        })?;
        let Data::Map(entries) = &operations.data else {
            return Err(written.wrong(
                operations,
                "write operations with their roles here, as servers.rebuild: [admin]",
            ));
        };
        let mut rules = Vec::new();
        for (key, value) in entries {
            let text = written.text(key)?;
            let filter: Filter = text
                .parse()
                .map_err(|what: String| written.wrong(key, what))?;
            let mut picked = Operation::ALL
                .iter()
                .filter(|operation| filter.picks(operation.name()))
                .peekable();
            if picked.peek().is_none() {
                return Err(written.wrong(
                    key,
                    format!("no operation matches '{text}': docs/staging.md says what they are called, such as servers.rebuild"),
                ));
            }
            if let Some(free) = picked.find(|operation| operation.policy().is_none()) {
                return Err(written.wrong(key, format!("no policy decides who may {free}")));
            }
            let mut roles = BTreeSet::new();
            for (item, name) in written.texts(value)? {
                let role = Role::ALL.into_iter().find(|role| role.name() == name);
                roles.insert(role.ok_or_else(|| {
                    written.wrong(
                        item,
                        format!("'{name}' is no role that a run knows: write reader, member or admin, or [] for nobody"),
                    )
                })?);
            }
            rules.push(Rule {
                operations: filter,
                roles,
                place: written.place(key),
            });
        }
        Ok(Self { rules })
    }

    /// The rule for an operation: the last that matches, so that a general one can be followed by its exceptions.
    fn rule(&self, operation: Operation) -> Option<&Rule> {
        let mut rules = self.rules.iter().rev();
        rules.find(|rule| rule.operations.picks(operation.name()))
    }

    /// Whether the profile lets somebody do something; `None` where it says nothing, and the default policy decides.
    pub fn may(&self, operation: Operation, caller: Caller) -> Option<bool> {
        let role = Role::of(caller)?;
        Some(self.rule(operation)?.roles.contains(&role))
    }

    /// Who may neither make nor delete keypairs.
    pub(crate) fn without_keypairs(&self) -> impl Iterator<Item = Caller> {
        let taken = |caller: Caller, operation| self.may(operation, caller) == Some(false);
        Caller::ALL.iter().copied().filter(move |caller| {
            taken(*caller, Operation::KeypairCreate) && taken(*caller, Operation::KeypairDelete)
        })
    }

    /// The sentence and its source for a check that is judged by the profile.
    pub(crate) fn says(&self, operation: Operation) -> Option<(String, String)> {
        let rule = self.rule(operation)?;
        Some((
            format!(
                "Judged by the profile, not by Nova's default policy: {operation} is for {}. forbidden(403) without the right, unauthorized(401) without a token, and what is another project's is not found (404).",
                listed(&rule.roles)
            ),
            format!("the profile, {}", rule.place),
        ))
    }

    /// What there is to know about it before anything is asked.
    pub fn note(&self) -> String {
        let judged = Operation::ALL
            .iter()
            .filter(|operation| self.rule(**operation).is_some());
        format!(
            "who may do what is judged by a profile for {} operations: their checks say so",
            judged.count()
        )
    }

    /// A check that the cloud refused, by policy, what the profile takes from the caller does not apply.
    pub(crate) fn excuse(&self, finished: &mut Finished) {
        let (caller, text) = match &finished.outcome {
            Outcome::Failed(_, failure) => {
                let exchange = failure.exchange.and_then(|at| finished.exchanges.get(at));
                match exchange {
                    Some(exchange) if exchange.status == Some(403) => {
                        (Some(exchange.caller), exchange.answer_body.as_deref())
                    }
                    _ => return,
                }
            }
            Outcome::Errored(why) if why.contains("403") => {
                let last = finished.exchanges.last();
                // What the pool of servers could not make, it asked for as the main caller.
                let caller = last.filter(|last| last.status == Some(403));
                let caller = caller.map_or(Caller::Main.name(), |last| last.caller);
                (Some(caller), Some(why.as_str()))
            }
            _ => return,
        };
        let (Some(caller), Some(text)) = (caller, text) else {
            return;
        };
        let Some(caller) = Caller::ALL.iter().find(|known| known.name() == caller) else {
            return;
        };
        let taken = Operation::ALL.iter().find(|operation| {
            self.may(**operation, *caller) == Some(false)
                && operation
                    .policy()
                    .is_some_and(|rule| text.contains(&refusal(rule)))
        });
        let Some(operation) = taken else {
            return;
        };
        if let (Some(rule), Some(policy)) = (self.rule(*operation), operation.policy()) {
            finished.outcome = Outcome::NotApplicable(format!(
                "the profile ({}) says that {operation} is for {}, and the cloud answered the caller '{caller}' 403: {}",
                rule.place,
                listed(&rule.roles),
                refusal(policy)
            ));
        }
    }
}

/// Nova's words for what a policy forbids.
fn refusal(rule: &str) -> String {
    format!("Policy doesn't allow {rule} to be performed.")
}

fn listed(roles: &BTreeSet<Role>) -> String {
    if roles.is_empty() {
        return "nobody".to_owned();
    }
    let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const FILE: &str = "operations:\n  servers: [member, admin]\n  servers.rebuild: [admin]\n  keypairs.*: []\n  limits.show: reader\n";

    #[rstest]
    #[case::the_general_rule(Operation::ServerUpdate, Caller::Second, Some(true))]
    #[case::its_exception(Operation::ServerRebuild, Caller::Main, Some(false))]
    #[case::the_exceptions_own(Operation::ServerRebuild, Caller::Admin, Some(true))]
    #[case::nobody_at_all(Operation::KeypairCreate, Caller::Admin, Some(false))]
    #[case::a_single_role(Operation::LimitsShow, Caller::Reader, Some(true))]
    #[case::not_said(Operation::QuotaShow, Caller::Reader, None)]
    #[case::without_a_token(Operation::ServerUpdate, Caller::Nobody, None)]
    fn a_profile_says_who_may(
        #[case] operation: Operation,
        #[case] caller: Caller,
        #[case] want: Option<bool>,
    ) {
        let profile = Profile::parse("p.yaml", FILE).unwrap();
        assert_eq!(profile.may(operation, caller), want);
    }

    #[rstest]
    #[case::no_operation(
        "operations:\n  servers.fly: [admin]",
        "p.yaml:2: no operation matches 'servers.fly'"
    )]
    #[case::no_role(
        "operations:\n  servers.rebuild:\n    - root",
        "p.yaml:3: 'root' is no role"
    )]
    #[case::no_roles("operations:\n  servers.rebuild:", "p.yaml:2: write a text here")]
    #[case::nothing("", "p.yaml:1: write a mapping here")]
    fn what_is_wrong_is_said_with_its_place(#[case] file: &str, #[case] want: &str) {
        let error = Profile::parse("p.yaml", file).unwrap_err();
        assert!(error.starts_with(want), "{error}");
    }
}
