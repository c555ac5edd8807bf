//! What servers boot from. Of an image's bytes only how many there are is kept, and their digests.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::viewer::Viewer;
use crate::fixture::Fixture;

/// One image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// A UUID with dashes.
    pub id: String,
    /// Not necessarily unique; empty where none was given.
    pub name: String,
    /// `active`, `queued`, `deactivated`…
    pub status: String,
    /// `public`, `private`, `shared` or `community`.
    pub visibility: String,
    /// The project it belongs to.
    pub owner: Option<String>,
    /// `qcow2`, `raw`…; empty where none was given.
    pub disk_format: String,
    /// `bare`…; empty where none was given.
    pub container_format: String,
    /// The size of its file, in bytes.
    pub size: u64,
    /// The least disk a flavor needs for it, in GiB.
    pub min_disk: u64,
    /// The least memory a flavor needs for it, in MiB.
    pub min_ram: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The digests of its file, where one was uploaded.
    pub digests: Option<Digests>,
    /// Whether it cannot be deleted.
    pub protected: bool,
    /// Whether lists leave it out.
    pub hidden: bool,
    /// Words clients wrote on it.
    pub tags: BTreeSet<String>,
    /// What else is known of it, such as `hw_architecture`.
    pub properties: BTreeMap<String, String>,
}

/// What an uploaded file was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// MD5, in hexadecimal digits.
    pub md5: String,
    /// SHA-512, in hexadecimal digits.
    pub sha512: String,
}

impl Image {
    /// Whether a server can be made from it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }

    /// Whether a file was uploaded.
    #[must_use]
    pub fn has_file(&self) -> bool {
        self.status != "queued"
    }

    /// Whether the viewer may know of it.
    #[must_use]
    pub fn is_visible_to(&self, viewer: Viewer<'_>) -> bool {
        matches!(self.visibility.as_str(), "public" | "community") || self.belongs_to(viewer)
    }

    /// Whether the viewer may change it.
    #[must_use]
    pub fn belongs_to(&self, viewer: Viewer<'_>) -> bool {
        viewer.admin || (self.owner.is_some() && self.owner.as_deref() == viewer.project_id)
    }
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

    /// The image of this id, if the viewer may know of it.
    #[must_use]
    pub fn find(&self, id: &str, viewer: Viewer<'_>) -> Option<&Image> {
        self.get(id).filter(|image| image.is_visible_to(viewer))
    }

    /// The image of this id, whoever asks.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Image> {
        self.0.get(id)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Image> {
        self.0.get_mut(id)
    }

    /// Every image, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Image> {
        self.0.values()
    }

    /// Adds an image.
    ///
    /// # Errors
    /// If there is one of this id.
    pub fn add(&mut self, image: Image) -> Result<(), IdTaken> {
        if self.0.contains_key(&image.id) {
            return Err(IdTaken);
        }
        self.0.insert(image.id.clone(), image);
        Ok(())
    }

    /// Takes an image away, if there is one of this id.
    pub fn remove(&mut self, id: &str) -> Option<Image> {
        self.0.remove(id)
    }
}

/// There is already an image of this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdTaken;
