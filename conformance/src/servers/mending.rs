//! Bringing a server of the pool into the shape that is wanted of it, step by step, as its owner.

use http::Method;
use serde_json::{Value, json};

use super::{
    pool::{Kept, MAKES_AT, Pool, REBUILDS_AT},
    shape::{Step, Wanted, step},
};
use crate::{caller::Caller, check::encoded, outcome::Stop};

impl Pool {
    /// Brings a server into its shape, or says why that cannot be done.
    pub(super) async fn mend(
        &self,
        kept: &Kept,
        wanted: &Wanted<'_>,
    ) -> Result<Result<(), String>, Stop> {
        let path = format!("/servers/{}", encoded(&kept.id));
        let wanted = &Wanted {
            name: &kept.name,
            ..wanted.clone()
        };
        let mut pauses = self.pauses();
        let mut tried = Vec::new();
        loop {
            self.go_on()?;
            let (status, server) = self
                .ask(kept.owner, Method::GET, &path, MAKES_AT, None)
                .await?;
            if status != 200 {
                return Ok(Err(format!("GET {path} answered {status}")));
            }
            let server = server.get("server").cloned().unwrap_or_default();
            let Some(step) = step(&server, wanted) else {
                return Ok(Ok(()));
            };
            let status = server.get("status").and_then(Value::as_str);
            let status = status.unwrap_or("without a status");
            match step {
                Step::Wait => {
                    if !pauses.pause().await {
                        return Ok(Err(format!("it is {status}, and on its way for too long")));
                    }
                    continue;
                }
                Step::Replace => {
                    let fault = server.pointer("/fault/message").and_then(Value::as_str);
                    return Ok(Err(match fault {
                        Some(why) => format!("it is {status}: {why}"),
                        None => format!("it is {status}"),
                    }));
                }
                // What did not help, or what another step undid, would not help again.
                _ if tried.contains(&step) => {
                    return Ok(Err(format!("it is {status}, and {step:?} did not help")));
                }
                _ => {}
            }
            tried.push(step);
            if !self.take(step, kept, &path, wanted).await? {
                return Ok(Err(format!("it is {status}, and {step:?} was refused")));
            }
        }
    }

    /// Takes one step, and says whether the cloud accepted it.
    async fn take(
        &self,
        step: Step,
        kept: &Kept,
        path: &str,
        wanted: &Wanted<'_>,
    ) -> Result<bool, Stop> {
        let action = format!("{path}/action");
        let metadata = wanted.shape.metadata();
        let (method, path, version, body) = match step {
            Step::Wait | Step::Replace => return Ok(false),
            Step::Unlock => {
                let body = json!({"unlock": null});
                for caller in [kept.owner, Caller::Admin] {
                    if self.cloud.party(caller).is_some() {
                        let (status, _) = self
                            .ask(caller, Method::POST, &action, MAKES_AT, Some(&body))
                            .await?;
                        if (200..300).contains(&status) {
                            return Ok(true);
                        }
                    }
                }
                return Ok(false);
            }
            Step::Act(name) => (Method::POST, action, MAKES_AT, json!({ name: null })),
            Step::Rebuild => {
                let mut rebuild = json!({
                    "imageRef": wanted.image, "name": wanted.name, "metadata": metadata, "key_name": wanted.key_name,
                    "description": null,
                });
                if self.at(REBUILDS_AT) == REBUILDS_AT {
                    rebuild["user_data"] = Value::Null;
                }
                (
                    Method::POST,
                    action,
                    REBUILDS_AT,
                    json!({ "rebuild": rebuild }),
                )
            }
            Step::Rename => {
                let mut server = json!({"name": wanted.name});
                if self.at(MAKES_AT) > 19 {
                    server["description"] = Value::Null;
                }
                (
                    Method::PUT,
                    path.to_owned(),
                    MAKES_AT,
                    json!({ "server": server }),
                )
            }
            Step::Metadata => (
                Method::PUT,
                format!("{path}/metadata"),
                MAKES_AT,
                json!({ "metadata": metadata }),
            ),
            Step::Tags => (
                Method::PUT,
                format!("{path}/tags"),
                MAKES_AT,
                json!({ "tags": wanted.shape.tags() }),
            ),
        };
        let (status, _) = self
            .ask(kept.owner, method, &path, version, Some(&body))
            .await?;
        Ok((200..300).contains(&status))
    }
}
