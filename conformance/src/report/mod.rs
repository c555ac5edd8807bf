//! Reports of a run. Reporters only listen to [`Event`]s: none of them can change what is asked, and each shows instances in
//! the plan's order, whatever ran at the same time. They know events and files.

pub mod annotations;
pub mod changes;
mod hiding;
pub mod html;
pub mod json;
pub mod junit;
mod progress;
mod same;
pub mod saved;
mod table;
mod terminal;
mod verdict;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::sync::mpsc::UnboundedReceiver;

pub use hiding::Hiding;
pub use progress::Progress;
pub use terminal::Terminal;

use crate::{
    event::{Event, Finished, Started, Summary},
    expected::Expectation,
    ledger::Leak,
};

/// Listens to a run.
pub trait Reporter: Send {
    /// Something happened.
    ///
    /// # Errors
    /// What is told could not be written.
    fn event(&mut self, event: &Event) -> io::Result<()>;

    /// Nothing happened for a while, and the run goes on.
    ///
    /// # Errors
    /// What is told could not be written.
    fn tick(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// After so long without an event, the reporters are told that the run goes on.
const TICK: Duration = Duration::from_secs(30);

/// Lets the reporters listen, in order, to the end of the run. One that fails is told no more.
///
/// # Errors
/// The first failure, once the run is over.
pub async fn listen(
    mut events: UnboundedReceiver<Event>,
    reporters: Vec<Box<dyn Reporter + '_>>,
) -> io::Result<()> {
    let mut reporters: Vec<_> = reporters.into_iter().map(Some).collect();
    let mut first_failure = Ok(());
    loop {
        let event = match tokio::time::timeout(TICK, events.recv()).await {
            Ok(None) => return first_failure,
            Ok(Some(event)) => Some(event),
            Err(_) => None,
        };
        for place in &mut reporters {
            let Some(reporter) = place else { continue };
            let told = match &event {
                Some(event) => reporter.event(event),
                None => reporter.tick(),
            };
            if let Err(error) = told {
                *place = None;
                first_failure = first_failure.and(Err(error));
            }
        }
    }
}

/// All that a run told, for reports made at its end.
#[derive(Debug, Clone, Default)]
pub struct Collected {
    /// What began.
    pub started: Option<Arc<Started>>,
    /// The instances that ended, by their place in the plan.
    pub finished: BTreeMap<usize, Arc<Finished>>,
    /// What people should know.
    pub notes: Vec<String>,
    /// What is left on the cloud.
    pub leaks: Vec<Leak>,
    /// How each entry of the file of expected failures stands.
    pub expected: Vec<Expectation>,
    /// How it ended.
    pub summary: Summary,
}

impl Collected {
    /// Takes one event in.
    pub fn add(&mut self, event: &Event) {
        match event {
            Event::RunStarted(started) => self.started = Some(Arc::clone(started)),
            Event::CheckStarted { .. } => {}
            Event::CheckFinished(finished) => {
                self.finished.insert(finished.number, Arc::clone(finished));
            }
            Event::Note(note) => self.notes.push(note.clone()),
            Event::Leak(leak) => self.leaks.push(leak.clone()),
            Event::Expectation(expectation) => self.expected.push(expectation.clone()),
            Event::RunFinished(summary) => self.summary = summary.clone(),
        }
    }

    /// The instances, one slice of consecutive ones per check.
    pub(crate) fn by_check(&self) -> Vec<Vec<&Finished>> {
        let all: Vec<&Finished> = self.finished.values().map(|finished| &**finished).collect();
        all.chunk_by(|one, next| Arc::ptr_eq(&one.check, &next.check))
            .map(<[_]>::to_vec)
            .collect()
    }
}

/// Writes `report.html`, `report.json` and `junit.xml` into a directory when the run ends.
#[derive(Debug)]
pub struct Files {
    directory: PathBuf,
    collected: Collected,
}

impl Files {
    /// Makes the directory, so that a wrong one is known before anything is asked.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(directory: impl Into<PathBuf>) -> io::Result<Self> {
        let directory = directory.into();
        fs::create_dir_all(&directory)?;
        Ok(Self {
            directory,
            collected: Collected::default(),
        })
    }

    /// The names of the files it writes.
    pub const NAMES: [&'static str; 3] = ["report.html", "report.json", "junit.xml"];
}

impl Reporter for Files {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.collected.add(event);
        if let Event::RunFinished(_) = event {
            let [html, json, junit] = Self::NAMES;
            write(&self.directory, html, &html::render(&self.collected))?;
            write(&self.directory, json, &json::render(&self.collected)?)?;
            write(&self.directory, junit, &junit::render(&self.collected)?)?;
        }
        Ok(())
    }
}

fn write(directory: &Path, name: &str, text: &str) -> io::Result<()> {
    let path = directory.join(name);
    fs::write(&path, text)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}
