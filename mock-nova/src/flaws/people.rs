//! Clouds that mix up people: who may do what, whose is what, and who is nobody.

use axum::http::Method;
use futures::FutureExt;
use serde_json::json;

use super::{
    keypairs::{body, fault, is_list, without},
    way::{Answered, Ask, Caller, Way, edit},
};

/// Everybody may name anybody.
pub(super) fn policy_open(way: Way, request: Ask) -> Answered {
    async move {
        let reply = way.send(&request).await?;
        let forbidden = reply.status == 403 && request.path.starts_with("/os-keypairs");
        if forbidden {
            way.send_as(Caller::Admin, &request).await
        } else {
            Ok(reply)
        }
    }
    .boxed()
}

/// A keypair that the caller does not have is looked for among the main caller's.
pub(super) fn names_are_global(way: Way, request: Ask) -> Answered {
    async move {
        let reply = way.send(&request).await?;
        let missing = reply.status == 404 && !matches!(way.caller, Caller::Main | Caller::Admin);
        if missing {
            way.send_as(Caller::Main, &request).await
        } else {
            Ok(reply)
        }
    }
    .boxed()
}

/// A list holds the keypairs of the whole project.
pub(super) fn list_of_the_project(way: Way, request: Ask) -> Answered {
    async move {
        let reply = way.send(&request).await?;
        let neighbour = is_list(&request) && matches!(way.caller, Caller::Second | Caller::Reader);
        if neighbour {
            way.send_as(Caller::Main, &request).await
        } else {
            Ok(reply)
        }
    }
    .boxed()
}

/// With the main caller's keypair goes another user's of its name.
pub(super) fn every_namesake_deleted(way: Way, request: Ask) -> Answered {
    async move {
        let reply = way.send(&request).await?;
        if request.method == Method::DELETE && reply.status < 300 && way.caller == Caller::Main {
            way.send_as(Caller::Second, &request).await?;
        }
        Ok(reply)
    }
    .boxed()
}

/// A name may be given once in the cloud.
pub(super) fn names_unique_among_users(way: Way, request: Ask) -> Answered {
    async move {
        if request.method == Method::POST && way.caller != Caller::Main {
            let name = body(&request)["keypair"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let show = Ask::get(format!("/os-keypairs/{name}"));
            if way.send_as(Caller::Main, &show).await?.status == 200 {
                return Ok(fault(
                    409,
                    "conflictingRequest",
                    &format!("Key pair '{name}' already exists."),
                ));
            }
        }
        way.send(&request).await
    }
    .boxed()
}

/// A deletion by the administrator for a user deletes the administrator's own.
pub(super) fn administrator_deletes_own(way: Way, mut request: Ask) -> Answered {
    if request.method == Method::DELETE && way.caller == Caller::Admin {
        without(&mut request, "user_id");
    }
    async move { way.send(&request).await }.boxed()
}

/// Nobody needs a token, and any will do.
pub(super) fn no_login(way: Way, request: Ask) -> Answered {
    async move {
        let reply = way.send(&request).await?;
        if reply.status == 401 {
            way.send_as(Caller::Main, &request).await
        } else {
            Ok(reply)
        }
    }
    .boxed()
}

/// A token that was revoked is still good.
pub(super) fn tokens_never_end(way: Way, request: Ask) -> Answered {
    async move {
        let revoked = way.caller == Caller::Expired;
        if revoked {
            way.send_as(Caller::Main, &request).await
        } else {
            way.send(&request).await
        }
    }
    .boxed()
}

/// A keypair made for somebody says that it is the caller's, which is no less wrong than making it the caller's.
pub(super) fn owner_is_the_caller(way: Way, request: Ask) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        if !matches!(way.caller, Caller::Nobody) {
            let id = way.id_of(way.caller);
            edit(&mut reply, |body| {
                if let Some(user) = body.pointer_mut("/keypair/user_id") {
                    *user = json!(id);
                }
            });
        }
        Ok(reply)
    }
    .boxed()
}

/// Everybody is listed the main caller's keypairs.
pub(super) fn list_of_everybody(way: Way, request: Ask) -> Answered {
    async move {
        let reply = way.send(&request).await?;
        if is_list(&request) && reply.status == 200 && way.caller != Caller::Main {
            return way
                .send_as(
                    Caller::Main,
                    &Ask {
                        path: "/os-keypairs".to_owned(),
                        ..request
                    },
                )
                .await;
        }
        Ok(reply)
    }
    .boxed()
}

/// An administrator reaches anybody's keypair by its name alone.
pub(super) fn administrators_need_no_user_id(way: Way, request: Ask) -> Answered {
    async move {
        let reply = way.send(&request).await?;
        if reply.status == 404 && way.caller == Caller::Admin {
            return way.send_as(Caller::Main, &request).await;
        }
        Ok(reply)
    }
    .boxed()
}

/// The quota is full for everybody once it is for the main caller.
pub(super) fn quota_of_the_project(way: Way, request: Ask) -> Answered {
    async move {
        if request.method == Method::POST && way.caller == Caller::Second {
            let tried = way.send_as(Caller::Main, &request).await?;
            if tried.status == 403 {
                return Ok(tried);
            }
            let name = body(&request)["keypair"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            way.send_as(Caller::Main, &Ask::delete(format!("/os-keypairs/{name}")))
                .await?;
        }
        way.send(&request).await
    }
    .boxed()
}

/// Whoever has no token sees no version document.
pub(super) fn documents_need_a_token(way: Way, request: Ask) -> Answered {
    async move {
        if way.caller == Caller::Nobody && request.path.len() < 2 {
            return Ok(fault(
                401,
                "error",
                "The request you have made requires authentication.",
            ));
        }
        way.send(&request).await
    }
    .boxed()
}
