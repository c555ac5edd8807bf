//! How Nova says that a server cannot be used as asked now: it is locked, or one of its states is in the way.

use axum::http::StatusCode;

use super::super::fault::Fault;
use super::super::{Exchange, server_missing};
use crate::cloud::server::{InTheWay, Refused, Server};

/// 409
pub(in crate::compute) fn conflict(message: impl Into<String>) -> Fault {
    Fault::new(StatusCode::CONFLICT, message)
}

/// 403 that no policy gave.
pub(in crate::compute) fn forbidden(message: impl Into<String>) -> Fault {
    Fault::new(StatusCode::FORBIDDEN, message)
}

/// Whether the caller may use the server though somebody may have locked it: administrators always may.
///
/// # Errors
/// 409
pub(in crate::compute) fn unless_locked(
    exchange: &Exchange<'_>,
    server: &Server,
) -> Result<(), Fault> {
    if server.locked.is_none() || exchange.is_admin() {
        return Ok(());
    }
    Err(conflict(format!("Instance {} is locked", server.id)))
}

/// The refusal of an action, as the API names it, of the server that the path names.
#[must_use]
pub(in crate::compute) fn in_the_way(refused: Refused, action: &str, server: &str) -> Fault {
    let (attribute, state) = match refused {
        Refused::Gone => return server_missing(server),
        Refused::State(InTheWay::VmState(state)) => ("vm_state", Some(state.name())),
        Refused::State(InTheWay::TaskState(state)) => {
            ("task_state", state.map(|state| state.name()))
        }
        Refused::State(InTheWay::NeverLaunched) => ("launched_at", None),
    };
    conflict(match state {
        Some(state) => {
            format!("Cannot '{action}' instance {server} while it is in {attribute} {state}")
        }
        None => format!("Instance {server} is in an invalid state for '{action}'"),
    })
}
