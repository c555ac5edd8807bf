//! Where clouds.yaml, secure.yaml and clouds-public.yaml are looked for, and how the three make the settings of one cloud.
//! It knows the YAML tree and settings, not what a setting means.
//!
//! The search follows openstacksdk (<https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html>), with
//! two differences, both towards saying what is wrong: a file named in `OS_CLIENT_CONFIG_FILE` must exist, and a secure.yaml
//! that lies beside the clouds.yaml in use is taken first.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    Environment,
    error::{ConfigError, Place},
    settings::{self, Settings},
    yaml::{Data, Node},
};

/// Where to look: the environment, the current directory, and a clouds.yaml named on the command line, if one was.
pub(super) struct Search<'a> {
    pub(super) env: Environment<'a>,
    pub(super) here: &'a Path,
    pub(super) file: Option<&'a Path>,
}

impl Search<'_> {
    /// The settings of one cloud: its profile, under clouds.yaml, under secure.yaml, under the values of its region; and
    /// from the environment the secrets that no file holds.
    pub(super) fn cloud(&self, cloud: &str) -> Result<Settings, ConfigError> {
        let Some(file) = self.clouds_file()? else {
            return Err(ConfigError::NoFile {
                cloud: cloud.to_owned(),
                searched: self.candidates("clouds"),
            });
        };
        let mut tree = read(&file, &self.mend_clouds_file(&file))?;
        if let Some(secure) = self.secure_file(&file)? {
            tree = tree.overlaid(read(&secure, "let this user read it, or remove it")?);
        }
        let Some(clouds) = tree.get("clouds") else {
            return Err(ConfigError::Shape {
                place: tree.place(),
                what: "there is no `clouds:` at the top: put the clouds below one".to_owned(),
            });
        };
        let Some(node) = clouds.get(cloud) else {
            return Err(ConfigError::UnknownCloud {
                cloud: cloud.to_owned(),
                file,
                have: clouds.keys(),
            });
        };
        let node = with_region_values(self.with_profile(node, &file)?);
        let place = Place::Cloud {
            cloud: cloud.to_owned(),
            file: file.clone(),
        };
        let mut settings = settings::from_cloud(cloud, place, &node)?;
        settings.add_missing_secrets(self.env);
        Ok(settings)
    }

    /// The clouds.yaml that would be used and its clouds, for an error; `None` if it cannot be had for whatever reason.
    pub(super) fn overview(&self) -> Option<(PathBuf, Vec<String>)> {
        let file = self.clouds_file().ok().flatten()?;
        let tree = read(&file, "").ok()?;
        let clouds = tree.get("clouds")?.keys();
        Some((file, clouds))
    }

    fn with_profile(&self, cloud: &Node, file: &Path) -> Result<Node, ConfigError> {
        let Some(named) = cloud.get("profile").or_else(|| cloud.get("cloud")) else {
            return Ok(cloud.clone());
        };
        let Some(profile) = named.text() else {
            return Ok(cloud.clone());
        };
        let mut have = Vec::new();
        if let Some(public) = self.find("clouds-public", "OS_CLIENT_VENDOR_FILE", file.parent())? {
            let tree = read(&public, "let this user read it, or remove it")?;
            if let Some(profiles) = tree.get("public-clouds") {
                if let Some(below) = profiles.get(profile) {
                    return Ok(below.clone().overlaid(cloud.clone()));
                }
                have = profiles.keys();
            }
        }
        Err(ConfigError::UnknownProfile {
            place: named.place(),
            profile: profile.to_owned(),
            have,
        })
    }

    fn clouds_file(&self) -> Result<Option<PathBuf>, ConfigError> {
        match self.file {
            Some(file) => Ok(Some(file.to_owned())),
            None => self.find("clouds", "OS_CLIENT_CONFIG_FILE", None),
        }
    }

    fn secure_file(&self, clouds: &Path) -> Result<Option<PathBuf>, ConfigError> {
        self.find("secure", "OS_CLIENT_SECURE_FILE", clouds.parent())
    }

    fn mend_clouds_file(&self, file: &Path) -> String {
        let named =
            (self.env)("OS_CLIENT_CONFIG_FILE").is_some_and(|named| Path::new(&named) == file);
        if named && self.file.is_none() {
            "correct OS_CLIENT_CONFIG_FILE, or unset it".to_owned()
        } else {
            "create it, let this user read it, or name another".to_owned()
        }
    }

    /// The file that `variable` names, or else the first that exists: beside `first`, then along the search path.
    fn find(
        &self,
        stem: &str,
        variable: &str,
        first: Option<&Path>,
    ) -> Result<Option<PathBuf>, ConfigError> {
        if let Some(named) = (self.env)(variable).filter(|named| !named.is_empty()) {
            return Ok(Some(PathBuf::from(named)));
        }
        let beside = first.into_iter().flat_map(|folder| spellings(folder, stem));
        Ok(beside
            .chain(self.candidates(stem))
            .find(|path| path.is_file()))
    }

    fn candidates(&self, stem: &str) -> Vec<PathBuf> {
        let set = |variable: &str| {
            (self.env)(variable)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let user = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
        let folders = [
            Some(self.here.to_owned()),
            user.map(|user| user.join("openstack")),
            Some("/etc/openstack".into()),
        ];
        folders
            .into_iter()
            .flatten()
            .flat_map(|folder| spellings(&folder, stem))
            .collect()
    }
}

fn spellings(folder: &Path, stem: &str) -> Vec<PathBuf> {
    // JSON is YAML, so one parser reads all three.
    ["yaml", "yml", "json"]
        .iter()
        .map(|ending| folder.join(format!("{stem}.{ending}")))
        .collect()
}

fn read(file: &Path, mend: &str) -> Result<Node, ConfigError> {
    tracing::debug!(file = %file.display(), "reading configuration");
    let text = fs::read_to_string(file).map_err(|source| ConfigError::Unreadable {
        file: file.to_owned(),
        source,
        mend: mend.to_owned(),
    })?;
    Node::parse(file, &text)
}

/// `regions: [{name: X, values: {…}}]`: the values of the region in use lie over the cloud's.
fn with_region_values(cloud: Node) -> Node {
    let Some(Data::List(regions)) = cloud.get("regions").map(|node| &node.data) else {
        return cloud;
    };
    let wanted = cloud.get("region_name").and_then(Node::text);
    let chosen = regions.iter().find(|region| {
        wanted.is_none()
            || region.get("name").and_then(Node::text) == wanted
            || region.text() == wanted
    });
    match chosen.and_then(|region| region.get("values")).cloned() {
        Some(values) => cloud.overlaid(values),
        None => cloud,
    }
}
