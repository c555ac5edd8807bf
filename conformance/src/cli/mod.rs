//! The program `nova-conformance`: its subcommands, one file each. It knows the whole crate; nothing knows it but `main`.

mod compare;
mod diff;
mod list;
mod people;
mod record;
mod run;
mod self_test;
mod servers;
mod sweep;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

pub use run::Front;

use crate::exit::ExitCode;

/// Judges whether a cloud, real or mock, handles SSH keypairs as the OpenStack Compute API says, at each microversion.
#[derive(Debug, Parser)]
#[command(name = "nova-conformance", version, about, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 every MUST that was asked holds; 1 a violation; 2 wrong command line or configuration, or no check selected;
3 the cloud could not be asked, or something was left on it; 130 interrupted.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Asks a cloud, and reports.
    Run(Box<run::Args>),
    /// Lists the checks.
    List(list::Args),
    /// Asks two clouds the same, and tells where they differ.
    Compare(compare::Args),
    /// Tells what changed between two runs, from their reports.
    Diff(diff::Args),
    /// Writes down what a cloud answers, for api-samples/.
    Record(record::Args),
    /// Deletes what earlier runs left on a cloud.
    Sweep(sweep::Args),
    /// Judges clouds that are wrong on purpose, and tells which checks find them out.
    SelfTest(self_test::Args),
}

impl Cli {
    /// Does what the command line says.
    pub async fn go(self) -> ExitCode {
        match self.command {
            Command::Run(args) => args.go(None).await,
            Command::List(args) => args.go(),
            Command::Compare(args) => args.go().await,
            Command::Diff(args) => args.go(),
            Command::Record(args) => args.go().await,
            Command::Sweep(args) => args.go().await,
            Command::SelfTest(args) => args.go().await,
        }
    }
}

/// Runs checks for somebody else than the terminal, with the options of `nova-conformance run`. What is wrong with the
/// options, or with the cloud before anything is asked, is said on standard error.
pub async fn run_for(options: impl IntoIterator<Item = OsString>, front: Front) -> ExitCode {
    let program = ["nova-conformance", "run"].map(OsString::from);
    match Cli::try_parse_from(program.into_iter().chain(options)) {
        Ok(Cli {
            command: Command::Run(args),
        }) => args.go(Some(front)).await,
        Ok(_) => ExitCode::Usage,
        Err(error) => {
            // Where standard error is closed, nobody is left to tell.
            let _ = error.print();
            ExitCode::Usage
        }
    }
}

/// Says on standard error what is wrong.
fn complain(what: impl std::fmt::Display) {
    use std::io::Write as _;
    // Where standard error is closed, nobody is left to tell.
    let _ = writeln!(anstream::stderr(), "error: {what}");
}
