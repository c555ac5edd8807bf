//! One request and its answer, redacted, as reports show them. It knows `nova-client`'s rules of redaction.

use std::{fmt, time::Duration};

use nova_client::{RawRequest, Token, redact};
use serde::Serialize;

use crate::caller::{Base, Caller, Reply};

/// The most of a body that a report keeps, in bytes.
const BODY: usize = 4096;

/// One request and its answer, with tokens, passwords and private keys taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// Who asked.
    pub caller: &'static str,
    /// The method.
    pub method: String,
    /// The path and query, below the endpoint.
    pub path: String,
    /// What the path is below, where it is not the endpoint: `root`, `legacy` or `metadata service`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<&'static str>,
    /// The request's headers, as names and values.
    pub request_headers: Vec<(String, String)>,
    /// The request's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_body: Option<String>,
    /// The answer's status; `None` where no answer came.
    pub status: Option<u16>,
    /// The answer's headers.
    pub answer_headers: Vec<(String, String)>,
    /// The answer's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_body: Option<String>,
    /// Why no answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// From sending to the answer's end, in milliseconds.
    pub duration_ms: u64,
}

impl Exchange {
    /// Redacts and keeps what went out and came back.
    pub(crate) fn new(
        caller: Caller,
        base: Base,
        request: &RawRequest,
        reply: &Result<Reply, String>,
        took: Duration,
    ) -> Self {
        let mut request_headers = redact::headers(&request.headers);
        let own = request_headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("x-auth-token"));
        if request.token != Token::Absent && !own {
            request_headers.push(("x-auth-token".to_owned(), redact::REDACTED.to_owned()));
        }
        let answer = reply.as_ref().ok();
        Self {
            caller: caller.name(),
            method: request.method.to_string(),
            path: redact::text(&request.path),
            base: match base {
                Base::Endpoint => None,
                Base::Root => Some("root"),
                Base::Legacy => Some("legacy"),
                Base::Identity => Some("identity"),
            },
            request_headers,
            request_body: request.body.as_deref().map(shown),
            status: answer.map(|reply| reply.status),
            answer_headers: answer
                .map(|reply| redact::headers(&reply.headers))
                .unwrap_or_default(),
            answer_body: answer
                .filter(|reply| !reply.body.is_empty())
                .map(|reply| shown(&reply.body)),
            error: reply.as_ref().err().cloned(),
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl Exchange {
    /// What was asked, for a sentence: `GET /os-keypairs`, or `GET / of the root`.
    pub fn line(&self) -> String {
        match self.base {
            None => format!("{} {}", self.method, self.path),
            Some(base) => format!("{} {} of the {base}", self.method, self.path),
        }
    }
}

/// As HTTP writes it: `>` what went out, `<` what came back.
impl fmt::Display for Exchange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "> {} (as {})", self.line(), self.caller)?;
        for (name, value) in &self.request_headers {
            write!(out, "\n> {name}: {value}")?;
        }
        if let Some(body) = &self.request_body {
            write!(out, "\n> {body}")?;
        }
        if let Some(status) = self.status {
            write!(out, "\n< {status}")?;
        }
        for (name, value) in &self.answer_headers {
            write!(out, "\n< {name}: {value}")?;
        }
        if let Some(body) = &self.answer_body {
            write!(out, "\n< {body}")?;
        }
        if let Some(error) = &self.error {
            write!(out, "\n< no answer: {error}")?;
        }
        Ok(())
    }
}

fn shown(body: &[u8]) -> String {
    let text = redact::body(body);
    if text.len() <= BODY {
        return text;
    }
    let end = text.floor_char_boundary(BODY);
    format!("{}… ({} bytes)", &text[..end], text.len())
}
