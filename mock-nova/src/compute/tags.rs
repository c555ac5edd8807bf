//! `servers/{server}/tags`: words a project finds its servers by.
//!
//! Nova looks the server up by where it is rather than by whose it is, so that another project's is 403 here and not 404.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use nova_api::Superset;
use serde_json::Value;

use super::fault::Fault;
use super::metadata::in_changeable_state;
use super::{Answered, Exchange};
use crate::cloud::server::Server;

/// The most tags of a server.
const MOST: usize = 50;

/// The longest tag, in characters.
const LONGEST: usize = 60;

pub(in crate::compute) fn list(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = server(exchange)?;
    Ok(exchange.render(&Superset::object([("tags", texts(&server))])))
}

pub(in crate::compute) fn replace(
    exchange: &Exchange<'_>,
    body: &Value,
) -> Result<Answered, Fault> {
    let tags = body["tags"].as_array().map_or(&[][..], Vec::as_slice);
    let tags = tags.iter().filter_map(|tag| Some(tag.as_str()?.to_owned()));
    let server = change(exchange, "update tags", |server| {
        server.tags = tags.collect();
        Ok(())
    })?;
    Ok(exchange.render(&Superset::object([("tags", texts(&server))])))
}

pub(in crate::compute) fn delete_all(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    change(exchange, "delete tags", |server| {
        server.tags.clear();
        Ok(())
    })?;
    Ok(Answered::Nothing)
}

pub(in crate::compute) fn show(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = server(exchange)?;
    let tag = exchange.parameter_at(1);
    if server.tags.contains(tag) {
        return Ok(Answered::Nothing);
    }
    Err(Fault::not_found(format!(
        "Server {} has no tag '{tag}'",
        exchange.parameter()
    )))
}

pub(in crate::compute) fn add(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let tag = exchange.parameter_at(1);
    let contract = exchange.contract;
    let mut status = contract.status();
    let server = change(exchange, "update tag", |server| {
        acceptable(tag)?;
        // Also one that is there already.
        if server.tags.len() >= MOST {
            return Err(Fault::bad_request(format!(
                "The number of tags exceeded the per-server limit {MOST}"
            )));
        }
        if !server.tags.insert(tag.to_owned()) {
            status = contract.other_status().unwrap_or(status);
        }
        Ok(())
    })?;
    let mut response = Response::default();
    let status = StatusCode::from_u16(status).unwrap_or_default();
    *response.status_mut() = status;
    if status == StatusCode::CREATED {
        let location = format!(
            "{}/tags/{tag}",
            exchange.link("servers", &server.id.to_string())
        );
        // The path was read as Latin-1 and goes back so.
        let bytes: Vec<u8> = location
            .chars()
            .filter_map(|c| u8::try_from(c).ok())
            .collect();
        if let Ok(location) = HeaderValue::from_bytes(&bytes) {
            response.headers_mut().insert(header::LOCATION, location);
        }
    }
    let html = HeaderValue::from_static("text/html; charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    Ok(Answered::Whole(response))
}

pub(in crate::compute) fn delete(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let tag = exchange.parameter_at(1);
    change(exchange, "delete tag", |server| {
        if server.tags.remove(tag) {
            return Ok(());
        }
        Err(Fault::not_found(format!(
            "Instance {} has no tag '{tag}'",
            server.id
        )))
    })?;
    Ok(Answered::Nothing)
}

/// The server of the path, whose project policy is asked about.
fn server(exchange: &Exchange<'_>) -> Result<Arc<Server>, Fault> {
    let id = exchange.parameter();
    let found = super::servers::view::id(id).and_then(|id| {
        exchange
            .state
            .store
            .read(|cloud| cloud.servers.get_even_deleted(id).map(Arc::clone))
    });
    let server = found
        .ok_or_else(|| Fault::not_found(format!("Instance {id} has no mapping to a cell.")))?;
    exchange.may_this(&super::on(&server))?;
    if server.is_deleted() {
        return Err(super::server_missing(id));
    }
    Ok(server)
}

/// Changes the tags of the path's server, which as in Nova is no update of it and allowed while it is locked.
fn change(
    exchange: &Exchange<'_>,
    what: &str,
    change: impl FnOnce(&mut Server) -> Result<(), Fault>,
) -> Result<Arc<Server>, Fault> {
    let id = server(exchange)?.id;
    exchange.state.store.write(|cloud| {
        let gone = || super::server_missing(exchange.parameter());
        let server = cloud.servers.get(id).ok_or_else(gone)?;
        in_changeable_state(server, what)?;
        let then = server.updated_at;
        cloud.servers.change(id, then, change).ok_or_else(gone)??;
        cloud.servers.get(id).map(Arc::clone).ok_or_else(gone)
    })
}

/// Whether a path's word may be a tag.
fn acceptable(tag: &str) -> Result<(), Fault> {
    let mistake = if tag.chars().count() > LONGEST {
        "is too long"
    } else if tag.contains([',', '/']) {
        "does not match '^[^,/]*$'"
    } else {
        return Ok(());
    };
    Err(Fault::bad_request(format!(
        "Tag '{tag}' is invalid. It must be a non empty string without characters '/' and ','. \
         Validation error message: '{tag}' {mistake}"
    )))
}

fn texts(server: &Server) -> Superset<'_> {
    Superset::Array(
        server
            .tags
            .iter()
            .map(|tag| Superset::from(tag.as_str()))
            .collect(),
    )
}
