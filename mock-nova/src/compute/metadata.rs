//! `servers/{server}/metadata`: what a project writes on its servers.

use nova_api::Superset;
use serde_json::{Map, Value};

use super::fault::Fault;
use super::servers::refusals::{self, unless_locked};
use super::servers::suitable::metadata_suits;
use super::{Answered, Exchange};
use crate::cloud::server::{InTheWay, Metadata, Refused, Server, VmState};

/// The states in which metadata and tags may be changed.
const CHANGEABLE: [VmState; 4] = [
    VmState::Active,
    VmState::Paused,
    VmState::Suspended,
    VmState::Stopped,
];

pub(in crate::compute) fn list(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = exchange.server_to_use()?;
    Ok(exchange.render(&Superset::object([("metadata", texts(&server.metadata))])))
}

pub(in crate::compute) fn create(exchange: &Exchange<'_>, body: &Value) -> Result<Answered, Fault> {
    let metadata = change(exchange, &body["metadata"], Others::Stay)?;
    Ok(exchange.render(&Superset::object([("metadata", texts(&metadata))])))
}

pub(in crate::compute) fn replace(
    exchange: &Exchange<'_>,
    body: &Value,
) -> Result<Answered, Fault> {
    let metadata = change(exchange, &body["metadata"], Others::Go)?;
    Ok(exchange.render(&Superset::object([("metadata", texts(&metadata))])))
}

pub(in crate::compute) fn show(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = exchange.server_to_use()?;
    let key = exchange.parameter_at(1);
    let value = server.metadata.get(key).ok_or_else(missing)?;
    let item = Superset::object([(key, Superset::from(value.as_str()))]);
    Ok(exchange.render(&Superset::object([("meta", item)])))
}

pub(in crate::compute) fn update(exchange: &Exchange<'_>, body: &Value) -> Result<Answered, Fault> {
    exchange.server_to_use()?;
    let item = &body["meta"];
    if item.get(exchange.parameter_at(1)).is_none() {
        return Err(Fault::bad_request("Request body and URI mismatch"));
    }
    change(exchange, item, Others::Stay)?;
    Ok(exchange.render(&Superset::object([("meta", Superset::from(item.clone()))])))
}

pub(in crate::compute) fn delete(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = exchange.server_to_use()?;
    let key = exchange.parameter_at(1);
    exchange.state.store.write(|cloud| {
        let server = cloud.servers.get(server.id).ok_or_else(missing)?;
        if !server.metadata.contains_key(key) {
            return Err(missing());
        }
        changeable(exchange, server, "delete metadata")?;
        // As in Nova, taking an item away is no update.
        let (id, then) = (server.id, server.updated_at);
        cloud
            .servers
            .change(id, then, |server| server.metadata.remove(key));
        Ok(Answered::Nothing)
    })
}

/// What becomes of the items that a request does not name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    Stay,
    Go,
}

/// Writes on a server; what is on it then.
fn change(exchange: &Exchange<'_>, items: &Value, others: Others) -> Result<Metadata, Fault> {
    let server = exchange.server_to_use()?;
    let none = Map::new();
    let items = items.as_object().unwrap_or(&none);
    let items = items
        .iter()
        .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()));
    let now = exchange.state.clock.now();
    exchange.state.store.write(|cloud| {
        let gone = || super::server_missing(exchange.parameter());
        let server = cloud.servers.get(server.id).ok_or_else(gone)?;
        changeable(exchange, server, "update metadata")?;
        let mut metadata = match others {
            Others::Stay => server.metadata.clone(),
            Others::Go => Metadata::new(),
        };
        metadata.extend(items);
        let items = metadata
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()));
        metadata_suits(exchange, cloud, items)?;
        let id = server.id;
        cloud
            .servers
            .change(id, now, |server| server.metadata.clone_from(&metadata));
        Ok(metadata)
    })
}

/// Whether what is written on a server may be changed now.
fn changeable(exchange: &Exchange<'_>, server: &Server, what: &str) -> Result<(), Fault> {
    unless_locked(exchange, server)?;
    in_changeable_state(server, what)?;
    match server.task_state {
        None => Ok(()),
        task => Err(in_the_way(InTheWay::TaskState(task), what, server)),
    }
}

/// Whether a server is in one of the states in which what is written on it may be changed.
pub(in crate::compute) fn in_changeable_state(server: &Server, what: &str) -> Result<(), Fault> {
    if CHANGEABLE.contains(&server.vm_state) {
        Ok(())
    } else {
        Err(in_the_way(InTheWay::VmState(server.vm_state), what, server))
    }
}

fn in_the_way(state: InTheWay, what: &str, server: &Server) -> Fault {
    refusals::in_the_way(Refused::State(state), what, &server.id.to_string())
}

fn texts(metadata: &Metadata) -> Superset<'_> {
    Superset::Object(
        metadata
            .iter()
            .map(|(key, value)| (key.as_str().into(), Superset::from(value.as_str())))
            .collect(),
    )
}

fn missing() -> Fault {
    Fault::not_found("Metadata item was not found")
}
