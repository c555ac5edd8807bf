//! A run in one sentence. It knows the summary and the exit code.

use crate::{event::Summary, exit::ExitCode};

/// The sentence, without a full stop: `3 violations`.
pub(super) fn sentence(summary: &Summary) -> String {
    match ExitCode::of(summary) {
        ExitCode::Holds => "Every MUST that was asked holds".to_owned(),
        ExitCode::Violation if summary.violations == 0 => format!(
            "{} of what was expected to fail passed or expired",
            match summary.stale_expectations {
                1 => "1 entry".to_owned(),
                more => format!("{more} entries"),
            }
        ),
        ExitCode::Violation => counted(summary.violations, "violation"),
        ExitCode::Interrupted => format!(
            "Interrupted: {} of the plan not begun",
            counted(summary.not_started, "instance")
        ),
        ExitCode::CouldNotAsk if summary.errored > 0 => {
            let errored = counted(summary.errored, "instance");
            match summary.not_started {
                0 => format!("{errored} could not be asked"),
                more => format!("{errored} could not be asked, and {more} of the plan not begun"),
            }
        }
        ExitCode::CouldNotAsk if summary.leaks > 0 => {
            format!("{} left on the cloud", counted(summary.leaks, "thing"))
        }
        ExitCode::CouldNotAsk | ExitCode::Usage => {
            "Nothing was judged: every instance was skipped or does not apply".to_owned()
        }
    }
}

/// `1 instance`, `2 instances`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
