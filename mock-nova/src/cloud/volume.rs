//! What servers keep their data on: volumes, and to which server each is attached.
//!
//! A volume is one of Cinder's as far as its clients and Nova see it: it has a size, a state and attachments; its
//! bytes nobody reads.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::image::Image;
use super::viewer::Viewer;

/// What a volume is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeStatus {
    /// To be attached, or deleted.
    Available,
    /// Attached.
    InUse,
}

impl VolumeStatus {
    /// As Cinder writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::InUse => "in-use",
        }
    }
}

/// One volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// A UUID with dashes.
    pub id: String,
    /// The project it belongs to.
    pub project_id: String,
    /// Who made it.
    pub user_id: String,
    /// Not necessarily unique; volumes that Nova makes have an empty one.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// In GiB.
    pub size: u64,
    /// What it is at.
    pub status: VolumeStatus,
    /// Whether a server can boot from it.
    pub bootable: bool,
    /// Whether several servers may have it at once.
    pub multiattach: bool,
    /// The name of its type.
    pub volume_type: String,
    /// The image it was made from, with what the image said of itself then.
    pub image: Option<SourceImage>,
    /// What clients wrote on it.
    pub metadata: BTreeMap<String, String>,
    /// Who has it, in the order in which they got it.
    pub attachments: Vec<Attachment>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The image that a volume was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceImage {
    /// The image's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its size, least disk and memory, formats and properties, as texts.
    pub properties: BTreeMap<String, String>,
}

impl SourceImage {
    /// What a volume keeps of an image.
    #[must_use]
    pub fn of(image: &Image) -> Self {
        let mut properties = image.properties.clone();
        for (name, value) in [
            ("size", image.size.to_string()),
            ("min_disk", image.min_disk.to_string()),
            ("min_ram", image.min_ram.to_string()),
            ("disk_format", image.disk_format.clone()),
            ("container_format", image.container_format.clone()),
        ] {
            properties.insert(name.to_owned(), value);
        }
        Self {
            id: image.id.clone(),
            name: image.name.clone(),
            properties,
        }
    }
}

/// A volume on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its own id, in Cinder.
    pub id: String,
    /// The server.
    pub server_id: String,
    /// Where the server finds it: `/dev/vda`.
    pub device: String,
    /// The host that the server is on.
    pub host: Option<String>,
    /// Since when.
    pub attached_at: Timestamp,
}

/// Why a volume is not attached or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is none of this id, or the viewer does not see it.
    Missing,
    /// It is in this state, which forbids it.
    Busy(VolumeStatus),
}

/// The type that volumes have where nothing else is asked.
pub const DEFAULT_TYPE: &str = "lvmdriver-1";

/// The volumes of a cloud, in the order of ids.
#[derive(Clone, Debug, Default)]
pub struct Volumes(BTreeMap<String, Volume>);

impl Volumes {
    /// The volume of this id, if the viewer may see it.
    #[must_use]
    pub fn find(&self, id: &str, viewer: Viewer<'_>) -> Option<&Volume> {
        self.0
            .get(id)
            .filter(|volume| viewer.owns(&volume.project_id))
    }

    /// The volume of this id, whoever asks.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Volume> {
        self.0.get(id)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Volume> {
        self.0.get_mut(id)
    }

    /// Every volume, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Volume> {
        self.0.values()
    }

    /// Adds a volume.
    pub fn add(&mut self, volume: Volume) {
        self.0.insert(volume.id.clone(), volume);
    }

    /// Puts a volume on a server.
    ///
    /// # Errors
    /// If there is no such volume, or it is on another server and not made for several.
    pub fn attach(&mut self, id: &str, attachment: Attachment) -> Result<(), Refused> {
        let volume = self.0.get_mut(id).ok_or(Refused::Missing)?;
        if volume.status == VolumeStatus::InUse && !volume.multiattach {
            return Err(Refused::Busy(volume.status));
        }
        volume.status = VolumeStatus::InUse;
        volume.updated_at = attachment.attached_at;
        volume.attachments.push(attachment);
        Ok(())
    }

    /// Takes a volume off a server; of one that is not on it, nothing changes.
    pub fn detach(&mut self, id: &str, server_id: &str, now: Timestamp) {
        let Some(volume) = self.0.get_mut(id) else {
            return;
        };
        volume
            .attachments
            .retain(|attachment| attachment.server_id != server_id);
        if volume.attachments.is_empty() {
            volume.status = VolumeStatus::Available;
        }
        volume.updated_at = now;
    }

    /// Takes a volume away.
    ///
    /// # Errors
    /// If there is none that the viewer sees, or a server has it.
    pub fn delete(&mut self, id: &str, viewer: Viewer<'_>) -> Result<Volume, Refused> {
        let status = self.find(id, viewer).ok_or(Refused::Missing)?.status;
        if status != VolumeStatus::Available {
            return Err(Refused::Busy(status));
        }
        self.0.remove(id).ok_or(Refused::Missing)
    }

    /// Takes a volume away whatever its state, as Nova does with those that a server's end is theirs too.
    pub fn forget(&mut self, id: &str) {
        self.0.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO: Viewer<'_> = Viewer {
        project_id: Some("demo"),
        admin: false,
    };

    fn volume(id: &str) -> Volume {
        Volume {
            id: id.to_owned(),
            project_id: "demo".to_owned(),
            user_id: "alice".to_owned(),
            name: None,
            description: None,
            size: 1,
            status: VolumeStatus::Available,
            bootable: false,
            multiattach: false,
            volume_type: DEFAULT_TYPE.to_owned(),
            image: None,
            metadata: BTreeMap::new(),
            attachments: Vec::new(),
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn on(server_id: &str) -> Attachment {
        Attachment {
            id: "a".to_owned(),
            server_id: server_id.to_owned(),
            device: "/dev/vdb".to_owned(),
            host: None,
            attached_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_volume_is_on_one_server_and_meanwhile_cannot_be_deleted() {
        let mut volumes = Volumes::default();
        volumes.add(volume("v"));
        volumes.attach("v", on("s")).unwrap();
        let busy = Refused::Busy(VolumeStatus::InUse);
        assert_eq!(volumes.attach("v", on("t")), Err(busy));
        assert_eq!(volumes.delete("v", DEMO), Err(busy));
        volumes.detach("v", "s", Timestamp::UNIX_EPOCH);
        assert_eq!(volumes.delete("v", DEMO), Ok(volume("v")));
        assert_eq!(volumes.delete("v", DEMO), Err(Refused::Missing));
    }

    #[test]
    fn another_projects_volume_is_as_none_but_to_an_administrator() {
        let mut volumes = Volumes::default();
        volumes.add(volume("v"));
        let other = Viewer {
            project_id: Some("other"),
            admin: false,
        };
        let admin = Viewer {
            admin: true,
            ..other
        };
        assert_eq!(volumes.find("v", other), None);
        assert!(volumes.find("v", admin).is_some());
        assert_eq!(volumes.delete("v", other), Err(Refused::Missing));
    }
}
