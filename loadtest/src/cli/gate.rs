//! What is demanded of a run, and how it ends: the options of every command that judges, and the one end of all of them.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{complain, report::ReportArgs};
use crate::{
    baseline::{Baseline, MARGIN},
    exit::ExitCode,
    gate::{self, Threshold},
    report::{self, PAGE, terminal},
    results::{FILE, Results, Shape},
};

/// What is demanded of a run.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "What is demanded")]
pub(super) struct GateArgs {
    /// Fails the run unless this holds, such as "p99<2s for rebuild.active", "errors<0.1%", "rate>=190/s", "dropped<=0". May be
    /// given several times.
    #[arg(long = "threshold", value_name = "EXPRESSION")]
    thresholds: Vec<Threshold>,
    /// Fails the run if it is worse than an earlier one of the same load, from its results.json.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// With --baseline: by how much a time may differ and still be the same, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = MARGIN * 100.0, value_parser = parse_margin, requires = "baseline")]
    margin: f64,
    /// With --baseline: what the confidence intervals are drawn from. The same gives the same judgement.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "baseline")]
    baseline_seed: u64,
}

/// What is demanded, read and understood.
#[derive(Debug)]
pub(super) struct Gate {
    thresholds: Vec<Threshold>,
    baseline: Option<Baseline>,
}

impl GateArgs {
    /// The baseline's file.
    pub(super) fn baseline(&self) -> Option<&Path> {
        self.baseline.as_deref()
    }

    /// Reads the baseline, so that one that cannot be read is known before any load.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub(super) fn read(&self) -> Result<Gate, String> {
        let baseline = self.baseline.as_ref().map(|file| {
            let name = file.display().to_string();
            Results::read(file).map(|results| {
                Baseline::new(results, name, self.margin / 100.0, self.baseline_seed)
            })
        });
        Ok(Gate {
            thresholds: self.thresholds.clone(),
            baseline: baseline.transpose()?,
        })
    }
}

impl Gate {
    /// Whether the thresholds can be asked of a run in which things are due at their time, or not, so that it is known before any
    /// load.
    ///
    /// # Errors
    /// A sentence: a threshold that users cannot have.
    pub(super) fn thresholds_fit(&self, has_arrivals: bool) -> Result<(), String> {
        self.thresholds.iter().try_for_each(|threshold| {
            threshold
                .fits(has_arrivals)
                .map_err(|mistake| format!("--threshold: {mistake}"))
        })
    }

    /// Whether a run of this scenario and shape can be compared with the baseline, so that it is known before any load.
    ///
    /// # Errors
    /// A sentence: the baseline is of another load.
    pub(super) fn baseline_fits(&self, scenario: &str, shape: &Shape) -> Result<(), String> {
        self.baseline.iter().try_for_each(|baseline| {
            baseline
                .fits(scenario, shape)
                .map_err(|why| format!("--baseline: {why}"))
        })
    }

    /// Judges a run that is over, writes its reports and tells the terminal. How the program ends.
    pub(super) fn finish(&self, mut results: Results, reports: &ReportArgs) -> ExitCode {
        // Nearly always known before any load; where it was not, the run is judged without it, and told.
        let unfit = self
            .baseline_fits(&results.run.scenario, &results.shape)
            .err();
        let comparison = self
            .baseline
            .as_ref()
            .filter(|_| unfit.is_none())
            .map(|baseline| baseline.compare(&results));
        let judgement = gate::judge(&results, &self.thresholds, comparison);
        results.judgement = Some(judgement.clone());
        let directory = reports.directory();
        let written = report::write(&directory, &results);
        let files = match &written {
            Ok(()) => [PAGE, FILE]
                .into_iter()
                .chain(results.files.values().map(String::as_str))
                .map(|name| directory.join(name))
                .collect(),
            Err(_) => Vec::new(),
        };
        let told = terminal::summary(&mut anstream::stdout().lock(), &results, &judgement, &files);
        let mut code = ExitCode::from_code(judgement.exit_code).unwrap_or(ExitCode::CouldNotAsk);
        for (what, result) in [("the reports", written), ("the summary", told)] {
            match result {
                // Who reads no further has seen enough.
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    complain(format!("{what} cannot be written: {error}"));
                    if code == ExitCode::Holds {
                        code = ExitCode::CouldNotAsk;
                    }
                }
                _ => {}
            }
        }
        match unfit {
            Some(why) => {
                complain(why);
                ExitCode::Usage
            }
            None => code,
        }
    }
}

fn parse_margin(text: &str) -> Result<f64, String> {
    text.trim_end_matches('%')
        .trim()
        .parse()
        .ok()
        .filter(|percent| (0.1..=100.0).contains(percent))
        .ok_or_else(|| "write a percentage from 0.1 to 100".to_owned())
}
