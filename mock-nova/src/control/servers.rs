//! `/_mock/servers`: the tasks of servers step by step, and tasks that fail.

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::refuse;
use crate::cloud::server::{Failure, Script, Task};
use crate::http::call::{Answer, Call};
use crate::state::AppState;

/// `POST /_mock/servers/{id}/transition`: what the server is after its next step.
pub(super) fn step(state: &AppState, id: &str) -> Answer {
    let now = state.clock.now();
    state.settle();
    let stepped = Uuid::try_parse(id).ok().and_then(|id| {
        state.store.write(|cloud| {
            cloud.servers.get(id)?;
            let taken = cloud.step(id, now);
            let server = cloud.servers.get_even_deleted(id)?.clone();
            Some((taken, cloud.servers.is_busy(id), server))
        })
    });
    match stepped {
        None => refuse(StatusCode::NOT_FOUND, "There is no server of this id."),
        Some((false, ..)) => refuse(
            StatusCode::CONFLICT,
            "Nothing is being done to this server.",
        ),
        Some((true, busy, server)) => Answer::ok(json!({
            "id": server.id.to_string(),
            "status": server.status(),
            "vm_state": server.vm_state.name(),
            "task_state": server.task_state.map(|state| state.name()),
            "done": !busy,
        })),
    }
}

/// `POST /_mock/servers/failures`: `task`, and if wanted `server`, `times`, `code`, `message`, `details`, `unscheduled`.
pub(super) fn fail(state: &AppState, call: &Call) -> Answer {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let Some(task) = body["task"].as_str().and_then(Task::from_name) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "Send {\"task\": NAME} with the name of a task, such as build or rebuild.",
        );
    };
    let server = match body
        .get("server")
        .map(|id| id.as_str().map(Uuid::try_parse))
    {
        None => None,
        Some(Some(Ok(id))) => Some(id),
        Some(_) => return refuse(StatusCode::BAD_REQUEST, "`server` is the id of a server."),
    };
    let usual = Failure::no_valid_host();
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let number = |name: &str| body[name].as_u64();
    state.store.write(|cloud| {
        cloud.servers.script(Script {
            task,
            server,
            times: number("times").and_then(|times| u32::try_from(times).ok()),
            failure: Failure {
                code: number("code")
                    .and_then(|code| u16::try_from(code).ok())
                    .unwrap_or(usual.code),
                message: text("message").unwrap_or(usual.message),
                details: text("details").or(usual.details),
                unscheduled: body["unscheduled"].as_bool().unwrap_or(usual.unscheduled),
            },
        });
    });
    Answer::no_content()
}

/// `DELETE /_mock/servers/failures`.
pub(super) fn succeed(state: &AppState) -> Answer {
    state.store.write(|cloud| cloud.servers.forget_scripts());
    Answer::no_content()
}
