//! `/_mock`: what a test needs and no cloud has. Nobody is asked for a token here.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /_mock/health` | 200 as soon as the cloud answers |
//! | `GET /_mock/version` | which mock-nova this is |
//! | `POST /_mock/reset` | puts the cloud back to how it started: 204 |
//! | `GET /_mock/clock` | the cloud's present |
//! | `POST /_mock/servers/{id}/transition` | takes the next step of whatever is being done to a server, though it is not due |
//! | `POST /_mock/servers/failures` | `{"task": "rebuild"}` makes tasks of servers fail: see [`servers`] |
//! | `DELETE /_mock/servers/failures` | lets them succeed again: 204 |
//! | `POST /_mock/clock` | `{"advance_seconds": N}` moves it forward, by 100 years at most |
//!
//! Knows the state as a whole.

mod servers;

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use crate::http::call::{Answer, Call, Unreadable};
use crate::state::AppState;

/// The furthest that one request moves the clock: 100 years.
const FURTHEST: Duration = Duration::from_secs(3_155_760_000);

/// Answers every request below `/_mock`.
pub async fn serve(State(state): State<AppState>, request: Request) -> Response {
    let call = match Call::read("/_mock", request).await {
        Ok(call) => call,
        Err(Unreadable::Body) => {
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.").into_response();
        }
    };
    let answer = match (&call.method, call.segments().as_slice()) {
        (&Method::GET | &Method::HEAD, ["health"]) => Answer::ok(json!({ "status": "ok" })),
        (&Method::GET | &Method::HEAD, ["version"]) => Answer::ok(json!({
            "name": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "seed": state.settings.seed,
        })),
        (&Method::POST, ["reset"]) => {
            state.reset();
            tracing::info!("the cloud is back to how it started");
            Answer::no_content()
        }
        (&Method::GET | &Method::HEAD, ["clock"]) => clock(&state),
        (&Method::POST, ["clock"]) => advance(&state, &call),
        (&Method::POST, ["servers", "failures"]) => servers::fail(&state, &call),
        (&Method::DELETE, ["servers", "failures"]) => servers::succeed(&state),
        (&Method::POST, ["servers", id, "transition"]) => servers::step(&state, id),
        (_, ["servers", "failures"]) => {
            refuse(StatusCode::METHOD_NOT_ALLOWED, "POST to it, or DELETE it.")
                .with("allow", "POST, DELETE")
        }
        (_, ["servers", _, "transition"]) => {
            refuse(StatusCode::METHOD_NOT_ALLOWED, "POST it.").with("allow", "POST")
        }
        (_, ["health" | "version"]) => {
            refuse(StatusCode::METHOD_NOT_ALLOWED, "GET it.").with("allow", "GET, HEAD")
        }
        (_, ["reset"]) => refuse(StatusCode::METHOD_NOT_ALLOWED, "POST it.").with("allow", "POST"),
        (_, ["clock"]) => refuse(StatusCode::METHOD_NOT_ALLOWED, "GET it, or POST to it.")
            .with("allow", "GET, HEAD, POST"),
        _ => refuse(
            StatusCode::NOT_FOUND,
            "There are /_mock/health, /_mock/version, /_mock/reset, /_mock/clock, /_mock/servers/failures and \
             /_mock/servers/{id}/transition.",
        ),
    };
    answer.into_response()
}

fn clock(state: &AppState) -> Answer {
    Answer::ok(json!({ "now": state.clock.now().to_string(), "frozen": state.clock.is_frozen() }))
}

fn advance(state: &AppState, call: &Call) -> Answer {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let by = body
        .get("advance_seconds")
        .and_then(Value::as_f64)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match by {
        Some(by) if by > FURTHEST || state.clock.now().checked_add(by).is_err() => refuse(
            StatusCode::BAD_REQUEST,
            "The clock moves by 100 years (3155760000 seconds) at most, and not beyond the year 9999.",
        ),
        Some(by) => {
            state.clock.advance(by);
            clock(state)
        }
        None => refuse(
            StatusCode::BAD_REQUEST,
            "Send {\"advance_seconds\": N} with a number that is not negative.",
        ),
    }
}

fn refuse(status: StatusCode, message: &str) -> Answer {
    let title = status.canonical_reason().unwrap_or_default();
    Answer::new(
        status,
        Some(json!({ "error": { "code": status.as_u16(), "title": title, "message": message } })),
    )
}
