//! An answer and the sentences in which it can be wrong. It knows `nova-api`'s contracts and faults.

use std::fmt;

use nova_api::{Contract, fault};
use nova_client::redact;
use serde_json::Value;

use crate::{
    caller::Reply,
    outcome::{Failure, Stop},
};

/// The most of a found value that a sentence quotes, in bytes.
const QUOTED: usize = 300;

/// Statuses of a cloud that is too busy or half down: they say nothing about the sentence that is judged.
pub(super) const NO_ANSWER: &[u16] = &[429, 502, 503, 504];

/// What such a status means, and what to do.
pub(super) const OVERLOADED: &str =
    "the cloud is too busy or partly down; ask again later, or with a smaller --parallel";

/// What the message of a fault must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// This, word for word.
    Exactly(String),
    /// One of these, word for word.
    OneOf(Vec<String>),
    /// Something that holds this.
    Containing(String),
    /// Anything, but it must be there.
    Anything,
}

impl Says {
    /// Something that holds this.
    pub fn containing(part: impl Into<String>) -> Self {
        Self::Containing(part.into())
    }

    /// One of these, word for word.
    pub fn one_of<S: Into<String>>(sentences: impl IntoIterator<Item = S>) -> Self {
        Self::OneOf(sentences.into_iter().map(Into::into).collect())
    }

    fn is_met_by(&self, message: &str) -> bool {
        match self {
            Self::Exactly(sentence) => sentence == message,
            Self::OneOf(sentences) => sentences.iter().any(|sentence| sentence == message),
            Self::Containing(part) => message.contains(part),
            Self::Anything => true,
        }
    }
}

impl From<&str> for Says {
    fn from(sentence: &str) -> Self {
        Self::Exactly(sentence.to_owned())
    }
}

impl From<String> for Says {
    fn from(sentence: String) -> Self {
        Self::Exactly(sentence)
    }
}

impl fmt::Display for Says {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(sentence) => write!(out, "'{sentence}'"),
            Self::OneOf(sentences) => write!(out, "one of '{}'", sentences.join("', '")),
            Self::Containing(part) => write!(out, "a message with '{part}' in it"),
            Self::Anything => out.write_str("a message"),
        }
    }
}

/// An answer of the cloud. Every `expect_…` returns the answer, so that they chain, or fails the probe through `?`.
#[derive(Clone)]
pub struct Answer {
    reply: Reply,
    json: Option<Value>,
    line: String,
    exchange: usize,
}

impl fmt::Debug for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Answer")
            .field("of", &self.line)
            .field("reply", &self.reply)
            .finish_non_exhaustive()
    }
}

impl Answer {
    pub(crate) fn new(reply: Reply, line: String, exchange: usize) -> Self {
        let json = serde_json::from_slice(&reply.body).ok();
        Self {
            reply,
            json,
            line,
            exchange,
        }
    }

    /// The status.
    pub const fn status(&self) -> u16 {
        self.reply.status
    }

    /// The first value of a header, whose name may be in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.reply
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a header.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = move |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        self.reply
            .headers
            .iter()
            .filter(named)
            .map(|(_, value)| value.as_str())
    }

    /// The body's bytes. They may hold a private key: show them to nobody.
    pub fn body(&self) -> &[u8] {
        &self.reply.body
    }

    /// The body.
    ///
    /// # Errors
    /// [`Stop::Failed`] where it is not JSON.
    pub fn json(&self) -> Result<&Value, Stop> {
        self.json
            .as_ref()
            .ok_or_else(|| self.wrong("a JSON body", self.shown_body(), "body"))
    }

    /// What stands at a JSON pointer of the body.
    ///
    /// # Errors
    /// [`Stop::Failed`] where nothing does.
    pub fn at(&self, pointer: &str) -> Result<&Value, Stop> {
        self.json()?
            .pointer(pointer)
            .ok_or_else(|| self.wrong("a value", "nothing", pointer))
    }

    /// The text at a JSON pointer of the body.
    ///
    /// # Errors
    /// [`Stop::Failed`] where there is none.
    pub fn text_at(&self, pointer: &str) -> Result<&str, Stop> {
        let value = self.at(pointer)?;
        value
            .as_str()
            .ok_or_else(|| self.wrong("a text", self.quoted(pointer, value), pointer))
    }

    /// The array at a JSON pointer of the body.
    ///
    /// # Errors
    /// [`Stop::Failed`] where there is none.
    pub fn list_at(&self, pointer: &str) -> Result<&[Value], Stop> {
        let value = self.at(pointer)?;
        let list = value
            .as_array()
            .ok_or_else(|| self.wrong("an array", self.quoted(pointer, value), pointer))?;
        Ok(list)
    }

    /// For what only prepares the question.
    ///
    /// # Errors
    /// [`Stop::CouldNotAsk`] where the status is another.
    pub fn to_set_up(&self, status: u16) -> Result<&Self, Stop> {
        if self.status() == status {
            return Ok(self);
        }
        Err(Stop::CouldNotAsk(format!(
            "could not set up: {} answered {}{} instead of {status}",
            self.line,
            self.status(),
            self.message().map_or(String::new(), |message| format!(
                " ({})",
                clipped(&redact::text(message))
            )),
        )))
    }

    /// The status is this one.
    ///
    /// # Errors
    /// [`Stop::Failed`]; or [`Stop::CouldNotAsk`] where the status says that the cloud is too busy or down (429, 502, 503,
    /// 504).
    pub fn expect_status(&self, status: u16) -> Result<&Self, Stop> {
        self.expect_status_in(&[status])
    }

    /// The status is one of these.
    ///
    /// # Errors
    /// As [`Answer::expect_status`].
    pub fn expect_status_in(&self, statuses: &[u16]) -> Result<&Self, Stop> {
        let status = self.status();
        if statuses.contains(&status) {
            return Ok(self);
        }
        let message = self
            .message()
            .map_or(String::new(), |message| format!(" '{message}'"));
        if NO_ANSWER.contains(&status) {
            let message = clipped(&redact::text(&message));
            return Err(Stop::CouldNotAsk(format!(
                "{} answered {status}{message}: {OVERLOADED}",
                self.line
            )));
        }
        let wanted: Vec<String> = statuses.iter().map(u16::to_string).collect();
        Err(self.wrong(wanted.join(" or "), format!("{status}{message}"), "status"))
    }

    /// The answer is a fault: this status, the fault's name for it, its code, and a message that says this.
    ///
    /// # Errors
    /// As [`Answer::expect_status`].
    pub fn expect_fault(&self, status: u16, says: impl Into<Says>) -> Result<&Self, Stop> {
        self.expect_status(status)?;
        let says = says.into();
        let name = fault::fault_name(status);
        let code = format!("/{name}/code");
        self.expect_json_eq(&code, &Value::from(status))?;
        let pointer = format!("/{name}/message");
        let message = self.text_at(&pointer)?;
        if says.is_met_by(message) {
            Ok(self)
        } else {
            Err(self.wrong(&says, format!("'{message}'"), &pointer))
        }
    }

    /// The answer is what the contract calls a success: its status, and a body without a mistake.
    ///
    /// # Errors
    /// As [`Answer::expect_status`].
    pub fn expect_contract(&self, contract: &Contract) -> Result<&Self, Stop> {
        self.expect_status(contract.status())?;
        if contract.answer_schema().is_none() {
            return self.expect_no_body();
        }
        let mistakes = contract.mistakes_in(self.json()?);
        if mistakes.is_empty() {
            return Ok(self);
        }
        Err(self.wrong(
            format!("the fields of {} and no others", contract.operation()),
            mistakes.join("; "),
            "body",
        ))
    }

    /// The body is empty.
    ///
    /// # Errors
    /// [`Stop::Failed`].
    pub fn expect_no_body(&self) -> Result<&Self, Stop> {
        if self.reply.body.is_empty() {
            Ok(self)
        } else {
            Err(self.wrong("no body", self.shown_body(), "body"))
        }
    }

    /// This value stands at a JSON pointer of the body.
    ///
    /// # Errors
    /// [`Stop::Failed`].
    pub fn expect_json_eq(&self, pointer: &str, value: &Value) -> Result<&Self, Stop> {
        let expected = || self.quoted(pointer, value);
        let found = self
            .json()?
            .pointer(pointer)
            .ok_or_else(|| self.wrong(expected(), "nothing", pointer))?;
        if found == value {
            Ok(self)
        } else {
            Err(self.wrong(expected(), self.quoted(pointer, found), pointer))
        }
    }

    /// Nothing stands at a JSON pointer of the body.
    ///
    /// # Errors
    /// [`Stop::Failed`].
    pub fn expect_absent(&self, pointer: &str) -> Result<&Self, Stop> {
        match self.json()?.pointer(pointer) {
            None => Ok(self),
            Some(found) => Err(self.wrong("nothing", self.quoted(pointer, found), pointer)),
        }
    }

    /// A header has this value.
    ///
    /// # Errors
    /// [`Stop::Failed`].
    pub fn expect_header(&self, name: &str, value: &str) -> Result<&Self, Stop> {
        if self.headers(name).any(|found| found == value) {
            return Ok(self);
        }
        let found = self
            .header(name)
            .map_or_else(|| "nothing".to_owned(), |found| format!("'{found}'"));
        Err(self.wrong(format!("'{value}'"), found, &format!("header {name}")))
    }

    /// Whatever else must hold, with `place` as a JSON pointer or a few words.
    ///
    /// # Errors
    /// [`Stop::Failed`] with these words, redacted.
    pub fn expect(
        &self,
        holds: bool,
        expected: impl fmt::Display,
        found: impl fmt::Display,
        place: &str,
    ) -> Result<&Self, Stop> {
        if holds {
            Ok(self)
        } else {
            Err(self.wrong(expected, found, place))
        }
    }

    /// The failure that this answer shows.
    pub fn wrong(
        &self,
        expected: impl fmt::Display,
        found: impl fmt::Display,
        place: &str,
    ) -> Stop {
        let link = if place.starts_with('/') {
            "in the answer of"
        } else {
            "of"
        };
        Stop::Failed(Failure {
            expected: clipped(&redact::text(&expected.to_string())),
            found: clipped(&redact::text(&found.to_string())),
            place: redact::text(&format!("{place} {link} {}", self.line)),
            exchange: Some(self.exchange),
        })
    }

    /// The message of a fault, whatever its name.
    pub fn message(&self) -> Option<&str> {
        self.json
            .as_ref()?
            .as_object()?
            .values()
            .find_map(|fault| fault.get("message"))?
            .as_str()
    }

    fn shown_body(&self) -> String {
        if self.reply.body.is_empty() {
            "an empty body".to_owned()
        } else {
            redact::body(&self.reply.body)
        }
    }

    /// A value as JSON, redacted by the name of the field it stands in.
    fn quoted(&self, pointer: &str, value: &Value) -> String {
        let field = pointer.rsplit('/').next().unwrap_or_default();
        let shown = redact::json(&Value::Object(
            [(field.to_owned(), value.clone())].into_iter().collect(),
        ));
        shown.get(field).map_or_else(String::new, Value::to_string)
    }
}

fn clipped(text: &str) -> String {
    if text.len() <= QUOTED {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(QUOTED)])
}
