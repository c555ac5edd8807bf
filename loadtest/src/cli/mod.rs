//! The program `nova-loadtest`: its subcommands, one file each. It knows the whole crate; nothing knows it but `main`.

mod calibrate;
mod gate;
mod history;
mod merge;
mod people;
mod render;
mod report;
mod run;
mod sweep;

use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::{exit::ExitCode, scenario::Scenario};

/// Measures how fast keypairs and rebuilds of a cloud are, and whether its answers stay right while it is busy.
#[derive(Debug, Parser)]
#[command(name = "nova-loadtest", version, about, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 every answer was right and every threshold holds; 1 a wrong answer, a missed threshold, or worse than the
baseline; 2 wrong command line or configuration; 3 the cloud could not be asked, or something was left on it; 130 interrupted.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Keypairs are imported, generated, listed, shown and deleted.
    Keypairs(Box<run::Keypairs>),
    /// Servers, made once, are rebuilt again and again with other keys and images.
    Rebuild(Box<run::Rebuilds>),
    /// Both, in a ratio.
    Mixed(Box<run::Mixed>),
    /// The day everyone rotates keys: all users import one at once, then all servers are rebuilt at once.
    Storm(Box<run::Rebuilds>),
    /// Plants known times in a cloud of its own, and tells how well it found them.
    Calibrate(calibrate::Args),
    /// Deletes what earlier runs left on a cloud.
    Sweep(sweep::Args),
    /// Draws a run's page again, from its results.
    Render(render::Args),
    /// Adds the results of several processes of one run, and judges once.
    Merge(merge::Args),
    /// Shows many runs on one page, and where something changed.
    History(history::Args),
}

impl Cli {
    /// Does what the command line says.
    pub async fn go(self) -> ExitCode {
        match self.command {
            Command::Keypairs(args) => args.go().await,
            Command::Rebuild(args) => args.go(Scenario::Rebuild).await,
            Command::Mixed(args) => args.go().await,
            Command::Storm(args) => args.go(Scenario::Storm).await,
            Command::Calibrate(args) => args.go().await,
            Command::Sweep(args) => args.go().await,
            Command::Render(args) => args.go(),
            Command::Merge(args) => args.go(),
            Command::History(args) => args.go(),
        }
    }
}

/// Says on standard error what is wrong.
fn complain(what: impl std::fmt::Display) {
    use std::io::Write as _;
    // Where standard error is closed, nobody is left to tell.
    let _ = writeln!(anstream::stderr(), "error: {what}");
}

/// Tells that a page was written, or why not.
fn written(path: &std::path::Path, result: std::io::Result<()>) -> ExitCode {
    use std::io::Write as _;
    match result {
        Ok(()) => {
            // Where standard output is closed, nobody is left to tell.
            let _ = writeln!(anstream::stdout(), "Written: {}", path.display());
            ExitCode::Holds
        }
        Err(error) => {
            complain(format!("the page cannot be written: {error}"));
            ExitCode::CouldNotAsk
        }
    }
}

/// A time: `30s`, `1.5s`, `500ms`, `2m`, `1h`; a number alone is seconds.
fn span(text: &str) -> Result<Duration, String> {
    let at = text
        .find(|letter: char| letter.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => 0.0,
    };
    number
        .parse()
        .ok()
        .filter(|_| seconds > 0.0)
        .and_then(|number: f64| Duration::try_from_secs_f64(number * seconds).ok())
        .filter(|time| *time <= Duration::from_secs(604_800))
        .ok_or_else(|| "write a time of a week at most, such as 500ms, 30s, 2m or 1h".to_owned())
}

/// As [`span`], and some time at all.
fn some_span(text: &str) -> Result<Duration, String> {
    let time = span(text)?;
    if time.is_zero() {
        return Err("write a time that is longer than none".to_owned());
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::milliseconds("500ms", Some(500))]
    #[case::seconds("1.5s", Some(1500))]
    #[case::alone("2", Some(2000))]
    #[case::minutes("2m", Some(120_000))]
    #[case::hours("1h", Some(3_600_000))]
    #[case::unknown("2d", None)]
    #[case::negative("-1s", None)]
    #[case::too_long("1000h", None)]
    fn times_are_read(#[case] text: &str, #[case] ms: Option<u64>) {
        assert_eq!(span(text).ok(), ms.map(Duration::from_millis));
    }

    #[rstest]
    #[case::some("1ms", true)]
    #[case::none("0s", false)]
    fn some_time_is_not_none(#[case] text: &str, #[case] is: bool) {
        assert_eq!(some_span(text).is_ok(), is);
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }
}
