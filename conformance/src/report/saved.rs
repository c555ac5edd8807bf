//! A `report.json` read again: what an earlier run found, for telling two runs apart and for asking again what failed. It
//! knows the file's shape, of which it reads only what it needs: members that came later are passed over.

use std::{fs, path::Path};

use serde::Deserialize;

use super::json::SCHEMA_VERSION;
use crate::outcome::{Kind, Level};

/// What an earlier run found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Saved {
    /// The run.
    pub run: Run,
    /// The cloud.
    pub cloud: Cloud,
    /// The checks, in the order of that run's plan.
    pub checks: Vec<Check>,
}

/// When it was, and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Run {
    /// Its name.
    pub id: String,
    /// When it began, as RFC 3339.
    pub started_at: String,
    /// How long it took.
    pub duration_ms: u64,
    /// Whether it was interrupted, so that not all was asked.
    pub interrupted: bool,
}

/// Whom it asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Cloud {
    /// The cloud's name.
    pub name: String,
    /// The oldest microversion it offered.
    pub min_version: String,
    /// The newest microversion it offered.
    pub max_version: String,
}

/// A check and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Check {
    /// The id that never changes.
    pub id: String,
    /// How binding it is.
    pub level: Level,
    /// What it asks, in one line.
    pub title: String,
    /// At each microversion it was asked at, oldest first.
    pub instances: Vec<Instance>,
}

/// A check at one microversion.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Instance {
    /// The microversion, as in `2.10`.
    pub microversion: String,
    /// What became of it.
    pub outcome: Kind,
    /// How long it took.
    pub duration_ms: u64,
    /// Why it was errored, skipped or not applicable.
    #[serde(default)]
    pub reason: Option<String>,
    /// What was wrong.
    #[serde(default)]
    pub failure: Option<Failure>,
}

/// What was expected and found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Failure {
    /// What the sentence demands.
    pub expected: String,
    /// What the cloud did.
    pub found: String,
    /// The place.
    #[serde(rename = "where")]
    pub place: String,
}

/// Enough of any report to see whether the rest can be read.
#[derive(Deserialize)]
struct Version {
    schema_version: u32,
}

impl Saved {
    /// Reads the file.
    ///
    /// # Errors
    /// A sentence that names the file: it cannot be read, is no report, or its shape is of another version.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path)
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Reads a report's text.
    ///
    /// # Errors
    /// A sentence: it is no report, or its shape is of another version.
    pub fn parse(text: &str) -> Result<Self, String> {
        let no_report =
            |error: serde_json::Error| format!("not a report.json of nova-conformance: {error}");
        let Version { schema_version } = serde_json::from_str(text).map_err(no_report)?;
        if schema_version != SCHEMA_VERSION {
            return Err(format!(
                "its schema_version is {schema_version}, and this nova-conformance reads {SCHEMA_VERSION}: use the one that wrote it"
            ));
        }
        serde_json::from_str(text).map_err(no_report)
    }
}
