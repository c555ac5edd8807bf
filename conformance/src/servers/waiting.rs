//! The pauses between two looks at a server that is on its way. It knows the clock of the process, and nobody else.

use std::time::{Duration, Instant};

use tokio::sync::watch;

/// The first pause; each is half as long again as the one before. A small cloud spends more on being asked too often than on
/// what it is asked about.
const FIRST: Duration = Duration::from_millis(120);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(2);

/// Pauses that grow, until patience ends.
#[derive(Debug)]
pub(crate) struct Pauses {
    ends: Option<Instant>,
    next: Duration,
    interrupted: Option<watch::Receiver<bool>>,
}

impl Pauses {
    /// Pauses that end after so long.
    pub(crate) fn within(patience: Duration) -> Self {
        Self {
            ends: Instant::now().checked_add(patience),
            next: FIRST,
            interrupted: None,
        }
    }

    /// Pauses that an interrupt cuts short.
    pub(crate) fn heeding(mut self, interrupted: watch::Receiver<bool>) -> Self {
        self.interrupted = Some(interrupted);
        self
    }

    /// Waits a little, and says whether there is any patience left. After an interrupt it returns at once.
    pub(crate) async fn pause(&mut self) -> bool {
        if self.ends.is_some_and(|ends| Instant::now() >= ends) {
            return false;
        }
        let pause = self.next;
        self.next = (pause * 3 / 2).min(LONGEST);
        match &mut self.interrupted {
            Some(interrupted) => {
                let _ = tokio::time::timeout(pause, interrupted.wait_for(|now| *now)).await;
            }
            None => {
                let _ = tokio::time::timeout(pause, std::future::pending::<()>()).await;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pauses_grow_to_the_longest() {
        let (_sender, interrupted) = watch::channel(true);
        let mut pauses = Pauses::within(Duration::from_secs(3600)).heeding(interrupted);
        for _ in 0..20 {
            assert!(pauses.pause().await);
        }
        assert_eq!(pauses.next, LONGEST);
    }

    #[tokio::test]
    async fn patience_ends() {
        assert!(!Pauses::within(Duration::ZERO).pause().await);
    }

    #[tokio::test]
    async fn an_interrupt_ends_a_pause() {
        let (sender, interrupted) = watch::channel(false);
        let mut pauses = Pauses::within(Duration::from_secs(3600)).heeding(interrupted);
        pauses.next = Duration::from_secs(3600);
        sender.send_replace(true);
        assert!(pauses.pause().await);
    }
}
