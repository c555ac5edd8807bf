//! `nova-loadtest`: see the library's [`nova_loadtest::cli`].

use std::process::ExitCode;

use clap::Parser as _;
use nova_loadtest::cli::Cli;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    // Silent unless asked, as in `RUST_LOG=nova_client=debug`.
    let filter = EnvFilter::from_default_env();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    Cli::parse().go().await.into()
}
