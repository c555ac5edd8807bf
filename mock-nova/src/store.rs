//! The handle on the cloud's state that every request shares.
//!
//! Knows [`Cloud`] as a whole and none of its parts.

use std::sync::{Arc, PoisonError, RwLock};

use crate::cloud::Cloud;

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
pub struct Store(Arc<RwLock<Cloud>>);

impl Store {
    /// A handle on `cloud`.
    #[must_use]
    pub fn new(cloud: Cloud) -> Self {
        Self(Arc::new(RwLock::new(cloud)))
    }

    /// Looks at the cloud, together with other readers.
    pub fn read<T>(&self, look: impl FnOnce(&Cloud) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the cloud, alone.
    pub fn write<T>(&self, change: impl FnOnce(&mut Cloud) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another cloud in the place of this one.
    pub fn replace(&self, cloud: Cloud) {
        // The old one is freed after the lock: its tokens may be many.
        let old = self.write(|place| std::mem::replace(place, cloud));
        drop(old);
    }
}
