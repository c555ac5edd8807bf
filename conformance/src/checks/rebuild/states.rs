//! In which states a server can be rebuilt, as one table: where it is brought there, and what must come of asking. A server
//! that was stopped is stopped again afterwards; one in error is active.

use std::time::Duration;

use nova_api::Operation::{InstanceActionList, ServerCreate, ServerRebuild};
use serde_json::{Value, json};

use super::{
    begin, begin_words,
    steps::{accepted, at_its_end, at_its_ends, body, has_key, rebuild, refused, shown, with_keys},
};
use crate::{
    check::{Answer, Caller, Check, Cx, Server, Stop, Versions},
    checks::material::ED25519,
    servers::waiting::Pauses,
};

const CONFLICT: &str = "conflict(409): the server must be ACTIVE, SHUTOFF or ERROR, and not locked unless an administrator asks.";

/// A state, and how to get there.
#[derive(Clone, Copy)]
struct Row {
    id: &'static str,
    what: &'static str,
    /// Who asks for which action.
    by: Caller,
    action: &'static str,
    argument: fn(&Given) -> Option<Value>,
    /// The statuses that say it is there, and what Nova's refusal calls them; those that say it will not get there.
    arrived: &'static [(&'static str, &'static str)],
}

/// What an action's argument may be made of.
struct Given {
    second_flavor: Option<String>,
}

const ROWS: &[Row] = &[
    Row {
        id: "paused",
        what: "a paused server",
        by: Caller::Main,
        action: "pause",
        argument: |_| Some(Value::Null),
        arrived: &[("PAUSED", "paused")],
    },
    Row {
        id: "suspended",
        what: "a suspended server",
        by: Caller::Main,
        action: "suspend",
        argument: |_| Some(Value::Null),
        arrived: &[("SUSPENDED", "suspended")],
    },
    Row {
        id: "rescued",
        what: "a server in rescue mode",
        by: Caller::Main,
        action: "rescue",
        argument: |_| Some(Value::Null),
        arrived: &[("RESCUE", "rescued")],
    },
    Row {
        id: "shelved",
        what: "a shelved server",
        by: Caller::Main,
        action: "shelve",
        argument: |_| Some(Value::Null),
        arrived: &[
            ("SHELVED_OFFLOADED", "shelved_offloaded"),
            ("SHELVED", "shelved"),
        ],
    },
    Row {
        id: "resized",
        what: "a server whose new size is not confirmed",
        by: Caller::Main,
        action: "resize",
        argument: |given| Some(json!({"flavorRef": given.second_flavor.as_ref()?})),
        arrived: &[("VERIFY_RESIZE", "resized")],
    },
];

pub(super) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = ROWS.iter().map(conflict).collect();
    checks.extend(ROWS.iter().map(words));
    checks.extend([
        building(),
        rebuilding(),
        stopped(),
        in_error(),
        locked(),
        locked_in_words(),
        locked_for_admin(),
        state_before_key(),
    ]);
    checks
}

impl Row {
    /// Brings a server there and asks for a rebuild: the answer, the server, and what Nova calls the state.
    async fn ask(self, cx: &Cx) -> Result<(Answer, Server, &'static str), Stop> {
        let given = Given {
            second_flavor: cx.ingredients().await?.second_flavor.clone(),
        };
        let argument = (self.argument)(&given).ok_or_else(|| {
            Stop::NotApplicable("the cloud has no other flavor that fits the image".to_owned())
        })?;
        let server = cx.keyed_server(Caller::Main).await?;
        let action = cx
            .as_(self.by)
            .act(&server.id, self.action, argument)
            .await?;
        if matches!(action.status(), 400 | 403 | 501) {
            return Err(Stop::NotApplicable(format!(
                "the cloud lets nobody {} a server: it answered {}",
                self.action,
                action.status()
            )));
        }
        action.to_set_up(if self.action == "rescue" { 200 } else { 202 })?;
        let state = self.arrive(cx, &server).await?;
        let answer = rebuild(cx, Caller::Main, &server, &json!({})).await?;
        refused(&answer, 409, &format!("it is {}", self.what))?;
        expect_status(cx, &server, self.arrived).await?;
        Ok((answer, server, state))
    }

    async fn arrive(self, cx: &Cx, server: &Server) -> Result<&'static str, Stop> {
        let status = |server: &Value| {
            server
                .get("status")
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let has_no_task = |server: &Value| {
            server
                .get("OS-EXT-STS:task_state")
                .is_none_or(Value::is_null)
        };
        let there = cx
            .as_(Caller::Main)
            .wait_until(&server.id, self.arrived[0].0, |server| {
                let status = status(server).unwrap_or_default();
                has_no_task(server)
                    && (status == "ACTIVE" || self.arrived.iter().any(|(name, _)| *name == status))
            })
            .await?;
        let status = there.text_at("/server/status")?;
        let arrived = self.arrived.iter().find(|(name, _)| *name == status);
        // An action may fail for want of a host, and leave the server as it was.
        arrived.map(|(_, state)| *state).ok_or_else(|| {
            Stop::NotApplicable(format!(
                "the cloud took the action {} and left the server {status}: it has no room or driver for it",
                self.action
            ))
        })
    }
}

async fn expect_status(cx: &Cx, server: &Server, any: &[(&str, &str)]) -> Result<(), Stop> {
    let after = shown(cx, server).await?;
    let status = after.text_at("/server/status")?;
    after.expect(
        any.iter().any(|(name, _)| *name == status),
        "the state the server was in",
        status,
        "/server/status",
    )?;
    Ok(())
}

fn conflict(row: &Row) -> Check {
    let row = *row;
    begin(
        format!("state.{}", row.id),
        format!("Refused with 409: {}", row.what),
        CONFLICT,
    )
    .versions(at_its_end(Versions::All))
    .probe(move |cx| async move { row.ask(&cx).await.map(|_| ()) })
}

fn words(row: &Row) -> Check {
    let row = *row;
    begin_words(
        format!("state.{}", row.id),
        format!("Refused in Nova's words: {}", row.what),
        CONFLICT,
    )
    .versions(at_its_end(Versions::All))
    .probe(move |cx| async move {
        let (answer, server, state) = row.ask(&cx).await?;
        answer.expect_fault(409, in_state(&server.id, "vm_state", state))?;
        Ok(())
    })
}

fn in_state(server: &str, field: &str, state: &str) -> String {
    format!("Cannot 'rebuild' instance {server} while it is in {field} {state}")
}

fn building() -> Check {
    begin(
        "state.building",
        "Refused with 409: a server that is being made",
        CONFLICT,
    )
    .versions(at_its_end(Versions::All))
    .probe(|cx| async move {
        let name = cx.unique("building");
        let wanted = cx.server_body(&name).await?;
        let main = cx.as_(Caller::Main);
        let made = main.ask(ServerCreate, &[]).json(&wanted).send().await?;
        made.to_set_up(cx.contract(ServerCreate).status())?;
        let id = made.text_at("/server/id")?;
        let image = cx.ingredients().await?.image.clone();
        let answer = main
            .ask(ServerRebuild, &[id])
            .json(&body(&image, &json!({})))
            .send()
            .await?;
        if answer.status() == cx.contract(ServerRebuild).status() {
            // Its answer tells which it was.
            answer.expect(
                answer.at("/server/OS-EXT-STS:vm_state").ok() != Some(&json!("building")),
                "409: the server is being made",
                answer.status(),
                "status",
            )?;
            return Err(Stop::NotApplicable(
                "the cloud makes a server faster than it can be asked".to_owned(),
            ));
        }
        answer.expect_fault(409, in_state(id, "vm_state", "building"))?;
        Ok(())
    })
}

fn rebuilding() -> Check {
    begin(
        "state.rebuilding",
        "Refused with 409: a server that is being rebuilt",
        CONFLICT,
    )
    .versions(at_its_end(Versions::All))
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let first = rebuild(&cx, Caller::Main, &server, &json!({})).await?;
        first.to_set_up(cx.contract(ServerRebuild).status())?;
        let second = rebuild(&cx, Caller::Main, &server, &json!({})).await?;
        if second.status() == cx.contract(ServerRebuild).status() {
            return one_after_the_other(&cx, &server, &first, &second).await;
        }
        let tasks = [
            "rebuilding",
            "rebuild_block_device_mapping",
            "rebuild_spawning",
        ];
        let says = tasks.map(|task| in_state(&server.id, "task_state", task));
        second.expect_fault(409, crate::check::Says::one_of(says))?;
        Ok(())
    })
}

/// Of two rebuilds that were both accepted, the record of the server's actions tells whether the first was over when the
/// second began.
async fn one_after_the_other(
    cx: &Cx,
    server: &Server,
    first: &Answer,
    second: &Answer,
) -> Result<(), Stop> {
    let main = cx.as_(Caller::Main);
    main.wait_settled(&server.id).await?;
    let record = main.ask(InstanceActionList, &[&server.id]).send().await?;
    record.to_set_up(200)?;
    let actions = record.list_at("/instanceActions")?;
    let time = |answer: &Answer, field: &str| {
        let request = answer.header("x-openstack-request-id")?;
        let mut actions = actions.iter();
        let action = actions.find(|action| action["request_id"] == request)?;
        action.get(field)?.as_str().map(str::to_owned)
    };
    if let (Some(ended), Some(began)) = (time(first, "updated_at"), time(second, "start_time")) {
        second.expect(
            ended <= began,
            "409: the server is being rebuilt",
            format!(
                "{}: it began at {began}, and the rebuild before it ended at {ended}",
                second.status()
            ),
            "status",
        )?;
    }
    Err(Stop::NotApplicable(
        "the cloud rebuilds a server faster than it can be asked again".to_owned(),
    ))
}

/// How long a server that was rebuilt may do nothing before it is stopped again.
const TO_STOP: Duration = Duration::from_secs(10);

fn stopped() -> Check {
    begin(
        "state.stopped",
        "A server that was stopped is rebuilt, and stopped again afterwards",
        "If the server was in status SHUTOFF before the rebuild, it will be stopped and in status SHUTOFF after the rebuild.",
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let main = cx.as_(Caller::Main);
        main.act(&server.id, "os-stop", Value::Null).await?.to_set_up(202)?;
        main.wait_until(&server.id, "stopped", |server| server["status"] == "SHUTOFF" && server["OS-EXT-STS:task_state"].is_null())
            .await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({})).await?;
        accepted(&cx, &answer, "a stopped server may be rebuilt")?;
        answer.expect_json_eq("/server/status", &json!("REBUILD"))?;
        let mut pauses = Pauses::within(TO_STOP);
        loop {
            let settled = main
                .wait_until(&server.id, "at rest", |server| {
                    server["OS-EXT-STS:task_state"].is_null() && matches!(server["status"].as_str(), Some("SHUTOFF" | "ACTIVE"))
                })
                .await?;
            // Between its rebuilding and its stopping it may be seen active and without a task.
            if settled.text_at("/server/status")? == "SHUTOFF" || !pauses.pause().await {
                settled.expect_json_eq("/server/status", &json!("SHUTOFF"))?;
                return Ok(());
            }
        }
    })
}

fn in_error() -> Check {
    begin(
        "state.error",
        "A server in error is rebuilt, and active and without a fault afterwards",
        "Preconditions: the server status must be ACTIVE, SHUTOFF or ERROR.",
    )
    .versions(at_its_ends(Versions::All))
    .callers([Caller::Main, Caller::Admin])
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let reset = cx
            .as_(Caller::Admin)
            .act(&server.id, "os-resetState", json!({"state": "error"}))
            .await?;
        reset.to_set_up(202)?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({})).await?;
        accepted(&cx, &answer, "a server in error may be rebuilt")?;
        let main = cx.as_(Caller::Main);
        let settled = main
            .wait_until(&server.id, "at rest", |server| {
                server["OS-EXT-STS:task_state"].is_null()
                    && matches!(server["status"].as_str(), Some("ERROR" | "ACTIVE"))
            })
            .await?;
        settled
            .expect_json_eq("/server/status", &json!("ACTIVE"))?
            .expect_absent("/server/fault")?;
        Ok(())
    })
}

/// A server of the main caller's that they have locked.
async fn locked_server(cx: &Cx) -> Result<Server, Stop> {
    let server = cx.keyed_server(Caller::Main).await?;
    let lock = cx
        .as_(Caller::Main)
        .act(&server.id, "lock", Value::Null)
        .await?;
    lock.to_set_up(202)?;
    Ok(server)
}

fn locked() -> Check {
    begin(
        "state.locked",
        "Refused with 409 for its owner and other members: a locked server",
        CONFLICT,
    )
    .versions(at_its_ends(Versions::All))
    .callers([Caller::Main, Caller::Second])
    .probe(|cx| async move {
        let server = locked_server(&cx).await?;
        for caller in [Caller::Main, Caller::Second] {
            let answer = rebuild(&cx, caller, &server, &json!({})).await?;
            refused(&answer, 409, "the server is locked")?;
        }
        expect_status(&cx, &server, &[("ACTIVE", "active")]).await
    })
}

fn locked_in_words() -> Check {
    begin_words(
        "state.locked",
        "Refused in Nova's words: a locked server",
        CONFLICT,
    )
    .versions(at_its_end(Versions::All))
    .probe(|cx| async move {
        let server = locked_server(&cx).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({})).await?;
        answer.expect_fault(409, format!("Instance {} is locked", server.id))?;
        Ok(())
    })
}

fn locked_for_admin() -> Check {
    begin(
        "state.locked-for-admin",
        "An administrator may rebuild a locked server, which stays locked",
        CONFLICT,
    )
    .versions(at_its_ends(Versions::All))
    .callers([Caller::Main, Caller::Admin])
    .probe(|cx| async move {
        let server = locked_server(&cx).await?;
        let answer = rebuild(&cx, Caller::Admin, &server, &json!({})).await?;
        accepted(&cx, &answer, "a lock keeps out members, not administrators")?;
        cx.as_(Caller::Main).wait_settled(&server.id).await?;
        let again = rebuild(&cx, Caller::Main, &server, &json!({})).await?;
        refused(&again, 409, "the server is still locked")
    })
}

fn state_before_key() -> Check {
    begin_words(
        "state.before-key",
        "Of two reasons to refuse, the lock is told before the key",
        CONFLICT,
    )
    .versions(at_its_end(with_keys()))
    .probe(|cx| async move {
        let server = locked_server(&cx).await?;
        let own = has_key(&cx, Caller::Main, "own", ED25519).await?;
        let fields = json!({"key_name": format!("{own}-not")});
        let answer = rebuild(&cx, Caller::Main, &server, &fields).await?;
        answer.expect_fault(409, format!("Instance {} is locked", server.id))?;
        Ok(())
    })
}
