//! What was done to a server: one record per request that was taken on, each with its events.
//!
//! Knows nobody.

use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;
use uuid::Uuid;

/// Who asks for something, and by which request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// The caller.
    pub user_id: Arc<str>,
    /// The project the caller's token is for.
    pub project_id: Arc<str>,
    /// The request, shown as `req-UUID`.
    pub request: Uuid,
}

/// One thing done to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Nova's name: `rebuild`.
    pub name: &'static str,
    /// Who asked for it.
    pub by: By,
    /// When it was asked for.
    pub started: Timestamp,
    /// When it was last heard of.
    pub updated: Timestamp,
    /// `Error`, if it failed.
    pub message: Option<&'static str>,
    /// What happened on the way, oldest first.
    pub events: Vec<Event>,
}

/// How many actions of one server are remembered. The oldest are forgotten first.
const REMEMBERED: usize = 1000;

/// What was done to one server, oldest first.
///
/// A server that is copied because somebody still looks at it shares what was done to it with its copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History(VecDeque<Arc<Action>>);

impl History {
    /// Adds what was done last.
    pub fn push(&mut self, action: Action) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(Arc::new(action));
    }

    /// Everything, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Action> {
        self.0.iter().map(|action| &**action)
    }

    /// How much there is.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The last of a request, to be changed.
    pub(super) fn of_request(&mut self, request: Uuid) -> Option<&mut Action> {
        let mut actions = self.0.iter_mut().rev();
        let action = actions.find(|action| action.by.request == request)?;
        Some(Arc::make_mut(action))
    }
}

/// One thing that happened on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Nova's name: `compute_rebuild_instance`.
    pub name: &'static str,
    /// When it began.
    pub started: Timestamp,
    /// When it ended, if it has.
    pub finished: Option<Timestamp>,
    /// How it ended.
    pub result: Option<EventResult>,
    /// What administrators are told of a failure.
    pub traceback: Option<Arc<str>>,
    /// What everybody is told of a failure.
    pub details: Option<Arc<str>>,
}

/// How an event ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventResult {
    /// Well.
    Success,
    /// Not well.
    Error,
}

impl EventResult {
    /// As the API names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::Error => "Error",
        }
    }
}
