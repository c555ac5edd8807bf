//! A rebuild from the request to its end, in three parts: taken (202), seen to have begun (REBUILD), done (ACTIVE or ERROR). Keys
//! belong to users and servers to projects: whoever rebuilds names a key of their own, never mind whose the server is.

use std::time::{Duration, Instant};

use nova_client::RawRequest;
use serde_json::{Value, json};

use super::{
    Load, Scenario,
    asking::{Said, Taken, Told, Turn, plain},
    fleet::Server,
};
use crate::{
    keys::KeyName,
    people::Person,
    results::{Outcome, REBUILD, Took},
    shared::encoded,
};

/// What a rebuild with somebody else's key is counted as.
const WITH_FOREIGN_KEY: &str = "rebuild.foreign-key";

/// What a poll is called where it shows something wrong.
const POLL: &str = "rebuild.poll";

/// What was asked of a server.
struct Asked {
    image: String,
    /// The key that is named; `None` asks for none.
    key: Option<String>,
}

impl Load {
    /// Rebuilds a server in somebody's name. The server, if it can be rebuilt again.
    pub(super) async fn rebuild(
        &self,
        turn: &mut Turn,
        who: &Person,
        mut server: Server,
    ) -> Option<Server> {
        if self.now_and_then.rebuild_foreign.comes()
            && let Some(key) = self.foreign_key(who)
        {
            self.now_and_then.rebuild_foreign.is_done();
            let asked = self.next_of(&server, Some(key.text));
            return self
                .rebuild_with_foreign_key(turn, who, server, &asked)
                .await;
        }
        let key = self.own_key(who, &server);
        let asked = self.next_of(&server, key);
        server.rebuilt += 1;
        let begins = turn.begins();
        let request = self.request(&server, &asked);
        turn.set_due(begins);
        let sent = Instant::now();
        let said = self.ask(turn, who, REBUILD[0], request, taken).await;
        let Some(said) = said else {
            // Nobody knows whether it is being rebuilt.
            return self.until_it_rests(who, server).await;
        };
        match said.status() {
            202 => {
                self.look_at_server(REBUILD[0], who, &server, &asked, &said);
                // A cloud that is quick may be done, or have failed, when its answer is written.
                let status = said.body().pointer("/server/status");
                let status = status.and_then(Value::as_str).unwrap_or("none");
                if !matches!(status, "REBUILD" | "ACTIVE" | "ERROR") {
                    let kind = "status of a rebuild";
                    self.wrong(REBUILD[0], kind, "REBUILD", status, &said);
                }
                self.follow(turn, who, server, &asked, (begins, sent)).await
            }
            400 => {
                let message = said
                    .body()
                    .pointer("/badRequest/message")
                    .and_then(Value::as_str);
                if asked.key.is_some()
                    && message.is_some_and(|message| message.contains("key_name"))
                {
                    self.wrong(
                        REBUILD[0],
                        "own key refused",
                        202,
                        message.unwrap_or_default(),
                        &said,
                    );
                }
                Some(server)
            }
            404 => {
                self.wrong(REBUILD[0], "server missing", &server.id, 404, &said);
                None
            }
            // Something between here and there may have given up on a rebuild that goes on.
            500.. => self.until_it_rests(who, server).await,
            _ => Some(server),
        }
    }

    /// Which of one's own keys a server gets next: A, B, none, and again; in a storm the one that was just imported.
    fn own_key(&self, who: &Person, server: &Server) -> Option<String> {
        let key = if self.scenario == Scenario::Storm {
            who.newest_key()
        } else {
            let keys = self.fleet.keys.get(who.number);
            keys.and_then(|keys| keys.get(server.rebuilt % 3)).cloned()
        };
        key.map(|key| key.text)
    }

    fn next_of(&self, server: &Server, key: Option<String>) -> Asked {
        let images = &self.fleet.ingredients.images;
        let image = images.get(server.rebuilt % images.len().max(1));
        Asked {
            image: image.cloned().unwrap_or_default(),
            key,
        }
    }

    fn request(&self, server: &Server, asked: &Asked) -> RawRequest {
        let mut rebuild = json!({ "imageRef": asked.image });
        // Before 2.54 a rebuild names no key.
        if self.versions.reaches(54) {
            rebuild["key_name"] = json!(asked.key);
        }
        RawRequest::post(format!("/servers/{}/action", encoded(&server.id)))
            .at(self.versions.newest)
            .json(&json!({ "rebuild": rebuild }))
    }

    /// A key of somebody else's, which has no namesake among one's own.
    fn foreign_key(&self, who: &Person) -> Option<KeyName> {
        if !self.versions.reaches(54) {
            return None;
        }
        let other = self
            .somebody_else(who)
            .filter(|other| other.user_id != who.user_id)?;
        self.fleet
            .keys
            .get(other.number)
            .map(|keys| keys[0].clone())
    }

    async fn rebuild_with_foreign_key(
        &self,
        turn: &mut Turn,
        who: &Person,
        server: Server,
        asked: &Asked,
    ) -> Option<Server> {
        let refused = |said: &Said| match said.status() {
            400 => Taken::Fine,
            409 => Taken::Contention,
            _ => Taken::Failed,
        };
        let request = self.request(&server, asked);
        let said = self
            .ask(turn, who, WITH_FOREIGN_KEY, request, refused)
            .await;
        match said {
            Some(said) if said.status() == 202 => {
                self.wrong(
                    WITH_FOREIGN_KEY,
                    "another user's key taken",
                    400,
                    202,
                    &said,
                );
                self.until_it_rests(who, server).await
            }
            Some(said) if said.status() < 500 => Some(server),
            Some(_) | None => self.until_it_rests(who, server).await,
        }
    }

    /// Looks how far a rebuild is, until it is done. Its time counts from `begins`; it was asked for at `sent`.
    async fn follow(
        &self,
        turn: &mut Turn,
        who: &Person,
        server: Server,
        asked: &Asked,
        (begins, sent): (Instant, Instant),
    ) -> Option<Server> {
        let mut before = sent;
        let until = begins + self.patience.rebuild;
        let mut seen = false;
        loop {
            let asks = Instant::now();
            let polled = self.poll(who, &server, begins).await;
            let at = Instant::now();
            // What is seen now may have happened as soon as the cloud had looked for the poll before.
            let gap = at.saturating_duration_since(before);
            let mut done = |part: usize, outcome: Outcome| {
                let latency = at.saturating_duration_since(begins);
                self.recorder.poll_error(begins, gap);
                self.part(turn, REBUILD[part], at, latency, outcome);
            };
            if let Some(said) = polled {
                let shown = &said.body()["server"];
                match (said.status(), shown["status"].as_str()) {
                    (404, _) => {
                        self.wrong(POLL, "server missing", &server.id, 404, &said);
                        done(2, Outcome::Failed("the server is gone".to_owned()));
                        return None;
                    }
                    (200, Some("REBUILD")) if !seen => {
                        seen = true;
                        done(1, Outcome::Fine);
                        self.look_at_server(POLL, who, &server, asked, &said);
                    }
                    (200, Some("ACTIVE")) => {
                        done(2, Outcome::Fine);
                        self.look_at_server(POLL, who, &server, asked, &said);
                        let image = shown.pointer("/image/id");
                        self.look(
                            POLL,
                            "image after a rebuild",
                            &said,
                            image,
                            &json!(asked.image),
                        );
                        return Some(server);
                    }
                    (200, Some("ERROR")) => {
                        let fault = shown["fault"]["message"].as_str();
                        let fault = fault.map_or_else(|| "no fault is shown".to_owned(), plain);
                        done(2, Outcome::Failed(format!("ERROR: {fault}")));
                        return Some(server);
                    }
                    _ => {}
                }
            }
            if at >= until {
                let why = format!("not done after {:?}", self.patience.rebuild);
                done(2, Outcome::Failed(why));
                return None;
            }
            before = asks;
            if self.rests(at).await {
                return None;
            }
        }
    }

    fn part(
        &self,
        turn: &mut Turn,
        name: &'static str,
        at: Instant,
        latency: Duration,
        outcome: Outcome,
    ) {
        let failed = match &outcome {
            Outcome::Failed(why) => Some(why.clone()),
            Outcome::Fine | Outcome::Contention => None,
        };
        turn.told.push(Told {
            name,
            took: latency,
            status: None,
            failed,
        });
        let took = Took {
            at,
            latency,
            service: latency,
            first_byte: None,
            outcome,
        };
        self.recorder.took(name, took);
    }

    /// Asks how far a rebuild is that began then.
    async fn poll(&self, who: &Person, server: &Server, began: Instant) -> Option<Said> {
        let path = format!("/servers/{}", encoded(&server.id));
        let request = RawRequest::get(path).at(self.versions.newest);
        self.recorder.polled(began);
        let answer = who.send(&request).await.ok()?;
        Some(Said::new(answer))
    }

    /// Waits for the next poll's time. Whether somebody wants the run to end, which waits for no rebuild.
    async fn rests(&self, since: Instant) -> bool {
        let next = tokio::time::Instant::from_std(since + self.patience.poll_interval);
        tokio::time::timeout_at(next, self.stop.asked())
            .await
            .is_ok()
    }

    /// Waits until a server that may be being rebuilt is not, and counts nothing of it.
    async fn until_it_rests(&self, who: &Person, server: Server) -> Option<Server> {
        let began = Instant::now();
        let until = began + self.patience.rebuild;
        loop {
            let at = Instant::now();
            if let Some(said) = self.poll(who, &server, began).await {
                match (said.status(), said.body()["server"]["status"].as_str()) {
                    (200, Some("ACTIVE" | "ERROR")) => return Some(server),
                    (404, _) => return None,
                    _ => {}
                }
            }
            if at >= until || self.rests(at).await {
                return None;
            }
        }
    }

    /// A rebuilt server is itself still, and has the key that was asked for.
    fn look_at_server(
        &self,
        name: &str,
        who: &Person,
        server: &Server,
        asked: &Asked,
        said: &Said,
    ) {
        let shown = &said.body()["server"];
        self.look(
            name,
            "id after a rebuild",
            said,
            shown.get("id"),
            &json!(server.id),
        );
        self.look(
            name,
            "owner after a rebuild",
            said,
            shown.get("user_id"),
            &json!(server.user_id),
        );
        self.look(
            name,
            "project after a rebuild",
            said,
            shown.get("tenant_id"),
            &json!(who.project_id),
        );
        if self.versions.reaches(54) {
            self.look(
                name,
                "key_name after a rebuild",
                said,
                shown.get("key_name"),
                &json!(asked.key),
            );
        }
    }
}

/// Who finds a server busy has met somebody else's work; that is no failure.
fn taken(said: &Said) -> Taken {
    match said.status() {
        202 => Taken::Fine,
        409 => Taken::Contention,
        _ => Taken::Failed,
    }
}
