//! Why a request brought no answer. It knows phases and sentences; what the transport saw is sorted in `transport`.

use std::{fmt, time::Duration};

/// A request that brought no complete answer. It displays as one sentence with the method and the URL's host; never a path,
/// a header or a token. An answer with an error status is not one of these: it is an answer.
#[derive(Clone, Debug)]
pub struct SendError {
    pub(crate) fault: SendFault,
    pub(crate) method: String,
    pub(crate) host: String,
    pub(crate) detail: String,
}

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendFault {
    /// The request cannot be put on the wire byte for byte, so nothing was sent.
    Unsendable,
    /// No connection: the name does not resolve, or nobody listens.
    Connect,
    /// The connection was made, but not a TLS session the configuration trusts.
    Tls,
    /// The deadline passed.
    Timeout(Phase, Duration),
    /// The connection ended before the answer did.
    Reset,
    /// What came back is not HTTP.
    Garbage,
}

/// What was being waited for when the deadline passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The connection, TLS included, within [`crate::Config::connect_deadline`].
    Connect,
    /// The answer's status and headers. Includes connecting when the request's deadline is the shorter one.
    Head,
    /// The rest of the answer's body.
    Body,
}

impl SendError {
    /// What kind of failure it was.
    #[must_use]
    pub fn fault(&self) -> SendFault {
        self.fault
    }

    /// Scheme, host and port of the URL, such as `https://cloud.example:8774`.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What the layer below said, such as `Connection refused (os error 111)`.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            fault,
            method,
            host,
            detail,
        } = self;
        match fault {
            SendFault::Unsendable => write!(out, "{method} to {host} was not sent: {detail}"),
            SendFault::Connect => write!(
                out,
                "cannot connect to {host} ({detail}): check the address, and that the service runs and can be reached from here"
            ),
            SendFault::Tls => write!(
                out,
                "no TLS session with {host} ({detail}): name its authority in `cacert` (OS_CACERT), or check that the port speaks TLS"
            ),
            SendFault::Timeout(phase, after) => {
                let waited = match phase {
                    Phase::Connect => "no connection",
                    Phase::Head => "no answer",
                    Phase::Body => "no complete answer",
                };
                write!(out, "{method} to {host}: {waited} after {after:?}")?;
                if !detail.is_empty() {
                    write!(out, " ({detail})")?;
                }
                out.write_str(": see whether the service hangs, or allow more time")
            }
            SendFault::Reset => {
                write!(
                    out,
                    "{method} to {host}: the connection ended before the answer did ({detail}): see the service's log"
                )
            }
            SendFault::Garbage => {
                write!(
                    out,
                    "{method} to {host}: what came back is not HTTP ({detail}): check that this is the service's address"
                )
            }
        }
    }
}

impl std::error::Error for SendError {}
