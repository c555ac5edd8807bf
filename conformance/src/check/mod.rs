//! A check: one sentence about the Compute API, and a probe that asks a cloud whether it holds. It knows `nova-api` and
//! the words of a probe ([`Cx`], [`Answer`]); the running, reporting and cleaning up are others'.
//!
//! # How to write a check
//!
//! ```
//! use nova_api::Operation;
//! use nova_conformance::check::{Caller, Check, Keypair, Versions};
//! use serde_json::json;
//!
//! fn duplicate() -> Check {
//!     Check::must("keypairs.create.name.taken", "A second keypair of the same name is refused")
//!         .sentence("409: a keypair with this name exists already.")
//!         .source(Operation::KeypairCreate.reference())
//!         .versions(Versions::EachBoundarySide(Operation::KeypairCreate))
//!         .callers([Caller::Main])
//!         .probe(|cx| async move {
//!             let name = cx.unique("taken");
//!             let body = json!({"keypair": {"name": name, "public_key": "ssh-ed25519 AAAA…"}});
//!             // Registered before it is made, so that it is deleted whatever happens next.
//!             cx.ledger().will_create(Keypair::of(Caller::Main, &name));
//!             let main = cx.as_(Caller::Main);
//!             // What only prepares the question: another status than this is "could not ask".
//!             main.ask(Operation::KeypairCreate, &[]).json(&body).send().await?
//!                 .to_set_up(cx.contract(Operation::KeypairCreate).status())?;
//!             // The question.
//!             let answer = main.ask(Operation::KeypairCreate, &[]).json(&body).send().await?;
//!             answer.expect_fault(409, format!("Key pair '{name}' already exists."))?;
//!             Ok(())
//!         })
//! }
//! # assert_eq!(duplicate().complaints(), Vec::<String>::new());
//! ```
//!
//! - The **id** never changes once released: people put it into their filters. Dotted, small letters, digits and `-`; begin
//!   with the [`Operation::name`](nova_api::Operation::name) it is about. What stands before the last dot groups reports.
//! - The **sentence** is what is enforced, in the words of the reference, the specification or the release note, and the
//!   **source** says where it stands.
//! - [`Versions`] says where the sentence holds and where it is asked unless the user names versions. Ask
//!   [`Cx::contract`] what holds; never compare versions.
//! - A probe passes by returning `Ok(())`. Every `expect_…` fails it through `?`; [`Answer::to_set_up`] and a missing
//!   answer end it as errored. A probe that sent nothing, or swallowed a request that brought no answer, does not pass.
//! - Everything made goes to [`Cx::ledger`] first, with a name from [`Cx::unique`]. It is deleted in reverse order, as its
//!   owner where that is one of the callers. Also register what the cloud should refuse, as the caller who asks for it and
//!   [for whom](Keypair::for_user): a wrong cloud makes it.
//! - Others run at the same time as the same users: a list holds other checks' keypairs. A check that needs the users to
//!   itself (a quota, a count) says [`Draft::alone`].
//! - Servers are dear. A check that needs some says so ([`Draft::servers`], [`Draft::reads_a_server`]) and is lent them
//!   ([`Cx::server`], [`Cx::keyed_server`], [`Cx::shared_server`]), or makes them itself ([`Cx::server_body`],
//!   [`Cx::make_server`]) where the making is the question. Both are taken back and deleted by themselves. Wait with
//!   [`Asker::wait_settled`] and its neighbours, never with a clock.
//! - To try one: `cargo run -p nova-conformance -- run --filter keypairs.create.name.taken --microversions all`.

mod answer;
mod asked;
mod cx;
mod servers;
mod versions;

use std::{fmt, future::Future, sync::Arc};

use futures::{FutureExt, future::BoxFuture};

pub use crate::caller::{Base, Caller};
pub use crate::ledger::{Keypair, Ledger, Undo};
pub use crate::outcome::{Failure, Level, Stop, Verdict};
pub use crate::servers::{Ingredients, Need, Server};
pub use answer::{Answer, Says};
pub(crate) use asked::Asked;
pub(crate) use cx::Surroundings;
pub use cx::{Ask, Asker, Cx};
pub use cx::{encoded, name_prefix};
pub use versions::Versions;

/// Asks a cloud whether the check's sentence holds.
pub type Probe = Arc<dyn Fn(Cx) -> BoxFuture<'static, Verdict> + Send + Sync>;

/// One sentence about the Compute API and the probe that asks whether it holds: see the module's guide.
#[derive(Clone)]
pub struct Check {
    id: String,
    title: String,
    sentence: String,
    source: String,
    level: Level,
    versions: Versions,
    callers: Vec<Caller>,
    alone: bool,
    need: Need,
    probe: Probe,
}

/// A check without its probe. [`Draft::probe`] makes it one.
#[derive(Debug, Clone)]
#[must_use = "a draft asks nothing: end it with `.probe(…)`"]
pub struct Draft {
    id: String,
    title: String,
    sentence: String,
    source: String,
    level: Level,
    versions: Versions,
    callers: Vec<Caller>,
    alone: bool,
    need: Need,
}

impl Check {
    /// Begins a check whose failing is a violation. The id never changes; the title is one line.
    pub fn must(id: impl Into<String>, title: impl Into<String>) -> Draft {
        Draft::new(Level::Must, id.into(), title.into())
    }

    /// Begins a check whose failing is a warning.
    pub fn should(id: impl Into<String>, title: impl Into<String>) -> Draft {
        Draft::new(Level::Should, id.into(), title.into())
    }

    /// The name that never changes.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id without its last part: what reports group by.
    pub fn group(&self) -> &str {
        let mut dots = self.id.match_indices('.').map(|(at, _)| at);
        let (first, second) = (dots.next(), dots.next());
        second
            .or(first)
            .map_or(self.id.as_str(), |at| &self.id[..at])
    }

    /// What it asks, in one line.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The sentence it enforces.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// Where the sentence stands: a URL, or the name of a specification.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How binding it is.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Where it holds and where it is asked.
    pub const fn versions(&self) -> &Versions {
        &self.versions
    }

    /// Whom it asks as.
    pub fn callers(&self) -> &[Caller] {
        &self.callers
    }

    /// Whether it must run while no other check does.
    pub const fn is_alone(&self) -> bool {
        self.alone
    }

    /// How many servers it needs at most at one time.
    pub const fn servers(&self) -> Need {
        self.need
    }

    pub(crate) fn start(&self, cx: Cx) -> BoxFuture<'static, Verdict> {
        (self.probe)(cx)
    }

    /// What is wrong with the check itself; empty when nothing is. A test asks every registered check.
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        let part = |part: &str| {
            !part.is_empty()
                && !part.starts_with('-')
                && !part.ends_with('-')
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if self.id.split('.').count() < 2 || !self.id.split('.').all(part) {
            complaints.push(format!(
                "the id '{}' is not well formed: two or more parts of small letters, digits and '-', joined by dots",
                self.id
            ));
        }
        let mut say = |wrong: bool, what: &str| {
            if wrong {
                complaints.push(format!("{}: {what}", self.id));
            }
        };
        say(
            self.title.trim().is_empty(),
            "the title is empty: say in one line what is asked",
        );
        say(
            self.title.contains('\n'),
            "the title is longer than one line",
        );
        say(
            self.sentence.trim().is_empty(),
            "the sentence is empty: write down what is enforced",
        );
        say(
            self.source.trim().is_empty(),
            "the source is empty: say where the sentence stands",
        );
        say(
            self.callers.is_empty(),
            "no caller: say whom it asks as, with `.callers([…])`",
        );
        say(
            self.versions.by_default().is_empty(),
            "no microversion: see `Versions`",
        );
        complaints
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Check")
            .field("id", &self.id)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

impl Draft {
    const fn new(level: Level, id: String, title: String) -> Self {
        Self {
            id,
            title,
            sentence: String::new(),
            source: String::new(),
            level,
            versions: Versions::All,
            callers: Vec::new(),
            alone: false,
            need: Need::None,
        }
    }

    /// The sentence it enforces. Needed.
    pub fn sentence(mut self, sentence: impl Into<String>) -> Self {
        self.sentence = sentence.into();
        self
    }

    /// Where the sentence stands: a URL, or the name of a specification. Needed.
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// Where it holds and where it is asked; every version unless said.
    pub fn versions(mut self, versions: Versions) -> Self {
        self.versions = versions;
        self
    }

    /// Whom it asks as. Needed; the check is skipped where one of them is missing.
    pub fn callers(mut self, callers: impl IntoIterator<Item = Caller>) -> Self {
        self.callers = callers.into_iter().collect();
        self
    }

    /// Runs while no other check does: for what others' keypairs would spoil.
    pub const fn alone(mut self) -> Self {
        self.alone = true;
        self
    }

    /// It needs so many servers at one time, lent ([`Cx::server`]) or made by itself ([`Cx::server_body`]).
    pub const fn servers(mut self, count: usize) -> Self {
        self.need = Need::Own(count);
        self
    }

    /// It looks at a server that others look at too ([`Cx::shared_server`]), and leaves it as it is.
    pub const fn reads_a_server(mut self) -> Self {
        self.need = Need::Shared;
        self
    }

    /// The probe, which makes it a check.
    pub fn probe<P, F>(self, probe: P) -> Check
    where
        P: Fn(Cx) -> F + Send + Sync + 'static,
        F: Future<Output = Verdict> + Send + 'static,
    {
        let Self {
            id,
            title,
            sentence,
            source,
            level,
            versions,
            callers,
            alone,
            need,
        } = self;
        let probe: Probe = Arc::new(move |cx| probe(cx).boxed());
        Check {
            id,
            title,
            sentence,
            source,
            level,
            versions,
            callers,
            alone,
            need,
            probe,
        }
    }
}
