//! `nova-conformance self-test`: clouds that are wrong on purpose, and which checks find them out. It knows [`selftest`].

use std::{io::Write as _, num::NonZeroUsize, path::PathBuf, thread};

use super::complain;
use crate::{exit::ExitCode, select::Filter, selftest};

/// So many flaws per processor are tried at a time: each waits now and then.
const PER_PROCESSOR: usize = 4;

/// The options of `self-test`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only flaws whose name matches: `history.2.54` and all below it, or a pattern such as `*.late`.
    #[arg(long, value_name = "GLOB", num_args = 1..)]
    filter: Vec<Filter>,
    /// How many flaws are tried at a time [default: four for each processor]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Write the result into this file, as the page docs/self-test.md.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

impl Args {
    pub(super) async fn go(self) -> ExitCode {
        let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let jobs = self
            .jobs
            .map_or(processors * PER_PROCESSOR, NonZeroUsize::get);
        let tested = match selftest::go(&self.filter, jobs).await {
            Ok(tested) => tested,
            Err(sentence) => {
                complain(sentence);
                return ExitCode::Usage;
            }
        };
        if let Some(file) = &self.markdown
            && let Err(error) = std::fs::write(file, selftest::as_markdown(&tested))
        {
            complain(format!(
                "{}: {error}: name another --markdown",
                file.display()
            ));
            return ExitCode::Usage;
        }
        // Where standard output is closed, the exit code tells.
        let _ = anstream::stdout().write_all(selftest::as_text(&tested).as_bytes());
        // Of some flaws only, nobody can say which checks find none out.
        let has_blind = tested.whole && !tested.blind().is_empty();
        if has_blind || tested.uncaught().next().is_some() {
            ExitCode::Violation
        } else {
            ExitCode::Holds
        }
    }
}
