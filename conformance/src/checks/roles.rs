//! Who may do what, as one table: each operation, asked by each caller, of their own keypairs and of another user's. The
//! table is generated, so no combination is forgotten; what a refusal must leave unharmed is asked every time.

use std::sync::Arc;

use nova_api::{
    Behavior, Microversion,
    Operation::{self, *},
    bands,
};
use serde_json::json;

use super::{
    material::{ANOTHER, ED25519},
    steps::{KEYPAIRS, begin, has, import, listed, not_listed, still_has},
};
use crate::{
    check::{Answer, Caller, Check, Cx, Keypair, Stop, Versions},
    profile::Profile,
};

const SENTENCE: &str = "os_compute_api:os-keypairs: is_admin:True or user_id:%(user_id)s. unauthorized(401) without a good token, forbidden(403) without the right; the user_id in the query is ignored before 2.10, and in the body refused.";
const SOURCE: &str = "Specification 'Allow admins to query and create keypairs owned by any user'";

/// Whose keypairs are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Nobody's: the caller's own are meant.
    Unnamed,
    /// The caller's, by their own id.
    Own,
    /// Another user's, by that user's id.
    Anothers,
}

/// What must come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The operation succeeds, for the user who is named.
    Succeeds,
    /// 403, and nothing is changed.
    Forbidden,
    /// 401, and nothing is changed.
    Unauthorized,
    /// 400: the field of the body is not known yet.
    Malformed,
}

pub(super) fn checks(profile: Option<&Arc<Profile>>) -> Vec<Check> {
    let mut checks = Vec::new();
    for operation in KEYPAIRS {
        for caller in Caller::ALL {
            for whose in [Whose::Unnamed, Whose::Own, Whose::Anothers] {
                // Somebody who is nobody has no id of their own to name.
                if *caller != Caller::Nobody || whose != Whose::Own {
                    checks.push(check(*operation, *caller, whose, profile));
                }
            }
        }
    }
    checks
}

/// What the policy's default, `(admin) or user_id:%(user_id)s`, and the version make of it.
const fn outcome(
    caller: Caller,
    whose: Whose,
    operation: Operation,
    acts_for_user: bool,
) -> Outcome {
    match (caller, whose) {
        (Caller::Nobody | Caller::Expired, _) => Outcome::Unauthorized,
        (_, Whose::Own | Whose::Anothers)
            if !acts_for_user && matches!(operation, KeypairCreate) =>
        {
            Outcome::Malformed
        }
        (Caller::Admin, _) | (_, Whose::Unnamed | Whose::Own) => Outcome::Succeeds,
        // A user_id in the query is ignored before 2.10: the caller's own keypairs are acted on.
        (_, Whose::Anothers) if !acts_for_user => Outcome::Succeeds,
        (_, Whose::Anothers) => Outcome::Forbidden,
    }
}

/// The user whose keypairs a caller names as another's.
const fn another(caller: Caller) -> Caller {
    if matches!(caller, Caller::Main | Caller::Expired) {
        Caller::Second
    } else {
        Caller::Main
    }
}

fn check(
    operation: Operation,
    caller: Caller,
    whose: Whose,
    profile: Option<&Arc<Profile>>,
) -> Check {
    let (sentence, source) = profile
        .and_then(|profile| profile.says(operation))
        .unwrap_or_else(|| (SENTENCE.to_owned(), SOURCE.to_owned()));
    let profile = profile.map(Arc::clone);
    let named = match whose {
        Whose::Unnamed => "",
        Whose::Own => "-own-id",
        Whose::Anothers => "-of-another",
    };
    let title = match whose {
        Whose::Unnamed => format!("The caller '{caller}' asks for their own keypairs"),
        Whose::Own => format!("The caller '{caller}' asks for their own keypairs by their id"),
        Whose::Anothers => format!("The caller '{caller}' asks for another user's keypairs"),
    };
    let mut callers = vec![caller];
    if whose == Whose::Anothers {
        callers.push(another(caller));
    }
    begin(
        operation,
        format!("{operation}.callers.{caller}{named}"),
        title,
    )
    .sentence(sentence)
    .source(source)
    .versions(Versions::All.asked_at(&asked_at(operation, caller)))
    .callers(callers)
    .probe(move |cx| {
        let profile = profile.clone();
        async move {
            Case::new(&cx, operation, caller, whose, profile.as_deref())?
                .go()
                .await
        }
    })
}

/// Where a row is asked: on both sides of [`Behavior::ActsForUser`]'s boundary and at the ends. A token that is no good is
/// the same at every version, and slow to look up for the cloud.
fn asked_at(operation: Operation, caller: Caller) -> Vec<u16> {
    let acts = bands(operation)
        .iter()
        .find(|band| band.contract.behaves(Behavior::ActsForUser));
    let begins = acts.map_or(Microversion::MAX, |band| band.first).minor();
    match caller {
        Caller::Nobody | Caller::Expired => vec![Microversion::MIN.minor(), begins],
        _ => vec![
            Microversion::MIN.minor(),
            begins - 1,
            begins,
            Microversion::MAX.minor(),
        ],
    }
}

/// One row of the table, at one version.
struct Case<'a> {
    cx: &'a Cx,
    operation: Operation,
    caller: Caller,
    whose: Whose,
    outcome: Outcome,
    /// Whose keypairs are acted on where the operation succeeds.
    owner: Caller,
    name: String,
    profile: Option<&'a Profile>,
}

impl<'a> Case<'a> {
    fn new(
        cx: &'a Cx,
        operation: Operation,
        caller: Caller,
        whose: Whose,
        profile: Option<&'a Profile>,
    ) -> Result<Self, Stop> {
        let acts = cx.contract(operation).behaves(Behavior::ActsForUser);
        let owner = if whose == Whose::Anothers && acts {
            another(caller)
        } else {
            caller
        };
        let name = cx.unique("role");
        Ok(Self {
            cx,
            operation,
            caller,
            whose,
            outcome: match outcome(caller, whose, operation, acts) {
                Outcome::Succeeds
                    if profile
                        .is_some_and(|profile| profile.may(operation, caller) == Some(false)) =>
                {
                    Outcome::Forbidden
                }
                by_default => by_default,
            },
            owner,
            name,
            profile,
        })
    }

    /// Whether the profile takes something from somebody, so that nothing can be prepared or looked at with it.
    fn is_taken(&self, operation: Operation, from: Caller) -> bool {
        let may = |profile: &Profile| profile.may(operation, from);
        self.profile.and_then(may) == Some(false)
    }

    /// Whether somebody can be asked to hold keypairs.
    const fn is_somebody(caller: Caller) -> bool {
        !matches!(caller, Caller::Nobody | Caller::Expired)
    }

    async fn go(self) -> Result<(), Stop> {
        self.prepare().await?;
        let answer = self.ask().await?;
        match self.outcome {
            Outcome::Succeeds => self.succeeded(&answer).await,
            Outcome::Forbidden => {
                self.refused(&answer, 403, "403: it is another user's")
                    .await
            }
            Outcome::Unauthorized => {
                self.refused(&answer, 401, "401: the token is missing or no longer good")
                    .await
            }
            Outcome::Malformed => {
                self.refused(&answer, 400, "400: no user_id in the body before 2.10")
                    .await
            }
        }
    }

    /// Everybody concerned has a keypair of the name: the caller [`ED25519`], the other [`ANOTHER`].
    async fn prepare(&self) -> Result<(), Stop> {
        if self.operation == KeypairCreate {
            return Ok(());
        }
        // What is refused for the operation itself is refused whether there is such a keypair or not.
        let needless =
            self.outcome == Outcome::Forbidden && self.is_taken(KeypairCreate, self.caller);
        if Self::is_somebody(self.caller) && !needless {
            has(self.cx, self.caller, &self.name, ED25519).await?;
        }
        if self.whose == Whose::Anothers {
            has(self.cx, another(self.caller), &self.name, ANOTHER).await?;
        }
        Ok(())
    }

    async fn ask(&self) -> Result<Answer, Stop> {
        let asker = self.cx.as_(self.caller);
        let user = match self.whose {
            Whose::Unnamed => None,
            Whose::Own => Some(asker.user_id()?.to_owned()),
            Whose::Anothers => Some(self.cx.as_(another(self.caller)).user_id()?.to_owned()),
        };
        let ask = asker.ask(self.operation, &[&self.name]);
        if self.operation == KeypairCreate {
            for owner in [self.caller, another(self.caller)] {
                // A wrong cloud makes it for somebody it should not.
                let is_concerned = owner == self.caller || self.whose == Whose::Anothers;
                if is_concerned && Self::is_somebody(owner) {
                    self.cx.ledger().will_create(Keypair::of(owner, &self.name));
                }
            }
            let mut body = import(&self.name, ED25519);
            if let Some(user) = user {
                body["keypair"]["user_id"] = json!(user);
            }
            return ask.json(&body).send().await;
        }
        match user {
            Some(user) => ask.query("user_id", user).send().await,
            None => ask.send().await,
        }
    }

    /// The key that the owner concerned has under the name.
    fn key(&self) -> &'static str {
        if self.owner == self.caller || self.operation == KeypairCreate {
            ED25519
        } else {
            ANOTHER
        }
    }

    async fn succeeded(&self, answer: &Answer) -> Result<(), Stop> {
        answer.expect_status(self.cx.contract(self.operation).status())?;
        let owner = self.cx.as_(self.owner);
        match self.operation {
            KeypairCreate | KeypairShow => {
                answer
                    .expect_json_eq("/keypair/user_id", &json!(owner.user_id()?))?
                    .expect_json_eq("/keypair/public_key", &json!(self.key()))?;
                still_has(self.cx, self.owner, &self.name, self.key()).await
            }
            KeypairDelete => {
                super::steps::has_none(
                    self.cx,
                    self.owner,
                    &self.name,
                    "the keypair to be deleted",
                )
                .await?;
                match self.whose {
                    Whose::Anothers if self.owner == self.caller => {
                        still_has(self.cx, another(self.caller), &self.name, ANOTHER).await
                    }
                    Whose::Anothers => still_has(self.cx, self.caller, &self.name, ED25519).await,
                    Whose::Unnamed | Whose::Own => Ok(()),
                }
            }
            _ => {
                let found = listed(answer, &self.name)?
                    .get("public_key")
                    .cloned()
                    .unwrap_or_default();
                answer.expect(
                    found == json!(self.key()),
                    "the keypairs of the user concerned",
                    &found,
                    "/keypairs",
                )?;
                Ok(())
            }
        }
    }

    async fn refused(&self, answer: &Answer, status: u16, why: &str) -> Result<(), Stop> {
        let found = if (200..300).contains(&answer.status()) {
            "it was done"
        } else {
            "another refusal"
        };
        answer.expect(
            answer.status() == status,
            why,
            format!("{} ({found})", answer.status()),
            "status",
        )?;
        let concerned = [(self.caller, ED25519), (another(self.caller), ANOTHER)];
        for (owner, key) in concerned
            .into_iter()
            .filter(|(owner, _)| Self::is_somebody(*owner))
        {
            if owner != self.caller && self.whose != Whose::Anothers {
                continue;
            }
            // Who may not look cannot say whether it is unharmed.
            let looking = if self.operation == KeypairCreate {
                KeypairList
            } else {
                KeypairShow
            };
            let made = self.operation == KeypairCreate || !self.is_taken(KeypairCreate, owner);
            if self.is_taken(looking, owner) || !made {
                continue;
            }
            if self.operation == KeypairCreate {
                let list = self.cx.as_(owner).ask(KeypairList, &[]).send().await?;
                not_listed(
                    &list,
                    &self.name,
                    "nothing made by a request that was refused",
                )?;
            } else {
                still_has(self.cx, owner, &self.name, key).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_administrator_may_act_on_anothers_keypairs() {
        for operation in KEYPAIRS {
            for caller in Caller::ALL {
                let may = outcome(*caller, Whose::Anothers, *operation, true) == Outcome::Succeeds;
                assert_eq!(may, *caller == Caller::Admin, "{caller} {operation}");
            }
        }
    }

    #[test]
    fn the_table_holds_every_operation_and_every_caller() {
        let checks = checks(None);
        for operation in KEYPAIRS {
            for caller in Caller::ALL {
                let id = format!("{operation}.callers.{caller}");
                assert!(checks.iter().any(|check| check.id() == id), "{id}");
            }
        }
    }
}
