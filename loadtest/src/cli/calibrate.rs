//! `nova-loadtest calibrate`: plants known times in a cloud of its own, and tells how well it found them.

use std::{io::Write as _, path::PathBuf, time::Duration};

use super::{complain, span};
use crate::{
    calibrate::{Calibration, TOLERANCE, Wishes, calibrate},
    exit::ExitCode,
    run::NoResults,
    shared::ReachError,
    signals::Stop,
};

/// The options.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How long each distribution is measured, once by users and once at a rate.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = span)]
    run_time: Duration,
    /// So many users at a time.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    users: u16,
    /// So many arrivals a second.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    rate: u16,
    /// Where to write what was compared, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Args {
    pub(super) async fn go(self) -> ExitCode {
        let stop = Stop::default();
        if let Err(why) =
            stop.catch_signals(ExitCode::Interrupted.code(), || complain("interrupted"))
        {
            complain(why);
            return ExitCode::CouldNotAsk;
        }
        let wishes = Wishes {
            run_time: self.run_time,
            users: usize::from(self.users),
            rate: f64::from(self.rate),
            seed: 1,
        };
        let mut tell = |what: &str| {
            let _ = writeln!(anstream::stderr(), "calibrating: {what}");
        };
        let calibration = match calibrate(&wishes, &stop, &mut tell).await {
            Ok(calibration) => calibration,
            Err(NoResults { why, .. }) => {
                let code = match why {
                    ReachError::Usage(_) => ExitCode::Usage,
                    ReachError::Unreachable(_) => ExitCode::CouldNotAsk,
                };
                complain(why);
                return code;
            }
        };
        // Where standard output is closed, nobody is left to tell.
        let _ = anstream::stdout().write_all(table(&calibration).as_bytes());
        if let Some(file) = &self.json {
            let text = serde_json::to_string_pretty(&calibration);
            let written = text
                .map_err(std::io::Error::from)
                .and_then(|text| std::fs::write(file, text));
            if let Err(error) = written {
                complain(format!("{} cannot be written: {error}", file.display()));
                return ExitCode::CouldNotAsk;
            }
        }
        if calibration.interrupted {
            ExitCode::Interrupted
        } else if calibration.holds() {
            ExitCode::Holds
        } else if calibration.is_disturbed() {
            complain(
                "the planted cloud itself was late, because this machine is busy with other things: calibrate when it is not",
            );
            ExitCode::CouldNotAsk
        } else {
            ExitCode::Failed
        }
    }
}

fn table(calibration: &Calibration) -> String {
    let mut text = format!(
        "{:<10} {:<6} {:<6} {:>11} {:>11} {:>11} {:>9}\n",
        "planted", "model", "", "planted ms", "served ms", "reported ms", "off"
    );
    for check in &calibration.checks {
        let verdict = if check.holds { "" } else { "  TOO FAR" };
        text += &format!(
            "{:<10} {:<6} {:<6} {:>11.2} {:>11} {:>11.2} {:>+8.2} %{verdict}\n",
            check.planted,
            check.model,
            check.what,
            check.expected_ms,
            check
                .served_ms
                .map_or_else(String::new, |ms| format!("{ms:.2}")),
            check.reported_ms,
            check.off() * 100.0
        );
    }
    text += &format!(
        "\n\"served\" is what the planted cloud made of it by its own clock: where it is far from what was planted, the machine is busy with other things.\n\
         A percentile may be off by {:.0} %; a rebuild may be too long by the time between two looks at it and a request.\n",
        TOLERANCE * 100.0
    );
    if let Some(hidden) = &calibration.hidden {
        text += &format!(
            "A cloud that stood still {:.0} % of the time: p99 {:.0} ms as arrivals at a rate see it, {:.0} ms as users see it, who wait instead of asking.\n",
            hidden.still * 100.0,
            hidden.rate_p99_ms,
            hidden.users_p99_ms
        );
    }
    if let Some(ceiling) = &calibration.ceiling {
        text += &format!(
            "On this machine ({} cores, {}): at most {:.0} requests/s against a cloud in the same process",
            calibration.machine.cores, calibration.machine.processor, ceiling.requests_per_second
        );
        if let (Some(own), Some(cloud)) = (ceiling.own_us, ceiling.cloud_us) {
            text +=
                &format!("; each took {own:.0} µs of processor time here, and {cloud:.0} µs there");
        }
        text += ".\n";
    }
    text
}
