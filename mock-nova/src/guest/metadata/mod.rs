//! Nova's metadata API, as Neutron's metadata proxy asks it: `/metadata` stands for the `169.254.169.254` of a guest.
//!
//! A guest is known by what the proxy says of it and signs ([`proxy`]). What it may read are two trees: the one of
//! OpenStack ([`openstack`]) and the older one of EC2 ([`ec2`]). Knows the cloud's servers, and how Nova refuses what its
//! handlers never see.

mod ec2;
mod openstack;
mod proxy;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;

use crate::cloud::server::Server;
use crate::compute::{before_handlers, plain};
use crate::http::call::{Call, Unreadable};
use crate::state::AppState;

/// The longest password that a guest may leave.
const LONGEST_PASSWORD: usize = 1020;

const TEXT: &str = "text/plain; charset=UTF-8";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=UTF-8";

const NOTHING_THERE: Refusal = Refusal(StatusCode::NOT_FOUND, "The resource could not be found.");

/// Why a request is refused: a status, and a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Refusal(StatusCode, &'static str);

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// Something to read.
    Document(&'static str, Vec<u8>),
    /// The password that the guest may leave for its owner.
    Password,
}

impl Found {
    fn text(text: impl Into<Vec<u8>>) -> Self {
        Self::Document(TEXT, text.into())
    }
}

/// Answers every request below `/metadata`.
pub async fn serve(State(state): State<AppState>, request: Request) -> Response {
    let headers = request.headers().clone();
    let answer = match Call::read("/metadata", request).await {
        Ok(call) => answer(&state, &call),
        Err(Unreadable::Body) => Err(Refusal(StatusCode::BAD_REQUEST, "Request is too large.")),
    };
    respond(&headers, answer)
}

fn respond(headers: &HeaderMap, answer: Result<(&'static str, Vec<u8>), Refusal>) -> Response {
    match answer {
        Ok((content_type, body)) => plain(StatusCode::OK, content_type, body),
        Err(Refusal(status, sentence)) => before_handlers(headers, status, sentence),
    }
}

fn answer(state: &AppState, call: &Call) -> Result<(&'static str, Vec<u8>), Refusal> {
    let path = normal(&call.segments());
    if path.is_empty() {
        return Ok((TEXT, ec2::versions().into_bytes()));
    }
    state.settle();
    let server = state.store.read(|cloud| {
        let id = proxy::identify(&state.settings.metadata_secret, &call.headers)?;
        let server = cloud.servers.get(id.server).ok_or(NOTHING_THERE)?;
        // A server of another project is none.
        let server = Some(server).filter(|server| *server.project_id == *id.project);
        server.cloned().ok_or(NOTHING_THERE)
    })?;
    let found = match path.split_first() {
        Some((&"openstack", rest)) => openstack::find(state, &server, rest),
        Some((&"ec2", rest)) => ec2::find(&server, proxy::address(&call.headers), rest),
        _ => ec2::find(&server, proxy::address(&call.headers), &path),
    };
    match found.ok_or(NOTHING_THERE)? {
        Found::Document(content_type, body) => Ok((content_type, body)),
        Found::Password => password(state, &server, &call.method, &call.body),
    }
}

/// A path without `.` and `..`.
fn normal<'a>(segments: &[&'a str]) -> Vec<&'a str> {
    let mut path = Vec::new();
    for segment in segments {
        match *segment {
            "." => {}
            ".." => {
                path.pop();
            }
            name => path.push(name),
        }
    }
    path
}

/// A guest leaves a password once; its owner takes it away through the Compute API.
fn password(
    state: &AppState,
    server: &Arc<Server>,
    method: &Method,
    body: &Bytes,
) -> Result<(&'static str, Vec<u8>), Refusal> {
    let left = |server: &Server| {
        server
            .guest_password
            .as_deref()
            .filter(|password| !password.is_empty())
            .map(str::to_owned)
    };
    match *method {
        Method::GET | Method::HEAD => Ok((HTML, left(server).unwrap_or_default().into_bytes())),
        Method::POST if body.len() > LONGEST_PASSWORD => {
            Err(Refusal(StatusCode::BAD_REQUEST, "Request is too large."))
        }
        Method::POST => {
            let password = std::str::from_utf8(body)
                .map_err(|_| Refusal(StatusCode::BAD_REQUEST, "The password is not UTF-8."))?;
            let taken = Refusal(
                StatusCode::CONFLICT,
                "There was a conflict when trying to complete your request.",
            );
            state
                .store
                .write(|cloud| {
                    if left(cloud.servers.get(server.id)?).is_some() {
                        return Some(Err(taken));
                    }
                    cloud
                        .servers
                        .change(server.id, state.clock.now(), |server| {
                            server.guest_password = Some(Arc::from(password));
                            Ok((HTML, Vec::new()))
                        })
                })
                .unwrap_or(Err(NOTHING_THERE))
        }
        _ => Err(Refusal(
            StatusCode::BAD_REQUEST,
            "GET and POST only are supported.",
        )),
    }
}

/// The name a guest goes by: its own, in the domain that Nova gives where none is configured.
fn hostname(server: &Server) -> String {
    format!("{}.novalocal", server.hostname)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_brought_to_its_shortest_form() {
        let long = ["openstack", ".", "latest", "..", "..", "..", "ec2"];
        assert_eq!(normal(&long), ["ec2"]);
    }
}
