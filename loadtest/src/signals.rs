//! Being asked to stop: Ctrl-C, SIGTERM, by which CI systems cancel, and SIGHUP. The first time the run ends early and deletes
//! what it made; the second time the program ends at once. It knows nobody.
//!
//! goose catches Ctrl-C too, by the crate `ctrlc`, which lets one handler be set, and its second Ctrl-C ends the process without
//! a word of what is left. So ours is set first.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::watch;

/// What is done at the second signal, before the program ends.
type LastWords = Box<dyn FnOnce() + Send>;

/// Whether somebody asked to stop. Clones tell the same.
#[derive(Clone)]
pub struct Stop {
    asked: Arc<watch::Sender<bool>>,
    last_words: Arc<Mutex<Option<LastWords>>>,
}

impl std::fmt::Debug for Stop {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Stop")
            .field("asked", &self.is_asked())
            .finish_non_exhaustive()
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            asked: Arc::new(watch::Sender::new(false)),
            last_words: Arc::default(),
        }
    }
}

impl Stop {
    /// Asks to stop.
    pub fn ask(&self) {
        self.asked.send_replace(true);
    }

    /// Whether somebody asked.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Returns once somebody has asked.
    pub async fn asked(&self) {
        let mut asked = self.asked.subscribe();
        // The sender is in `self`: it is not gone while this waits.
        let _ = asked.wait_for(|asked| *asked).await;
    }

    /// What to do should the program have to end at once.
    pub fn at_the_last(&self, words: impl FnOnce() + Send + 'static) {
        *self.words() = Some(Box::new(words));
    }

    fn words(&self) -> std::sync::MutexGuard<'_, Option<LastWords>> {
        self.last_words
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on, signals ask this.
    ///
    /// # Errors
    /// A sentence: the system does not let them be caught.
    pub fn catch_signals(&self, exit_code: u8, first: fn()) -> Result<(), String> {
        let stop = self.clone();
        let times = AtomicUsize::new(0);
        ctrlc::set_handler(move || {
            if times.fetch_add(1, Ordering::AcqRel) == 0 {
                first();
                stop.ask();
                return;
            }
            if let Some(words) = stop.words().take() {
                words();
            }
            std::process::exit(i32::from(exit_code));
        })
        .map_err(|error| format!("Ctrl-C cannot be caught: {error}"))
    }
}
