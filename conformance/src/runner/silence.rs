//! Whether the cloud still answers at all: one that died is not asked to the bitter end. It knows what became of the
//! instances, and asks the cloud one question of its own.

use std::time::{Duration, Instant};

use http::Method;
use nova_client::RawRequest;

use crate::{
    caller::{Base, Caller},
    check::Surroundings,
    event::Finished,
    outcome::Outcome,
};

/// After so many instances in a row without an answer the cloud is asked whether it is there.
const IN_A_ROW: usize = 20;

/// Also after so many deadlines without an answer to anybody: a network that swallows everything lets each wait.
const DEADLINES: u32 = 3;

/// How long the cloud has been silent.
#[derive(Debug, Default)]
pub(super) struct Silence {
    in_a_row: usize,
    since: Option<Instant>,
    gone: Option<String>,
}

impl Silence {
    /// Why the cloud is not worth another question.
    pub(super) fn gone(&self) -> Option<&str> {
        self.gone.as_deref()
    }

    /// Takes note of an instance that has ended, and asks the cloud itself where too many heard nothing.
    pub(super) async fn heard(&mut self, finished: &Finished, surroundings: &Surroundings) {
        let unanswered = finished
            .exchanges
            .iter()
            .any(|exchange| exchange.error.is_some());
        // One that asked nothing itself waited in vain for a server of the pool's.
        let heard_nothing = unanswered || finished.exchanges.is_empty();
        if matches!(finished.outcome, Outcome::Errored(_)) && heard_nothing {
            self.in_a_row += 1;
            self.since.get_or_insert_with(Instant::now);
        } else if !finished.exchanges.is_empty() {
            self.answered();
        }
        let long = self.in_a_row > 1 && self.lasts() >= surroundings.deadline * DEADLINES;
        if (self.in_a_row >= IN_A_ROW || long) && self.gone.is_none() {
            self.answered();
            self.gone = ask(surroundings).await.err();
        }
    }

    fn answered(&mut self) {
        self.in_a_row = 0;
        self.since = None;
    }

    fn lasts(&self) -> Duration {
        self.since.map(|since| since.elapsed()).unwrap_or_default()
    }

    /// Why nothing can be deleted: the cloud was gone, and still is.
    pub(super) async fn is_lasting(&self, surroundings: &Surroundings) -> Option<String> {
        self.gone.as_ref()?;
        ask(surroundings).await.err()
    }
}

/// Any answer is one. The error says why there is none.
async fn ask(surroundings: &Surroundings) -> Result<(), String> {
    let cloud = &surroundings.cloud;
    let anybody = || cloud.parties().next().map(|(_, party)| party);
    let Some(party) = cloud.party(Caller::Main).or_else(anybody) else {
        return Ok(());
    };
    let mut request = RawRequest::new(Method::GET, "/os-keypairs");
    request.token = party.token.clone();
    request.deadline = Some(surroundings.deadline);
    party.wire.send(Base::Endpoint, &request).await.map(|_| ())
}
