//! How far a run is, a line now and then, where no bar can be drawn: the log of a CI system, a file. It knows events.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use super::{Reporter, verdict::counted};
use crate::{event::Event, outcome::Kind};

/// A line at each tenth of the plan.
const STEPS: usize = 10;
/// Not more often than this: a short run needs no lines.
const AT_LEAST: Duration = Duration::from_secs(5);
/// Not more seldom than this, as far as something happens; the ticks of a run are as far apart.
const AT_MOST: Duration = Duration::from_secs(30);

/// Tells how far a run is. Nothing it writes has colours.
#[derive(Debug)]
pub struct Progress<W> {
    out: W,
    began: Instant,
    far: Far,
}

/// How far a run is.
#[derive(Debug, Default)]
struct Far {
    planned: usize,
    ended: usize,
    wrong: usize,
    unasked: usize,
    told_at: Duration,
    told_step: usize,
}

impl<W: Write + Send> Progress<W> {
    /// Writes to `out`: standard error, so that the report on standard output is nobody else's.
    pub fn new(out: W) -> Self {
        Self {
            out,
            began: Instant::now(),
            far: Far::default(),
        }
    }

    fn tell(&mut self) -> io::Result<()> {
        match self.far.line(self.began.elapsed()) {
            Some(line) => writeln!(self.out, "{line}").and_then(|()| self.out.flush()),
            None => Ok(()),
        }
    }
}

impl<W: Write + Send> Reporter for Progress<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted(started) => {
                self.began = Instant::now();
                self.far.planned = started.plan.instances.len();
                Ok(())
            }
            Event::CheckFinished(finished) => {
                self.far.count(finished.outcome.kind());
                self.tell()
            }
            _ => Ok(()),
        }
    }

    fn tick(&mut self) -> io::Result<()> {
        self.tell()
    }
}

impl Far {
    const fn count(&mut self, kind: Kind) {
        self.ended += 1;
        match kind {
            Kind::Violation | Kind::Warning => self.wrong += 1,
            Kind::Errored => self.unasked += 1,
            _ => {}
        }
    }

    /// What there is to tell after so long; nothing where enough was told, and nothing at the end, where the summary follows.
    fn line(&mut self, elapsed: Duration) -> Option<String> {
        let since = elapsed.saturating_sub(self.told_at);
        let step = self.ended * STEPS / self.planned.max(1);
        let due = since >= AT_MOST || (step > self.told_step && since >= AT_LEAST);
        if !due || self.ended >= self.planned {
            return None;
        }
        self.told_at = elapsed;
        self.told_step = step;
        Some(format!(
            "{:3} % after {} s: {} of {}, {} failed, {} could not be asked",
            self.ended * 100 / self.planned.max(1),
            elapsed.as_secs(),
            self.ended,
            counted(self.planned, "instance"),
            self.wrong,
            self.unasked
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn far(planned: usize) -> Far {
        Far {
            planned,
            ..Far::default()
        }
    }

    #[test]
    fn a_line_at_each_tenth_and_not_too_often() {
        let mut far = far(100);
        let mut told = Vec::new();
        for second in 1..=100 {
            far.count(Kind::Passed);
            far.count(Kind::Passed);
            if let Some(line) = far.line(Duration::from_secs(second)) {
                told.push(line);
            }
            if far.ended == 100 {
                break;
            }
        }
        assert_eq!(told.len(), 9, "{told:?}");
        assert_eq!(
            told[0],
            " 10 % after 5 s: 10 of 100 instances, 0 failed, 0 could not be asked"
        );
    }

    #[test]
    fn a_run_that_waits_is_told_to_go_on() {
        let mut far = far(100);
        far.count(Kind::Violation);
        far.count(Kind::Errored);
        assert_eq!(far.line(Duration::from_secs(29)), None);
        assert_eq!(
            far.line(Duration::from_secs(30)).unwrap(),
            "  2 % after 30 s: 2 of 100 instances, 1 failed, 1 could not be asked"
        );
        assert_eq!(far.line(Duration::from_secs(59)), None);
        assert!(far.line(Duration::from_secs(60)).is_some());
    }

    #[test]
    fn a_short_run_needs_no_lines() {
        let mut far = far(10);
        for _ in 0..10 {
            far.count(Kind::Passed);
            assert_eq!(far.line(Duration::from_secs(1)), None);
        }
    }
}
