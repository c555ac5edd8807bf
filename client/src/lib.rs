//! How to reach any OpenStack cloud, and one raw request at one microversion, byte for byte.
//!
//! ```no_run
//! use nova_client::{Config, RawRequest, Session};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::from_env(&|name| std::env::var(name).ok())?;
//! let session = Session::connect(config).await?;
//! let compute = session.discover("compute").await?;
//! let answer = compute.service.send(&RawRequest::get("/os-keypairs?limit=1").at("2.35")).await?;
//! assert_eq!(answer.status, 200);
//! # Ok(())
//! # }
//! ```
//!
//! - [`Config`]: which cloud, from clouds.yaml and secure.yaml, `OS_CLOUD`, or `OS_*` variables.
//! - [`Session`]: a token, the catalog, and [`Service`]s found in it.
//! - [`RawRequest`] and [`RawAnswer`]: what goes out and what comes back, unchanged; a [`SendError`] when nothing does.
//! - [`redact`]: what may be shown of either.
//!
//! This crate knows no other crate of the workspace: what a right answer is, is not its business. It never repeats a request,
//! never follows a redirect, never renews a token unless told to, and writes no file. Secrets are [`Secret`]s, which no
//! `Debug` shows.
//!
//! # Why clouds.yaml is read here
//!
//! `openstack_sdk_core` was considered for configuration and authentication. Sessions and the authentication methods are not
//! in it but in `openstack_sdk`, which adds 62 packages to this workspace even without its service crates, among them
//! a browser launcher and terminal prompts; it reads the process environment deep inside, caches tokens and discovery under
//! the user's home, does not read `OS_CLIENT_CONFIG_FILE`, and says no line when a clouds.yaml is wrong. What is needed of
//! it is three request bodies and one search path.

mod auth;
mod catalog;
mod config;
mod error;
mod identity;
mod raw;
pub mod redact;
mod secret;
mod session;
mod transport;
mod version;

pub use auth::{ApplicationCredential, Credentials, Domain, Project, Scope, User};
pub use catalog::{Catalog, CatalogService, Endpoint, NoEndpoint};
pub use config::{Config, ConfigError, Environment, Place, Proxies, Trust};
pub use error::{Phase, SendError, SendFault};
pub use identity::{Identity, Member, Named};
pub use raw::{NotJson, RawAnswer, RawRequest, Token};
pub use secret::Secret;
pub use session::{Discovery, Service, Session, SessionError};
pub use version::{ApiVersion, NotAVersion, VersionRange};
