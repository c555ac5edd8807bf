//! How a server is made to go: its deletion, and the wait until it is no longer there. It knows callers and single requests.

use std::time::Duration;

use nova_client::RawRequest;
use serde_json::{Value, json};

use super::waiting::Pauses;
use crate::{
    caller::{Caller, Cloud, Reply},
    check::encoded,
    ledger::{Limits, send},
};

/// A server that a run made or tried to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// The name it was to have. One request may make several, whose names begin with it.
    pub(crate) name: String,
    /// Its id, where an answer told it.
    pub(crate) id: Option<String>,
}

/// Deletes it and waits until it is gone. One whose id no answer told is looked for by its name.
///
/// The error is a sentence that says why it is thought to be there still.
pub(crate) async fn delete(
    server: &Server,
    owner: Caller,
    cloud: &Cloud,
    limits: Limits,
) -> Result<(), String> {
    let ids: Vec<String> = match &server.id {
        Some(id) => vec![id.clone()],
        None => {
            let found = named(&server.name, owner, cloud, limits.deadline).await?;
            found.into_iter().filter_map(|server| server.id).collect()
        }
    };
    for id in &ids {
        delete_one(id, owner, cloud, limits).await?;
    }
    for id in &ids {
        wait(id, owner, cloud, limits).await?;
    }
    Ok(())
}

/// As its owner; where that is not done, without the lock it may have, and as somebody who may do more.
async fn delete_one(id: &str, owner: Caller, cloud: &Cloud, limits: Limits) -> Result<(), String> {
    let path = format!("/servers/{}", encoded(id));
    let ask = |caller: Caller, mut request: RawRequest| async move {
        send(caller, &mut request, cloud).await
    };
    let deletion = || RawRequest::delete(path.clone()).within(limits.deadline);
    let mut reply = ask(owner, deletion()).await?;
    for caller in [owner, Caller::Main, Caller::Admin] {
        if is_done(&reply) || cloud.party(caller).is_none() {
            break;
        }
        let unlock = RawRequest::post(format!("{path}/action"))
            .within(limits.deadline)
            .json(&json!({"unlock": null}));
        ask(caller, unlock).await?;
        reply = ask(caller, deletion()).await?;
    }
    if is_done(&reply) {
        Ok(())
    } else {
        Err(format!("DELETE {path} answered {}", reply.status))
    }
}

const fn is_done(reply: &Reply) -> bool {
    matches!(reply.status, 200..300 | 404)
}

async fn wait(id: &str, owner: Caller, cloud: &Cloud, limits: Limits) -> Result<(), String> {
    let path = format!("/servers/{}", encoded(id));
    let mut pauses = Pauses::within(limits.patience);
    loop {
        let mut request = RawRequest::get(path.clone()).within(limits.deadline);
        let reply = send(owner, &mut request, cloud).await?;
        if reply.status == 404 {
            return Ok(());
        }
        if !pauses.pause().await {
            return Err(format!(
                "its deletion was accepted, and {} s later GET {path} answered {}: see whether the cloud is slow, or allow more with --server-timeout",
                limits.patience.as_secs(),
                reply.status
            ));
        }
    }
}

/// The servers that a caller's list holds under names that begin so.
pub(crate) async fn named(
    prefix: &str,
    caller: Caller,
    cloud: &Cloud,
    deadline: Duration,
) -> Result<Vec<Server>, String> {
    // The name is a pattern there, and a run's names hold nothing that a pattern would read otherwise.
    let path = format!("/servers?name={}", encoded(prefix));
    let mut request = RawRequest::get(path).within(deadline);
    let reply = send(caller, &mut request, cloud).await?;
    let body: Option<Value> = serde_json::from_slice(&reply.body)
        .ok()
        .filter(|_| reply.status == 200);
    let list = body
        .as_ref()
        .and_then(|body| body.get("servers")?.as_array());
    let list =
        list.ok_or_else(|| format!("GET /servers answered {}, and no list", reply.status))?;
    let server = |item: &Value| {
        let name = item.get("name")?.as_str()?;
        let id = item.get("id")?.as_str()?;
        name.starts_with(prefix).then(|| Server {
            name: name.to_owned(),
            id: Some(id.to_owned()),
        })
    };
    Ok(list.iter().filter_map(server).collect())
}
