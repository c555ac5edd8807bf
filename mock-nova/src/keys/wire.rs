//! The encoding inside SSH keys (RFC 4251, section 5), read.
//!
//! Knows nobody. Numbers may have more leading zeros than the RFC allows, because the library
//! underneath Nova lets them.

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'k>(pub(super) &'k [u8]);

/// The data ends too early, or a number is negative.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// A number that is not negative, as big-endian bytes without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number<'k>(&'k [u8]);

impl<'k> Reader<'k> {
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(u32::from_be_bytes(*bytes))
    }

    pub(super) fn u64(&mut self) -> Result<u64, Malformed> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(u64::from_be_bytes(*bytes))
    }

    pub(super) fn string(&mut self) -> Result<&'k [u8], Malformed> {
        let length = usize::try_from(self.u32()?).map_err(|_| Malformed)?;
        let (string, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(string)
    }

    pub(super) fn number(&mut self) -> Result<Number<'k>, Malformed> {
        let bytes = self.string()?;
        if bytes.first().is_some_and(|first| *first > 0x7f) {
            return Err(Malformed);
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        Ok(Number(&bytes[zeros..]))
    }
}

impl Number<'_> {
    pub(super) const fn small(byte: &'static [u8; 1]) -> Number<'static> {
        Number(byte)
    }

    pub(super) fn is_odd(self) -> bool {
        self.0.last().is_some_and(|last| last % 2 == 1)
    }

    /// How many bits it takes.
    pub(super) fn bits(self) -> usize {
        let leading = self
            .0
            .first()
            .map_or(0, |first| first.leading_zeros() as usize);
        self.0.len() * 8 - leading
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0
            .len()
            .cmp(&other.0.len())
            .then_with(|| self.0.cmp(other.0))
    }
}
