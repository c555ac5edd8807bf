//! What holds for one operation at one version, as [`crate::fold`] made it of the history.
//!
//! A handler asks its [`Contract`] for the success status, lets it check the request, and gives it
//! the one superset body to render. It never sees a version number.

use std::sync::OnceLock;

use serde_json::Value;

use crate::change::{At, Audience, Behavior, Input, Now, Output, Rule};
use crate::schema::{self, Checker, Field};
use crate::sentence::Part;
use crate::superset::{Superset, write_items, write_members};
use crate::{Microversion, Operation};

/// What holds for one operation over a band of versions.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) routed: bool,
    pub(crate) status: u16,
    pub(crate) other_status: Option<u16>,
    pub(crate) inputs: Vec<(&'static str, Input)>,
    pub(crate) parameters: Vec<(&'static str, Rule)>,
    pub(crate) strict_query: bool,
    /// The parameters that everyone may filter by.
    pub(crate) open: Vec<&'static str>,
    pub(crate) outputs: Vec<(&'static str, Audience, Output)>,
    pub(crate) behaviors: Vec<Behavior>,
    /// What is shown, but with nothing in it, though it could have something: only where a flaw took that away.
    pub(crate) bare: Vec<&'static str>,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            routed: false,
            // What HTTP says where nothing else is said.
            status: 200,
            other_status: None,
            inputs: Vec::new(),
            parameters: Vec::new(),
            strict_query: false,
            open: Vec::new(),
            outputs: Vec::new(),
            behaviors: Vec::new(),
            bare: Vec::new(),
        }
    }
}

impl Terms {
    pub(crate) fn apply(&mut self, now: &Now) {
        match now {
            Now::Routed(routed) => self.routed = *routed,
            Now::Status(status) => self.status = *status,
            Now::OrStatus(status) => self.other_status = Some(*status),
            Now::Takes(At::Body(path), input) => self.take(path, None, *input),
            Now::Takes(At::BodyBefore(path, sibling), input) => {
                self.take(path, Some(sibling), *input);
            }
            Now::Takes(At::Query(name), input) => {
                let place = self.parameters.iter().position(|(known, _)| known == name);
                match (input, place) {
                    (Input::Optional(rule) | Input::Required(rule), Some(place)) => {
                        self.parameters[place].1 = *rule;
                    }
                    (Input::Optional(rule) | Input::Required(rule), None) => {
                        // One name that stands for many takes the place of those.
                        if name.ends_with('*') {
                            self.parameters.retain(|(known, _)| !is_known(name, known));
                        }
                        self.parameters.push((name, *rule));
                    }
                    (Input::Refused, _) => self.parameters.retain(|(known, _)| known != name),
                }
            }
            Now::Takes(At::OtherQuery, input) => {
                self.strict_query = matches!(input, Input::Refused);
            }
            Now::Shows(at, audience, output) => {
                if let Some(path) = at.pointer() {
                    self.hide(path);
                    self.outputs.push((path, *audience, *output));
                }
            }
            Now::Hides(at) => {
                if let Some(path) = at.pointer() {
                    self.hide(path);
                }
            }
            Now::Opens(names) => self.open.extend_from_slice(names),
            Now::Behaves(behavior) => self.behaviors.push(*behavior),
            Now::BehavesNoMore(behavior) => self.behaviors.retain(|known| known != behavior),
        }
    }

    /// Whether a query parameter of this name is known.
    pub(crate) fn knows(&self, parameter: &str) -> bool {
        let mut known = self.parameters.iter();
        known.any(|(known, _)| is_known(known, parameter))
    }

    /// Whether the body may have a field.
    pub(crate) fn takes(&self, path: &str) -> bool {
        let mut inputs = self.inputs.iter();
        inputs.any(|(known, input)| *known == path && !matches!(input, Input::Refused))
    }

    /// Whether the body must have a field.
    pub(crate) fn demands(&self, path: &str) -> bool {
        let mut inputs = self.inputs.iter();
        inputs.any(|(known, input)| *known == path && matches!(input, Input::Required(_)))
    }

    fn hide(&mut self, path: &str) {
        self.outputs.retain(|(known, ..)| *known != path);
    }

    /// A field keeps its place when its rule changes; a new one goes to the end or before a sibling.
    fn take(&mut self, path: &'static str, before: Option<&str>, input: Input) {
        let place = self.inputs.iter().position(|(known, _)| *known == path);
        match (place, input) {
            // What stands below a field goes with it.
            (Some(_), Input::Refused) => self.inputs.retain(|(known, _)| !is_within(known, path)),
            (Some(place), input) => self.inputs[place].1 = input,
            (None, Input::Refused) => {}
            (None, input) => {
                let end = self.inputs.len();
                let place = before
                    .and_then(|sibling| self.inputs.iter().position(|(known, _)| *known == sibling))
                    .unwrap_or(end);
                self.inputs.insert(place, (path, input));
            }
        }
    }
}

/// Whether a body path is another one or leads below it.
pub(crate) fn is_within(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a query parameter is the known one, or one of those that a final `*` stands for.
fn is_known(known: &str, name: &str) -> bool {
    match known.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => known == name,
    }
}

/// The versions over which one contract holds.
#[derive(Debug)]
pub struct Band {
    /// The first version of the band.
    pub first: Microversion,
    /// The last version of the band.
    pub last: Microversion,
    /// What holds in between.
    pub contract: Contract,
}

/// What holds for one operation at one version: see the module's documentation.
#[derive(Debug)]
pub struct Contract {
    operation: Operation,
    pub(crate) terms: Terms,
    prune: OnceLock<Prune>,
    body: OnceLock<Option<Checker>>,
    query: OnceLock<Option<Checker>>,
    answer: OnceLock<Option<Checker>>,
}

/// Why a request is refused with 400, in Nova's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

/// The query parameters a contract knows, in the order they came; unknown ones are dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// The first value of a parameter.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The last value of a parameter: what Nova's paging and filters read.
    pub fn last(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every pair, in the order they came.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

impl Contract {
    pub(crate) fn new(operation: Operation, terms: Terms) -> Self {
        Self {
            operation,
            terms,
            prune: OnceLock::new(),
            body: OnceLock::new(),
            query: OnceLock::new(),
            answer: OnceLock::new(),
        }
    }

    /// The operation.
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// Whether the operation is there at all; where not, Nova answers 404.
    pub const fn routed(&self) -> bool {
        self.terms.routed
    }

    /// The status of success.
    pub const fn status(&self) -> u16 {
        self.terms.status
    }

    /// The status of a success that left nothing to do, where it is another one.
    pub const fn other_status(&self) -> Option<u16> {
        self.terms.other_status
    }

    /// Whether a status is one of success.
    pub fn succeeds_with(&self, status: u16) -> bool {
        status == self.terms.status || self.terms.other_status == Some(status)
    }

    /// Whether a behavior holds.
    pub fn behaves(&self, behavior: Behavior) -> bool {
        self.terms.behaviors.contains(&behavior)
    }

    /// Whether the answer shows a field to somebody.
    pub fn shows(&self, path: &str) -> bool {
        self.terms.outputs.iter().any(|(known, ..)| *known == path)
    }

    /// The fields of the answer.
    pub fn outputs(&self) -> &[(&'static str, Audience, Output)] {
        &self.terms.outputs
    }

    /// The fields the body takes, in the order Nova checks them.
    pub fn inputs(&self) -> &[(&'static str, Input)] {
        &self.terms.inputs
    }

    /// The query parameters that are known, with what each value must be. A name that ends with `*` stands for all
    /// that begin so.
    pub fn parameters(&self) -> &[(&'static str, Rule)] {
        &self.terms.parameters
    }

    /// Whether everyone may filter by a query parameter. By the others only administrators may; a server list drops
    /// them for everyone else.
    pub fn opens(&self, parameter: &str) -> bool {
        self.terms.open.contains(&parameter)
    }

    /// Whether a query parameter of this name is known: by itself, or by one that stands for many.
    pub fn knows(&self, parameter: &str) -> bool {
        self.terms.knows(parameter)
    }

    /// Whether a query parameter that is not known is refused rather than ignored.
    pub const fn strict_query(&self) -> bool {
        self.terms.strict_query
    }

    /// The JSON Schema of the body, or `None` for an operation that takes none.
    pub fn body_schema(&self) -> Option<Value> {
        let open = self.behaves(Behavior::DropsUnknownProperties);
        let fields = self.body_fields();
        (!fields.is_empty()).then(|| schema::body(&fields, open))
    }

    /// The fields of the body.
    pub(crate) fn body_fields(&self) -> Vec<Field> {
        let fields = self.terms.inputs.iter();
        fields
            .filter_map(|(path, input)| {
                let (rule, required) = match input {
                    Input::Refused => return None,
                    Input::Optional(rule) => (*rule, false),
                    Input::Required(rule) => (*rule, true),
                };
                Some(Field {
                    path,
                    rule,
                    required,
                })
            })
            .collect()
    }

    /// The JSON Schema of the query: an object of arrays, one per parameter.
    pub fn query_schema(&self) -> Value {
        schema::query(&self.terms.parameters, !self.terms.strict_query)
    }

    /// The JSON Schema of the answer of success, or `None` where it has no body.
    pub fn answer_schema(&self) -> Option<Value> {
        let fields = self.answer_fields();
        (!fields.is_empty()).then(|| schema::body(&fields, false))
    }

    /// The fields of the answer.
    pub(crate) fn answer_fields(&self) -> Vec<Field> {
        let fields = self.terms.outputs.iter();
        fields
            .map(|(path, audience, output)| Field {
                path,
                rule: output.rule(),
                // What only administrators see cannot be demanded of every answer.
                required: *audience == Audience::Everyone && matches!(output, Output::Always(_)),
            })
            .collect()
    }

    /// Checks a request body.
    ///
    /// # Errors
    /// The first mistake, as Nova says it.
    pub fn check_body(&self, body: &Value) -> Result<(), Refusal> {
        let relaxed = self.behaves(Behavior::DropsUnknownProperties);
        let checker = self.body.get_or_init(|| {
            let schema = self.body_schema()?;
            if relaxed {
                Checker::relaxed(schema).ok()
            } else {
                Checker::new(schema).ok()
            }
        });
        refuse(checker.as_ref(), Part::Body, body)
    }

    /// Drops what a body has beyond the fields of this contract, where it is one that takes such bodies
    /// ([`Behavior::DropsUnknownProperties`]). A handler would otherwise obey a field that the version does not have.
    pub fn drop_unknown(&self, body: &mut Value) {
        if self.behaves(Behavior::DropsUnknownProperties)
            && let Some(schema) = self.body_schema()
        {
            schema::keep_known(&schema, body);
        }
    }

    /// Checks the query's decoded pairs and drops what this version does not know.
    ///
    /// # Errors
    /// The first mistake, as Nova says it.
    pub fn check_query(&self, pairs: Vec<(String, String)>) -> Result<Query, Refusal> {
        if pairs.is_empty() {
            return Ok(Query::default());
        }
        let mut by_name = serde_json::Map::new();
        for (name, value) in &pairs {
            let values = by_name
                .entry(name.clone())
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(values) = values {
                values.push(Value::String(value.clone()));
            }
        }
        let checker = self
            .query
            .get_or_init(|| compile(Some(self.query_schema())));
        refuse(checker.as_ref(), Part::Query, &Value::Object(by_name))?;
        let known = pairs
            .into_iter()
            .filter(|(name, _)| self.terms.knows(name))
            .collect();
        Ok(Query(known))
    }

    /// Every way in which an answer of success departs from the contract; empty when it does not.
    pub fn mistakes_in(&self, answer: &Value) -> Vec<String> {
        let checker = self.answer.get_or_init(|| compile(self.answer_schema()));
        match checker {
            Some(checker) => schema::mistakes(checker, answer),
            None => vec!["there is a body, and the contract has none".to_owned()],
        }
    }

    /// Writes the superset body as JSON, pruned to what this version shows to this audience.
    #[must_use]
    pub fn render(&self, superset: &Superset<'_>, audience: Audience) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        let prune = self.prune.get_or_init(|| Prune::below("", &self.terms));
        prune.write(superset, audience, &mut out);
        out
    }
}

fn compile(schema: Option<Value>) -> Option<Checker> {
    // Every schema is compiled by a test, so a failure here cannot meet a caller.
    schema.and_then(|schema| Checker::new(schema).ok())
}

fn refuse(checker: Option<&Checker>, part: Part, instance: &Value) -> Result<(), Refusal> {
    match checker.and_then(|checker| checker.refusal(part, instance)) {
        Some(sentence) => Err(Refusal(sentence)),
        None => Ok(()),
    }
}

/// The shown fields as a tree, so that rendering visits each value once.
#[derive(Debug)]
enum Prune {
    /// Everything below stays.
    Whole,
    /// The members that are shown, in the order of their names.
    Members(Vec<(&'static str, Audience, Prune)>),
    /// Each item of an array, or each member of an object whose names are free.
    Each(Box<Prune>),
    /// Nothing below stays.
    Nothing,
}

impl Prune {
    fn below(path: &str, terms: &Terms) -> Self {
        let mut members = Vec::new();
        for (known, audience, _) in &terms.outputs {
            let Some(name) = known
                .strip_prefix(path)
                .and_then(|rest| rest.strip_prefix('/'))
            else {
                continue;
            };
            if name == "*" {
                return Self::Each(Box::new(Self::below(known, terms)));
            }
            if !name.contains('/') {
                members.push((name, *audience, Self::below(known, terms)));
            }
        }
        if members.is_empty() {
            return if terms.bare.contains(&path) {
                Self::Nothing
            } else {
                Self::Whole
            };
        }
        members.sort_unstable_by_key(|(name, ..)| *name);
        Self::Members(members)
    }

    /// What holds for a member, where the caller sees it.
    fn of_member(&self, name: &str, caller: Audience) -> Option<&Self> {
        match self {
            Self::Members(members) => {
                let place = members.binary_search_by_key(&name, |(known, ..)| known);
                let (_, audience, below) = members.get(place.ok()?)?;
                (*audience == Audience::Everyone || caller == Audience::Admins).then_some(below)
            }
            Self::Each(below) => Some(below),
            Self::Whole => Some(&Self::Whole),
            Self::Nothing => None,
        }
    }

    fn write(&self, superset: &Superset<'_>, caller: Audience, out: &mut Vec<u8>) {
        match (self, superset) {
            (Self::Members(_) | Self::Each(_), Superset::Object(members)) => {
                let shown = members.iter().filter_map(|(name, member)| {
                    Some((name, (member, self.of_member(name, caller)?)))
                });
                write_members(shown, out, |(member, below), out| {
                    below.write(member, caller, out);
                });
            }
            (Self::Each(below), Superset::Array(items)) => {
                write_items(items, out, |item, out| below.write(item, caller, out));
            }
            (Self::Nothing, Superset::Array(_)) => out.extend_from_slice(b"[]"),
            (Self::Nothing, Superset::Object(_)) => out.extend_from_slice(b"{}"),
            (_, whole) => whole.write(out),
        }
    }
}
