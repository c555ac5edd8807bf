//! The microversions a service says it speaks. It knows the version documents' JSON, and opens no connection.
//!
//! Source: <https://docs.openstack.org/api-ref/compute/#list-all-major-versions> and
//! <https://docs.openstack.org/api-guide/compute/microversions.html>.

use std::{fmt, str::FromStr};

use serde::Deserialize;

/// A version of an API, `major.minor`, ordered. What it means is not this crate's to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiVersion {
    /// The `2` of `2.104`.
    pub major: u16,
    /// The `104` of `2.104`.
    pub minor: u16,
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

/// A text that is not `major.minor`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a version: write it as 2.104")]
pub struct NotAVersion(String);

impl FromStr for ApiVersion {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |part: &str| {
            part.bytes()
                .all(|digit| digit.is_ascii_digit())
                .then(|| part.parse().ok())
                .flatten()
        };
        text.split_once('.')
            .and_then(|(major, minor)| {
                Some(Self {
                    major: number(major)?,
                    minor: number(minor)?,
                })
            })
            .ok_or_else(|| NotAVersion(text.to_owned()))
    }
}

/// The microversions a service speaks, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VersionRange {
    /// The document's `min_version`.
    pub min: ApiVersion,
    /// The document's `version`.
    pub max: ApiVersion,
}

impl VersionRange {
    /// Whether the service speaks `version`.
    #[must_use]
    pub fn contains(&self, version: ApiVersion) -> bool {
        (self.min..=self.max).contains(&version)
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} to {}", self.min, self.max)
    }
}

/// One version of a version document, and where it says it is.
pub(crate) struct Spoken {
    pub(crate) id: String,
    pub(crate) range: VersionRange,
    pub(crate) link: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    version: Option<Entry>,
    #[serde(default)]
    versions: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    min_version: String,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    rel: String,
    href: String,
}

/// The newest version with microversions of a document (`{"version": …}` or `{"versions": […]}`). Nova's v2.0 is an entry
/// whose versions are empty texts, so it is passed over.
pub(crate) fn spoken(body: &[u8]) -> Option<Spoken> {
    let document: Document = serde_json::from_slice(body).ok()?;
    let read = |entry: Entry| {
        let range = VersionRange {
            min: entry.min_version.parse().ok()?,
            max: entry.version.parse().ok()?,
        };
        let link = entry
            .links
            .into_iter()
            .find(|link| link.rel == "self")
            .map(|link| link.href);
        Some(Spoken {
            id: entry.id,
            range,
            link,
        })
    };
    document
        .version
        .into_iter()
        .chain(document.versions)
        .filter_map(read)
        .max_by_key(|spoken| spoken.range.max)
}
