//! What can be wrong with a configuration: each a sentence that says what, where, and how to mend it. It knows paths and
//! lines, never a value that could be a secret.

use std::{fmt, io, path::PathBuf};

/// Why a cloud's configuration could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Neither `OS_CLOUD` nor `OS_AUTH_URL` is set.
    #[error(
        "no cloud is named: set OS_CLOUD to a cloud of your clouds.yaml{}, or OS_AUTH_URL and the other OS_* variables (source an openrc file)",
        .have.as_ref().map_or(String::new(), |(file, clouds)| format!(" ({} has: {})", file.display(), listed(clouds)))
    )]
    NoCloudNamed {
        /// The clouds.yaml that would be used, and the clouds it has.
        have: Option<(PathBuf, Vec<String>)>,
    },
    /// No clouds.yaml in any of the places where one is looked for.
    #[error(
        "cloud '{cloud}' is asked for, but there is no clouds.yaml: put one at one of {}, or name it in OS_CLIENT_CONFIG_FILE",
        listed(&.searched.iter().map(|path| path.display().to_string()).collect::<Vec<_>>())
    )]
    NoFile {
        /// The cloud asked for.
        cloud: String,
        /// Where a file was looked for, in order.
        searched: Vec<PathBuf>,
    },
    /// A file that exists, or that was named, cannot be read.
    #[error("{} cannot be read ({source}): {mend}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        source: io::Error,
        /// What to do about it.
        mend: String,
    },
    /// A file is not YAML.
    #[error("{}:{line}:{column}: not valid YAML: {message}: correct this line or the one before it", .file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// A file is YAML, but not the YAML of a clouds.yaml.
    #[error("{place}: {what}")]
    Shape {
        /// Where.
        place: Place,
        /// What is wrong and how to mend it.
        what: String,
    },
    /// The file has no such cloud.
    #[error("cloud '{cloud}' is not in {} (it has: {}): name one of these, or add it", .file.display(), listed(.have))]
    UnknownCloud {
        /// The cloud asked for.
        cloud: String,
        /// The clouds.yaml.
        file: PathBuf,
        /// The clouds it has.
        have: Vec<String>,
    },
    /// The cloud names a profile that no clouds-public.yaml has.
    #[error(
        "{place}: profile '{profile}' is in no clouds-public.yaml (there is: {}): add it there, or write its settings into the cloud",
        listed(.have)
    )]
    UnknownProfile {
        /// Where the profile is named.
        place: Place,
        /// The profile.
        profile: String,
        /// The profiles there are.
        have: Vec<String>,
    },
    /// A setting that is needed is not there.
    #[error(
        "{place}: {key} is missing: add `{key}` to clouds.yaml (or secure.yaml), or set {variable}"
    )]
    Missing {
        /// The cloud and its file, or the environment.
        place: Place,
        /// The key as clouds.yaml spells it, such as `auth.auth_url`.
        key: String,
        /// The variable of the environment that says the same.
        variable: String,
    },
    /// A setting is there but cannot be used.
    #[error("{place}: {key} {why}")]
    Invalid {
        /// Where it is written.
        place: Place,
        /// The key as clouds.yaml spells it, or the variable.
        key: String,
        /// What is wrong with it and how to mend it.
        why: String,
    },
}

/// Where a setting is written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A line of a file.
    Line {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A cloud of a file, as a whole.
    Cloud {
        /// The cloud's name.
        cloud: String,
        /// The file.
        file: PathBuf,
    },
    /// The `OS_*` variables.
    Environment,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { file, line } => write!(out, "{}:{line}", file.display()),
            Self::Cloud { cloud, file } => write!(out, "cloud '{cloud}' in {}", file.display()),
            Self::Environment => out.write_str("the environment"),
        }
    }
}

/// `a, b` or `nothing`.
pub(crate) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    names
        .iter()
        .map(AsRef::as_ref)
        .collect::<Vec<_>>()
        .join(", ")
}
