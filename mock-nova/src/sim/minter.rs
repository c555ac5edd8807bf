//! The cloud's source of ids, tokens and other accidents.
//!
//! From a seed, the same requests in the same order make the same ids, to the byte; without one they come
//! from the operating system's entropy. Request ids have a stream of their own, so that a client that
//! polls once more does not change every id made after. It knows nobody else in the crate.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use uuid::Uuid;

/// A handle on the cloud's ids. Clones share the same streams.
///
/// ```
/// # use mock_nova::sim::Minter;
/// assert_eq!(Minter::seeded(7).uuid(), Minter::seeded(7).uuid());
/// ```
#[derive(Clone, Debug)]
pub struct Minter(Arc<Inner>);

struct Inner {
    seed: Option<u64>,
    // A lock of nanoseconds, never held across an await: the generator is a few dozen instructions.
    ids: Mutex<StdRng>,
    requests: Mutex<StdRng>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The streams' state would tell every token to come.
        f.debug_struct("Minter")
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl Minter {
    /// Ids that repeat from run to run.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::new(Some(seed))
    }

    /// Ids nobody can foretell.
    #[must_use]
    pub fn unseeded() -> Self {
        Self::new(None)
    }

    fn new(seed: Option<u64>) -> Self {
        let (ids, requests) = streams(seed);
        Self(Arc::new(Inner {
            seed,
            ids: Mutex::new(ids),
            requests: Mutex::new(requests),
        }))
    }

    /// Begins the streams again: the same ids again from a seed, fresh ones without.
    pub fn restart(&self) {
        let (ids, requests) = streams(self.0.seed);
        *lock(&self.0.ids) = ids;
        *lock(&self.0.requests) = requests;
    }

    /// A version 4 UUID; `to_string()` gives Nova's form with dashes.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        uuid(&mut lock(&self.0.ids))
    }

    /// An id as Keystone writes them: a version 4 UUID as 32 hexadecimal digits.
    #[must_use]
    pub fn hex_id(&self) -> String {
        self.uuid().simple().to_string()
    }

    /// An opaque token of 256 bits.
    #[must_use]
    pub fn token(&self) -> String {
        // The prefix of Keystone's own tokens, since people recognise it.
        format!("gAAAAAB{}", self.url_safe(32))
    }

    /// `count` random bytes.
    #[must_use]
    pub fn bytes(&self, count: usize) -> Vec<u8> {
        let mut buffer = vec![0; count];
        lock(&self.0.ids).fill_bytes(&mut buffer);
        buffer
    }

    /// `bytes` random bytes in URL-safe base64 without padding: secrets, audit ids.
    #[must_use]
    pub fn url_safe(&self, bytes: usize) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes(bytes))
    }

    /// `length` characters taken from `alphabet`; empty if the alphabet is.
    #[must_use]
    pub fn from_alphabet(&self, alphabet: &[u8], length: usize) -> String {
        if alphabet.is_empty() {
            return String::new();
        }
        let mut ids = lock(&self.0.ids);
        (0..length)
            .filter_map(|_| alphabet.get(ids.random_range(0..alphabet.len())))
            .map(|&c| char::from(c))
            .collect()
    }

    /// A number that is at least `least` and below `bound`; `least` if that leaves none.
    #[must_use]
    pub fn number(&self, least: u64, bound: u64) -> u64 {
        if least >= bound {
            least
        } else {
            lock(&self.0.ids).random_range(least..bound)
        }
    }

    /// The id of one request, without the `req-` that every OpenStack service writes before it.
    #[must_use]
    pub fn request(&self) -> Uuid {
        uuid(&mut lock(&self.0.requests))
    }

    /// The id of one request, as every OpenStack service writes it: `req-` and a UUID.
    #[must_use]
    pub fn request_id(&self) -> String {
        format!("req-{}", self.request())
    }
}

fn streams(seed: Option<u64>) -> (StdRng, StdRng) {
    let mut root = match seed {
        Some(seed) => StdRng::seed_from_u64(seed),
        // Where the system has no entropy to give, a fresh address is still better than no cloud:
        // these ids guard nothing but a mock.
        None => StdRng::try_from_rng(&mut SysRng)
            .unwrap_or_else(|_| StdRng::seed_from_u64(std::ptr::from_ref(&seed).addr() as u64)),
    };
    let ids = root.fork();
    (ids, root)
}

fn uuid(stream: &mut StdRng) -> Uuid {
    let mut bytes = [0; 16];
    stream.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// A panic elsewhere leaves the generator whole, so a poisoned lock is still good.
fn lock(stream: &Mutex<StdRng>) -> MutexGuard<'_, StdRng> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_every_kind_of_id() {
        let all = |minter: &Minter| {
            (
                minter.uuid(),
                minter.hex_id(),
                minter.token(),
                minter.request_id(),
                minter.number(3, 900),
            )
        };
        let minter = Minter::seeded(1);
        let first = all(&minter);
        assert_eq!(first, all(&Minter::seeded(1)));
        minter.restart();
        assert_eq!(first, all(&minter));
    }

    #[test]
    fn one_request_more_leaves_the_other_ids_alone() {
        let (quiet, busy) = (Minter::seeded(1), Minter::seeded(1));
        let _ = busy.request_id();
        assert_eq!(quiet.uuid(), busy.uuid());
    }

    #[test]
    fn without_a_seed_no_two_minters_agree() {
        assert_ne!(Minter::unseeded().uuid(), Minter::unseeded().uuid());
    }
}
