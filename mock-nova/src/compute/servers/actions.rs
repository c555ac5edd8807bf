//! Every other action of a server: what each may begin with is a row of [`ROWS`], what it does a task of the cloud.
//!
//! What is refused is refused in Nova's order: the server, policy, the lock, the host, the server's states, and then what the
//! action itself asks for. All of it is decided under one lock of the cloud.

use std::sync::Arc;

use nova_api::{Operation, Superset};
use serde_json::Value;
use uuid::Uuid;

use super::super::fault::Fault;
use super::super::{Answered, Exchange, on, server_missing};
use super::refusals::{conflict, in_the_way, unless_locked};
use super::{lock, moves, rescue, suitable};
use crate::cloud::Cloud;
use crate::cloud::server::{Server, Task, VmState};
use crate::policy::Target;
use crate::secret::Secret;

/// What changes of a server when an action is taken on, beside its states.
pub(super) type Change = Box<dyn FnOnce(&mut Server)>;

/// One action: how refusals call it, and whom policy is asked about.
struct Row {
    operation: Operation,
    /// As refusals say it, which is not always how it is asked for.
    name: &'static str,
    /// Whether Nova tells policy who made the server, and not only whose project it is in.
    names_maker: bool,
    /// Whether Nova looks for the server's cell and host first: a server that never was is then missing in other words, and one
    /// without a host is refused before its states are looked at.
    by_host: bool,
}

const fn row(operation: Operation, name: &'static str, names_maker: bool) -> Row {
    Row {
        operation,
        name,
        names_maker,
        by_host: false,
    }
}

const ROWS: &[Row] = &[
    Row {
        by_host: true,
        ..row(Operation::ServerStart, "start", true)
    },
    Row {
        by_host: true,
        ..row(Operation::ServerStop, "stop", true)
    },
    row(Operation::ServerReboot, "reboot", false),
    row(Operation::ServerPause, "pause", true),
    row(Operation::ServerUnpause, "unpause", false),
    row(Operation::ServerSuspend, "suspend", true),
    row(Operation::ServerResume, "resume", false),
    row(Operation::ServerLock, "lock", true),
    row(Operation::ServerUnlock, "unlock", false),
    row(Operation::ServerRescue, "rescue", true),
    row(Operation::ServerUnrescue, "unrescue", false),
    row(Operation::ServerResize, "resize", true),
    row(Operation::ServerConfirmResize, "confirmResize", false),
    row(Operation::ServerRevertResize, "revertResize", false),
    row(Operation::ServerShelve, "shelve", true),
    row(Operation::ServerUnshelve, "unshelve", false),
    row(Operation::ServerResetState, "os-resetState", false),
];

pub(in crate::compute) fn act(exchange: &Exchange<'_>, body: &Value) -> Result<Answered, Fault> {
    let operation = exchange.contract.operation();
    let Some(row) = ROWS.iter().find(|row| row.operation == operation) else {
        return Err(Fault::no_such_operation());
    };
    let asked = operation
        .action()
        .map_or(&Value::Null, |action| &body[action]);
    let server = exchange
        .server()
        .map_err(|missing| match row.by_host && never_was(exchange) {
            true => Fault::not_found(format!(
                "Instance {} has no mapping to a cell.",
                exchange.parameter()
            )),
            false => missing,
        })?;
    let target = if row.names_maker {
        on(&server)
    } else {
        Target::project(&server.project_id)
    };
    exchange.may_this(&target)?;

    let id = server.id;
    match operation {
        Operation::ServerLock => lock::lock(exchange, id, asked)?,
        Operation::ServerUnlock => lock::unlock(exchange, id)?,
        Operation::ServerResetState => reset_state(exchange, id, asked)?,
        Operation::ServerRescue => {
            let password = match asked["adminPass"].as_str() {
                Some(password) => Secret::new(password),
                None => Secret::new(suitable::password(&exchange.state.minter)),
            };
            begin(exchange, row, id, asked)?;
            let answer = Superset::object([("adminPass", Superset::from(password.expose()))]);
            return Ok(exchange.render(&answer));
        }
        _ => begin(exchange, row, id, asked)?,
    }
    Ok(Answered::Nothing)
}

/// Whether no server of this cloud ever had the id that the path names.
fn never_was(exchange: &Exchange<'_>) -> bool {
    let id = Uuid::try_parse(exchange.parameter()).ok();
    let store = &exchange.state.store;
    id.is_none_or(|id| store.read(|cloud| cloud.servers.get_even_deleted(id).is_none()))
}

/// Takes an action on that takes time, or says why not.
fn begin(exchange: &Exchange<'_>, row: &Row, id: Uuid, asked: &Value) -> Result<(), Fault> {
    let Some(task) = task(row.operation, asked) else {
        return Err(Fault::no_such_operation());
    };
    let path = exchange.parameter();
    let refused = |refused| in_the_way(refused, row.name, path);
    exchange.state.store.write(|cloud| {
        let server = cloud.servers.get(id).ok_or_else(|| server_missing(path))?;
        let server = Arc::clone(server);
        unless_locked(exchange, &server)?;
        if row.by_host && server.host.is_none() {
            return Err(conflict(format!("Instance {id} is not ready")));
        }
        cloud.servers.may_begin(id, task).map_err(refused)?;
        let change = decide(exchange, cloud, &server, row.operation, asked)?;
        let by = exchange.by(&mut cloud.servers);
        let now = exchange.state.clock.now();
        cloud
            .servers
            .begin(id, task, by, now, change)
            .map_err(refused)?;
        Ok(())
    })
}

/// What an action asks for that can still be refused, and what it changes at once.
fn decide(
    exchange: &Exchange<'_>,
    cloud: &Cloud,
    server: &Server,
    operation: Operation,
    asked: &Value,
) -> Result<Change, Fault> {
    match operation {
        Operation::ServerRescue => rescue::decide(exchange, cloud, server, asked),
        Operation::ServerResize => moves::resize(exchange, cloud, server, asked),
        Operation::ServerConfirmResize | Operation::ServerRevertResize => {
            moves::resize_waits(cloud, server)
        }
        Operation::ServerUnshelve => moves::unshelve(exchange, server, asked),
        _ => Ok(Box::new(|_| {})),
    }
}

/// The task that an action begins.
fn task(operation: Operation, asked: &Value) -> Option<Task> {
    Some(match operation {
        Operation::ServerStart => Task::Start,
        Operation::ServerStop => Task::Stop,
        Operation::ServerReboot => {
            let soft = asked["type"]
                .as_str()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("soft"));
            if soft {
                Task::SoftReboot
            } else {
                Task::HardReboot
            }
        }
        Operation::ServerPause => Task::Pause,
        Operation::ServerUnpause => Task::Unpause,
        Operation::ServerSuspend => Task::Suspend,
        Operation::ServerResume => Task::Resume,
        Operation::ServerRescue => Task::Rescue,
        Operation::ServerUnrescue => Task::Unrescue,
        Operation::ServerResize => Task::Resize,
        Operation::ServerConfirmResize => Task::ConfirmResize,
        Operation::ServerRevertResize => Task::RevertResize,
        Operation::ServerShelve => Task::Shelve,
        Operation::ServerUnshelve => Task::Unshelve,
        _ => return None,
    })
}

/// `os-resetState`: whatever is being done to the server ends, and it is said to be active or in error.
fn reset_state(exchange: &Exchange<'_>, id: Uuid, asked: &Value) -> Result<(), Fault> {
    let vm_state = match asked["state"].as_str() {
        Some("active") => VmState::Active,
        _ => VmState::Error,
    };
    let now = exchange.state.clock.now();
    exchange.state.store.write(|cloud| {
        let by = exchange.by(&mut cloud.servers);
        cloud.servers.cancel(id);
        cloud.servers.record(id, "resetState", by, now);
        cloud
            .servers
            .change(id, now, |server| {
                server.vm_state = vm_state;
                server.task_state = None;
            })
            .ok_or_else(|| server_missing(exchange.parameter()))
    })
}
