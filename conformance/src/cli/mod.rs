//! The program `nova-conformance`: its subcommands, one file each. It knows the whole crate; nothing knows it but `main`.

mod compare;
mod list;
mod record;
mod run;
mod servers;

use clap::{Parser, Subcommand};

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
    /// Writes down what a cloud answers, for api-samples/.
    Record(record::Args),
}

impl Cli {
    /// Does what the command line says.
    pub async fn go(self) -> ExitCode {
        match self.command {
            Command::Run(args) => args.go().await,
            Command::List(args) => args.go(),
            Command::Compare(args) => args.go().await,
            Command::Record(args) => args.go().await,
        }
    }
}

/// Says on standard error what is wrong.
fn complain(what: impl std::fmt::Display) {
    use std::io::Write as _;
    // Where standard error is closed, nobody is left to tell.
    let _ = writeln!(anstream::stderr(), "error: {what}");
}
