//! The actions `lock` and `unlock`: a locked server is only an administrator's to change.
//!
//! Nova tells two kinds of locks apart: one that somebody of the server's project put on, and one that an administrator of
//! another project did, which the first cannot take off.

use uuid::Uuid;

use serde_json::Value;

use super::super::fault::Fault;
use super::super::{Exchange, server_missing};
use crate::cloud::server::{Action, By, Event, EventResult, Lock, Server};
use crate::policy::{self, Target};
use jiff::Timestamp;

/// `lock`. Where the server is locked already, only somebody from outside its project changes that.
pub(super) fn lock(exchange: &Exchange<'_>, id: Uuid, asked: &Value) -> Result<(), Fault> {
    let reason = asked["locked_reason"]
        .as_str()
        .filter(|_| exchange.takes("/lock/locked_reason"));
    exchange.state.store.write(|cloud| {
        let missing = || server_missing(exchange.parameter());
        let server = cloud.servers.get(id).ok_or_else(missing)?;
        let by_owner = is_owner(exchange, server);
        if server.locked.is_some() && by_owner {
            return Ok(());
        }
        let before = server.locked.as_ref().and_then(|lock| lock.reason.clone());
        let by = exchange.by(&mut cloud.servers);
        let now = exchange.state.clock.now();
        let changed = cloud.servers.change(id, now, |server| {
            let reason = reason.map(str::to_owned).or(before);
            server.locked = Some(Box::new(Lock { by_owner, reason }));
            server.actions.push(recorded("lock", "api_lock", by, now));
        });
        changed.ok_or_else(missing)
    })
}

/// `unlock`, of a server that is locked or not.
pub(super) fn unlock(exchange: &Exchange<'_>, id: Uuid) -> Result<(), Fault> {
    exchange.state.store.write(|cloud| {
        let missing = || server_missing(exchange.parameter());
        let server = cloud.servers.get(id).ok_or_else(missing)?;
        let foreign = server
            .locked
            .as_ref()
            .is_some_and(|lock| lock.by_owner != is_owner(exchange, server));
        if foreign {
            exchange.may(
                policy::UNLOCK_OVERRIDE,
                &Target::project(&server.project_id),
            )?;
        }
        let by = exchange.by(&mut cloud.servers);
        let now = exchange.state.clock.now();
        let changed = cloud.servers.change(id, now, |server| {
            server.locked = None;
            server
                .actions
                .push(recorded("unlock", "api_unlock", by, now));
        });
        changed.ok_or_else(missing)
    })
}

/// Whether the caller is of the server's project, which is what Nova calls its owner.
fn is_owner(exchange: &Exchange<'_>, server: &Server) -> bool {
    exchange.caller.project_id.as_deref() == Some(&*server.project_id)
}

/// An action that is over as soon as it is recorded.
fn recorded(name: &'static str, event: &'static str, by: By, now: Timestamp) -> Action {
    Action {
        name,
        by,
        started: now,
        updated: now,
        message: None,
        events: vec![Event {
            name: event,
            started: now,
            finished: Some(now),
            result: Some(EventResult::Success),
            traceback: None,
            details: None,
        }],
    }
}
