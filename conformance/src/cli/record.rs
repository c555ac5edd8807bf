//! `nova-conformance record`: from a cloud to files below `api-samples/`. It knows where configurations come from.

use std::{
    io::Write as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{
    compare::{people, reach, stop_on_interrupt},
    complain,
};
use crate::{compare::side::Side, exit::ExitCode, record, samples};

/// The options of `record`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The cloud to record: an entry of clouds.yaml, or `mock`. Entries with -other, -reader and -admin at the end of its
    /// name are needed too: a member of another project, a reader, an administrator.
    #[arg(long, value_name = "NAME")]
    os_cloud: String,
    /// What the cloud runs, such as nova-34.0.0: the name of the samples' folder.
    #[arg(long, value_name = "NAME", value_parser = parse_release)]
    release: String,
    /// The folder of all releases.
    #[arg(long, value_name = "DIR", default_value = "api-samples")]
    out: PathBuf,
    /// How long one request may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

const AFTER_HELP: &str = "\
Writes <DIR>/<release>/<version>/<operation>[-<variant>].json, normalised: recording twice writes the same bytes. Everything is
asked as users who must own no keypairs, and whose projects must have no servers. What is made is deleted again, and quotas are
put back to the defaults. One image of the cloud is deleted, because nothing here can make one.

Exit codes: 0 recorded; 2 wrong command line or configuration; 3 the cloud could not be asked, or something was left on it;
130 interrupted, and nothing written.";

impl Args {
    pub(super) async fn go(self) -> ExitCode {
        match self.record().await {
            Ok(code) => code,
            Err((code, what)) => {
                complain(what);
                code
            }
        }
    }

    async fn record(&self) -> Result<ExitCode, (ExitCode, String)> {
        // Held to the end: a built-in cloud stops when it is dropped.
        let (main, others, _built_in) = people(&self.os_cloud).await?;
        let deadline = Duration::from_secs(self.timeout);
        let auth_url = main.auth_url.clone();
        let mut side = Side::new(reach(main, others, deadline).await?, &auth_url, deadline);
        let stop = Arc::new(AtomicBool::new(false));
        let watch = tokio::spawn(stop_on_interrupt(Arc::clone(&stop)));
        let samples = record::record(&mut side, &stop).await;
        watch.abort();
        if stop.load(Ordering::Relaxed) {
            return Ok(ExitCode::Interrupted);
        }
        let samples = samples.map_err(|why| (ExitCode::CouldNotAsk, why))?;
        let folder = self.out.join(&self.release);
        samples::write(&folder, &samples).map_err(|error| {
            (
                ExitCode::Usage,
                format!("the samples cannot be written: {error}; name another --out"),
            )
        })?;
        // Where standard output is closed, nobody is left to tell.
        let _ = writeln!(
            anstream::stdout(),
            "{} samples in {}",
            samples.len(),
            folder.display()
        );
        Ok(ExitCode::Holds)
    }
}

fn parse_release(text: &str) -> Result<String, String> {
    let is_name = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "-._+".contains(letter))
    };
    if is_name(text) && !text.starts_with('.') {
        Ok(text.to_owned())
    } else {
        Err("write letters, digits, `-` and `.`, such as nova-34.0.0".to_owned())
    }
}
