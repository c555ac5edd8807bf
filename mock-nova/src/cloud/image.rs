//! What servers boot from. Read from the fixture and never changed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::fixture::Fixture;

/// One image.
#[derive(Clone, Debug)]
pub struct Image {
    /// A UUID with dashes.
    pub id: String,
    /// Not necessarily unique.
    pub name: String,
    /// `active`, `queued`, `deactivated`…
    pub status: String,
    /// `public`, `private`, `shared` or `community`.
    pub visibility: String,
    /// The project it belongs to.
    pub owner: Option<String>,
    /// `qcow2`, `raw`…
    pub disk_format: String,
    /// `bare`…
    pub container_format: String,
    /// The size of its file, in bytes.
    pub size: u64,
    /// The least disk a flavor needs for it, in GiB.
    pub min_disk: u64,
    /// The least memory a flavor needs for it, in MiB.
    pub min_ram: u64,
    /// When it was made, and last changed.
    pub created_at: Timestamp,
    /// What else is known of it, such as `hw_architecture`.
    pub properties: BTreeMap<String, String>,
}

/// The images, in the order of ids.
#[derive(Clone, Debug, Default)]
pub struct Images(BTreeMap<String, Image>);

impl Images {
    /// The images of a fixture.
    #[must_use]
    pub fn from_fixture(fixture: &Fixture) -> Self {
        Self(
            fixture
                .images
                .iter()
                .map(|image| (image.id.clone(), image.clone()))
                .collect(),
        )
    }

    /// The image with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Image> {
        self.0.get(id)
    }

    /// Every image, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Image> {
        self.0.values()
    }
}
