//! `nova-conformance`: see the library's [`nova_conformance::cli`].

use std::process::ExitCode;

use clap::Parser as _;
use nova_conformance::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    Cli::parse().go().await.into()
}
