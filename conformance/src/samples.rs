//! Recorded requests and answers, as files: what `api-samples/` holds. For [`crate::record`], which writes them, and for tests
//! that read them. It knows the form of a file and where it lies, nothing of clouds.
//!
//! `api-samples/<release>/<version>/<operation>[-<variant>].json`, where the version is a microversion, `legacy` for `/v2`, or
//! `unversioned`. `docs/samples.md` tells more.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request and its answer, normalised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// What was asked.
    pub request: Request,
    /// What came back.
    pub answer: Answer,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The role of who asked.
    #[serde(rename = "as")]
    pub caller: String,
    /// The method.
    pub method: String,
    /// The path and query, below the URL that stands above `/v2.1`.
    pub path: String,
    /// The headers, but for the token.
    pub headers: BTreeMap<String, String>,
    /// The body: JSON where it is, otherwise its text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<Value>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers that speak of the API; several values of one name with ` | ` between.
    pub headers: BTreeMap<String, String>,
    /// The body: JSON where it is, otherwise its text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<Value>,
}

impl Sample {
    /// The text of its file.
    ///
    /// # Errors
    /// None in practice: it is JSON already.
    pub fn to_text(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// Every sample below a folder, by its path there, such as `2.1/keypairs.list.json`.
///
/// # Errors
/// A file or folder that cannot be read, or is no sample; the message names it.
pub fn read(folder: &Path) -> io::Result<BTreeMap<PathBuf, Sample>> {
    let mut samples = BTreeMap::new();
    for version in fs::read_dir(folder).map_err(|error| naming(folder, &error))? {
        let version = version?;
        if !version.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(version.path())? {
            let path = file?.path();
            let text = fs::read_to_string(&path).map_err(|error| naming(&path, &error))?;
            let sample = serde_json::from_str(&text).map_err(|error| naming(&path, &error))?;
            let place = path.strip_prefix(folder).unwrap_or(&path).to_owned();
            samples.insert(place, sample);
        }
    }
    Ok(samples)
}

/// Writes samples below a folder, and removes those that are there and no longer recorded.
///
/// # Errors
/// A file or folder that cannot be written; the message names it.
pub fn write(folder: &Path, samples: &BTreeMap<PathBuf, Sample>) -> io::Result<()> {
    if folder.is_dir() {
        for old in read(folder)?
            .into_keys()
            .filter(|old| !samples.contains_key(old))
        {
            fs::remove_file(folder.join(old))?;
        }
    }
    for (place, sample) in samples {
        let path = folder.join(place);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| naming(parent, &error))?;
        }
        fs::write(&path, sample.to_text()?).map_err(|error| naming(&path, &error))?;
    }
    Ok(())
}

fn naming(path: &Path, error: &dyn std::error::Error) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}
