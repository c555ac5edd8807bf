//! The handle on the cloud's state that every request shares.
//!
//! Knows [`Cloud`] as a whole and none of its parts.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use crate::cloud::Cloud;

/// What `due` holds while nothing is going to happen.
const NEVER: i64 = i64::MAX;

/// A cheap handle on one [`Cloud`]. Clones share the same cloud.
///
/// One lock of the standard library guards it all. No closure given to [`read`](Self::read) or
/// [`write`](Self::write) can await, so it is held for microseconds; an asynchronous lock would cost more
/// than what it protects. It is a reader-writer lock because nearly every request only looks: each one
/// validates its token, and lists outnumber changes.
///
/// A panic inside a request is answered with 500 and must not take the cloud with it, so a poisoned lock is
/// used as it is.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    cloud: RwLock<Cloud>,
    /// When the next thing happens by itself, in microseconds since the epoch: an idle cloud pays one look at it.
    due: AtomicI64,
}

impl Store {
    /// A handle on `cloud`.
    #[must_use]
    pub fn new(cloud: Cloud) -> Self {
        Self(Arc::new(Inner {
            due: AtomicI64::new(due_of(&cloud)),
            cloud: RwLock::new(cloud),
        }))
    }

    /// Looks at the cloud, together with other readers.
    pub fn read<T>(&self, look: impl FnOnce(&Cloud) -> T) -> T {
        look(&self.0.cloud.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the cloud, alone.
    pub fn write<T>(&self, change: impl FnOnce(&mut Cloud) -> T) -> T {
        let mut cloud = self.0.cloud.write().unwrap_or_else(PoisonError::into_inner);
        let outcome = change(&mut cloud);
        // While the lock is held, so that the last writer's word is the last.
        self.0.due.store(due_of(&cloud), Ordering::Release);
        outcome
    }

    /// Lets happen what is due by now. Whoever is about to ask the cloud something calls this first.
    pub fn settle(&self, now: Timestamp) {
        if self.0.due.load(Ordering::Acquire) <= now.as_microsecond() {
            self.write(|cloud| cloud.settle(now));
        }
    }

    /// Puts another cloud in the place of this one.
    pub fn replace(&self, cloud: Cloud) {
        // The old one is freed after the lock: its tokens may be many.
        let old = self.write(|place| std::mem::replace(place, cloud));
        drop(old);
    }
}

fn due_of(cloud: &Cloud) -> i64 {
    cloud.next_due().map_or(NEVER, |due| due.as_microsecond())
}
