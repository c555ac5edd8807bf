//! A password or secret, kept so that it can be checked and not read.
//!
//! A salted SHA-256 and not bcrypt: what the mock guards is public, and a test suite logs in ten thousand
//! times. What does hold is that no dump or log of the cloud shows a password, and that the comparison
//! takes the same time whatever is wrong.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use sha2::{Digest as _, Sha256};

/// The digest of a password, salted with its owner's id.
#[derive(Clone)]
pub struct Password([u8; 32]);

impl Password {
    /// The digest of `clear` for `owner`.
    #[must_use]
    pub fn new(owner: &str, clear: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(owner)
            .chain_update([0])
            .chain_update(clear)
            .finalize();
        Self(digest.into())
    }

    /// Whether `clear` is the password, in a time that tells nothing.
    #[must_use]
    pub fn verify(&self, owner: &str, clear: &str) -> bool {
        verify_slices_are_equal(&self.0, &Self::new(owner, clear).0).is_ok()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(redacted)")
    }
}
