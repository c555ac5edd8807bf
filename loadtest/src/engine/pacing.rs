//! When arrivals are due, and somebody who tells each at its time. The runtime's own timers tell time in milliseconds, too coarse
//! for what is to be told within a hundredth; so a thread of its own waits. It knows nobody.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use crate::signals::Stop;

/// Arrivals at a rate, at even distances.
#[derive(Debug, Clone, Copy)]
pub struct Arrivals {
    /// When the first would be due, were there no offset.
    pub begin: Instant,
    /// Those that would be due then or later are none.
    pub end: Instant,
    /// So many a second.
    pub rate: f64,
    /// By which part of the distance between two all come later.
    pub offset: f64,
}

impl Arrivals {
    /// When the arrival of this number is due; `None` after the last.
    pub fn due(&self, number: u64) -> Option<Instant> {
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^52 arrivals")]
        let seconds = (number as f64 + self.offset) / self.rate;
        let after = Duration::try_from_secs_f64(seconds).ok()?;
        self.begin.checked_add(after).filter(|due| *due < self.end)
    }
}

/// It is looked so often whether somebody wants it to end.
const LOOK: Duration = Duration::from_millis(100);

/// Tells each arrival's time when it has come. The channel ends after the last, or when somebody wants it to.
///
/// # Errors
/// The system gives no thread.
pub fn tell(arrivals: Arrivals, stop: Stop) -> io::Result<mpsc::UnboundedReceiver<Instant>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    thread::Builder::new()
        .name("arrivals".to_owned())
        .spawn(move || {
            for number in 0.. {
                let Some(due) = arrivals.due(number) else {
                    return;
                };
                if !wait(due, &stop) || sender.send(due).is_err() {
                    return;
                }
            }
        })?;
    Ok(receiver)
}

/// Waits until then; `false` where somebody wanted it to end before.
fn wait(due: Instant, stop: &Stop) -> bool {
    loop {
        if stop.is_asked() {
            return false;
        }
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        thread::park_timeout(left.min(LOOK));
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn arrivals(rate: f64, offset: f64) -> Arrivals {
        let begin = Instant::now();
        Arrivals {
            begin,
            end: begin + Duration::from_secs(2),
            rate,
            offset,
        }
    }

    #[rstest]
    #[case::first(0, Some(0))]
    #[case::second(1, Some(10))]
    #[case::last(199, Some(1990))]
    #[case::after_the_end(200, None)]
    fn arrivals_are_evenly_spread(#[case] number: u64, #[case] ms: Option<u64>) {
        let arrivals = arrivals(100.0, 0.0);
        let want = ms.map(|ms| arrivals.begin + Duration::from_millis(ms));
        assert_eq!(arrivals.due(number), want);
    }

    #[test]
    fn the_shares_of_several_processes_interleave() {
        let (first, second) = (arrivals(100.0, 0.0), arrivals(100.0, 0.5));
        let after = |arrivals: Arrivals| arrivals.due(3).unwrap() - arrivals.begin;
        assert_eq!(after(second) - after(first), Duration::from_millis(5));
    }

    #[test]
    fn nobody_is_told_of_arrivals_once_it_is_to_end() {
        let stop = Stop::default();
        stop.ask();
        let mut told = tell(arrivals(1.0, 0.9), stop).unwrap();
        assert_eq!(told.blocking_recv(), None);
    }
}
