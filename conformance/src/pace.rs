//! How fast a run asks: at most so many requests a second, and not while the cloud has asked it to wait. All callers of a run
//! share one [`Pace`], through which their requests leave. It knows wires and no check.
//!
//! A 429 or 503 with `Retry-After` says that nothing was done: such a request is sent again when the time has come, and
//! nobody else's is sent before. That is bounded ([`TRIES`], [`LONGEST`], [`BUDGET`]); beyond, the answer is handed on as it
//! is, and whoever asked could not ask. Nothing else is ever sent twice.

use std::{
    fmt,
    future::Future,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use jiff::{Timestamp, fmt::rfc2822};
use nova_client::RawRequest;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::caller::{Base, Cloud, Party, Reply, Wire};

/// One request is sent at most so many times.
const TRIES: usize = 5;

/// A cloud that wants a longer wait than this is not waited for.
const LONGEST: Duration = Duration::from_secs(60);

/// A run waits at most this long for `Retry-After`, all in all.
const BUDGET: Duration = Duration::from_mins(10);

/// The pace of one run.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    // A std lock, because nothing awaits while it is held.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The time between two requests.
    gap: Duration,
    /// When the next request may leave.
    next: Option<Instant>,
    /// Until when the cloud wants no request.
    held_until: Option<Instant>,
    held: Duration,
    waits: usize,
    given_up: usize,
}

impl Pace {
    /// From now on at most `rate` requests leave in a second. Without this, as many as there are.
    pub(crate) fn at_most(&self, rate: f64) {
        let gap = Duration::try_from_secs_f64(rate.recip());
        self.state().gap = gap.unwrap_or_default();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a request may leave. Those who come first leave first.
    async fn turn(&self) {
        loop {
            let at = {
                let mut state = self.state();
                let now = Instant::now();
                let at = [state.next, state.held_until]
                    .into_iter()
                    .flatten()
                    .fold(now, Instant::max);
                state.next = at.checked_add(state.gap);
                at
            };
            wait_until(at).await;
            // The cloud may have asked to wait meanwhile.
            if self.state().held_until.is_none_or(|held| held <= at) {
                return;
            }
        }
    }

    /// Holds all requests for so long, where that is within bounds.
    fn hold(&self, wait: Duration) -> bool {
        let mut state = self.state();
        let now = Instant::now();
        let until = now + wait.min(LONGEST);
        let more = until.duration_since(state.held_until.map_or(now, |held| held.max(now)));
        if wait > LONGEST || state.held + more > BUDGET {
            state.given_up += 1;
            return false;
        }
        state.held += more;
        state.waits += 1;
        state.held_until = state.held_until.max(Some(until));
        true
    }

    fn gives_up(&self) {
        self.state().given_up += 1;
    }

    /// What people should know about it.
    pub(crate) fn notes(&self) -> Vec<String> {
        let state = self.state();
        let mut notes = Vec::new();
        if state.waits > 0 {
            notes.push(format!(
                "the cloud asked to wait (429 or 503 with Retry-After) {}, {} s in all, and was asked again: see --rate and --parallel",
                times(state.waits),
                state.held.as_secs().max(1)
            ));
        }
        if state.given_up > 0 {
            notes.push(format!(
                "the cloud asked to wait {} more, too often or too long, and was not asked again: what it was about could not be asked",
                times(state.given_up)
            ));
        }
        notes
    }
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// Waits, and tells whoever counts how long ([`Waited`]).
async fn wait_until(at: Instant) {
    let wait = at.saturating_duration_since(Instant::now());
    if wait.is_zero() {
        return;
    }
    let _ = WAITED.try_with(|waited| waited.add(wait));
    sleep_until(at).await;
}

tokio::task_local! {
    static WAITED: Waited;
    static AS_IT_COMES: ();
}

/// How long requests waited before they left: no part of the time that the cloud took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waited {
    total: Arc<Mutex<Duration>>,
    /// Whose time it is too.
    outer: Option<Box<Waited>>,
}

impl Waited {
    fn add(&self, wait: Duration) {
        *self.total.lock().unwrap_or_else(PoisonError::into_inner) += wait;
        if let Some(outer) = &self.outer {
            outer.add(wait);
        }
    }

    fn so_far(&self) -> Duration {
        *self.total.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin() -> Self {
        Self {
            total: Arc::default(),
            outer: WAITED.try_with(|outer| Box::new(outer.clone())).ok(),
        }
    }
}

/// What `asking` comes to, and how long its requests waited.
pub(crate) async fn waited<T>(asking: impl Future<Output = T>) -> (T, Duration) {
    let waited = Waited::begin();
    let outcome = WAITED.scope(waited.clone(), asking).await;
    (outcome, waited.so_far())
}

/// What `asking` comes to within `patience`, not counting what its requests waited; `None` where it does not end.
pub(crate) async fn within<T>(
    patience: Duration,
    asking: impl Future<Output = T>,
) -> (Option<T>, Duration) {
    let waited = Waited::begin();
    let mut asking = pin!(WAITED.scope(waited.clone(), asking));
    let began = Instant::now();
    loop {
        let so_far = waited.so_far();
        let ended = match began.checked_add(patience.saturating_add(so_far)) {
            Some(end) => timeout_at(end, &mut asking).await.ok(),
            None => Some((&mut asking).await),
        };
        if ended.is_some() || waited.so_far() == so_far {
            return (ended, waited.so_far());
        }
    }
}

/// Sends what `asking` sends once, and hands on a 429 or 503 as it is: for a question about just that.
pub(crate) async fn as_it_comes<T>(asking: impl Future<Output = T>) -> T {
    AS_IT_COMES.scope((), asking).await
}

/// The same cloud, asked at this pace.
pub(crate) fn paced(cloud: &Cloud, pace: &Arc<Pace>) -> Cloud {
    let mut paced = cloud.clone();
    for (caller, party) in cloud.parties() {
        let wire = Arc::new(Paced {
            wire: Arc::clone(&party.wire),
            pace: Arc::clone(pace),
        });
        paced.add(
            caller,
            Party {
                wire,
                ..party.clone()
            },
        );
    }
    paced
}

struct Paced {
    wire: Arc<dyn Wire>,
    pace: Arc<Pace>,
}

impl fmt::Debug for Paced {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Paced")
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

impl Paced {
    async fn carry(&self, base: Base, request: &RawRequest) -> Result<Reply, String> {
        let insists = AS_IT_COMES.try_with(|()| ()).is_err();
        let mut tries = 1;
        loop {
            self.pace.turn().await;
            let reply = self.wire.send(base, request).await?;
            let Some(wait) = wanted_wait(&reply).filter(|_| insists) else {
                return Ok(reply);
            };
            if tries == TRIES {
                self.pace.gives_up();
                return Ok(reply);
            }
            if !self.pace.hold(wait) {
                return Ok(reply);
            }
            tries += 1;
        }
    }
}

impl Wire for Paced {
    fn send<'a>(
        &'a self,
        base: Base,
        request: &'a RawRequest,
    ) -> BoxFuture<'a, Result<Reply, String>> {
        self.carry(base, request).boxed()
    }
}

/// How long a cloud that is too busy wants to be left alone: seconds, or a date.
fn wanted_wait(reply: &Reply) -> Option<Duration> {
    if !matches!(reply.status, 429 | 503) {
        return None;
    }
    let header = |wanted: &str| {
        let mut headers = reply.headers.iter();
        headers
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.trim())
    };
    let date = |text: &str| rfc2822::parse(text).ok().map(|date| date.timestamp());
    let text = header("retry-after")?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = date(text)?;
    // By the cloud's own clock, where it tells it.
    let now = header("date").and_then(date).unwrap_or_else(|| {
        #[expect(
            clippy::disallowed_methods,
            reason = "a date of the real world is compared with it"
        )]
        let now = Timestamp::now();
        now
    });
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests;
