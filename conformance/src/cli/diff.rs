//! `nova-conformance diff`: what changed between two runs, from their reports. It knows saved reports.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use nova_api::Microversion;

use super::complain;
use crate::{
    exit::ExitCode,
    outcome::Kind,
    report::{
        changes::{Change, Changes, Slower},
        saved::Saved,
    },
    select::spelled,
};

/// The options of `diff`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The report.json of the earlier run.
    before: PathBuf,
    /// The report.json of the later run.
    after: PathBuf,
    /// Tell checks that take at least so many times as long, and a tenth of a second more. Being slower changes no exit code.
    #[arg(long, value_name = "FACTOR", default_value_t = 2.0, value_parser = parse_factor)]
    slower_than: f64,
    /// As JSON: an object with new_failures, other_failures, fixed, no_longer_judged, newly_judged, came, went, slower and
    /// interrupted.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn go(&self) -> ExitCode {
        let (before, after) = match (Saved::read(&self.before), Saved::read(&self.after)) {
            (Ok(before), Ok(after)) => (before, after),
            (Err(error), _) | (_, Err(error)) => {
                complain(error);
                return ExitCode::Usage;
            }
        };
        let changes = Changes::between(&before, &after, self.slower_than);
        let mut out = anstream::stdout().lock();
        let told = if self.json {
            serde_json::to_writer_pretty(&mut out, &changes)
                .map_err(io::Error::from)
                .and_then(|()| writeln!(out))
        } else {
            tell(&mut out, &before, &after, &changes)
        };
        match told {
            // `nova-conformance diff … | head` closes the pipe, and that is all right.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                complain(error);
                ExitCode::CouldNotAsk
            }
            _ => changes.exit_code(),
        }
    }
}

fn tell(out: &mut impl Write, before: &Saved, after: &Saved, changes: &Changes) -> io::Result<()> {
    for (when, saved) in [("before", before), ("after ", after)] {
        writeln!(
            out,
            "{when}  {} ({} to {}) at {}, run {}",
            saved.cloud.name,
            saved.cloud.min_version,
            saved.cloud.max_version,
            saved.run.started_at,
            saved.run.id
        )?;
    }
    let Changes {
        new_failures,
        other_failures,
        fixed,
        no_longer_judged,
        newly_judged,
        came,
        went,
        slower,
        interrupted,
    } = changes;
    section(out, "new failures", new_failures)?;
    section(out, "failing in another way", other_failures)?;
    section(out, "no longer judged", no_longer_judged)?;
    section(out, "fixed", fixed)?;
    section(out, "newly judged, and passed", newly_judged)?;
    names(out, "checks that came", came)?;
    names(out, "checks that went", went)?;
    slowly(out, slower)?;
    if *interrupted {
        writeln!(out, "\nthe later run was interrupted: it does not tell all")?;
    }
    let code = changes.exit_code();
    let verdict = match code {
        ExitCode::Violation => "Something that did not fail violates a MUST",
        ExitCode::CouldNotAsk => "No MUST fails that did not, but less was judged than before",
        _ => "Nothing that was judged before is worse",
    };
    writeln!(
        out,
        "\n{verdict}: {} newly failing, {} fixed, {} no longer judged, {} slower (exit code {})",
        instances(new_failures),
        instances(fixed),
        instances(no_longer_judged),
        slower.len(),
        code.code()
    )
}

fn instances(changes: &[Change]) -> usize {
    changes
        .iter()
        .map(|change| change.microversions.len())
        .sum()
}

fn section(out: &mut impl Write, heading: &str, changes: &[Change]) -> io::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{heading}: {}", instances(changes))?;
    for change in changes {
        writeln!(
            out,
            "  {} {} at {}, was {}{}{}",
            name(change.is),
            change.id,
            versions(&change.microversions),
            name(change.was),
            if change.what.is_empty() { "" } else { ": " },
            one_line(&change.what)
        )?;
    }
    Ok(())
}

fn names(out: &mut impl Write, heading: &str, ids: &[String]) -> io::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{heading}: {}", ids.len())?;
    ids.iter().try_for_each(|id| writeln!(out, "  {id}"))
}

fn slowly(out: &mut impl Write, slower: &[Slower]) -> io::Result<()> {
    if slower.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nslower: {}", slower.len())?;
    for Slower {
        id,
        before_ms,
        after_ms,
    } in slower
    {
        writeln!(out, "  {id}: {before_ms} ms before, {after_ms} ms after")?;
    }
    Ok(())
}

const fn name(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(kind) => kind.name(),
        None => "not asked",
    }
}

/// As other reports spell versions; word for word where this program knows one of them not.
fn versions(texts: &[String]) -> String {
    let known: Result<Vec<Microversion>, _> =
        texts.iter().map(|text| Microversion::parse(text)).collect();
    known.map_or_else(|_| texts.join(", "), |known| spelled(&known))
}

/// What a cloud said, on one line.
fn one_line(text: &str) -> String {
    let escaped = |letter: char| {
        if letter.is_control() {
            letter.escape_default().to_string()
        } else {
            letter.to_string()
        }
    };
    text.chars().map(escaped).collect()
}

fn parse_factor(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|factor: &f64| factor.is_finite() && *factor >= 1.0)
        .ok_or_else(|| "write a number of at least 1, such as 1.5".to_owned())
}
