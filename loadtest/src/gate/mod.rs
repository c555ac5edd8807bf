//! One judgement of a run: is every answer right, does each threshold hold, is it worse than the baseline, is nothing left? It
//! knows results and the baseline's comparison, and how the program ends.

mod threshold;

use serde::{Deserialize, Serialize};

pub use threshold::{Mistake, Row, Threshold};

use crate::{
    baseline::{Comparison, Verdict},
    exit::ExitCode,
    results::Results,
    words::counted,
};

/// What the gate says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// How the program ends.
    pub exit_code: u8,
    /// Why, in a sentence without a full stop.
    pub sentence: String,
    /// How the thresholds stand, in the order they were given.
    pub thresholds: Vec<Row>,
    /// How it compares with its baseline.
    pub baseline: Option<Comparison>,
}

/// Judges a run that is over.
pub fn judge(
    results: &Results,
    thresholds: &[Threshold],
    baseline: Option<Comparison>,
) -> Judgement {
    let thresholds: Vec<Row> = thresholds
        .iter()
        .flat_map(|threshold| threshold.judge(results))
        .collect();
    let (code, sentence) = verdict(results, &thresholds, baseline.as_ref());
    Judgement {
        exit_code: code.code(),
        sentence,
        thresholds,
        baseline,
    }
}

/// The first of these decides: interrupted, what is wrong, what could not be asked, all is well.
fn verdict(
    results: &Results,
    thresholds: &[Row],
    baseline: Option<&Comparison>,
) -> (ExitCode, String) {
    let mut wrong = Vec::new();
    let violations = results.measured.violations.count;
    if violations > 0 {
        wrong.push(counted(violations, "wrong answer"));
    }
    let missed = thresholds.iter().filter(|row| !row.holds).count() as u64;
    if missed > 0 {
        wrong.push(format!("{} missed", counted(missed, "threshold")));
    }
    let worse = baseline.map_or(0, |comparison| comparison.count(Verdict::Worse)) as u64;
    if worse > 0 {
        wrong.push(format!("{} worse than before", counted(worse, "measure")));
    }
    let totals = results.totals();
    let left = results.leaks.len() as u64;
    if results.run.interrupted {
        let more = if wrong.is_empty() {
            String::new()
        } else {
            format!("; {}", wrong.join(", "))
        };
        return (ExitCode::Interrupted, format!("Interrupted{more}"));
    }
    if !wrong.is_empty() {
        return (ExitCode::Failed, wrong.join(", "));
    }
    if totals.ended == 0 {
        return (
            ExitCode::CouldNotAsk,
            "Nothing was measured: no request ended".to_owned(),
        );
    }
    if results.requests_failed() >= totals.ended {
        return (
            ExitCode::CouldNotAsk,
            "Nothing was measured: every request failed".to_owned(),
        );
    }
    if left > 0 {
        return (
            ExitCode::CouldNotAsk,
            format!("{} left on the cloud", counted(left, "thing")),
        );
    }
    (ExitCode::Holds, holds(thresholds, baseline))
}

/// What can be said of a run that is well: no more than was asked of it.
fn holds(thresholds: &[Row], baseline: Option<&Comparison>) -> String {
    let mut parts = vec!["Every answer was right".to_owned()];
    match thresholds.len() {
        0 => {}
        1 => parts.push("the threshold holds".to_owned()),
        _ => parts.push("all thresholds hold".to_owned()),
    }
    if let Some(comparison) = baseline {
        let open = comparison.count(Verdict::CannotTell);
        parts.push(if open == 0 {
            "nothing is worse than before".to_owned()
        } else {
            format!(
                "nothing is known to be worse than before, and {} cannot be told",
                counted(open as u64, "measure")
            )
        });
    }
    parts.join(", ")
}
