//! What went wrong as annotations of GitHub Actions: workflow commands, a line each, that the page of a build shows. It knows
//! what was collected, and how GitHub wants text escaped.
//!
//! A check that fails is one annotation, whatever the number of its microversions: `::error` for a violation and for what could
//! not be asked, `::warning` for a warning. What is left on the cloud is an error, as is an expected failure that passed or whose
//! day is over; a note is a notice. GitHub shows ten errors and
//! ten warnings of a step; where there are more, the verdict comes first and says how many.

use std::io::{self, Write};

use super::{
    Collected, Reporter,
    same::{self, Same},
    verdict::{self, counted},
};
use crate::{
    event::{Event, Summary},
    exit::ExitCode,
    outcome::Kind,
    select::{spelled, typed},
};

/// So many of a kind GitHub shows of a step.
const SHOWN: usize = 10;

/// Which CI system is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Annotations {
    /// GitHub Actions, which reads standard output.
    Github,
}

/// Writes annotations when the run ends.
pub struct Annotator<W> {
    out: W,
    collected: Collected,
}

impl<W: Write + Send> Annotator<W> {
    /// Writes to `out`: the standard output of a step.
    pub fn new(kind: Annotations, out: W) -> Self {
        let Annotations::Github = kind;
        Self {
            out,
            collected: Collected::default(),
        }
    }
}

impl<W: Write + Send> Reporter for Annotator<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.collected.add(event);
        if let Event::RunFinished(_) = event {
            for line in github(&self.collected) {
                writeln!(self.out, "{line}")?;
            }
            self.out.flush()?;
        }
        Ok(())
    }
}

/// The lines.
pub fn github(collected: &Collected) -> Vec<String> {
    let of = |kind: Kind| per_check(same::of_kind(collected, kind));
    let command = collected
        .started
        .as_deref()
        .map_or("nova-conformance run", |started| &started.command);
    let mut errors: Vec<String> = [Kind::Violation, Kind::Errored]
        .into_iter()
        .flat_map(of)
        .map(|of_check| annotation("error", &of_check, command))
        .collect();
    let leaks = collected
        .leaks
        .iter()
        .map(|leak| line("error", "left on the cloud", &leak.to_string()));
    errors.extend(leaks);
    let stale = collected
        .expected
        .iter()
        .filter(|expectation| expectation.standing.fails_the_run())
        .map(|expectation| {
            let title = format!("expected failure: {}", expectation.checks.join(", "));
            line("error", &title, &expectation.sentence())
        });
    errors.extend(stale);
    let warnings = of(Kind::Warning)
        .into_iter()
        .map(|of_check| annotation("warning", &of_check, command));
    let notes = collected
        .notes
        .iter()
        .map(|note| line("notice", "note", note));
    let summary = &collected.summary;
    let verdict = (errors.len() > SHOWN || (errors.is_empty() && is_red(summary))).then(|| {
        line(
            "error",
            "nova-conformance",
            &verdict_of(summary, errors.len()),
        )
    });
    verdict
        .into_iter()
        .chain(errors)
        .chain(warnings)
        .chain(notes)
        .collect()
}

fn is_red(summary: &Summary) -> bool {
    ExitCode::of(summary) != ExitCode::Holds
}

fn verdict_of(summary: &Summary, errors: usize) -> String {
    let mut text = verdict::sentence(summary);
    if errors > SHOWN {
        text.push_str(&format!(
            ": {}, of which GitHub shows the first; report.html has all",
            counted(errors, "error")
        ));
    }
    text
}

/// What is wrong with each check, all its failures together.
fn per_check(all: Vec<Same<'_>>) -> Vec<Vec<Same<'_>>> {
    let mut checks: Vec<Vec<Same>> = Vec::new();
    for same in all {
        match checks.last_mut() {
            Some(last)
                if last.first().is_some_and(|first| {
                    std::sync::Arc::ptr_eq(&first.first.check, &same.first.check)
                }) =>
            {
                last.push(same);
            }
            _ => checks.push(vec![same]),
        }
    }
    checks
}

fn annotation(command: &str, of_check: &[Same<'_>], run: &str) -> String {
    let Some(first) = of_check.first() else {
        return String::new();
    };
    let check = &first.first.check;
    let mut versions: Vec<_> = of_check
        .iter()
        .flat_map(|same| same.versions.iter().copied())
        .collect();
    versions.sort_by_key(|version| version.minor());
    let title = format!(
        "{}: {} at {}",
        first.kind().name(),
        check.id(),
        spelled(&versions)
    );
    let mut text = check.title().to_owned();
    for same in of_check {
        let outcome = &same.first.outcome;
        let what = match outcome.failure() {
            Some(failure) => failure.to_string(),
            None => outcome.reason().unwrap_or_default().to_owned(),
        };
        text.push_str(&format!("\nat {}: {what}", spelled(&same.versions)));
    }
    text.push_str(&format!(
        "\nRule: {} ({})\nAgain: {run} --filter {} --microversions {}",
        check.sentence(),
        check.source(),
        check.id(),
        typed(&versions)
    ));
    line(command, &title, &text)
}

fn line(command: &str, title: &str, text: &str) -> String {
    format!("::{command} title={}::{}", property(title), data(text))
}

/// As GitHub's runner reads the text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// As GitHub's runner reads a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cloud_says_is_no_command() {
        assert_eq!(
            line("error", "a: b, 100%", "50 %\r\n::set-env name=x::y"),
            "::error title=a%3A b%2C 100%25::50 %25%0D%0A::set-env name=x::y"
        );
    }
}
