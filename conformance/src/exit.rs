//! How the program ends. It knows the run's summary; `docs/exit-codes.md` says the same to users, and a test compares them.

use crate::event::Summary;

/// The exit codes of `nova-conformance`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Every MUST that was asked holds, and at least one was asked.
    Holds = 0,
    /// At least one MUST does not hold; or what was expected to fail passes, or was expected for too long.
    Violation = 1,
    /// The command line or the configuration is wrong, or it selects no check. Nothing was asked.
    Usage = 2,
    /// The cloud could not be asked, wholly or in part; or nothing could be judged; or something was left on the cloud.
    CouldNotAsk = 3,
    /// Interrupted by Ctrl-C.
    Interrupted = 130,
}

impl ExitCode {
    /// Every code.
    pub const ALL: [Self; 5] = [
        Self::Holds,
        Self::Violation,
        Self::Usage,
        Self::CouldNotAsk,
        Self::Interrupted,
    ];

    /// As the operating system sees it.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// How a run with this summary ends. Being interrupted outweighs a violation, and a violation outweighs what could not
    /// be asked: it is known whatever else is not.
    pub const fn of(summary: &Summary) -> Self {
        if summary.interrupted {
            Self::Interrupted
        } else if summary.violations > 0 || summary.stale_expectations > 0 {
            Self::Violation
        } else if summary.errored > 0 || summary.leaks > 0 || summary.judged() == 0 {
            Self::CouldNotAsk
        } else {
            Self::Holds
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::all_passed(Summary { passed: 3, skipped: 1, ..Summary::default() }, ExitCode::Holds)]
    #[case::only_warnings(Summary { warnings: 1, ..Summary::default() }, ExitCode::Holds)]
    #[case::only_expected_failures(Summary { expected_failures: 1, ..Summary::default() }, ExitCode::Holds)]
    #[case::stale_expectation(Summary { passed: 3, stale_expectations: 1, ..Summary::default() }, ExitCode::Violation)]
    #[case::violation(Summary { passed: 3, violations: 1, errored: 1, leaks: 1, ..Summary::default() }, ExitCode::Violation)]
    #[case::errored(Summary { passed: 3, errored: 1, ..Summary::default() }, ExitCode::CouldNotAsk)]
    #[case::leak(Summary { passed: 3, leaks: 1, ..Summary::default() }, ExitCode::CouldNotAsk)]
    #[case::all_skipped(Summary { skipped: 3, ..Summary::default() }, ExitCode::CouldNotAsk)]
    #[case::none_applies(Summary { not_applicable: 3, ..Summary::default() }, ExitCode::CouldNotAsk)]
    #[case::interrupted(Summary { violations: 1, interrupted: true, ..Summary::default() }, ExitCode::Interrupted)]
    fn a_run_ends_as(#[case] summary: Summary, #[case] want: ExitCode) {
        assert_eq!(ExitCode::of(&summary), want);
    }

    #[test]
    fn every_code_is_documented() {
        let page = include_str!("../../docs/exit-codes.md");
        for code in ExitCode::ALL {
            assert!(
                page.contains(&format!("| {} |", code.code())),
                "docs/exit-codes.md lacks {}",
                code.code()
            );
        }
    }
}
