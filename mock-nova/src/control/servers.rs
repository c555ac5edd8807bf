//! `/_mock/servers`: the tasks of servers step by step, and tasks that fail.

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::refuse;
use crate::cloud::server::{Failure, Script, Task};
use crate::http::call::{Answer, Call};
use crate::state::AppState;

/// How many scripts of failures there may be at once.
const MOST_SCRIPTS: usize = 1000;

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
    if let Some(problem) = wrong(&body) {
        return refuse(StatusCode::BAD_REQUEST, &problem);
    }
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
    let taken = state.store.write(|cloud| {
        if cloud.servers.scripts() >= MOST_SCRIPTS {
            return false;
        }
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
        true
    });
    if taken {
        Answer::no_content()
    } else {
        refuse(
            StatusCode::BAD_REQUEST,
            "Too many tasks are to fail already; DELETE /_mock/servers/failures forgets them.",
        )
    }
}

/// What is wrong with a description of a failure, but for its task and its server.
fn wrong(body: &Value) -> Option<String> {
    for (key, value) in body.as_object()? {
        let within = |least: u64, most: u64| {
            value
                .as_u64()
                .is_some_and(|number| (least..=most).contains(&number))
        };
        let (right, wanted) = match key.as_str() {
            "task" | "server" => (true, ""),
            "times" => (within(1, u32::MAX.into()), "a number from 1 on"),
            "code" => (within(400, 599), "a number from 400 to 599"),
            "message" | "details" => (value.is_string(), "a text"),
            "unscheduled" => (value.is_boolean(), "true or false"),
            _ => {
                return Some(format!(
                    "There is no `{key}`; send task, server, times, code, message, details, unscheduled."
                ));
            }
        };
        if !right {
            return Some(format!("`{key}` is {wanted}."));
        }
    }
    None
}

/// `DELETE /_mock/servers/failures`.
pub(super) fn succeed(state: &AppState) -> Answer {
    state.store.write(|cloud| cloud.servers.forget_scripts());
    Answer::no_content()
}
