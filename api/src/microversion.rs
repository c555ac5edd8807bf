//! The version of one request: `2.minor`.

use std::fmt;

/// `2.minor`, from 2.1 to 2.104. It has no `Ord`: only the history compares versions, so no handler
/// can grow an if-ladder.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Microversion(u16);

impl Microversion {
    /// The oldest version, which a request without a version header gets.
    pub const MIN: Self = Self(1);
    /// The newest version this history describes (Nova 34.0.0, 2026.2).
    pub const MAX: Self = Self(104);

    /// `2.minor`, or `None` outside 2.1…2.104.
    pub const fn new(minor: u16) -> Option<Self> {
        if minor >= Self::MIN.0 && minor <= Self::MAX.0 {
            Some(Self(minor))
        } else {
            None
        }
    }

    /// For the history's own entries, which the guards check.
    pub(crate) const fn entry(minor: u16) -> Self {
        Self(minor)
    }

    /// The number behind the dot.
    pub const fn minor(self) -> u16 {
        self.0
    }

    /// Every version, oldest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + Clone {
        Self::upto(Self::MAX)
    }

    /// Every version from 2.1 to `last`, oldest first.
    pub fn upto(last: Self) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + Clone {
        (Self::MIN.0..last.0 + 1).map(Self)
    }

    /// The version just before this one.
    pub const fn previous(self) -> Option<Self> {
        Self::new(self.0 - 1)
    }

    /// Reads what a version header or a command line says: `2.54`.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] unless the text is two numbers without leading zeros around a dot;
    /// [`ParseError::OutOfRange`] for a version outside 2.1…2.104.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let number = |text: &str| {
            let canonical = !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_digit())
                && (text == "0" || !text.starts_with('0'));
            // A number too large for any version is still well formed.
            canonical.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
        };
        let (major, minor) = text.split_once('.').ok_or(ParseError::Malformed)?;
        // Nova's pattern lets the major part be zero-free only: `0.1` is malformed, `2.0` is not.
        let major = number(major).filter(|major| *major != 0);
        match (major, number(minor)) {
            (Some(2), Some(minor)) => u16::try_from(minor)
                .ok()
                .and_then(Self::new)
                .ok_or(ParseError::OutOfRange),
            (Some(_), Some(_)) => Err(ParseError::OutOfRange),
            _ => Err(ParseError::Malformed),
        }
    }
}

/// Why a text is no version of this API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseError {
    /// Not `number.number`. Nova answers 400.
    Malformed,
    /// A version, but none of 2.1…2.104. Nova answers 406.
    OutOfRange,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a microversion: write it as 2.N, for example 2.54",
            Self::OutOfRange => "no such microversion: this API goes from 2.1 to 2.104",
        })
    }
}

impl std::error::Error for ParseError {}

impl fmt::Display for Microversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "2.{}", self.0)
    }
}

impl fmt::Debug for Microversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::first("2.1", Ok(1))]
    #[case::last("2.104", Ok(104))]
    #[case::two_digits("2.10", Ok(10))]
    #[case::zero("2.0", Err(ParseError::OutOfRange))]
    #[case::beyond("2.105", Err(ParseError::OutOfRange))]
    #[case::other_major("3.1", Err(ParseError::OutOfRange))]
    #[case::huge("2.99999999999999999999999", Err(ParseError::OutOfRange))]
    #[case::leading_zero("2.01", Err(ParseError::Malformed))]
    #[case::no_dot("21", Err(ParseError::Malformed))]
    #[case::no_minor("2.", Err(ParseError::Malformed))]
    #[case::word("latest", Err(ParseError::Malformed))]
    #[case::space(" 2.1", Err(ParseError::Malformed))]
    #[case::three("2.1.1", Err(ParseError::Malformed))]
    fn a_version_is_read(#[case] text: &str, #[case] want: Result<u16, ParseError>) {
        assert_eq!(Microversion::parse(text).map(Microversion::minor), want);
    }
}
