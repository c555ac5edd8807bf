//! One request in a job: sent, timed, counted, and said in words where it failed. It knows people and the recorder, and nothing
//! of what a right answer holds.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use http::StatusCode;
use nova_client::{RawAnswer, RawRequest, SendError, SendFault, redact};
use serde_json::Value;
use uuid::Uuid;

use super::Load;
use crate::{
    people::Person,
    results::{Outcome, Took, Violation},
};

/// A job while it is done.
#[derive(Debug, Default)]
pub struct Turn {
    due: Option<Instant>,
    /// What was asked so far.
    pub told: Vec<Told>,
}

/// One thing that was asked, for goose's report.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its name.
    pub name: &'static str,
    /// How long it took.
    pub took: Duration,
    /// The answer's status.
    pub status: Option<u16>,
    /// Why it failed.
    pub failed: Option<String>,
}

impl Turn {
    /// A job that was to begin then, or begins with its first request.
    pub(super) fn due(due: Option<Instant>) -> Self {
        Self {
            due,
            told: Vec::new(),
        }
    }

    /// The next request's time counts from then.
    pub(super) fn set_due(&mut self, due: Instant) {
        self.due = Some(due);
    }

    /// From when the next request's time counts: the first of a job was due with the job, the others when they are sent.
    pub(super) fn begins(&mut self) -> Instant {
        self.due.take().unwrap_or_else(Instant::now)
    }
}

/// An answer, and what it says.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) answer: RawAnswer,
    body: OnceLock<Value>,
}

impl Said {
    pub(super) const fn new(answer: RawAnswer) -> Self {
        Self {
            answer,
            body: OnceLock::new(),
        }
    }

    /// The body, read when it is first looked at; `null` where it is no JSON.
    pub(super) fn body(&self) -> &Value {
        let read = || serde_json::from_slice(&self.answer.body).unwrap_or_default();
        self.body.get_or_init(read)
    }

    pub(super) fn status(&self) -> u16 {
        self.answer.status
    }
}

/// What an answer with some status is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Fine,
    Contention,
    Failed,
}

/// As most requests are taken: what succeeds is fine, and all else failed.
pub(super) fn success(said: &Said) -> Taken {
    if said.answer.is_success() {
        Taken::Fine
    } else {
        Taken::Failed
    }
}

impl Load {
    /// Asks, and counts what became of it under `name`. The answer, whatever it is; `None` where there was none.
    pub(super) async fn ask(
        &self,
        turn: &mut Turn,
        who: &Person,
        name: &'static str,
        request: RawRequest,
        taken_as: impl Fn(&Said) -> Taken,
    ) -> Option<Said> {
        let begins = turn.begins();
        let sent = Instant::now();
        let answer = who.send(&request).await;
        let at = Instant::now();
        let latency = at.saturating_duration_since(begins);
        let waited = sent.saturating_duration_since(begins);
        let mut status = None;
        let mut first_byte = None;
        let (outcome, said) = match answer {
            Ok(answer) => {
                status = Some(answer.status);
                first_byte = Some(answer.first_byte + waited);
                let said = Said::new(answer);
                let outcome = match taken_as(&said) {
                    Taken::Fine => Outcome::Fine,
                    Taken::Contention => Outcome::Contention,
                    Taken::Failed => Outcome::Failed(why(&said)),
                };
                (outcome, Some(said))
            }
            Err(error) => (Outcome::Failed(unanswered(&error)), None),
        };
        let failed = match &outcome {
            Outcome::Failed(why) => Some(why.clone()),
            Outcome::Fine | Outcome::Contention => None,
        };
        let took = Took {
            at,
            latency,
            service: at.saturating_duration_since(sent),
            first_byte,
            outcome,
        };
        self.recorder.took(name, took);
        turn.told.push(Told {
            name,
            took: latency,
            status,
            failed,
        });
        said
    }

    /// Tells of a wrong answer.
    pub(super) fn wrong(
        &self,
        name: &str,
        kind: &str,
        expected: impl ToString,
        found: impl ToString,
        said: &Said,
    ) {
        self.recorder.violation(Violation {
            name: name.to_owned(),
            kind: kind.to_owned(),
            expected: expected.to_string(),
            found: found.to_string(),
            request_id: said.answer.request_id().map(str::to_owned),
            after_ms: 0,
        });
    }

    /// Looks whether a member of an answer is what it has to be.
    pub(super) fn look(
        &self,
        name: &str,
        kind: &str,
        said: &Said,
        found: Option<&Value>,
        expected: &Value,
    ) {
        let found = found.unwrap_or(&Value::Null);
        if found != expected {
            self.wrong(name, kind, expected, found, said);
        }
    }
}

/// Why an answer is no success, in words that are the same for all alike: what stands in quotes is a name.
fn why(said: &Said) -> String {
    let status = said.answer.status;
    let known = StatusCode::from_u16(status).ok();
    let reason = known
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default();
    let fault = said
        .body()
        .as_object()
        .and_then(|body| body.values().next());
    let message = fault.and_then(|fault| fault.get("message")?.as_str());
    match message {
        Some(message) => format!("{status} {reason}: {}", plain(message)),
        None => format!("{status} {reason}"),
    }
}

/// So much of a cloud's sentence is kept, in characters.
const LONGEST: usize = 300;

/// A cloud's sentence as it is counted and shown: without secrets, and with its quoted parts and ids left out, so that it is the
/// same words each time.
pub(super) fn plain(sentence: &str) -> String {
    let sentence = redact::body(sentence.as_bytes());
    let parts = sentence.split('\'').enumerate();
    let parts = parts.map(|(n, part)| if n % 2 == 0 { part } else { "…" });
    let sentence = parts.collect::<Vec<_>>().join("'");
    let words = sentence.split(' ').map(without_id);
    let sentence = words.collect::<Vec<_>>().join(" ");
    sentence.chars().take(LONGEST).collect()
}

/// A word, or what stands around the id in it.
fn without_id(word: &str) -> String {
    let upto = word.trim_end_matches(|letter: char| !letter.is_ascii_hexdigit());
    let ends_with = |length| upto.get(upto.len().checked_sub(length)?..);
    // With dashes, and as Keystone writes its own.
    let id = [36, 32]
        .into_iter()
        .filter_map(ends_with)
        .find(|id| Uuid::try_parse(id).is_ok());
    id.map_or_else(|| word.to_owned(), |id| word.replacen(id, "…", 1))
}

fn unanswered(error: &SendError) -> String {
    match error.fault() {
        SendFault::Timeout(_, after) => format!("no answer after {after:?}"),
        SendFault::Connect => "no connection".to_owned(),
        SendFault::Tls => "no TLS session".to_owned(),
        SendFault::Reset => "the connection ended before the answer did".to_owned(),
        SendFault::Garbage => "what came back is not HTTP".to_owned(),
        _ => "the request could not be sent".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::one("Key pair 'mine' already exists.", "Key pair '…' already exists.")]
    #[case::two("'a' is not 'b'", "'…' is not '…'")]
    #[case::none("Quota exceeded.", "Quota exceeded.")]
    #[case::an_id(
        "Instance 01234567-89ab-cdef-0123-456789abcdef. could not be found.",
        "Instance …. could not be found."
    )]
    #[case::of_a_request("(req-01234567-89ab-cdef-0123-456789abcdef)", "(req-…)")]
    #[case::of_a_project("project 0123456789abcdef0123456789abcdef,", "project …,")]
    fn what_differs_each_time_is_left_out_of_reasons(#[case] said: &str, #[case] kept: &str) {
        assert_eq!(plain(said), kept);
    }

    #[test]
    fn a_long_reason_is_cut() {
        assert_eq!(plain(&"a b".repeat(LONGEST)).chars().count(), LONGEST);
    }

    #[test]
    fn only_a_jobs_first_request_was_due_with_it() {
        let due = Instant::now();
        let mut turn = Turn::due(Some(due));
        assert_eq!(turn.begins(), due);
        assert_ne!(turn.begins(), due);
    }
}
