//! What a person sees: progress while it runs, and a summary that fits a screen. It knows events, and a writer that decides
//! about colours.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
};

use clap::builder::styling::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use nova_api::Microversion;

use super::{
    Collected, Files, Reporter,
    same::{self, Reason, Same},
    table,
    verdict::{self, counted},
};
use crate::{
    check::Check,
    event::{Event, Finished},
    exit::ExitCode,
    outcome::{Kind, Outcome},
    select::{spelled, typed},
};

/// How many failures the summary tells; the files tell all.
const FAILURES: usize = 3;
/// How many reasons for not asking the summary tells.
const REASONS: usize = 2;
/// How many notes, things that are left, and entries of the file of expected failures it tells, each.
const OTHERS: usize = 2;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// Tells a run to a person: with a bar where `live` is given, with a line per check elsewhere. What it writes has colours;
/// hand it a writer that takes them out where they do not belong, such as anstream's.
pub struct Terminal<W> {
    out: W,
    live: Option<ProgressBar>,
    report_directory: Option<PathBuf>,
    collected: Collected,
    told: usize,
}

impl<W: Write + Send> Terminal<W> {
    /// Writes to `out`; `report_directory` is where the reports are, to be told at the end.
    pub fn new(out: W, live: bool, report_directory: Option<PathBuf>) -> Self {
        let live = live.then(|| ProgressBar::new(0).with_style(bar_style()));
        Self {
            out,
            live,
            report_directory,
            collected: Collected::default(),
            told: 0,
        }
    }

    /// Writes lines above the bar.
    fn lines(&mut self, text: &str) -> io::Result<()> {
        let Self { out, live, .. } = self;
        match live {
            Some(bar) => bar.suspend(|| writeln!(out, "{text}").and_then(|()| out.flush())),
            None => writeln!(out, "{text}"),
        }
    }

    fn started(&mut self) -> io::Result<()> {
        let Some(started) = self.collected.started.clone() else {
            return Ok(());
        };
        if let Some(bar) = &self.live {
            bar.set_length(started.plan.instances.len() as u64);
        }
        let checks: BTreeSet<&str> = started
            .plan
            .instances
            .iter()
            .map(|instance| instance.check.id())
            .collect();
        let (min, max) = &started.versions;
        self.lines(&format!(
            "Asking {} at {} ({min} to {max}): {}, {} with their microversions",
            started.cloud,
            started.endpoint,
            counted(checks.len(), "check"),
            counted(started.plan.instances.len(), "instance"),
        ))
    }

    fn finished(&mut self, finished: &Finished) -> io::Result<()> {
        if let Some(bar) = self.live.clone() {
            bar.inc(1);
            let line = bad_line(finished);
            return line.map_or(Ok(()), |line| self.lines(&line));
        }
        self.tell_complete_checks()
    }

    /// Without a bar: a line per check, in the plan's order, as soon as all its instances and all before it have ended.
    fn tell_complete_checks(&mut self) -> io::Result<()> {
        let Some(started) = self.collected.started.clone() else {
            return Ok(());
        };
        let plan = &started.plan.instances;
        while let Some(next) = plan.get(self.told) {
            let same =
                |instance: &&crate::select::Instance| Arc::ptr_eq(&instance.check, &next.check);
            let end = self.told + plan[self.told..].iter().take_while(same).count();
            let ended: Vec<Arc<Finished>> = self
                .collected
                .finished
                .range(self.told..end)
                .map(|(_, finished)| Arc::clone(finished))
                .collect();
            if ended.len() < end - self.told {
                return Ok(());
            }
            self.tell_check(&ended)?;
            self.told = end;
        }
        Ok(())
    }

    fn tell_check(&mut self, ended: &[Arc<Finished>]) -> io::Result<()> {
        let mut by_kind: BTreeMap<Kind, Vec<Microversion>> = BTreeMap::new();
        for finished in ended {
            by_kind
                .entry(finished.outcome.kind())
                .or_default()
                .push(finished.version);
        }
        for (kind, versions) in by_kind {
            let Some(first) = ended
                .iter()
                .find(|finished| finished.outcome.kind() == kind)
            else {
                continue;
            };
            let style = style(kind);
            self.lines(&format!(
                "{style}{:>14}{style:#} {} {DIM}{}{DIM:#}",
                kind.name(),
                first.check.id(),
                spelled(&versions)
            ))?;
        }
        Ok(())
    }

    fn summary(&mut self) -> io::Result<()> {
        if let Some(bar) = self.live.take() {
            bar.finish_and_clear();
        }
        let collected = std::mem::take(&mut self.collected);
        let out = &mut self.out;
        writeln!(out)?;
        for line in table::lines(&collected) {
            writeln!(out, "{line}")?;
        }
        failures(out, &collected)?;
        reasons(out, &collected)?;
        others(out, &collected.notes, |note| {
            format!("{WARNING}note{WARNING:#} {}", plain(note))
        })?;
        // What fails the run comes first, and is not cut away.
        let mut expected: Vec<_> = collected.expected.iter().collect();
        expected.sort_by_key(|expectation| !expectation.standing.fails_the_run());
        others(out, &expected, |expectation| {
            let style = if expectation.standing.fails_the_run() {
                BAD
            } else {
                DIM
            };
            format!(
                "{style}expected to fail{style:#} {} ({}): {}",
                expectation.checks.join(", "),
                expectation.reason,
                expectation.sentence()
            )
        })?;
        others(out, &collected.leaks, |leak| {
            format!("{BAD}left on the cloud{BAD:#} {}", plain(&leak.to_string()))
        })?;
        if let Some(directory) = &self.report_directory {
            let files: Vec<String> = Files::NAMES
                .iter()
                .map(|name| directory.join(name).display().to_string())
                .collect();
            writeln!(out, "\nReports: {}", files.join(", "))?;
        }
        verdict(out, &collected)?;
        out.flush()
    }
}

impl<W: Write + Send> Reporter for Terminal<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.collected.add(event);
        match event {
            Event::RunStarted(_) => self.started(),
            Event::CheckStarted { number } => {
                if let (Some(bar), Some(started)) = (&self.live, &self.collected.started)
                    && let Some(instance) = started.plan.instances.get(*number)
                {
                    bar.set_message(format!("{} at {}", instance.check.id(), instance.version));
                }
                Ok(())
            }
            Event::CheckFinished(finished) => self.finished(finished),
            // Told in the summary, where they are seen.
            Event::Note(_) | Event::Leak(_) | Event::Expectation(_) => Ok(()),
            Event::RunFinished(_) => self.summary(),
        }
    }
}

fn bar_style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

const fn style(kind: Kind) -> Style {
    match kind {
        Kind::Passed => GOOD,
        Kind::Violation | Kind::Errored => BAD,
        Kind::Warning => WARNING,
        Kind::ExpectedFailure | Kind::Skipped | Kind::NotApplicable => DIM,
    }
}

fn bad_line(finished: &Finished) -> Option<String> {
    let kind = finished.outcome.kind();
    let what = match &finished.outcome {
        Outcome::Failed(_, failure) => failure.to_string(),
        Outcome::Errored(why) => why.clone(),
        _ => return None,
    };
    let style = style(kind);
    Some(format!(
        "{style}{}{style:#} {} at {}: {}",
        kind.name(),
        finished.check.id(),
        finished.version,
        plain(&what)
    ))
}

/// The failures, violations first; the same failure of a check at several versions is one.
fn failures(out: &mut impl Write, collected: &Collected) -> io::Result<()> {
    let failures: Vec<Same> = [Kind::Violation, Kind::Warning]
        .into_iter()
        .flat_map(|kind| same::of_kind(collected, kind))
        .collect();
    let command = collected
        .started
        .as_deref()
        .map_or("nova-conformance run", |started| &started.command);
    for same in failures.iter().take(FAILURES) {
        failure(out, same, command)?;
    }
    if failures.len() > FAILURES {
        writeln!(
            out,
            "\n… and {}, told in the reports",
            counted(failures.len() - FAILURES, "other failure")
        )?;
    }
    Ok(())
}

fn failure(out: &mut impl Write, same: &Same<'_>, command: &str) -> io::Result<()> {
    let Some(failure) = same.first.outcome.failure() else {
        return Ok(());
    };
    let check: &Check = &same.first.check;
    let kind = same.first.outcome.kind();
    let style = style(kind);
    writeln!(
        out,
        "\n{style}{}{style:#} {} at {}",
        kind.name(),
        check.id(),
        spelled(&same.versions)
    )?;
    writeln!(out, "  {DIM}rule{DIM:#}      {}", check.sentence())?;
    writeln!(out, "            {DIM}{}{DIM:#}", check.source())?;
    writeln!(out, "  {DIM}expected{DIM:#}  {}", plain(&failure.expected))?;
    writeln!(out, "  {DIM}found{DIM:#}     {}", plain(&failure.found))?;
    writeln!(out, "  {DIM}where{DIM:#}     {}", plain(&failure.place))?;
    writeln!(
        out,
        "  {DIM}again{DIM:#}     {command} --filter {} --microversions {}",
        check.id(),
        typed(&same.versions)
    )
}

/// Why something was not asked, once per reason.
fn reasons(out: &mut impl Write, collected: &Collected) -> io::Result<()> {
    for kind in [Kind::Errored, Kind::Skipped, Kind::NotApplicable] {
        let reasons = same::reasons(collected, kind);
        if !reasons.is_empty() {
            writeln!(out)?;
        }
        let style = style(kind);
        for Reason { why, instances } in reasons.iter().take(REASONS) {
            let which = match instances.as_slice() {
                [only] => format!("{} at {}", only.check.id(), only.version),
                more => counted(more.len(), "instance"),
            };
            writeln!(
                out,
                "{style}{}{style:#} {which}: {}",
                kind.name(),
                plain(why)
            )?;
        }
        if reasons.len() > REASONS {
            writeln!(
                out,
                "… and for {}, told in the reports",
                counted(reasons.len() - REASONS, "other reason")
            )?;
        }
    }
    Ok(())
}

/// The first few of these, a line each.
fn others<T>(out: &mut impl Write, all: &[T], line: impl Fn(&T) -> String) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    for one in all.iter().take(OTHERS) {
        writeln!(out, "{}", line(one))?;
    }
    if all.len() > OTHERS {
        writeln!(
            out,
            "… and {}, told in the reports",
            counted(all.len() - OTHERS, "other")
        )?;
    }
    Ok(())
}

fn verdict(out: &mut impl Write, collected: &Collected) -> io::Result<()> {
    let summary = &collected.summary;
    let code = ExitCode::of(summary);
    let style = match code {
        ExitCode::Holds => GOOD,
        _ => BAD,
    };
    writeln!(
        out,
        "{style}{}{style:#}: {} of {} passed in {:.1} s (exit code {})",
        verdict::sentence(summary),
        summary.passed,
        counted(summary.judged() + summary.errored, "instance"),
        summary.duration.as_secs_f64(),
        code.code()
    )
}

/// What a cloud said, on one line and without a letter that a terminal would obey.
fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            plain.extend(letter.escape_default());
        } else {
            plain.push(letter);
        }
    }
    Cow::Owned(plain)
}
