//! `nova-loadtest render`: draws a run's page again from its file.

use std::path::PathBuf;

use super::complain;
use crate::{
    exit::ExitCode,
    report::{PAGE, html, write_file},
    results::Results,
};

/// `nova-loadtest render`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run's results.json.
    file: PathBuf,
    /// The page to write [default: report.html beside the file]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Args {
    pub(super) fn go(self) -> ExitCode {
        let results = match Results::read(&self.file) {
            Ok(results) => results,
            Err(why) => {
                complain(why);
                return ExitCode::Usage;
            }
        };
        let output = self
            .output
            .unwrap_or_else(|| self.file.with_file_name(PAGE));
        super::written(&output, write_file(&output, &html::render(&results)))
    }
}
