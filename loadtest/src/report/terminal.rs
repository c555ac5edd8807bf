//! What a person sees at the end: a summary that fits a screen. It knows results and judgements, and a writer that decides
//! about colours.

use std::{
    borrow::Cow,
    io::{self, Write},
    path::PathBuf,
};

use clap::builder::styling::{AnsiColor, Style};

use crate::{
    baseline::{Compared, Comparison, Verdict},
    exit::ExitCode,
    gate::Judgement,
    results::{Results, per_second},
    words::{self, counted},
};

/// How many wrong answers, notes and things left the summary tells, each; the page tells more.
const FEW: usize = 3;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// Tells a run that was judged. What it writes has colours; hand it a writer that takes them out where they do not belong, such
/// as anstream's.
///
/// # Errors
/// It could not be written.
pub fn summary(
    out: &mut impl Write,
    results: &Results,
    judgement: &Judgement,
    reports: &[PathBuf],
) -> io::Result<()> {
    writeln!(out)?;
    for line in table(results) {
        writeln!(out, "{line}")?;
    }
    load(out, results)?;
    for row in &judgement.thresholds {
        let (style, sign) = if row.holds {
            (GOOD, "holds ")
        } else {
            (BAD, "missed")
        };
        let name = row
            .name
            .as_deref()
            .filter(|name| !row.threshold.ends_with(name))
            .map_or_else(String::new, |name| format!(" {name}:"));
        writeln!(
            out,
            "{style}{sign}{style:#} {}:{} {}",
            row.threshold,
            plain(&name),
            plain(&row.found)
        )?;
    }
    if let Some(comparison) = &judgement.baseline {
        baseline(out, comparison)?;
    }
    trouble(out, results)?;
    if !reports.is_empty() {
        let files: Vec<String> = reports
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        writeln!(out, "\nReports: {}", files.join(", "))?;
    }
    let style = if judgement.exit_code == ExitCode::Holds.code() {
        GOOD
    } else {
        BAD
    };
    writeln!(
        out,
        "{style}{}{style:#}: {} in {}, {} (exit code {})",
        judgement.sentence,
        counted(results.totals().ended, "request"),
        words::time(results.measured_for()),
        words::rate(results.rate()),
        judgement.exit_code
    )?;
    out.flush()
}

/// A line per name, its heading first, in columns.
fn table(results: &Results) -> Vec<String> {
    let heading = ["", "ended", "rate", "failed", "p50", "p99", "max"].map(str::to_owned);
    let rows = results
        .measured
        .in_order()
        .into_iter()
        .map(|(name, series)| {
            let times = series.times();
            let time = |time: Option<std::time::Duration>| {
                time.map_or_else(|| "-".to_owned(), words::time)
            };
            [
                plain(name).into_owned(),
                words::count(series.ended()),
                words::rate(per_second(series.ended(), results.measured_for())),
                words::count(series.failed()),
                time(times.quantile(0.5)),
                time(times.quantile(0.99)),
                time(times.most()),
            ]
        });
    let rows: Vec<[String; 7]> = std::iter::once(heading).chain(rows).collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: [usize; 7] = std::array::from_fn(width);
    rows.iter()
        .map(|row| {
            let [name, numbers @ ..] = row;
            let mut line = format!("{name:width$}", width = widths[0]);
            for (number, width) in numbers.iter().zip(&widths[1..]) {
                line.push_str(&format!("  {number:>width$}"));
            }
            line
        })
        .collect()
}

/// What is no request of its own.
fn load(out: &mut impl Write, results: &Results) -> io::Result<()> {
    let measured = &results.measured;
    let mut parts = Vec::new();
    if let Some(arrivals) = measured
        .arrivals
        .as_ref()
        .filter(|arrivals| arrivals.due > 0)
    {
        parts.push(format!(
            "{} of {} due were sent, {} of them late, {} dropped",
            words::count(arrivals.started),
            counted(arrivals.due, "arrival"),
            words::count(arrivals.late),
            words::count(arrivals.dropped)
        ));
    }
    let contention = results.totals().contention;
    if contention > 0 {
        parts.push(format!(
            "{} met a busy server",
            counted(contention, "request")
        ));
    }
    if let Some(error) = measured.polls.error.quantile(0.99) {
        parts.push(format!(
            "{}: what they tell is up to {} too long",
            counted(measured.polls.asked, "poll"),
            words::time(error)
        ));
    }
    for part in parts {
        writeln!(out, "{DIM}{part}{DIM:#}")?;
    }
    writeln!(out)
}

fn baseline(out: &mut impl Write, comparison: &Comparison) -> io::Result<()> {
    writeln!(
        out,
        "\nCompared with run {} of {} ({}):",
        plain(&comparison.run),
        plain(&words::moment(&comparison.started_at)),
        comparison.file
    )?;
    let width = comparison
        .rows
        .iter()
        .map(|row| row.name.chars().count())
        .max()
        .unwrap_or_default();
    for row in &comparison.rows {
        compared(out, row, width)?;
    }
    Ok(())
}

fn compared(out: &mut impl Write, row: &Compared, width: usize) -> io::Result<()> {
    let style = match row.verdict {
        Verdict::Better | Verdict::Same => GOOD,
        Verdict::Worse => BAD,
        Verdict::CannotTell => WARNING,
    };
    let effect = row.effect.map_or_else(String::new, |effect| {
        format!(
            "  {} ({} to {})",
            words::change(effect.ratio),
            words::change(effect.low),
            words::change(effect.high)
        )
    });
    let why = row
        .why
        .as_deref()
        .map_or_else(String::new, |why| format!("  {DIM}{}{DIM:#}", plain(why)));
    writeln!(
        out,
        "{style}{:>11}{style:#}  {:width$}  {}{effect}{why}",
        row.verdict.name(),
        plain(&row.name),
        row.measure,
    )
}

/// Wrong answers, what is left, and notes: the first few of each.
fn trouble(out: &mut impl Write, results: &Results) -> io::Result<()> {
    let violations = &results.measured.violations;
    for violation in violations.first.iter().take(FEW) {
        writeln!(
            out,
            "\n{BAD}wrong answer{BAD:#} {}: {}",
            plain(&violation.name),
            plain(&violation.kind)
        )?;
        writeln!(
            out,
            "  {DIM}expected{DIM:#}  {}",
            plain(&violation.expected)
        )?;
        writeln!(out, "  {DIM}found{DIM:#}     {}", plain(&violation.found))?;
        if let Some(id) = &violation.request_id {
            writeln!(out, "  {DIM}request{DIM:#}   {}", plain(id))?;
        }
    }
    let more = violations.count - violations.count.min(FEW as u64);
    if more > 0 {
        writeln!(out, "\n… and {}", counted(more, "other wrong answer"))?;
    }
    for (name, series) in results.measured.in_order() {
        let mut reasons: Vec<(&String, &u64)> = series.errors.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        if let Some((reason, count)) = reasons.first() {
            let others = match reasons.len() - 1 {
                0 => String::new(),
                more => format!(", and {}", counted(more as u64, "other reason")),
            };
            writeln!(
                out,
                "{WARNING}failed{WARNING:#} {} {}: {}{others}",
                words::count(**count),
                plain(name),
                plain(reason)
            )?;
        }
    }
    let left = results.leaks.iter().map(|leak| {
        let what = format!("{}: {}", leak.what, leak.why);
        format!("{BAD}left on the cloud{BAD:#} {}", plain(&what))
    });
    others(out, left)?;
    let notes = results
        .notes
        .iter()
        .map(|note| format!("{WARNING}note{WARNING:#} {}", plain(note)));
    others(out, notes)
}

/// The first few of these, a line each.
fn others(out: &mut impl Write, lines: impl ExactSizeIterator<Item = String>) -> io::Result<()> {
    let more = lines.len().saturating_sub(FEW);
    for line in lines.take(FEW) {
        writeln!(out, "{line}")?;
    }
    if more > 0 {
        writeln!(
            out,
            "… and {}, told in the reports",
            counted(more as u64, "other")
        )?;
    }
    Ok(())
}

/// What a cloud said, on one line and without a letter that a terminal would obey.
fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let escaped = |letter: char| {
        if letter.is_control() {
            letter.escape_default().to_string()
        } else {
            letter.to_string()
        }
    };
    Cow::Owned(text.chars().map(escaped).collect())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        gate,
        report::html::tests::{bad, good},
    };

    fn told(results: &Results) -> String {
        let judged = || gate::judge(results, &[], None);
        let judgement = results.judgement.clone().unwrap_or_else(judged);
        let mut out = anstream::StripStream::new(Vec::new());
        summary(&mut out, results, &judgement, &["r/report.html".into()]).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn a_good_run_is_a_table_and_a_sentence() {
        let told = told(&good());
        let lines: Vec<&str> = told.lines().collect();
        assert!(lines[1].trim_start().starts_with("ended"), "{told}");
        assert!(
            lines[2].starts_with("keypairs.create   6,000   100/s       0"),
            "{told}"
        );
        assert_eq!(
            lines.last().unwrap(),
            &"Every answer was right: 9,480 requests in 1 min 00 s, 158/s (exit code 0)"
        );
        assert!(told.contains("Reports: r/report.html"));
    }

    #[rstest]
    #[case::wrong_answer("wrong answer keypairs.show: fingerprint")]
    #[case::threshold("missed errors<0.1%: 0.6")]
    #[case::baseline("worse  keypairs.create   p50  +4")]
    #[case::reason("failed 63 keypairs.create: 503 Service Unavailable")]
    #[case::left("left on the cloud server nova-loadtest-1: 409 for 60 s")]
    #[case::note("note A token was renewed.")]
    #[case::arrivals("9,800 of 10,000 arrivals due were sent, 120 of them late, 200 dropped")]
    #[case::polls("4,310 polls: what they tell is up to")]
    #[case::verdict("3 wrong answers, 2 thresholds missed, 1 measure worse than before: ")]
    fn a_bad_run_says_why(#[case] what: &str) {
        let told = told(&bad());
        assert!(told.contains(what), "{told}");
    }

    #[test]
    fn what_a_cloud_says_moves_no_cursor() {
        let mut results = bad();
        results.leaks[0].what = "server \u{1b}[2Jx\n".into();
        assert!(told(&results).contains("server \\u{1b}[2Jx\\n: 409"));
    }
}
