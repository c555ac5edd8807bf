//! Loads against clouds in this process: what they count, what they find wrong, and that nothing is left of them. They run at a
//! rate, for goose, the engine of users, runs one load in a process at a time; those are in `binary.rs`.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod callers;
mod people;
mod right;
mod standing_still;
mod support;
mod wrong;
