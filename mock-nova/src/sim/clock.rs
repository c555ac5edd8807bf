//! The cloud's clock: the time of day, moved forward at will, or standing still.
//!
//! A token that lasts an hour should not need an hour to test, and two runs of the same scenario should be
//! able to produce the same bytes. So nobody reads the system's clock but this module, and nobody waits
//! but [`Clock::wait_until`]. It knows nobody else in the crate.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

/// What `stopped_at` holds while the clock runs; no cloud lives at this instant.
const RUNNING: i64 = i64::MIN;

/// A handle on the cloud's time. Clones share the same time.
///
/// ```
/// # use std::time::Duration;
/// # use mock_nova::sim::Clock;
/// let clock = Clock::frozen("2026-01-01T00:00:00Z".parse().unwrap());
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now().to_string(), "2026-01-01T01:00:00Z");
/// ```
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Microseconds added to the system's time while the clock runs.
    offset: AtomicI64,
    /// Microseconds since the epoch while the clock stands still, else [`RUNNING`].
    stopped_at: AtomicI64,
    /// Where the clock began, for [`Clock::rewind`].
    began_stopped_at: i64,
    /// Told of every jump, so that whoever waits looks at the clock again.
    jumps: watch::Sender<u64>,
}

impl Clock {
    /// A clock that agrees with the system's until it is advanced.
    #[must_use]
    pub fn real() -> Self {
        Self::beginning(RUNNING)
    }

    /// A clock that stands at `instant` and moves only when it is advanced.
    #[must_use]
    pub fn frozen(instant: Timestamp) -> Self {
        Self::beginning(instant.as_microsecond())
    }

    fn beginning(stopped_at: i64) -> Self {
        Self(Arc::new(Inner {
            offset: AtomicI64::new(0),
            stopped_at: AtomicI64::new(stopped_at),
            began_stopped_at: stopped_at,
            jumps: watch::Sender::new(0),
        }))
    }

    /// The cloud's present, to the microsecond.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let stopped_at = self.0.stopped_at.load(Ordering::Acquire);
        let micros = if stopped_at == RUNNING {
            system_micros().saturating_add(self.0.offset.load(Ordering::Acquire))
        } else {
            stopped_at
        };
        // Far beyond what a calendar holds, time stays at its end.
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock forward. Whoever waits for an instant that is now past stops waiting.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        let hand = if self.is_frozen() {
            &self.0.stopped_at
        } else {
            &self.0.offset
        };
        // Saturating, so that an absurd duration ends at the end of time and not before it began.
        hand.update(Ordering::AcqRel, Ordering::Acquire, |at| {
            at.saturating_add(micros)
        });
        self.tell_waiters();
    }

    /// Stops the clock at its present.
    pub fn freeze(&self) {
        let now = self.now().as_microsecond();
        self.0.stopped_at.store(now, Ordering::Release);
    }

    /// Whether the clock moves only when advanced.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.0.stopped_at.load(Ordering::Acquire) != RUNNING
    }

    /// Puts the clock back to how it began: the system's time, or the instant it was frozen at.
    pub fn rewind(&self) {
        self.0.offset.store(0, Ordering::Release);
        self.0
            .stopped_at
            .store(self.0.began_stopped_at, Ordering::Release);
        self.tell_waiters();
    }

    /// Returns once the clock shows `instant` or later, however it got there.
    ///
    /// The one place where the mock waits for time to pass.
    pub async fn wait_until(&self, instant: Timestamp) {
        let mut jumps = self.0.jumps.subscribe();
        loop {
            let left = instant.duration_since(self.now());
            let Some(left) = Duration::try_from(left).ok().filter(|left| !left.is_zero()) else {
                return;
            };
            if self.is_frozen() {
                let _ = jumps.changed().await;
            } else {
                // Either end of the wait is looked into by the next turn of the loop.
                let _ = tokio::time::timeout(left, jumps.changed()).await;
            }
        }
    }

    fn tell_waiters(&self) {
        self.0
            .jumps
            .send_modify(|jumps| *jumps = jumps.wrapping_add(1));
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::real()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the system's clock"
)]
fn system_micros() -> i64 {
    Timestamp::now().as_microsecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absurd_advance_ends_at_the_end_of_time() {
        let clock = Clock::real();
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }

    #[tokio::test]
    async fn waiting_ends_when_the_frozen_clock_is_moved_past_the_instant() {
        let clock = Clock::frozen(Timestamp::UNIX_EPOCH);
        let hour = Duration::from_secs(3600);
        let waiter = tokio::spawn({
            let clock = clock.clone();
            async move { clock.wait_until(Timestamp::UNIX_EPOCH + hour).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        clock.advance(hour);
        waiter.await.unwrap();
    }

    #[test]
    fn rewinding_undoes_an_advance() {
        let clock = Clock::frozen(Timestamp::UNIX_EPOCH);
        clock.advance(Duration::from_secs(5));
        clock.rewind();
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
    }
}
