//! What makes a run repeatable: the one clock and the one source of ids.
//!
//! Everything in the mock that needs the time or a fresh id asks here. The module knows nobody else in
//! the crate.

pub mod clock;
pub mod minter;

pub use clock::Clock;
pub use minter::Minter;
