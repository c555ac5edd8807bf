//! `nova-conformance list`: the checks there are. It knows the registry.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::complain;
use crate::{
    check::{Check, Need},
    checks,
    exit::ExitCode,
    select::{Filter, picks, spelled},
};

/// The options of `list`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only checks whose id matches: `keypairs.create` and all below it, or a pattern such as `*.name.*`.
    #[arg(long, value_name = "GLOB", num_args = 1..)]
    filter: Vec<Filter>,
    /// As JSON: an array of objects with id, level, title, sentence, source, microversions, callers and servers.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn go(self) -> ExitCode {
        let checks: Vec<Check> = checks::registry()
            .into_iter()
            .filter(|check| picks(&self.filter, check))
            .collect();
        if checks.is_empty() {
            complain("no check matches; `nova-conformance list` shows every id");
            return ExitCode::Usage;
        }
        let told = if self.json {
            as_json(&checks)
        } else {
            as_lines(&checks)
        };
        match told {
            // `nova-conformance list | head` closes the pipe, and that is all right.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                complain(error);
                ExitCode::CouldNotAsk
            }
            _ => ExitCode::Holds,
        }
    }
}

fn as_json(checks: &[Check]) -> io::Result<()> {
    let list: Vec<Value> = checks
        .iter()
        .map(|check| {
            let versions = check.versions().by_default();
            json!({
                "id": check.id(),
                "level": check.level(),
                "title": check.title(),
                "sentence": check.sentence(),
                "source": check.source(),
                "microversions": versions.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "callers": check.callers().iter().map(|caller| caller.name()).collect::<Vec<_>>(),
                "servers": check.servers().count(),
            })
        })
        .collect();
    let mut out = anstream::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &list)?;
    writeln!(out)
}

fn as_lines(checks: &[Check]) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    for check in checks {
        writeln!(out, "{} ({})", check.id(), check.level())?;
        writeln!(out, "    {}", check.title())?;
        writeln!(out, "    {}", check.source())?;
        writeln!(out, "    at {}", spelled(&check.versions().by_default()))?;
        match check.servers() {
            Need::None => {}
            Need::Shared => writeln!(out, "    looks at a server")?,
            Need::Own(1) => writeln!(out, "    needs a server")?,
            Need::Own(count) => writeln!(out, "    needs {count} servers")?,
        }
    }
    Ok(())
}
