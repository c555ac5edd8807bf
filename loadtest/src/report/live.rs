//! How a run goes, once a second while it goes: a bar and a line on a terminal, a line now and then where there is none. It
//! knows a recorder's snapshots, and writes to standard error, so that standard output is the summary's.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    results::{Phase, Recorder, Snapshot},
    words,
};

/// How often a terminal is told.
const OFTEN: Duration = Duration::from_secs(1);
/// How often a log is told.
const SELDOM: Duration = Duration::from_secs(10);

/// Tells how a run goes until it is dropped.
#[derive(Debug)]
#[must_use = "it tells until it is dropped"]
pub struct Live {
    over: Arc<(Mutex<bool>, Condvar)>,
    teller: Option<JoinHandle<()>>,
}

impl Live {
    /// Tells what this recorder counts, of a run that is to take so long, warm-up included; nothing where nobody knows.
    pub fn start(recorder: &Recorder, total: Option<Duration>) -> Self {
        let terminal = io::stderr().is_terminal();
        let over: Arc<(Mutex<bool>, Condvar)> = Arc::default();
        let (recorder, told_over) = (recorder.clone(), Arc::clone(&over));
        let teller = std::thread::Builder::new()
            .name("live".to_owned())
            .spawn(move || {
                let bar = terminal.then(|| bar(total));
                let every = if terminal { OFTEN } else { SELDOM };
                while !waited(&told_over, every) {
                    tell(bar.as_ref(), &recorder.snapshot(), total);
                }
                if let Some(bar) = bar {
                    bar.finish_and_clear();
                }
            });
        Self {
            over,
            // Where no thread can be had, the run goes on untold.
            teller: teller.ok(),
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let (over, told) = &*self.over;
        *over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        told.notify_all();
        if let Some(teller) = self.teller.take() {
            // It only tells: how it ended changes nothing.
            let _ = teller.join();
        }
    }
}

/// Waits so long, or until it is over; whether it is.
fn waited(over: &(Mutex<bool>, Condvar), every: Duration) -> bool {
    let (over, told) = over;
    let held = over.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = told.wait_timeout_while(held, every, |over| !*over);
    *waited.unwrap_or_else(PoisonError::into_inner).0
}

fn bar(total: Option<Duration>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total.as_secs()), "{bar:10} {wide_msg}"),
        None => (ProgressBar::new_spinner(), "{spinner} {wide_msg}"),
    };
    let style = ProgressStyle::with_template(template);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn tell(bar: Option<&ProgressBar>, snapshot: &Snapshot, total: Option<Duration>) {
    let line = line(snapshot, total);
    match bar {
        Some(bar) => {
            bar.set_position(snapshot.elapsed.as_secs());
            bar.set_message(line);
        }
        None => {
            // Where standard error is closed, nobody is left to tell.
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
}

/// The line.
pub fn line(snapshot: &Snapshot, total: Option<Duration>) -> String {
    let mut parts = vec![match total {
        Some(total) => format!(
            "{} of {} s",
            snapshot.elapsed.min(total).as_secs(),
            total.as_secs()
        ),
        None => format!("{} s", snapshot.elapsed.as_secs()),
    }];
    match snapshot.phase {
        Phase::WarmUp => parts.push("warming up".to_owned()),
        Phase::Measuring => {}
        Phase::Finishing => parts.push("waiting for the last".to_owned()),
    }
    parts.push(words::rate(snapshot.rate));
    parts.push(format!("{} failed", words::count(snapshot.failed)));
    if snapshot.violations > 0 {
        parts.push(format!("{} WRONG", words::count(snapshot.violations)));
    }
    if snapshot.dropped > 0 {
        parts.push(format!("{} dropped", words::count(snapshot.dropped)));
    }
    if snapshot.contention > 0 {
        parts.push(format!("{} busy", words::count(snapshot.contention)));
    }
    if snapshot.in_flight > 0 {
        parts.push(format!("{} under way", snapshot.in_flight));
    }
    if let Some((name, p50, p99)) = &snapshot.slowest {
        parts.push(format!(
            "{name} p50 {} p99 {}",
            words::time(*p50),
            words::time(*p99)
        ));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::results::{Outcome, Took};

    #[test]
    fn the_line_tells_what_is_wrong_and_leaves_out_what_is_not() {
        let snapshot = Snapshot {
            elapsed: Duration::from_secs(12),
            phase: Phase::Measuring,
            rate: 1_832.0,
            slowest: Some((
                "rebuild.active".into(),
                Duration::from_millis(812),
                Duration::from_millis(1_930),
            )),
            violations: 2,
            in_flight: 64,
            ..Snapshot::default()
        };
        assert_eq!(
            line(&snapshot, Some(Duration::from_secs(30))),
            "12 of 30 s, 1,832/s, 0 failed, 2 WRONG, 64 under way, rebuild.active p50 812 ms p99 1.93 s"
        );
        assert_eq!(
            line(&Snapshot::default(), None),
            "0 s, warming up, 0.00/s, 0 failed"
        );
    }

    #[test]
    fn a_snapshot_tells_of_the_seconds_that_are_over() {
        let began = Instant::now().checked_sub(Duration::from_secs(10)).unwrap();
        let recorder = Recorder::new(began, false);
        recorder.start_measuring(began);
        for ms in (7_000..10_000).step_by(10) {
            let took = Took {
                at: began + Duration::from_millis(ms),
                latency: Duration::from_millis(ms / 1_000),
                service: Duration::ZERO,
                first_byte: None,
                outcome: Outcome::Fine,
            };
            recorder.took("keypairs.list", took);
        }
        let snapshot = recorder.snapshot();
        assert_eq!(
            (snapshot.requests, snapshot.rate.round() as u64),
            (300, 100)
        );
        let (name, p50, p99) = snapshot.slowest.unwrap();
        assert_eq!(name, "keypairs.list");
        assert_eq!((p50.as_millis(), p99.as_millis()), (8, 9));
    }

    #[test]
    fn it_stops_at_once_when_it_is_dropped() {
        let recorder = Recorder::new(Instant::now(), false);
        let before = Instant::now();
        drop(Live::start(&recorder, None));
        assert!(before.elapsed() < SELDOM);
    }
}
