//! What one instance of a check has asked: its exchanges, and whether one of them has no answer. It knows exchanges.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use crate::exchange::Exchange;

/// What one instance of a check has asked so far.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    exchanges: Mutex<Vec<Exchange>>,
    unanswered: Mutex<Option<String>>,
    names: AtomicUsize,
}

impl Asked {
    /// The exchanges, in order, and why one of them brought no answer.
    pub(crate) fn take(&self) -> (Vec<Exchange>, Option<String>) {
        let exchanges = std::mem::take(
            &mut *self
                .exchanges
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let unanswered = self
            .unanswered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        (exchanges, unanswered)
    }

    /// Notes why a question has no answer; the first reason stays.
    pub(super) fn was_not_answered(&self, why: impl FnOnce() -> String) {
        let mut unanswered = self
            .unanswered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        unanswered.get_or_insert_with(why);
    }

    /// Keeps an exchange, and returns its place.
    pub(super) fn record(&self, exchange: Exchange) -> usize {
        if let Some(error) = &exchange.error {
            self.was_not_answered(|| error.clone());
        }
        let mut exchanges = self
            .exchanges
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        exchanges.push(exchange);
        exchanges.len() - 1
    }

    /// How many names were given before.
    pub(super) fn next_name(&self) -> usize {
        self.names.fetch_add(1, Ordering::Relaxed)
    }
}
