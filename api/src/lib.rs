//! What the OpenStack Compute API *is*: its operations, the history of its microversions, and the
//! contract that history gives each operation at each version.
//!
//! This crate does no I/O and knows no other crate of the workspace. The mock serves what it says,
//! the conformance suite judges by it, and the documentation is generated from it.
//!
//! ```
//! use nova_api::{Microversion, Operation, contract};
//!
//! let before = contract(Operation::KeypairCreate, Microversion::new(1).unwrap());
//! let after = contract(Operation::KeypairCreate, Microversion::new(2).unwrap());
//! assert_eq!((before.status(), after.status()), (200, 201));
//! ```
//!
//! # The way through
//!
//! - [`history`] holds one file per microversion, each with one [`Entry`].
//! - [`Entry`]s are folded, oldest first, into one [`Contract`] per operation and band of versions.
//! - A handler or a check asks [`contract`] (or [`legacy_contract`]) and never compares versions.
//! - [`flaws`] are the histories that are wrong in one change each; [`History::with`] folds one of them.

pub mod change;
pub mod contract;
pub mod fault;
pub mod flaw;
pub mod fold;
pub mod history;
pub mod iso8601;
mod legacy;
pub mod microversion;
pub mod operation;
pub mod publish;
mod python_pattern;
pub mod rules;
mod schema;
mod sentence;
mod superset;

pub use change::{At, Audience, Behavior, Change, Entry, Input, Now, Output, Rule};
pub use contract::{Band, Contract, Query, Refusal};
pub use flaw::{Flaw, Twist, flaws};
pub use fold::{History, bands, contract, legacy_contract};
pub use microversion::{Microversion, ParseError};
pub use operation::{Method, Operation};
pub use sentence::python_repr;
pub use superset::Superset;
