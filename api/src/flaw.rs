//! Histories that are wrong in one change: it is missing, or comes one version early or late. Who judges clouds by the
//! history proves with them that a wrong cloud is found out.
//!
//! A flaw is one change of one operation, so a change of several operations makes several flaws, and one that opens
//! several filters makes one for each. It knows the history and the fold.

use std::sync::LazyLock;

use serde_json::Value;

use crate::change::{At, Behavior, Change, Input, Now, Output, Rule};
use crate::contract::Terms;
use crate::rules::{ANY, LINKS, UNHEEDED};
use crate::{Microversion, Operation, fold, history, legacy, legacy_contract};

/// What is wrong about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Twist {
    /// It never comes.
    Missing,
    /// It comes one version early.
    Early,
    /// It comes one version late.
    Late,
}

impl Twist {
    /// Every way of being wrong.
    pub const ALL: &'static [Self] = &[Self::Missing, Self::Early, Self::Late];

    /// The last part of a flaw's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Early => "early",
            Self::Late => "late",
        }
    }
}

/// One change of one operation that is missing, early or late.
#[derive(Debug, Clone)]
pub struct Flaw {
    operation: Operation,
    /// The version whose change it is; none for the legacy endpoint's.
    home: Option<Microversion>,
    /// The change's place among those of its version.
    place: usize,
    change: &'static Change,
    /// The filter, where the change opens several.
    part: Option<&'static str>,
    twist: Twist,
}

impl Flaw {
    /// Its name, which stays: `history.2.54.servers.rebuild.takes-key_name.missing`.
    #[must_use]
    pub fn name(&self) -> String {
        let home = self
            .home
            .map_or_else(|| "legacy".to_owned(), |version| version.to_string());
        format!(
            "history.{home}.{}.{}.{}",
            self.operation,
            self.what(),
            self.twist.name()
        )
    }

    /// What the change is about, as names say it.
    fn what(&self) -> String {
        match (&self.change.now, self.part) {
            (_, Some(filter)) => format!("opens-{filter}"),
            (Now::Routed(true), _) => "routed".to_owned(),
            (Now::Routed(false), _) => "gone".to_owned(),
            (Now::Status(status), _) => format!("status-{status}"),
            (Now::OrStatus(status), _) => format!("or-status-{status}"),
            (Now::Takes(At::OtherQuery, _), _) => "refuses-other-query".to_owned(),
            (Now::Takes(At::Query(name), Input::Refused), _) => format!("refuses-query-{name}"),
            (Now::Takes(At::Query(name), _), _) => {
                format!("takes-query-{}", name.replace('*', "any"))
            }
            (Now::Takes(at, Input::Refused), _) => format!("refuses-{}", field(*at)),
            (Now::Takes(at, _), _) => format!("takes-{}", field(*at)),
            (Now::Shows(at, ..), _) => format!("shows-{}", field(*at)),
            (Now::Hides(at), _) => format!("hides-{}", field(*at)),
            (Now::Behaves(behavior), _) => behavior.name().to_owned(),
            (Now::BehavesNoMore(behavior), _) => format!("ends-{}", behavior.name()),
            (Now::Opens(_), None) => "opens".to_owned(),
        }
    }

    /// The operation that is wrong.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// What is wrong about the change.
    #[must_use]
    pub const fn twist(&self) -> Twist {
        self.twist
    }

    /// The version whose change it is; none for the legacy endpoint's.
    #[must_use]
    pub const fn home(&self) -> Option<Microversion> {
        self.home
    }

    /// The version at which a cloud with this flaw differs from a right one; none where it does on the legacy endpoint. A
    /// change that is missing is missed at later versions too.
    #[must_use]
    pub fn seen_at(&self) -> Option<Microversion> {
        match self.twist {
            Twist::Early => self.moved_to(),
            Twist::Missing | Twist::Late => self.home,
        }
    }

    /// What the change says.
    pub(crate) const fn now(&self) -> &'static Now {
        &self.change.now
    }

    pub(crate) const fn part(&self) -> Option<&'static str> {
        self.part
    }

    /// Whether it is this change of this version.
    pub(crate) fn is_at(&self, version: Microversion, place: usize) -> bool {
        self.home == Some(version) && self.place == place
    }

    /// Whether it is this change of the legacy endpoint.
    pub(crate) fn is_legacy(&self, place: usize) -> bool {
        self.home.is_none() && self.place == place
    }

    /// The version at which the change comes instead of its own.
    pub(crate) fn moved_to(&self) -> Option<Microversion> {
        let home = self.home?;
        match self.twist {
            Twist::Missing => None,
            Twist::Early => home.previous(),
            Twist::Late => Microversion::new(home.minor() + 1),
        }
    }

    /// Why nobody could tell a cloud with this flaw from a right one; `None` where somebody could.
    fn unseen(&self) -> Option<Unseen> {
        if self.twist != Twist::Missing && self.moved_to().is_none() {
            return Some(match self.twist {
                Twist::Early => Unseen::NothingIsEarlier,
                _ => Unseen::NothingIsLater,
            });
        }
        let right = match self.seen_at() {
            Some(version) => &fold::contract(self.operation, version).terms,
            None => &legacy_contract(self.operation).terms,
        };
        let wrong = match self.seen_at() {
            Some(version) => fold::terms_at(self.operation, version, self),
            None => fold::History::with(self.clone())
                .legacy_contract(self.operation)
                .terms
                .clone(),
        };
        if !right.routed && !wrong.routed {
            return Some(Unseen::NotRouted);
        }
        if gist(right) == gist(&wrong) {
            return Some(Unseen::ChangesNothing);
        }
        if gist(&self.beside_the_name(right)) == gist(&self.beside_the_name(&wrong)) {
            return Some(Unseen::AnythingGoes);
        }
        self.why_unasked(right, &wrong)
    }

    /// What is said of a request beside the name of its action, which chose the operation: that anything may stand there,
    /// and what is dropped of that, says nothing.
    fn beside_the_name(&self, terms: &Terms) -> Terms {
        let mut terms = terms.clone();
        let is_the_name = |path: &str| path.strip_prefix('/') == self.operation.action();
        terms.inputs.retain(|(path, input)| match input {
            Input::Required(rule) | Input::Optional(rule) => {
                !is_the_name(path) || rule.name != ANY.name
            }
            Input::Refused => true,
        });
        if terms.inputs.is_empty() && self.operation.action().is_some() {
            let drops = Behavior::DropsUnknownProperties;
            terms.behaviors.retain(|behavior| *behavior != drops);
        }
        terms
    }

    /// The behavior without which a parameter of any text does nothing.
    fn behind(&self, parameter: &str) -> Option<Behavior> {
        let behavior = match parameter {
            "user_id" => Behavior::ActsForUser,
            "marker" => Behavior::Pages,
            _ => return None,
        };
        let mut versions = Microversion::all();
        versions
            .any(|version| fold::contract(self.operation, version).behaves(behavior))
            .then_some(behavior)
    }

    /// Why no request could bring to light what differs; `None` where some could.
    fn why_unasked(&self, right: &Terms, wrong: &Terms) -> Option<Unseen> {
        let on_neither = |holds: &dyn Fn(&Terms) -> bool| !holds(right) && !holds(wrong);
        let asked_for = match self.change.now {
            Now::Takes(At::Query(_), Input::Optional(rule))
                if rule.name == UNHEEDED.name && on_neither(&|terms| terms.strict_query) =>
            {
                return Some(Unseen::Unheeded);
            }
            Now::Takes(At::Query(name), Input::Optional(rule)) if takes_any_text(rule) => {
                let behavior = self.behind(name)?;
                let heeded =
                    |terms: &Terms| terms.strict_query || terms.behaviors.contains(&behavior);
                return on_neither(&heeded).then_some(Unseen::Unasked);
            }
            Now::Status(_) if !self.operation.succeeds_by_itself() => {
                return Some(Unseen::OutOfReach);
            }
            Now::Behaves(Behavior::ActsForUser) => {
                |terms: &Terms| terms.knows("user_id") || terms.takes("/keypair/user_id")
            }
            Now::Behaves(Behavior::Pages) => |terms: &Terms| terms.knows("limit"),
            Now::Behaves(Behavior::Generates) | Now::BehavesNoMore(Behavior::Generates) => {
                |terms: &Terms| !terms.demands("/keypair/public_key")
            }
            Now::Shows(At::Body("/keypair/private_key"), ..)
            | Now::Hides(At::Body("/keypair/private_key")) => {
                |terms: &Terms| terms.behaviors.contains(&Behavior::Generates)
            }
            // The links to the next page.
            Now::Shows(At::Body(path), _, Output::Sometimes(rule))
                if rule.name == LINKS.name && path.rfind('/') == Some(0) =>
            {
                |terms: &Terms| terms.knows("limit")
            }
            Now::Opens(_) => {
                let part = self.part.unwrap_or_default();
                return on_neither(&|terms| terms.knows(part)).then_some(Unseen::Unasked);
            }
            _ => return None,
        };
        on_neither(&asked_for).then_some(Unseen::Unasked)
    }
}

/// Why a flaw could be seen by nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unseen {
    /// What the first version begins with cannot come earlier.
    NothingIsEarlier,
    /// What the last version brings cannot come later: that is the same as never.
    NothingIsLater,
    /// The operation is not there at the version that would differ.
    NotRouted,
    /// The contract is the same without it: it says what holds anyway, or what stands above it is not there.
    ChangesNothing,
    /// What the version takes cannot ask for it.
    Unasked,
    /// A parameter that takes any text and is not heeded, where any other is ignored too.
    Unheeded,
    /// No request described here makes what the operation needs in order to succeed.
    OutOfReach,
    /// It is about an action that takes anything beside its name.
    AnythingGoes,
}

impl Unseen {
    /// The reason, as a sentence.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::NothingIsEarlier => "What the first version begins with cannot come earlier.",
            Self::NothingIsLater => {
                "What the last version brings cannot come later: that is the same as never."
            }
            Self::NotRouted => "The operation is not there at the version that would differ.",
            Self::ChangesNothing => {
                "The same is taken and shown without it: it says what holds anyway, in other words or about a value that comes from elsewhere, or what stands above it is not there."
            }
            Self::Unasked => {
                "What the version takes cannot ask for it: there is no parameter, field or behavior that would bring it about."
            }
            Self::Unheeded => {
                "A query parameter that may be anything and does nothing, where any other is ignored too."
            }
            Self::AnythingGoes => {
                "An action is chosen by the one name in its body, and anything may stand beside that name."
            }
            Self::OutOfReach => {
                "The operation succeeds with something only that no request described here makes."
            }
        }
    }
}

/// A body path as names say it: without its root, the items of a list as `each`.
fn field(at: At) -> String {
    let path = at.pointer().unwrap_or_default();
    let mut parts: Vec<&str> = path.split('/').skip(1).collect();
    if parts.len() > 1 && parts[0] != "*" {
        parts.remove(0);
    }
    if parts.is_empty() {
        return "body".to_owned();
    }
    let parts: Vec<&str> = parts
        .into_iter()
        .map(|part| if part == "*" { "each" } else { part })
        .collect();
    parts.join(".")
}

/// All that terms say, whatever the order in which they came to say it.
fn gist(terms: &Terms) -> Vec<String> {
    let mut gist = Vec::new();
    gist.push(format!(
        "{} {} {:?} {}",
        terms.routed, terms.status, terms.other_status, terms.strict_query
    ));
    gist.extend(terms.inputs.iter().map(|(path, input)| match input {
        Input::Refused => format!("refuses {path}"),
        Input::Optional(rule) => format!("takes {path} {}", meaning(*rule)),
        Input::Required(rule) => format!("demands {path} {}", meaning(*rule)),
    }));
    let parameters = terms.parameters.iter();
    gist.extend(parameters.map(|(name, rule)| format!("query {name} {}", meaning(*rule))));
    gist.extend(terms.open.iter().map(|name| format!("opens {name}")));
    // What a shown value may be says nothing of what it is.
    gist.extend(terms.outputs.iter().map(|(path, audience, output)| {
        let always = matches!(output, Output::Always(_));
        format!("shows {path} {audience:?} {always}")
    }));
    gist.extend(terms.behaviors.iter().map(|one| format!("{one:?}")));
    gist.extend(terms.bare.iter().map(|path| format!("bare {path}")));
    gist.sort_unstable();
    gist.dedup();
    gist
}

/// Whether a rule refuses no text.
fn takes_any_text(rule: Rule) -> bool {
    meaning(rule) == serde_json::json!({"type": "string"})
}

/// What a rule takes, whatever its name and the order of the words that it lists.
fn meaning(rule: Rule) -> Value {
    let mut schema = (rule.schema)();
    sort_words(&mut schema);
    schema
}

fn sort_words(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                if let ("enum", Value::Array(words)) = (name.as_str(), &mut *member) {
                    words.sort_by_key(Value::to_string);
                }
                sort_words(member);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(sort_words),
        _ => {}
    }
}

/// Every flaw that somebody could see, in the order of the history.
pub fn flaws() -> &'static [Flaw] {
    &ALL.0
}

/// Every flaw that nobody could see, with the reason.
pub fn unseen_flaws() -> &'static [(Flaw, Unseen)] {
    &ALL.1
}

/// The flaws that can be seen, and those that cannot.
type Sorted = (Vec<Flaw>, Vec<(Flaw, Unseen)>);

static ALL: LazyLock<Sorted> = LazyLock::new(|| {
    let (mut seen, mut unseen) = (Vec::new(), Vec::new());
    for flaw in candidates() {
        match flaw.unseen() {
            None => seen.push(flaw),
            Some(why) => unseen.push((flaw, why)),
        }
    }
    (seen, unseen)
});

fn candidates() -> impl Iterator<Item = Flaw> {
    let versions = history::ENTRIES.iter().flat_map(|entry| {
        let changes = fold::changes_at(entry.version);
        changes.map(|(place, change)| (Some(entry.version), place, change))
    });
    // The legacy endpoint has no version before or after.
    let legacy = legacy::CHANGES.iter().enumerate();
    let all = versions.chain(legacy.map(|(place, change)| (None, place, change)));
    all.flat_map(|(home, place, change)| {
        let parts: Vec<Option<&'static str>> = match change.now {
            Now::Opens(names) => names.iter().map(|name| Some(*name)).collect(),
            _ => vec![None],
        };
        let twists = if home.is_some() {
            Twist::ALL
        } else {
            &[Twist::Missing]
        };
        change.on.iter().flat_map(move |operation| {
            let parts = parts.clone();
            parts.into_iter().flat_map(move |part| {
                twists.iter().map(move |twist| Flaw {
                    operation: *operation,
                    home,
                    place,
                    change,
                    part,
                    twist: *twist,
                })
            })
        })
    })
}
