//! Whether the cloud still answers at all: one that died is not asked to the bitter end. It knows what became of the
//! instances, and asks the cloud one question of its own.

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

/// How long the cloud has been silent.
#[derive(Debug, Default)]
pub(super) struct Silence {
    in_a_row: usize,
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
        } else if !finished.exchanges.is_empty() {
            self.in_a_row = 0;
        }
        if self.in_a_row >= IN_A_ROW && self.gone.is_none() {
            self.in_a_row = 0;
            self.gone = ask(surroundings).await.err();
        }
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
