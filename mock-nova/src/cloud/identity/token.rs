//! Tokens, and whom each speaks for.
//!
//! Every request of the cloud asks here, so the answer is ready before the question: a [`Caller`] is
//! worked out when a token is issued and again when a user, a role or a grant changes, and a request pays
//! one hash lookup. All tokens of the same user in the same scope share one *seat*, so that taking a
//! role from a user touches one seat and not ten thousand tokens, and a token costs some 200 bytes.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// Where a token is good, and therefore whose roles count.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Nowhere: it proves who, no more.
    Unscoped,
    /// In the project of this id.
    Project(String),
    /// In the domain of this id.
    Domain(String),
    /// Everywhere that belongs to no project.
    System,
}

/// Who a token speaks for: the user, the scope, and the roles the user has there.
///
/// All of it is current: a token whose user, project or roles are gone has no caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user's id.
    pub user_id: String,
    /// The user's name.
    pub user_name: String,
    /// The id of the user's domain.
    pub user_domain_id: String,
    /// The name of the user's domain.
    pub user_domain_name: String,
    /// The project the token is scoped to.
    pub project_id: Option<String>,
    /// That project's name.
    pub project_name: Option<String>,
    /// The id of that project's domain.
    pub project_domain_id: Option<String>,
    /// The name of that project's domain.
    pub project_domain_name: Option<String>,
    /// The domain the token is scoped to.
    pub domain_id: Option<String>,
    /// That domain's name.
    pub domain_name: Option<String>,
    /// Whether the token is scoped to the system.
    pub system: bool,
    /// The names of the roles, implied ones included: an `admin` is also `manager`, `member`, `reader`.
    pub roles: Vec<String>,
    /// The ids of those roles, in the same order.
    pub role_ids: Vec<String>,
    /// The application credential that logged in, if one did.
    pub application_credential_id: Option<String>,
}

impl Caller {
    /// Whether the caller has a role of this name; as in oslo.policy, letters' case does not matter.
    #[must_use]
    pub fn has_role(&self, name: &str) -> bool {
        self.roles
            .iter()
            .any(|role| role.eq_ignore_ascii_case(name))
    }

    /// Whether the caller has the role `admin` in its scope.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.has_role("admin")
    }
}

/// Whom tokens are issued for: those that agree in all of this share a [`Caller`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The user's id.
    pub user_id: String,
    /// Where the tokens are good.
    pub scope: Scope,
    /// The application credential they came from, which may grant less than the user has.
    pub application_credential_id: Option<String>,
}

/// One token, as issued.
#[derive(Clone, Debug)]
pub struct Token {
    /// How its holder proved who they are: `password`, `token`, `application_credential`.
    pub methods: Vec<&'static str>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// From when on it is worth nothing.
    pub expires_at: Timestamp,
    /// Its own audit id.
    pub audit_id: String,
    /// The audit id of the login it descends from, if it was made from another token.
    pub parent_audit_id: Option<String>,
    seat: usize,
    epoch: u64,
}

#[derive(Clone, Debug)]
struct Seat {
    subject: Subject,
    caller: Option<Arc<Caller>>,
    /// Tokens of an older epoch have been revoked.
    epoch: u64,
}

/// Every token that is alive.
#[derive(Clone, Default)]
pub struct Tokens {
    by_text: HashMap<Arc<str>, Token>,
    seats: Vec<Seat>,
    seat_of: HashMap<Subject, usize>,
    /// In the order of issue, which is the order of expiry but for a few: what to forget first.
    oldest: VecDeque<Arc<str>>,
    /// The audit ids of tokens that others were made from.
    origins: HashSet<String>,
}

/// How many there are: who holds a token's text may act as its user.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("alive", &self.by_text.len())
            .finish_non_exhaustive()
    }
}

impl Tokens {
    /// Adds a token for `subject`, whose caller is `caller`, and forgets those that have expired.
    pub(super) fn issue(
        &mut self,
        text: String,
        subject: Subject,
        caller: Caller,
        issue: Issue,
    ) -> Arc<Caller> {
        self.forget_expired(issue.issued_at);
        let caller = Arc::new(caller);
        let seat = *self.seat_of.entry(subject.clone()).or_insert_with(|| {
            self.seats.push(Seat {
                subject,
                caller: None,
                epoch: 0,
            });
            self.seats.len() - 1
        });
        let Some(place) = self.seats.get_mut(seat) else {
            return caller;
        };
        // Keep the one already shared, if it still says the same.
        let caller = match &place.caller {
            Some(known) if **known == *caller => Arc::clone(known),
            _ => Arc::clone(place.caller.insert(caller)),
        };
        let text: Arc<str> = text.into();
        self.oldest.push_back(Arc::clone(&text));
        let Issue {
            methods,
            issued_at,
            expires_at,
            audit_id,
            parent_audit_id,
        } = issue;
        self.origins.extend(parent_audit_id.clone());
        let epoch = place.epoch;
        self.by_text.insert(
            text,
            Token {
                methods,
                issued_at,
                expires_at,
                audit_id,
                parent_audit_id,
                seat,
                epoch,
            },
        );
        caller
    }

    /// The token of this text and its caller, if it is good at `now`.
    #[must_use]
    pub fn find(&self, text: &str, now: Timestamp) -> Option<(&Token, &Arc<Caller>)> {
        let token = self
            .by_text
            .get(text)
            .filter(|token| now < token.expires_at)?;
        let seat = self
            .seats
            .get(token.seat)
            .filter(|seat| seat.epoch == token.epoch)?;
        seat.caller.as_ref().map(|caller| (token, caller))
    }

    /// Revokes a token and those that were made from it.
    ///
    /// As in Keystone, revoking one of the latter leaves the token it was made from alone.
    pub(super) fn revoke(&mut self, text: &str) {
        let Some(gone) = self.by_text.remove(text) else {
            return;
        };
        // Few tokens are ever the origin of another, and only those are worth the walk.
        if self.origins.remove(&gone.audit_id) {
            self.by_text
                .retain(|_, token| token.parent_audit_id.as_ref() != Some(&gone.audit_id));
        }
    }

    /// Revokes every token whose subject is chosen.
    pub(super) fn revoke_where(&mut self, chosen: impl Fn(&Subject) -> bool) {
        for seat in self.seats.iter_mut().filter(|seat| chosen(&seat.subject)) {
            seat.epoch += 1;
            seat.caller = None;
        }
    }

    /// Works out again whom the chosen tokens speak for.
    pub(super) fn resolve_again(
        &mut self,
        chosen: impl Fn(&Subject) -> bool,
        resolve: impl Fn(&Subject) -> Option<Caller>,
    ) {
        for seat in self.seats.iter_mut().filter(|seat| chosen(&seat.subject)) {
            seat.caller = resolve(&seat.subject).map(Arc::new);
        }
    }

    fn forget_expired(&mut self, now: Timestamp) {
        while let Some(text) = self.oldest.front() {
            match self.by_text.get(text) {
                Some(token) if now < token.expires_at => break,
                _ => {
                    if let Some(gone) = self.by_text.remove(text) {
                        self.origins.remove(&gone.audit_id);
                    }
                    self.oldest.pop_front();
                }
            }
        }
    }
}

/// What is written on a token when it is issued.
#[derive(Clone, Debug)]
pub struct Issue {
    /// How its holder proved who they are.
    pub methods: Vec<&'static str>,
    /// The present.
    pub issued_at: Timestamp,
    /// The end.
    pub expires_at: Timestamp,
    /// A fresh audit id.
    pub audit_id: String,
    /// The audit id of the login it descends from.
    pub parent_audit_id: Option<String>,
}
