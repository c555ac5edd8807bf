//! How the program ends. It knows nobody; `docs/exit-codes.md` says the same to users, and a test compares them.

/// The exit codes of `nova-loadtest`: those of `nova-conformance`, for a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Every answer was right, and what was demanded of the speed holds.
    Holds = 0,
    /// An answer was wrong, a threshold was missed, or the run was worse than its baseline.
    Failed = 1,
    /// The command line, the configuration or a file is wrong. Nothing was asked.
    Usage = 2,
    /// The cloud could not be asked, nothing was measured, something was left on the cloud, or a report could not be written.
    CouldNotAsk = 3,
    /// Interrupted by Ctrl-C.
    Interrupted = 130,
}

impl ExitCode {
    /// Every code.
    pub const ALL: [Self; 5] = [
        Self::Holds,
        Self::Failed,
        Self::Usage,
        Self::CouldNotAsk,
        Self::Interrupted,
    ];

    /// As the operating system sees it.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The code that a number is.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
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

    #[test]
    fn every_code_is_documented() {
        let page = include_str!("../../docs/exit-codes.md");
        let section = page
            .split("\n## ")
            .find(|part| part.starts_with("nova-loadtest"));
        for code in ExitCode::ALL {
            let row = format!("| {} |", code.code());
            assert!(
                section.unwrap().contains(&row),
                "docs/exit-codes.md lacks {row}"
            );
        }
    }

    #[test]
    fn a_code_is_known_by_its_number() {
        for code in ExitCode::ALL {
            assert_eq!(ExitCode::from_code(code.code()), Some(code));
        }
        assert_eq!(ExitCode::from_code(4), None);
    }
}
