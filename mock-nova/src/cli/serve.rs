//! `mock-nova serve`: a cloud until somebody says stop.

use std::future::Future;
use std::io::IsTerminal as _;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::output::Output;
use super::{Failure, Log, Serve, reachable};
use crate::http::{router, server};
use crate::mock::Prepared;

pub(super) fn serve(output: &mut Output, options: Serve) -> Result<(), Failure> {
    start_log(options.log);
    let Prepared {
        listener,
        address,
        state,
    } = options.builder().prepare().map_err(Failure::usage)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::broken)?;
    let url = reachable(address);
    let ended = runtime.block_on(async {
        // Listened for before anybody can know that the cloud is there.
        let stop = stop_asked().map_err(Failure::broken)?;
        output.say(&format!(
            "mock-nova is ready\n\
             identity   {url}/identity/v3\n\
             compute    {url}/compute/v2.1\n\
             image      {url}/image\n\
             network    {url}/networking\n\
             control    {url}/_mock/health\n"
        ));
        // Only now, so that nobody's first answer waits for them.
        state.compute.make_keys_ready();
        server::serve(listener, router(state), stop)
            .await
            .map_err(Failure::broken)
    });
    // Whatever still runs is not waited for.
    runtime.shutdown_background();
    ended
}

/// Done once Ctrl-C is pressed or SIGTERM comes.
fn stop_asked() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// `RUST_LOG` says what is logged; requests, if it is not set.
fn start_log(log: Log) {
    let filter = || EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_target(false);
    // A second subscriber in one process is refused, and the first goes on.
    let _ = match log {
        Log::Off => return,
        Log::Text => lines.with_env_filter(filter()).try_init(),
        Log::Json => lines
            .with_env_filter(filter())
            .json()
            .flatten_event(true)
            .try_init(),
    };
}
