//! What a probe can do with servers: be lent one, make one, and wait for one. A check says how many it needs with
//! [`super::Draft::servers`] or [`super::Draft::reads_a_server`]; otherwise it gets none.

use http::Method;
use nova_api::Operation::{ServerCreate, ServerShow};
use serde_json::{Value, json};

use super::{
    answer::Answer,
    cx::{Asker, Cx},
};
use crate::{
    caller::Caller,
    outcome::Stop,
    servers::{Ingredients, Server, Shape},
};

impl Cx {
    /// A server of `owner`'s for this probe alone: active, made from the first image, without a lock, key, metadata or tags.
    /// Do with it what you want, also delete it: it is mended or replaced before somebody else gets it.
    ///
    /// # Errors
    /// [`Stop`]: there is none to be had.
    pub async fn server(&self, owner: Caller) -> Result<Server, Stop> {
        self.lent(owner, Shape::Plain).await
    }

    /// As [`Cx::server`], with a key of its owner's.
    ///
    /// # Errors
    /// As [`Cx::server`].
    pub async fn keyed_server(&self, owner: Caller) -> Result<Server, Stop> {
        self.lent(owner, Shape::Keyed).await
    }

    /// As [`Cx::server`], with a key, metadata and a tag: so that every field of an answer has something to show.
    ///
    /// # Errors
    /// As [`Cx::server`].
    pub async fn full_server(&self, owner: Caller) -> Result<Server, Stop> {
        self.lent(owner, Shape::Full).await
    }

    async fn lent(&self, owner: Caller, shape: Shape) -> Result<Server, Stop> {
        let need = self.need();
        self.pool().lend(self.number(), need, owner, shape).await
    }

    /// A server of [`Caller::Main`]'s that others look at too, with a key, metadata and a tag. Only look at it.
    ///
    /// # Errors
    /// As [`Cx::server`].
    pub async fn shared_server(&self) -> Result<Server, Stop> {
        self.pool().share().await
    }

    /// What servers are made of.
    ///
    /// # Errors
    /// [`Stop::Skipped`] where the cloud offers nothing that fits.
    pub async fn ingredients(&self) -> Result<&Ingredients, Stop> {
        self.pool().ingredients().await
    }

    /// The least body that makes a server at this version; room for it is made. What `POST /servers` makes is registered by
    /// itself, by its name: take one from [`Cx::unique`].
    ///
    /// # Errors
    /// As [`Cx::server`].
    pub async fn server_body(&self, name: &str) -> Result<Value, Stop> {
        let body = self.refused_server_body(name).await?;
        let need = self.need();
        self.pool().make_room(self.number(), need).await?;
        Ok(body)
    }

    /// As [`Cx::server_body`], for a request that is to be refused: no room is made.
    ///
    /// # Errors
    /// As [`Cx::ingredients`].
    pub async fn refused_server_body(&self, name: &str) -> Result<Value, Stop> {
        let Ingredients {
            flavor,
            image,
            network,
            ..
        } = self.ingredients().await?;
        let mut body = json!({"server": {"name": name, "imageRef": image, "flavorRef": flavor}});
        let words =
            json!({"server": {"name": "n", "imageRef": "", "flavorRef": "1", "networks": "none"}});
        let knows_words = self.contract(ServerCreate).check_body(&words).is_ok();
        if let Some(networks) = network.as_json(knows_words) {
            body["server"]["networks"] = networks;
        }
        Ok(body)
    }

    /// Preparation: a server of `owner`'s that this check makes itself, with `change` made to the least body, and waits for.
    /// [`Cx::server`] is cheaper.
    ///
    /// # Errors
    /// [`Stop::CouldNotAsk`] where it does not become active.
    pub async fn make_server(
        &self,
        owner: Caller,
        hint: &str,
        change: impl FnOnce(&mut Value) + Send,
    ) -> Result<Server, Stop> {
        let name = self.unique(hint);
        let mut body = self.server_body(&name).await?;
        change(&mut body["server"]);
        let key_name = body["server"]["key_name"].as_str().map(str::to_owned);
        let asker = self.as_(owner);
        let answer = asker.ask(ServerCreate, &[]).json(&body).send().await?;
        answer.to_set_up(self.contract(ServerCreate).status())?;
        let id = answer.text_at("/server/id")?.to_owned();
        let active = asker.wait_settled(&id).await?;
        if active.text_at("/server/status")? != "ACTIVE" {
            return Err(Stop::CouldNotAsk(format!(
                "the new server is {}, not ACTIVE",
                active.text_at("/server/status")?
            )));
        }
        Ok(Server {
            id,
            name,
            owner,
            key_name,
        })
    }

    /// As [`Cx::make_server`], with a disk that is a volume made from the image, which goes with the server.
    ///
    /// # Errors
    /// [`Stop::NotApplicable`] where the cloud makes none: it may have no volumes.
    pub async fn make_volume_server(&self, owner: Caller, hint: &str) -> Result<Server, Stop> {
        let name = self.unique(hint);
        let mut body = self.server_body(&name).await?;
        let server = &mut body["server"];
        server["block_device_mapping_v2"] = json!([{
            "boot_index": 0, "uuid": server["imageRef"], "source_type": "image", "destination_type": "volume",
            "volume_size": 1, "delete_on_termination": true,
        }]);
        if let Some(server) = server.as_object_mut() {
            server.shift_remove("imageRef");
        }
        let none = |why: &str| {
            Stop::NotApplicable(format!(
                "the cloud makes no server whose disk is a volume: {why}"
            ))
        };
        let asker = self.as_(owner);
        let answer = asker.ask(ServerCreate, &[]).json(&body).send().await?;
        if matches!(answer.status(), 400 | 403) {
            return Err(none(answer.message().unwrap_or("it says not why")));
        }
        answer.to_set_up(self.contract(ServerCreate).status())?;
        let id = answer.text_at("/server/id")?.to_owned();
        let made = |server: &Value| matches!(server["status"].as_str(), Some("ACTIVE" | "ERROR"));
        let shown = asker.wait_until(&id, "active", made).await?;
        if shown.text_at("/server/status")? == "ERROR" {
            return Err(none(
                shown
                    .text_at("/server/fault/message")
                    .unwrap_or("no fault is told"),
            ));
        }
        Ok(Server {
            id,
            name,
            owner,
            key_name: None,
        })
    }
}

impl Asker {
    /// Looks at a server until it is on its way nowhere: no task, no status that passes. What it came to is yours to judge,
    /// also [`Stop::CouldNotAsk`] where it is `ERROR`: say so with [`Asker::wait_until`] if that is what you expect.
    ///
    /// # Errors
    /// [`Stop::CouldNotAsk`] where it does not settle in time or is in error; [`Stop::Interrupted`].
    pub async fn wait_settled(&self, server: &str) -> Result<Answer, Stop> {
        self.wait_until(server, "settled", is_settled).await
    }

    /// Looks at a server until `holds` of what is shown, `what` being its name for people. The last look is recorded among
    /// the check's exchanges.
    ///
    /// # Errors
    /// [`Stop::CouldNotAsk`] where that does not happen in time, the server is in error or not there; [`Stop::Interrupted`].
    pub async fn wait_until(
        &self,
        server: &str,
        what: &str,
        holds: impl Fn(&Value) -> bool + Send,
    ) -> Result<Answer, Stop> {
        let mut pauses = self.cx().pool().pauses();
        loop {
            let answer = self.ask(ServerShow, &[server]).send_unrecorded().await?;
            let shown = answer.json().ok().and_then(|body| body.get("server"));
            let Some(shown) = shown.filter(|_| answer.status() == 200) else {
                let answer = self.ask(ServerShow, &[server]).send().await?;
                answer.to_set_up(200)?;
                answer.at("/server")?;
                continue;
            };
            if holds(shown) {
                return self.ask(ServerShow, &[server]).send().await;
            }
            if shown.get("status") == Some(&json!("ERROR")) {
                let why = shown.pointer("/fault/message").and_then(Value::as_str);
                return Err(Stop::CouldNotAsk(format!(
                    "the server was to be {what}, and is in error: {}",
                    why.unwrap_or("no fault is told")
                )));
            }
            if !pauses.pause().await {
                return Err(Stop::CouldNotAsk(format!(
                    "after {} s the server is not {what}, but {} with the task {}: see whether the cloud is slow, or allow more with --server-timeout",
                    self.cx().pool().patience().as_secs(),
                    shown.get("status").unwrap_or(&Value::Null),
                    shown.get("OS-EXT-STS:task_state").unwrap_or(&Value::Null),
                )));
            }
        }
    }

    /// Asks for a server until it is not there any more.
    ///
    /// # Errors
    /// As [`Asker::wait_until`].
    pub async fn wait_gone(&self, server: &str) -> Result<Answer, Stop> {
        let mut pauses = self.cx().pool().pauses();
        loop {
            let answer = self.ask(ServerShow, &[server]).send_unrecorded().await?;
            if answer.status() == 404 {
                return self.ask(ServerShow, &[server]).send().await;
            }
            if !pauses.pause().await {
                return Err(Stop::CouldNotAsk(format!(
                    "after {} s the server is still there: see whether the cloud is slow, or allow more with --server-timeout",
                    self.cx().pool().patience().as_secs(),
                )));
            }
        }
    }

    /// Asks for an action of a server: `POST …/action` with `{name: argument}`.
    ///
    /// # Errors
    /// As [`super::Ask::send`].
    pub async fn act(&self, server: &str, name: &str, argument: Value) -> Result<Answer, Stop> {
        let path = format!("/servers/{}/action", super::encoded(server));
        let body = json!({ name: argument });
        self.request(Method::POST, path).json(&body).send().await
    }
}

/// Whether a server, as it is shown, is on its way nowhere.
fn is_settled(server: &Value) -> bool {
    let status = server
        .get("status")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let passing = [
        "BUILD",
        "REBUILD",
        "REBOOT",
        "HARD_REBOOT",
        "RESIZE",
        "REVERT_RESIZE",
        "PASSWORD",
        "MIGRATING",
    ];
    let task = server.get("OS-EXT-STS:task_state");
    !passing.contains(&status) && status != "ERROR" && task.is_none_or(Value::is_null)
}
