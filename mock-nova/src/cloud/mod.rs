//! What the cloud *is*: plain data and the rules it keeps whoever asks.
//!
//! No HTTP, no wire format, no version numbers: services read requests, call here, and render what they
//! get. The module knows nobody else in the crate but the fixture it is filled from.

pub mod identity;
pub mod image;
pub mod keypair;
pub mod network;
pub mod quota;

use crate::fixture::Fixture;

/// The whole state of one cloud.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// Users, projects, roles, tokens.
    pub identity: identity::Identity,
    /// What servers boot from.
    pub images: image::Images,
    /// What servers are plugged into.
    pub networks: network::Networks,
    /// What users log in to servers with.
    pub keypairs: keypair::Keypairs,
    /// How much of what a project may have.
    pub quotas: quota::Quotas,
}

impl Cloud {
    /// The cloud that a fixture describes.
    #[must_use]
    pub fn from_fixture(fixture: &Fixture) -> Self {
        Self {
            identity: identity::Identity::from_fixture(fixture),
            images: image::Images::from_fixture(fixture),
            networks: network::Networks::from_fixture(fixture),
            keypairs: keypair::Keypairs::default(),
            quotas: quota::Quotas::from_fixture(fixture),
        }
    }
}
