//! Does a cloud handle SSH keypairs as the Compute API says, at every microversion? This crate asks, and reports.
//!
//! plan → probe → verdict → event → report:
//!
//! - [`checks::registry`] lists every [`check::Check`]: one sentence of the API and the probe that asks whether it holds.
//!   How to write one is told in [`check`].
//! - [`select`] turns the user's filters and versions into a [`select::Plan`] of instances, one per check and microversion.
//! - [`runner`] asks a [`caller::Cloud`], deletes what was made ([`ledger`]), and tells [`event::Event`]s.
//! - [`sweep`] deletes what runs that were killed have left, known by their names ([`run_name`]).
//! - [`identity`] makes users and projects for one run, and takes them away.
//! - [`report`]ers only listen to events: a terminal, a page, JUnit XML, JSON, annotations of a CI system.
//! - [`compare`] asks two clouds the same and tells where they differ; [`normal`] makes their answers comparable.
//! - [`record`] writes down what a cloud answers, as [`samples`].
//! - [`cli`] is the program `nova-conformance`; [`exit::ExitCode`] is how it ends.
//!
//! It knows `nova-api` (what is right) and `nova-client` (how to ask). It meets `mock-nova` only in [`embedded`], where a
//! cloud is started because none was named, never to learn what is right.

pub mod caller;
pub mod callers;
pub mod check;
pub mod checks;
pub mod cli;
pub mod compare;
pub mod embedded;
pub mod event;
pub mod exchange;
pub mod exit;
pub mod expected;
pub mod guest;
pub mod identity;
pub mod ledger;
pub(crate) mod newcomers;
pub mod normal;
pub mod outcome;
pub(crate) mod pace;
pub mod profile;
pub mod record;
pub mod report;
pub mod rerun;
pub mod run_name;
pub mod runner;
pub mod samples;
pub mod select;
pub mod selftest;
pub mod servers;
pub mod sweep;
pub(crate) mod watch;
pub(crate) mod written;
