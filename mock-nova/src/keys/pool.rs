//! RSA keys made in advance, so that a request seldom waits for one.
//!
//! Knows how a key is generated. A thread of its own keeps a few ready; it starts with the first
//! key that is asked for, so that a cloud nobody asks for keys (every one from microversion 2.92
//! on) spends nothing, and ends when the pool is dropped.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex as StdMutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
    thread::{self, JoinHandle},
};

use tokio::{
    sync::{Mutex, Semaphore},
    task::spawn_blocking,
};

use super::{GenerateError, RsaKey};

/// A few keys, ready to be taken. Each is handed out once.
#[derive(Debug)]
pub struct KeyPool {
    /// The lock is held to look, never to wait.
    ready: StdMutex<Receiver<RsaKey>>,
    /// What the thread will own, until it starts.
    idle: StdMutex<Option<SyncSender<RsaKey>>>,
    /// Requests that find the pool empty generate for themselves, as many at a time as there are
    /// processors: more would only be slower together.
    processors: Semaphore,
}

impl KeyPool {
    /// A pool that keeps `size` keys ready. Nothing is generated yet.
    #[must_use]
    pub fn new(size: usize) -> Self {
        let (idle, ready) = mpsc::sync_channel(size);
        let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            ready: StdMutex::new(ready),
            idle: StdMutex::new(Some(idle)),
            processors: Semaphore::new(processors),
        }
    }

    /// Starts to fill the pool in the background, if nothing has yet. [`KeyPool::take`] does so by
    /// itself.
    pub fn fill(&self) {
        drop(self.start());
    }

    /// Starts the thread, unless it was.
    fn start(&self) -> Option<JoinHandle<()>> {
        let keys = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()?;
        let refill = move || {
            // Ends when a key is refused, because the pool is gone.
            while let Ok(key) = RsaKey::generate() {
                if keys.send(key).is_err() {
                    return;
                }
            }
            tracing::warn!("no more keys are made in advance: one could not be generated");
        };
        thread::Builder::new()
            .name("mock-nova keys".to_owned())
            .spawn(refill)
            .inspect_err(|error| tracing::warn!(%error, "keys are not made in advance: no thread"))
            .ok()
    }

    /// Takes a key: one that is ready, or one generated now, on a thread where that may take long.
    ///
    /// Must be called on a tokio runtime.
    ///
    /// # Errors
    ///
    /// If no key can be generated, or the runtime stops meanwhile.
    pub async fn take(&self) -> Result<RsaKey, GenerateError> {
        self.fill();
        if let Some(key) = self.take_ready() {
            return Ok(key);
        }
        let _processor = self
            .processors
            .acquire()
            .await
            .map_err(|_| GenerateError::Stopped)?;
        match self.take_ready() {
            Some(key) => Ok(key),
            None => spawn_blocking(RsaKey::generate)
                .await
                .map_err(|_| GenerateError::Stopped)?,
        }
    }

    fn take_ready(&self) -> Option<RsaKey> {
        self.ready
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_recv()
            .ok()
    }
}

/// The same keys in the same order for each of many clouds that come by the hundred and end at once: making keys would take
/// them longer than all else. No cloud is handed one twice; a cloud that asks for more than any before has them made.
#[derive(Debug, Default)]
pub struct KeyRing {
    /// Whoever finds too few makes one while others wait: they need the next.
    keys: Arc<Mutex<Vec<RsaKey>>>,
    next: AtomicUsize,
}

impl KeyRing {
    /// A ring of the same keys that begins anew.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            keys: Arc::clone(&self.keys),
            next: AtomicUsize::new(0),
        }
    }

    /// The next key. One that no cloud has asked for before is made now.
    ///
    /// # Errors
    ///
    /// If no key can be generated, or the runtime stops meanwhile.
    pub async fn take(&self) -> Result<RsaKey, GenerateError> {
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        let mut keys = self.keys.lock().await;
        while keys.len() <= place {
            let made = spawn_blocking(RsaKey::generate).await;
            keys.push(made.map_err(|_| GenerateError::Stopped)??);
        }
        keys.get(place).cloned().ok_or(GenerateError::Crypto)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{KeyPool, KeyRing, RsaKey};

    #[tokio::test]
    async fn a_ring_hands_out_the_same_keys_again() {
        async fn two(ring: &KeyRing) -> [String; 2] {
            let mut fingerprints = Vec::new();
            for _ in 0..2 {
                let key = ring.take().await.and_then(RsaKey::into_ssh);
                let key = key.expect("a key").public_key;
                fingerprints.push(key.fingerprint().to_string());
            }
            fingerprints.try_into().expect("two")
        }
        let ring = KeyRing::default();
        let [first, second] = two(&ring).await;
        assert_ne!(first, second);
        assert_eq!(two(&ring.again()).await, [first, second]);
    }

    #[tokio::test]
    async fn a_ring_hands_out_no_key_twice() {
        let ring = KeyRing::default();
        let keys = futures::future::join_all((0..20).map(|_| ring.take())).await;
        let fingerprints: HashSet<String> = keys
            .into_iter()
            .map(|key| {
                let keypair = key.and_then(RsaKey::into_ssh).expect("a key");
                keypair.public_key.fingerprint().to_string()
            })
            .collect();
        assert_eq!(fingerprints.len(), 20);
    }

    #[tokio::test]
    async fn a_key_is_handed_out_once() {
        let pool = KeyPool::new(2);
        let keys = futures::future::join_all((0..6).map(|_| pool.take())).await;
        let fingerprints: HashSet<String> = keys
            .into_iter()
            .map(|key| {
                let keypair = key.and_then(RsaKey::into_ssh).expect("a key");
                keypair.public_key.fingerprint().to_string()
            })
            .collect();
        assert_eq!(fingerprints.len(), 6);
    }

    #[tokio::test]
    async fn an_empty_pool_still_gives_keys() {
        let pool = KeyPool::new(0);
        pool.idle.lock().expect("nobody panics").take();
        assert!(pool.take().await.is_ok());
    }

    #[test]
    fn nothing_runs_before_the_first_key_is_asked_for() {
        let pool = KeyPool::new(8);
        assert!(pool.idle.lock().expect("nobody panics").is_some());
        assert!(pool.take_ready().is_none());
    }

    #[test]
    fn the_thread_ends_with_the_pool() {
        let pool = KeyPool::new(1);
        let thread = pool.start().expect("the first to ask starts it");
        assert!(pool.start().is_none(), "it is started once");
        drop(pool);
        thread.join().expect("it ends, and does not panic");
    }
}
