//! What a person sees: progress while it runs, and a summary that fits a screen. It knows events, and a writer that decides
//! about colours.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
};

use clap::builder::styling::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use nova_api::Microversion;

use super::{Collected, Files, Reporter, table};
use crate::{
    check::Check,
    event::{Event, Finished},
    exit::ExitCode,
    outcome::{Kind, Outcome},
    select::{spelled, typed},
};

/// How many failures the summary tells; the files tell all.
const FAILURES: usize = 4;
/// How many reasons for not asking the summary tells.
const REASONS: usize = 6;

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

/// What several instances of a check have in common.
struct Same<'a> {
    first: &'a Finished,
    versions: Vec<Microversion>,
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
        for note in &collected.notes {
            writeln!(out, "\n{WARNING}note{WARNING:#} {note}")?;
        }
        for leak in &collected.leaks {
            writeln!(out, "\n{BAD}left on the cloud{BAD:#} {leak}")?;
        }
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
            Event::Note(_) | Event::Leak(_) => Ok(()),
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
        Kind::Skipped | Kind::NotApplicable => DIM,
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
        "{style}{}{style:#} {} at {}: {what}",
        kind.name(),
        finished.check.id(),
        finished.version
    ))
}

/// The failures, violations first; the same failure of a check at several versions is one.
fn failures(out: &mut impl Write, collected: &Collected) -> io::Result<()> {
    let run = collected
        .started
        .as_deref()
        .map_or("", |started| &started.run_id);
    let mut failures: Vec<Same> = Vec::new();
    for kind in [Kind::Violation, Kind::Warning] {
        for instances in collected.by_check() {
            for finished in instances
                .into_iter()
                .filter(|finished| finished.outcome.kind() == kind)
            {
                let key = |finished: &Finished| {
                    finished
                        .outcome
                        .failure()
                        .map(|failure| without_counts(&failure.to_string(), run))
                };
                let known = failures.iter_mut().find(|same| {
                    Arc::ptr_eq(&same.first.check, &finished.check)
                        && key(same.first) == key(finished)
                });
                match known {
                    Some(same) => same.versions.push(finished.version),
                    None => failures.push(Same {
                        first: finished,
                        versions: vec![finished.version],
                    }),
                }
            }
        }
    }
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
    writeln!(out, "  {DIM}expected{DIM:#}  {}", failure.expected)?;
    writeln!(out, "  {DIM}found{DIM:#}     {}", failure.found)?;
    writeln!(out, "  {DIM}where{DIM:#}     {}", failure.place)?;
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
        let mut by_reason: Vec<(&str, &Finished, usize)> = Vec::new();
        for finished in collected
            .finished
            .values()
            .filter(|finished| finished.outcome.kind() == kind)
        {
            let Some(reason) = finished.outcome.reason() else {
                continue;
            };
            match by_reason.iter_mut().find(|(known, ..)| *known == reason) {
                Some((.., count)) => *count += 1,
                None => by_reason.push((reason, finished, 1)),
            }
        }
        if !by_reason.is_empty() {
            writeln!(out)?;
        }
        let style = style(kind);
        for (reason, first, count) in by_reason.iter().take(REASONS) {
            let which = match count {
                1 => format!("{} at {}", first.check.id(), first.version),
                more => counted(*more, "instance"),
            };
            writeln!(out, "{style}{}{style:#} {which}: {reason}", kind.name())?;
        }
        if by_reason.len() > REASONS {
            writeln!(
                out,
                "… and for {}, told in the reports",
                counted(by_reason.len() - REASONS, "other reason")
            )?;
        }
    }
    Ok(())
}

fn verdict(out: &mut impl Write, collected: &Collected) -> io::Result<()> {
    let summary = &collected.summary;
    let code = ExitCode::of(summary);
    let (style, what) = match code {
        ExitCode::Holds => (GOOD, "Every MUST that was asked holds".to_owned()),
        ExitCode::Violation => (BAD, counted(summary.violations, "violation")),
        ExitCode::Interrupted => (
            BAD,
            format!(
                "Interrupted: {} of the plan not begun",
                counted(summary.not_started, "instance")
            ),
        ),
        ExitCode::CouldNotAsk if summary.errored > 0 => (
            BAD,
            match summary.not_started {
                0 => format!(
                    "{} could not be asked",
                    counted(summary.errored, "instance")
                ),
                more => format!(
                    "{} could not be asked, and {more} of the plan not begun",
                    counted(summary.errored, "instance")
                ),
            },
        ),
        ExitCode::CouldNotAsk if summary.leaks > 0 => (
            BAD,
            format!("{} left on the cloud", counted(summary.leaks, "thing")),
        ),
        ExitCode::CouldNotAsk | ExitCode::Usage => (
            BAD,
            "Nothing was judged: every instance was skipped or does not apply".to_owned(),
        ),
    };
    writeln!(
        out,
        "{style}{what}{style:#}: {} of {} passed in {:.1} s (exit code {})",
        summary.passed,
        counted(summary.judged() + summary.errored, "instance"),
        summary.duration.as_secs_f64(),
        code.code()
    )
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The run's generated names without their numbers, so that the same failure at two versions reads the same.
fn without_counts(text: &str, run_id: &str) -> String {
    if run_id.is_empty() {
        return text.to_owned();
    }
    let prefix = crate::check::name_prefix(run_id);
    let mut parts = text.split(prefix.as_str());
    let mut same = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        same.push_str(&prefix);
        same.push_str(
            part.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '-'),
        );
    }
    same
}
