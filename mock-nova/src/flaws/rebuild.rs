//! Clouds that rebuild servers wrongly: with another key than the caller's, for people who may not, with more or less changed
//! than was asked for, and clouds that tell secrets.

use axum::http::Method;
use futures::FutureExt;
use serde_json::{Map, Value, json};

use super::{
    keypairs::{body, fault, minor},
    way::{Answered, Ask, Caller, Reply, Way, edit},
};

/// The fields of a rebuild, where a request is one.
fn rebuild_in(request: &Ask) -> Option<Map<String, Value>> {
    if request.method != Method::POST || !request.path.ends_with("/action") {
        return None;
    }
    body(request).get("rebuild")?.as_object().cloned()
}

fn is_rebuild(request: &Ask) -> bool {
    request.method == Method::POST && body(request).get("rebuild").is_some()
}

/// Changes the fields of a rebuild, where a request is one.
fn rebuild_with(mut request: Ask, change: impl FnOnce(&Ask, &mut Map<String, Value>)) -> Ask {
    if let Some(mut rebuild) = rebuild_in(&request) {
        change(&request, &mut rebuild);
        request.body = Some(json!({ "rebuild": rebuild }).to_string().into());
    }
    request
}

fn sent(way: Way, request: Ask) -> Answered {
    async move { way.send(&request).await }.boxed()
}

/// Whether a rebuild takes a key's name at the version a request asks for. It is the mock's word here, not a check's.
fn takes_keys(request: &Ask) -> bool {
    minor(request) >= 54
}

/// Changes what is answered to a rebuild that was accepted.
fn answered(way: Way, request: Ask, change: fn(&Way, &mut Value)) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        if is_rebuild(&request) && reply.status == 202 {
            edit(&mut reply, |body| change(&way, body));
        }
        Ok(reply)
    }
    .boxed()
}

/// Changes how one server is shown.
fn shown(way: Way, request: Ask, change: fn(&mut Value)) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        let one = request
            .path
            .strip_prefix("/servers/")
            .is_some_and(|id| id.len() == 36);
        if request.method == Method::GET && one && reply.status == 200 {
            edit(&mut reply, change);
        }
        Ok(reply)
    }
    .boxed()
}

/// A key is looked up among those of the server's owner, who is the main caller here.
pub(super) fn keys_of_the_owner(way: Way, request: Ask) -> Answered {
    async move {
        let names_key =
            rebuild_in(&request).is_some_and(|rebuild| rebuild.contains_key("key_name"));
        if names_key && matches!(way.caller, Caller::Second | Caller::Admin) {
            return way.send_as(Caller::Main, &request).await;
        }
        way.send(&request).await
    }
    .boxed()
}

/// A key that the caller does not have is passed over.
pub(super) fn unknown_keys_passed_over(way: Way, request: Ask) -> Answered {
    async move {
        let reply = way.send(&request).await?;
        let unknown = String::from_utf8_lossy(&reply.body).contains("Invalid key_name provided.");
        if reply.status == 400 && unknown {
            let without = rebuild_with(request, |_, rebuild| {
                rebuild.remove("key_name");
            });
            return way.send(&without).await;
        }
        Ok(reply)
    }
    .boxed()
}

/// A name of any form is a name, and one with spaces around it is the one without.
pub(super) fn any_name_is_a_name(way: Way, request: Ask) -> Answered {
    let request = rebuild_with(request, |request, rebuild| {
        if takes_keys(request) && rebuild.contains_key("key_name") {
            rebuild.remove("key_name");
        }
    });
    sent(way, request)
}

/// Whatever is wrong with a request to rebuild, it is done.
pub(super) fn rebuilds_whatever_is_asked(way: Way, request: Ask) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        if is_rebuild(&request) && reply.status >= 400 {
            reply.status = 202;
            reply.body = json!({"server": {"OS-EXT-STS:vm_state": "building"}})
                .to_string()
                .into();
        }
        Ok(reply)
    }
    .boxed()
}

/// Nobody may rebuild.
pub(super) fn rebuilds_for_nobody(way: Way, request: Ask) -> Answered {
    if is_rebuild(&request) {
        let refused = fault(
            403,
            "forbidden",
            "Policy doesn't allow os_compute_api:servers:rebuild to be performed.",
        );
        return async { Ok(refused) }.boxed();
    }
    sent(way, request)
}

/// A key that is named is not taken.
pub(super) fn keys_ignored(way: Way, request: Ask) -> Answered {
    let request = rebuild_with(request, |request, rebuild| {
        if takes_keys(request) && rebuild.get("key_name").is_some_and(Value::is_string) {
            rebuild.remove("key_name");
        }
    });
    sent(way, request)
}

/// A key that is null is the same as none named.
pub(super) fn null_keeps_the_key(way: Way, request: Ask) -> Answered {
    let request = rebuild_with(request, |_, rebuild| {
        if rebuild.get("key_name").is_some_and(Value::is_null) {
            rebuild.remove("key_name");
        }
    });
    sent(way, request)
}

/// A rebuild without a key takes the key away.
pub(super) fn omission_clears_the_key(way: Way, request: Ask) -> Answered {
    let request = rebuild_with(request, |request, rebuild| {
        if takes_keys(request) && !rebuild.contains_key("key_name") {
            rebuild.insert("key_name".to_owned(), Value::Null);
        }
    });
    sent(way, request)
}

/// A server belongs to whoever rebuilt it last.
pub(super) fn rebuilt_by_is_owned_by(way: Way, request: Ask) -> Answered {
    answered(way, request, |way, body| {
        body["server"]["user_id"] = json!(way.id_of(way.caller));
    })
}

/// A rebuilt server is another one.
pub(super) fn rebuilt_is_another(way: Way, request: Ask) -> Answered {
    answered(way, request, |_, body| {
        body["server"]["id"] = json!("00000000-0000-4000-8000-000000000001");
        body["server"]["created"] = json!("2001-01-01T00:00:00Z");
    })
}

/// The answer to a rebuild says that it is over, that the image is another, and tells no key, place or password of its own.
pub(super) fn rebuild_answers_amiss(way: Way, request: Ask) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        if is_rebuild(&request) && reply.status == 202 {
            reply.headers.retain(|(name, _)| name != "location");
            edit(&mut reply, |body| {
                let server = &mut body["server"];
                server["status"] = json!("ACTIVE");
                server["adminPass"] = json!("always-the-same-1");
                server["image"]["id"] = json!("00000000-0000-4000-8000-000000000002");
                if let Some(server) = server.as_object_mut() {
                    server.remove("key_name");
                }
            });
        }
        Ok(reply)
    }
    .boxed()
}

/// The answer to a rebuild names a key at every version.
pub(super) fn answer_names_a_key_early(way: Way, request: Ask) -> Answered {
    answered(way, request, |_, body| {
        if body["server"].get("key_name").is_none() {
            body["server"]["key_name"] = json!("early");
        }
    })
}

/// Readers and other projects rebuild as if the servers were theirs.
pub(super) fn rebuilds_for_everybody(way: Way, request: Ask) -> Answered {
    async move {
        let reply = way.send(&request).await?;
        if is_rebuild(&request) && matches!(way.caller, Caller::Reader | Caller::Other) {
            let own = rebuild_with(request, |_, rebuild| {
                rebuild.remove("key_name");
            });
            return way.send_as(Caller::Main, &own).await;
        }
        Ok(reply)
    }
    .boxed()
}

/// Whoever has no token rebuilds.
pub(super) fn rebuilds_without_login(way: Way, request: Ask) -> Answered {
    async move {
        let reply = way.send(&request).await?;
        if is_rebuild(&request) && reply.status == 401 {
            return way.send_as(Caller::Main, &request).await;
        }
        Ok(reply)
    }
    .boxed()
}

/// Whatever is done to a server, its owner is said to have done it.
pub(super) fn actions_name_the_owner(way: Way, request: Ask) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        if request.path.contains("/os-instance-actions") {
            let owner = json!(way.id_of(Caller::Main));
            edit(&mut reply, |body| {
                if let Some(action) = body.get_mut("instanceAction") {
                    action["user_id"] = owner.clone();
                }
                let list = body
                    .get_mut("instanceActions")
                    .and_then(Value::as_array_mut);
                for action in list.into_iter().flatten() {
                    action["user_id"] = owner.clone();
                }
            });
        }
        Ok(reply)
    }
    .boxed()
}

/// A server that is being made or rebuilt is rebuilt nevertheless.
pub(super) fn rebuilds_what_is_on_its_way(way: Way, request: Ask) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        edit(&mut reply, |body| {
            if is_rebuild(&request) {
                body["server"]["OS-EXT-STS:vm_state"] = json!("building");
            }
            let actions = body
                .get_mut("instanceActions")
                .and_then(Value::as_array_mut);
            for action in actions.into_iter().flatten() {
                action["updated_at"] = json!("2999-01-01T00:00:00.000000");
            }
        });
        Ok(reply)
    }
    .boxed()
}

/// A server whose key is gone has none.
pub(super) fn servers_without_keys(way: Way, request: Ask) -> Answered {
    shown(way, request, |body| {
        body["server"]["key_name"] = Value::Null
    })
}

/// Nothing but image and key is changed, whatever is named.
pub(super) fn changes_ignored(way: Way, request: Ask) -> Answered {
    async move {
        let reply = way.send(&request).await?;
        if reply.status != 202 {
            return Ok(reply);
        }
        let changed: Vec<String> = rebuild_in(&request)
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
            .collect();
        let mut reply = reply;
        if !changed.is_empty() {
            edit(&mut reply, |body| {
                for name in changed
                    .iter()
                    .filter(|name| !matches!(name.as_str(), "imageRef" | "key_name"))
                {
                    let shown = if name == "hostname" {
                        "OS-EXT-SRV-ATTR:hostname"
                    } else {
                        name
                    };
                    if let Some(value) = body["server"].get_mut(shown) {
                        *value = json!("as it was");
                    }
                }
            });
        }
        Ok(reply)
    }
    .boxed()
}

/// A rebuild changes also what it does not name.
pub(super) fn what_is_not_named_is_lost(way: Way, request: Ask) -> Answered {
    let request = rebuild_with(request, |request, rebuild| {
        let version = minor(request);
        let mut lose = |from: u16, field: &str, value: Value| {
            if version >= from && !rebuild.contains_key(field) {
                rebuild.insert(field.to_owned(), value);
            }
        };
        lose(1, "name", json!("lost"));
        lose(1, "metadata", json!({"lost": ""}));
        lose(1, "accessIPv4", json!("192.0.2.99"));
        lose(1, "accessIPv6", json!("2001:db8::99"));
        lose(19, "description", json!("lost"));
        lose(57, "user_data", json!("bG9zdA=="));
        lose(63, "trusted_image_certificates", json!(["lost"]));
        lose(90, "hostname", json!("lost"));
    });
    sent(way, request)
}

/// No time passes for servers.
pub(super) fn never_updated(way: Way, request: Ask) -> Answered {
    shown(way, request, |body| {
        body["server"]["updated"] = json!("2001-01-01T00:00:00Z")
    })
}

/// A server shows its password to whoever looks.
pub(super) fn passwords_shown(way: Way, request: Ask) -> Answered {
    shown(way, request, |body| {
        body["server"]["adminPass"] = json!("q7Wm2Rt9Kx4Z")
    })
}

const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nbm9ib2R5\ncyBrZXkgYXQgYWxs\n-----END OPENSSH PRIVATE KEY-----\n";

/// A fault tells a private key.
pub(super) fn faults_tell_keys(way: Way, request: Ask) -> Answered {
    async move {
        let mut reply: Reply = way.send(&request).await?;
        if reply.status == 409 {
            reply.body = json!({"conflictingRequest": {"code": 409, "message": KEY}})
                .to_string()
                .into();
        }
        Ok(reply)
    }
    .boxed()
}
