//! Where reports go: the options of every command that writes them.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{report::PAGE, results::FILE};

/// goose's own report.
pub(super) const GOOSE: &str = "goose.html";

/// Where reports go.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Reports")]
pub(super) struct ReportArgs {
    /// Where to write report.html and results.json [default: target/loadtest in a Cargo workspace, otherwise nova-loadtest-report]
    #[arg(long, value_name = "DIR")]
    report_dir: Option<PathBuf>,
}

impl ReportArgs {
    /// The directory.
    pub(super) fn directory(&self) -> PathBuf {
        self.report_dir.clone().unwrap_or_else(|| {
            let in_workspace = Path::new("Cargo.toml").is_file() && Path::new("target").is_dir();
            PathBuf::from(if in_workspace {
                "target/loadtest"
            } else {
                "nova-loadtest-report"
            })
        })
    }

    /// Makes the directory, so that a wrong one is known before any load.
    ///
    /// # Errors
    /// A sentence: it cannot be made.
    pub(super) fn make(&self) -> Result<PathBuf, String> {
        let directory = self.directory();
        std::fs::create_dir_all(&directory).map_err(|error| {
            format!(
                "the reports cannot be written to {} ({error}): name another --report-dir",
                directory.display()
            )
        })?;
        Ok(directory)
    }

    /// Makes the directory, and takes away what an earlier run wrote there: whoever looks for this run's reports does not find
    /// that one's where this writes none. A baseline stays until it is written over.
    ///
    /// # Errors
    /// A sentence: it cannot be made, or something in it cannot be taken away.
    pub(super) fn make_empty(&self, baseline: Option<&Path>) -> Result<(), String> {
        let directory = self.make()?;
        let baseline = baseline.and_then(|file| file.canonicalize().ok());
        for name in [FILE, PAGE, GOOSE] {
            let file = directory.join(name);
            if baseline.is_some() && file.canonicalize().ok() == baseline {
                continue;
            }
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(format!(
                        "{}, of an earlier run, cannot be removed ({error}): name another --report-dir",
                        file.display()
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
