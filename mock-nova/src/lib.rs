//! A stateful OpenStack cloud in one process, for testing whatever talks to Nova.
//!
//! It speaks the Compute API's keypairs at every microversion, and as much of Keystone, Glance and Neutron as
//! real clients need to get there. It is a library first:
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use mock_nova::MockNova;
//!
//! let cloud = MockNova::start().await;
//! let token = cloud.token_for("demo").unwrap();
//! # assert!(!token.is_empty());
//! // … point a client at cloud.auth_url(), user `demo`, password `secret`, project `demo`.
//! # })
//! ```
//!
//! and a server second: `mock-nova serve`.
//!
//! # The way of a request
//!
//! [`http`] routes it to a service ([`identity`], [`image`], …). The service reads it, asks the plain data
//! in [`cloud`] through the one [`store`], and renders the answer. Time and ids come from [`sim`], so that a
//! run can be repeated to the byte; what the cloud starts with comes from a [`fixture`].

pub mod cli;
pub mod client_files;
pub mod cloud;
pub mod compute;
pub mod control;
pub mod fixture;
pub mod flaws;
pub mod guest;
pub mod http;
pub mod identity;
pub mod image;
pub mod keys;
mod mock;
pub mod network;
pub mod policy;
pub mod secret;
pub mod sim;
pub mod state;
pub mod store;
pub mod volume;

pub use fixture::{Fixture, FixtureError};
pub use flaws::Flaw;
pub use mock::{Builder, MockNova, Near, StartError};
pub use state::{AppState, Settings, Transitions};
