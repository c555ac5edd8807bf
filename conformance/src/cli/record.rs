//! `nova-conformance record`: from a cloud to files below `api-samples/`. It knows where configurations come from.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
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
use crate::{
    compare::side::Side,
    exit::ExitCode,
    record,
    samples::{self, Sample},
};

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
    /// An image of the cloud that the recording may delete, by its id, and that nothing else needs. Without it, no image is
    /// deleted, and the samples of a deletion stay as they are.
    #[arg(long, value_name = "ID")]
    delete_image: Option<String>,
    /// How long one request may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

const AFTER_HELP: &str = "\
Writes <DIR>/<release>/<version>/<operation>[-<variant>].json, normalised: recording twice writes the same bytes. Everything is
asked as users who must own no keypairs, and whose projects must have no servers. What is made is deleted again, and quotas are
put back to the defaults. Nothing here can make an image, so one is deleted only where --delete-image names it.

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
        let samples = record::record(&mut side, self.delete_image.as_deref(), &stop).await;
        watch.abort();
        if stop.load(Ordering::Relaxed) {
            // What is left on the cloud, if something is.
            if let Err(why) = samples {
                complain(why);
            }
            return Ok(ExitCode::Interrupted);
        }
        let mut samples = samples.map_err(|why| (ExitCode::CouldNotAsk, why))?;
        let folder = self.out.join(&self.release);
        let unwritten = |error: io::Error| {
            (
                ExitCode::Usage,
                format!("the samples cannot be written: {error}; name another --out"),
            )
        };
        if self.delete_image.is_none() && folder.is_dir() {
            keep_deletions(samples::read(&folder).map_err(unwritten)?, &mut samples);
        }
        samples::write(&folder, &samples).map_err(unwritten)?;
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

/// Where no image could be deleted, what was recorded of it before is kept.
fn keep_deletions(old: BTreeMap<PathBuf, Sample>, samples: &mut BTreeMap<PathBuf, Sample>) {
    for (place, sample) in old {
        if record::needs_an_image_to_lose(&place) {
            samples.entry(place).or_insert(sample);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{Answer, Request};

    #[test]
    fn without_an_image_to_delete_only_the_old_samples_of_it_are_kept() {
        let sample = Sample {
            request: Request {
                caller: "admin".to_owned(),
                method: "DELETE".to_owned(),
                path: "/v2.1/images/<image:last>".to_owned(),
                headers: BTreeMap::new(),
                body: None,
            },
            answer: Answer {
                status: 204,
                headers: BTreeMap::new(),
                body: None,
            },
        };
        let old = [
            "2.1/images.delete.json",
            "2.1/images.delete-missing.json",
            "2.1/images.list.json",
        ];
        let old = old.map(|place| (PathBuf::from(place), sample.clone()));
        let mut samples = BTreeMap::new();
        keep_deletions(old.into(), &mut samples);
        let kept: Vec<PathBuf> = samples.into_keys().collect();
        assert_eq!(kept, [PathBuf::from("2.1/images.delete.json")]);
    }
}
