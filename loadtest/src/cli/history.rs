//! `nova-loadtest history`: many runs as one page, with the points where something changed.

use std::{io::Write as _, path::PathBuf};

use super::complain;
use crate::{
    exit::ExitCode,
    history::{Group, History},
    merge,
    report::{html, write_file},
    results::Results,
    words,
};

/// What the changes' significance is drawn from.
const SEED: u64 = 1;

/// `nova-loadtest history`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where the runs' results are: every .json in it, and results.json of the directories in it.
    directory: PathBuf,
    /// The page to write [default: history.html in the directory]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Args {
    pub(super) fn go(self) -> ExitCode {
        let groups = match self.groups() {
            Ok(groups) => groups,
            Err(why) => {
                complain(why);
                return ExitCode::Usage;
            }
        };
        let output = self
            .output
            .unwrap_or_else(|| self.directory.join("history.html"));
        for line in groups.iter().flat_map(lines) {
            // Who closed standard output does not want to know; the page is written.
            let _ = writeln!(anstream::stdout(), "{line}");
        }
        super::written(
            &output,
            write_file(&output, &html::history::render(&groups)),
        )
    }

    fn groups(&self) -> Result<Vec<Group>, String> {
        let mut history = History::default();
        for file in merge::files(&self.directory)? {
            history.add(file.display().to_string(), &Results::read(&file)?);
        }
        Ok(history.groups(SEED))
    }
}

/// The changes, a line each.
fn lines(group: &Group) -> Vec<String> {
    let changes = group.changes.iter().map(|change| {
        format!(
            "{} on {}: {} of {} went from {} to {} ({}) with the run of {}",
            group.scenario,
            group.cloud,
            change.measure,
            change.name,
            words::time(change.before),
            words::time(change.after),
            words::change(change.ratio()),
            group
                .runs
                .get(change.at)
                .map_or_else(String::new, |run| words::moment(&run.started_at)),
        )
    });
    changes.collect()
}
