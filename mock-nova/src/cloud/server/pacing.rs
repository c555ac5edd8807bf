//! When the steps of tasks are due, and which tasks are to fail. Plain data.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use uuid::Uuid;

use super::task::Task;

/// When the steps of tasks are due.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Pacing {
    /// Whoever asks next sees the end.
    #[default]
    Instant,
    /// As long as it says.
    Timed(Durations),
    /// Until [`Servers::step`].
    Manual,
}

/// How long tasks take where time passes.
#[derive(Clone, Debug, PartialEq)]
pub struct Durations {
    /// Each task by its name (`rebuild`), from its beginning to its end.
    pub tasks: BTreeMap<String, SignedDuration>,
    /// Every other one.
    pub otherwise: SignedDuration,
    /// By which part of itself a duration may be longer or shorter: 0.2 is a fifth.
    pub jitter: f64,
}

/// What goes wrong with a task instead of its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// As of HTTP.
    pub code: u16,
    /// What everybody is told.
    pub message: String,
    /// What administrators are told.
    pub details: Option<String>,
    /// Whether no host was found, so that nothing was done to the server: it has the image of before.
    pub unscheduled: bool,
}

impl Durations {
    /// How long a task of this server takes. What differs from server to server follows from its id, so that a seed repeats it.
    pub(super) fn of(&self, task: Task, id: Uuid) -> SignedDuration {
        let base = self
            .tasks
            .get(task.name())
            .copied()
            .unwrap_or(self.otherwise);
        let (high, low) = id.as_u64_pair();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a fraction, of which the first digits are enough"
        )]
        let chance = ((high ^ low.rotate_left(17)) % 10_001) as f64 / 5_000.0 - 1.0;
        let seconds = base.as_secs_f64() * (1.0 + self.jitter * chance);
        SignedDuration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(base)
    }
}

impl Default for Durations {
    /// Three seconds, a fifth more or less.
    fn default() -> Self {
        Self {
            tasks: BTreeMap::new(),
            otherwise: SignedDuration::from_secs(3),
            jitter: 0.2,
        }
    }
}

/// The scheduler's sentence.
const NO_VALID_HOST: &str = "No valid host was found. There are not enough hosts available.";

impl Failure {
    /// Nova's commonest: the scheduler has no host for it.
    #[must_use]
    pub fn no_valid_host() -> Self {
        Self {
            code: 500,
            message: NO_VALID_HOST.to_owned(),
            details: Some(format!(
                "nova.exception_Remote.NoValidHost_Remote: {NO_VALID_HOST}\n"
            )),
            unscheduled: true,
        }
    }

    /// The same of a rebuild whose image wants a trait that the server's host has not: Nova looks for that before it schedules.
    #[must_use]
    pub fn no_such_trait() -> Self {
        let message = "No valid host was found. Image traits cannot be satisfied by the current resource providers. \
            Either specify a different image during rebuild or create a new server with the specified image.";
        Self {
            message: message.to_owned(),
            ..Self::no_valid_host()
        }
    }
}

/// Tasks that are to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Which task.
    pub task: Task,
    /// Of which server; any, if none.
    pub server: Option<Uuid>,
    /// How often; for ever, if none.
    pub times: Option<u32>,
    /// How.
    pub failure: Failure,
}
