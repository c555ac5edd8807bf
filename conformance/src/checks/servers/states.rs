//! What the actions make of a server, and in which states each is refused. Two tables, and what a lock keeps from happening.

use nova_api::Operation::{self, *};
use serde_json::{Value, json};

use super::stage::{asker, begin, body, callers, lend, request};
use crate::check::{Answer, Caller, Check, Cx, Draft, Says, Server, Stop, Versions};

/// What an action makes of a server: its status, which may be the beginning of one, and its `vm_state`.
const EFFECTS: &[(Operation, &str, &str)] = &[
    (ServerStart, "ACTIVE", "active"),
    (ServerStop, "SHUTOFF", "stopped"),
    (ServerReboot, "ACTIVE", "active"),
    (ServerPause, "PAUSED", "paused"),
    (ServerUnpause, "ACTIVE", "active"),
    (ServerSuspend, "SUSPENDED", "suspended"),
    (ServerResume, "ACTIVE", "active"),
    (ServerRescue, "RESCUE", "rescued"),
    (ServerUnrescue, "ACTIVE", "active"),
    (ServerResize, "VERIFY_RESIZE", "resized"),
    (ServerRevertResize, "ACTIVE", "active"),
    (ServerShelve, "SHELVED", "shelved"),
    (ServerUnshelve, "ACTIVE", "active"),
];

/// A state, the action that leads there from an active server, and the actions that are refused in it.
///
/// Asked of a real Nova 34.0.0.
const REFUSED: &[(&str, Option<Operation>, &[Operation])] = &[
    (
        "active",
        None,
        &[
            ServerStart,
            ServerUnpause,
            ServerResume,
            ServerUnrescue,
            ServerConfirmResize,
            ServerRevertResize,
            ServerUnshelve,
        ],
    ),
    (
        "stopped",
        Some(ServerStop),
        &[
            ServerStop,
            ServerReboot,
            ServerPause,
            ServerUnpause,
            ServerSuspend,
            ServerResume,
            ServerUnrescue,
            ServerConfirmResize,
            ServerRevertResize,
            ServerUnshelve,
        ],
    ),
    (
        "paused",
        Some(ServerPause),
        &[
            ServerStart,
            ServerStop,
            ServerReboot,
            ServerPause,
            ServerSuspend,
            ServerResume,
            ServerRescue,
            ServerUnrescue,
            ServerResize,
            ServerConfirmResize,
            ServerRevertResize,
            ServerUnshelve,
        ],
    ),
    (
        "suspended",
        Some(ServerSuspend),
        &[
            ServerStart,
            ServerStop,
            ServerReboot,
            ServerPause,
            ServerUnpause,
            ServerSuspend,
            ServerRescue,
            ServerUnrescue,
            ServerResize,
            ServerConfirmResize,
            ServerRevertResize,
            ServerUnshelve,
        ],
    ),
    (
        "rescued",
        Some(ServerRescue),
        &[
            ServerStart,
            ServerStop,
            ServerReboot,
            ServerPause,
            ServerUnpause,
            ServerSuspend,
            ServerResume,
            ServerRescue,
            ServerResize,
            ServerConfirmResize,
            ServerRevertResize,
            ServerShelve,
            ServerUnshelve,
        ],
    ),
    (
        "resized",
        Some(ServerResize),
        &[
            ServerStart,
            ServerStop,
            ServerReboot,
            ServerPause,
            ServerUnpause,
            ServerSuspend,
            ServerResume,
            ServerRescue,
            ServerUnrescue,
            ServerResize,
            ServerShelve,
            ServerUnshelve,
        ],
    ),
    (
        "error",
        Some(ServerResetState),
        &[
            ServerStart,
            ServerReboot,
            ServerPause,
            ServerUnpause,
            ServerSuspend,
            ServerResume,
            ServerUnrescue,
            ServerResize,
            ServerConfirmResize,
            ServerRevertResize,
            ServerShelve,
            ServerUnshelve,
        ],
    ),
];

/// What a lock refuses.
const LOCKED: &[Operation] = &[
    ServerStart,
    ServerStop,
    ServerReboot,
    ServerPause,
    ServerUnpause,
    ServerSuspend,
    ServerResume,
    ServerRescue,
    ServerUnrescue,
    ServerResize,
    ServerConfirmResize,
    ServerRevertResize,
    ServerShelve,
    ServerUnshelve,
    ServerDelete,
    MetadataReplace,
];

pub(super) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = EFFECTS
        .iter()
        .map(|(operation, status, state)| effect(*operation, status, state))
        .collect();
    checks.push(confirmed());
    for (state, by, refused) in REFUSED {
        checks.push(refuses(state, *by, refused, false));
        checks.push(refuses(state, *by, refused, true));
    }
    checks.extend([
        locked_refuses(false),
        locked_refuses(true),
        lock_is_shown(),
        admins_lock(),
        admin_passes_a_lock(),
        unlocked(),
    ]);
    checks
}

fn effect(operation: Operation, status: &'static str, state: &'static str) -> Check {
    begin(operation, format!("{operation}.effect"), format!("The server is {status} afterwards"))
        .sentence("The status of the server changes as the action says; while it is on its way, OS-EXT-STS:task_state tells so.")
        .versions(Versions::at(&[104]))
        .callers(callers(operation))
        .servers(1)
        .probe(move |cx| async move {
            let server = performed(&cx, operation).await?;
            let shown = cx.as_(Caller::Main).wait_settled(&server.id).await?;
            // A shelved server may be offloaded at once.
            for (pointer, wanted) in [("/server/status", status), ("/server/OS-EXT-STS:vm_state", state)] {
                let found = shown.text_at(pointer)?;
                shown.expect(found.starts_with(wanted), wanted, found, pointer)?;
            }
            Ok(())
        })
}

/// Asks an action so that it succeeds.
async fn performed(cx: &Cx, operation: Operation) -> Result<Server, Stop> {
    let server = lend(cx, operation).await?;
    let answer = request(cx, operation, asker(operation), server.as_ref())
        .await?
        .send()
        .await?;
    answer.expect_status(cx.contract(operation).status())?;
    server.ok_or_else(|| {
        Stop::CouldNotAsk(
            "the action is none of a server, which is a defect of nova-conformance".to_owned(),
        )
    })
}

fn confirmed() -> Check {
    begin(ServerConfirmResize, "servers.confirm-resize.effect", "The server is ACTIVE with its new flavor afterwards")
        .sentence("Confirms a pending resize action for a server. After you make this request, the status of the server is ACTIVE, with the new flavor.")
        .versions(Versions::at(&[46]))
        .callers([Caller::Main])
        .servers(1)
        .probe(|cx| async move {
            let server = performed(&cx, ServerConfirmResize).await?;
            let is_active = |server: &Value| server["status"] == "ACTIVE" && server["OS-EXT-STS:task_state"].is_null();
            let shown = cx.as_(Caller::Main).wait_until(&server.id, "ACTIVE", is_active).await?;
            let flavor = cx.ingredients().await?.second_flavor.clone();
            shown.expect_json_eq("/server/flavor/id", &json!(flavor))?;
            Ok(())
        })
}

async fn bring(cx: &Cx, server: &Server, state: &str, by: Option<Operation>) -> Result<(), Stop> {
    let Some(by) = by else {
        return Ok(());
    };
    let body = match by {
        ServerResetState => json!({"os-resetState": {"state": "error"}}),
        _ => body(cx, by, "").await?.unwrap_or_default(),
    };
    let answer = cx
        .as_(asker(by))
        .ask(by, &[&server.id])
        .json(&body)
        .send()
        .await?;
    answer.to_set_up(cx.contract(by).status())?;
    let there = |server: &Value| {
        server["OS-EXT-STS:vm_state"] == state && server["OS-EXT-STS:task_state"].is_null()
    };
    cx.as_(Caller::Main)
        .wait_until(&server.id, state, there)
        .await?;
    Ok(())
}

/// Asks an action that should be refused.
async fn ask(
    cx: &Cx,
    operation: Operation,
    server: &Server,
    caller: Caller,
) -> Result<Answer, Stop> {
    let mut ask = cx.as_(caller).ask(operation, &[&server.id]);
    if let Some(body) = body(cx, operation, "").await? {
        ask = ask.json(&body);
    }
    ask.send().await
}

/// Begins a check of refusals, which a violation is, or its twin, which also asks for Nova's words and only warns.
fn refusing(id: &str, title: &str, words: &str, in_words: bool) -> Draft {
    if in_words {
        Check::should(format!("{id}-in-words"), format!("{title}{words}"))
            .versions(Versions::at(&[104]))
    } else {
        Check::must(id, title).versions(Versions::at(&[1, 104]))
    }
}

fn refuses(
    state: &'static str,
    by: Option<Operation>,
    refused: &'static [Operation],
    in_words: bool,
) -> Check {
    let title = format!("A server that is {state} refuses what makes no sense");
    refusing(
        &format!("servers.states.{state}"),
        &title,
        ", in Nova's words",
        in_words,
    )
    .sentence("conflict(409): the server is in a state in which the action is not possible.")
    .source("https://docs.openstack.org/api-guide/compute/server_concepts.html")
    .callers(if by == Some(ServerResetState) {
        vec![Caller::Main, Caller::Admin]
    } else {
        vec![Caller::Main]
    })
    .servers(1)
    .probe(move |cx| async move {
        let server = cx.server(Caller::Main).await?;
        bring(&cx, &server, state, by).await?;
        for operation in refused {
            let answer = ask(&cx, *operation, &server, Caller::Main).await?;
            let says = match (in_words, operation.action()) {
                (true, Some(action)) => {
                    let action = action.trim_start_matches("os-");
                    Says::from(format!(
                        "Cannot '{action}' instance {} while it is in vm_state {state}",
                        server.id
                    ))
                }
                _ => Says::Anything,
            };
            answer.expect_fault(409, says)?;
        }
        let shown = cx
            .as_(Caller::Main)
            .ask(ServerShow, &[&server.id])
            .send()
            .await?;
        shown.expect_json_eq("/server/OS-EXT-STS:vm_state", &json!(state))?;
        Ok(())
    })
}

async fn lock(cx: &Cx, server: &Server, caller: Caller) -> Result<(), Stop> {
    let answer = ask(cx, ServerLock, server, caller).await?;
    answer.to_set_up(202)?;
    Ok(())
}

fn locked_refuses(in_words: bool) -> Check {
    refusing("servers.lock.refuses", "A locked server refuses its owner's actions", " in Nova's words", in_words)
        .sentence("Locks a server: most actions by non-admin users are not allowed to the server after this operation is successful. conflict(409).")
        .source(ServerLock.reference())
        .callers([Caller::Main])
        .servers(1)
        .probe(move |cx| async move {
            let server = cx.server(Caller::Main).await?;
            lock(&cx, &server, Caller::Main).await?;
            for operation in LOCKED {
                let answer = ask(&cx, *operation, &server, Caller::Main).await?;
                let says = if in_words { Says::from(format!("Instance {} is locked", server.id)) } else { Says::Anything };
                answer.expect_fault(409, says)?;
            }
            let shown = cx.as_(Caller::Main).ask(ServerShow, &[&server.id]).send().await?;
            shown.expect_json_eq("/server/status", &json!("ACTIVE"))?;
            Ok(())
        })
}

fn lock_is_shown() -> Check {
    begin(ServerLock, "servers.lock.shown", "A lock and its reason are shown")
        .sentence("locked: true if the instance is locked otherwise false. locked_reason: the reason behind locking a server. New in version 2.73.")
        .versions(Versions::where_contract(ServerShow, |contract| contract.shows("/server/locked_reason")).asked_at(&[73, 104]))
        .callers([Caller::Main])
        .servers(1)
        .probe(|cx| async move {
            let server = cx.server(Caller::Main).await?;
            let main = cx.as_(Caller::Main);
            let locked = main.act(&server.id, "lock", json!({"locked_reason": "asked by a check"})).await?;
            locked.expect_status(202)?;
            let shown = main.ask(ServerShow, &[&server.id]).send().await?;
            shown
                .expect_json_eq("/server/locked", &json!(true))?
                .expect_json_eq("/server/locked_reason", &json!("asked by a check"))?;
            Ok(())
        })
}

fn unlocked() -> Check {
    begin(
        ServerUnlock,
        "servers.unlock.effect",
        "An unlocked server is shown so, and takes actions again",
    )
    .sentence("Unlocks a locked server.")
    .versions(Versions::at(&[9, 104]))
    .callers([Caller::Main])
    .servers(1)
    .probe(|cx| async move {
        let server = performed(&cx, ServerUnlock).await?;
        let main = cx.as_(Caller::Main);
        let shown = main.ask(ServerShow, &[&server.id]).send().await?;
        shown.expect_json_eq("/server/locked", &json!(false))?;
        ask(&cx, ServerStop, &server, Caller::Main)
            .await?
            .expect_status(202)?;
        Ok(())
    })
}

fn admins_lock() -> Check {
    begin(ServerUnlock, "servers.unlock.admins-lock", "An administrator's lock is not its owner's to take away")
        .sentence("os_compute_api:os-lock-server:unlock:unlock_override: administrators may unlock what others locked; a lock of an administrator's is theirs (403 for the owner).")
        .versions(Versions::at(&[9, 104]))
        .callers([Caller::Main, Caller::Admin])
        .servers(1)
        .probe(|cx| async move {
            let server = cx.server(Caller::Main).await?;
            lock(&cx, &server, Caller::Admin).await?;
            ask(&cx, ServerUnlock, &server, Caller::Main).await?.expect_fault(403, Says::Anything)?;
            let shown = cx.as_(Caller::Main).ask(ServerShow, &[&server.id]).send().await?;
            shown.expect_json_eq("/server/locked", &json!(true))?;
            Ok(())
        })
}

fn admin_passes_a_lock() -> Check {
    begin(ServerLock, "servers.lock.not-for-admins", "A locked server takes an administrator's actions")
        .sentence("Locks a server: most actions by non-admin users are not allowed; administrators can still act on it.")
        .versions(Versions::at(&[9, 104]))
        .callers([Caller::Main, Caller::Admin])
        .servers(1)
        .probe(|cx| async move {
            let server = cx.server(Caller::Main).await?;
            lock(&cx, &server, Caller::Main).await?;
            ask(&cx, ServerStop, &server, Caller::Admin).await?.expect_status(202)?;
            let shown = cx.as_(Caller::Main).wait_settled(&server.id).await?;
            shown
                .expect_json_eq("/server/status", &json!("SHUTOFF"))?
                .expect_json_eq("/server/locked", &json!(true))?;
            Ok(())
        })
}
