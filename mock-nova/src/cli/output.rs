//! The two streams a person reads. Knows nobody.

use std::io::Write;

/// stdout and stderr, or what stands in for them.
pub(super) struct Output {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
}

impl Output {
    /// The process's own streams.
    pub(super) fn stdio() -> Self {
        Self {
            out: Box::new(std::io::stdout()),
            err: Box::new(std::io::stderr()),
        }
    }

    /// Writes to stdout and flushes: what is said may be waited for. A reader that has gone is no failure.
    pub(super) fn say(&mut self, text: &str) {
        let _ = self
            .out
            .write_all(text.as_bytes())
            .and_then(|()| self.out.flush());
    }

    /// Writes one sentence to stderr.
    pub(super) fn complain(&mut self, sentence: &str) {
        let _ = writeln!(self.err, "mock-nova: {sentence}");
    }
}
