//! `nova-loadtest merge`: adds what many processes measured, and judges once.

use std::path::PathBuf;

use super::{complain, gate::GateArgs, report::ReportArgs};
use crate::{exit::ExitCode, merge, results::Results, words};

/// `nova-loadtest merge`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where the shards' results are: every .json in it, and results.json of the directories in it.
    directory: PathBuf,
    /// How many shards there have to be: fewer are no run.
    #[arg(long, value_name = "N")]
    shards: Option<usize>,
    #[command(flatten)]
    gate: GateArgs,
    #[command(flatten)]
    reports: ReportArgs,
}

impl Args {
    pub(super) fn go(self) -> ExitCode {
        let judged = self.merged().and_then(|results| {
            let gate = self.gate.read()?;
            gate.thresholds_fit(results.measured.arrivals.is_some())?;
            gate.baseline_fits(&results.run.scenario, &results.shape)?;
            self.reports.make()?;
            Ok((gate, results))
        });
        match judged {
            Ok((gate, results)) => gate.finish(results, &self.reports),
            Err(why) => {
                complain(why);
                ExitCode::Usage
            }
        }
    }

    fn merged(&self) -> Result<Results, String> {
        // What an earlier merge wrote there is no shard.
        let written = self.reports.directory().join(crate::results::FILE);
        let files: Vec<PathBuf> = merge::files(&self.directory)?
            .into_iter()
            .filter(|file| file.canonicalize().ok() != written.canonicalize().ok())
            .collect();
        if let Some(wanted) = self.shards
            && wanted != files.len()
        {
            return Err(format!(
                "{} holds the results of {}, and --shards asks for {wanted}",
                self.directory.display(),
                words::counted(files.len() as u64, "shard")
            ));
        }
        let shards: Result<Vec<(String, Results)>, String> = files
            .iter()
            .map(|file| Ok((file.display().to_string(), Results::read(file)?)))
            .collect();
        merge::merge(shards?)
    }
}
