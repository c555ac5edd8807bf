//! What ends a run early: Ctrl-C and its kin. The first lets it clean up, the second does not. It knows the handle of a run.

use std::io::Write as _;

use tokio::signal;

use crate::{
    cli::{complain, people::Refused},
    exit::ExitCode,
    ledger::Leak,
    runner::Interrupt,
};

/// The first Ctrl-C stops the run and lets it clean up; the second ends the program at once.
pub(super) async fn watch_for_interrupts(mut signals: Signals, interrupt: Interrupt) {
    signals.next().await;
    complain("interrupted: deleting what was made (press Ctrl-C again to leave it there)");
    interrupt.now();
    signals.next().await;
    tell_left(&interrupt.left_on_the_cloud());
    #[expect(
        clippy::exit,
        reason = "a second Ctrl-C ends the program whatever hangs"
    )]
    std::process::exit(i32::from(ExitCode::Interrupted.code()));
}

/// What a second Ctrl-C leaves behind.
pub(super) fn tell_left(left: &[Leak]) {
    if left.is_empty() {
        complain("stopped; nothing is known to be left on the cloud");
        return;
    }
    complain("stopped; this may be left on the cloud:");
    for leak in left {
        // Where standard error is closed, nobody is left to tell.
        let _ = writeln!(anstream::stderr(), "  {}", leak.what);
    }
}

impl Signals {
    /// From here on, signals do not end the program by themselves.
    pub(super) fn catch() -> Result<Self, Refused> {
        Self::open().map_err(|error| {
            (
                ExitCode::CouldNotAsk,
                format!("Ctrl-C cannot be caught: {error}"),
            )
        })
    }

    /// What comes of something that a Ctrl-C ends.
    pub(super) async fn unless<T>(
        &mut self,
        doing: impl Future<Output = Result<T, Refused>>,
    ) -> Result<T, Refused> {
        tokio::select! {
            biased;
            () = self.next() => Err((
                ExitCode::Interrupted,
                "interrupted before anything was asked".to_owned(),
            )),
            done = doing => done,
        }
    }
}

/// What asks the program to stop: Ctrl-C, SIGTERM, by which CI systems cancel, and SIGHUP, when the terminal is closed.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: signal::unix::Signal,
    hangup: signal::unix::Signal,
    terminate: signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn open() -> std::io::Result<Self> {
        use signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What asks the program to stop: Ctrl-C.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn open() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
