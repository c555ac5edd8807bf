//! The ways in which a cloud is wrong here, each a function of one request: most pass it on and change what comes back.

use futures::{FutureExt, future::BoxFuture};
use http::Method;
use nova_api::Microversion;
use nova_client::{RawRequest, Token};
use nova_conformance::caller::{Base, Caller, Reply};
use serde_json::{Value, json};

use crate::cloud::{Way, edit};

type Answered = BoxFuture<'static, Result<Reply, String>>;

const VERSION: &str = "openstack-api-version";

/// The minor version a request asks for.
fn minor(request: &RawRequest) -> u16 {
    let asked = request.headers.iter().find(|(name, _)| name == VERSION);
    let version = asked.and_then(|(_, value)| value.strip_prefix("compute 2."));
    version.and_then(|minor| minor.parse().ok()).unwrap_or(1)
}

fn asks_at(request: &mut RawRequest, minor: u16) {
    for (name, value) in &mut request.headers {
        if name == VERSION {
            *value = format!("compute 2.{minor}");
        }
    }
}

fn body(request: &RawRequest) -> Value {
    serde_json::from_slice(request.body.as_deref().unwrap_or_default()).unwrap_or_default()
}

/// Leaves a parameter out of the query.
fn without(request: &mut RawRequest, parameter: &str) {
    let Some((path, query)) = request.path.split_once('?') else {
        return;
    };
    let named = format!("{parameter}=");
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with(&named))
        .collect();
    request.path = if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    };
}

fn value_of(request: &RawRequest, parameter: &str) -> Option<String> {
    let (_, query) = request.path.split_once('?')?;
    let named = format!("{parameter}=");
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(&named))
        .map(str::to_owned)
}

fn is_list(request: &RawRequest) -> bool {
    request.method == Method::GET && request.path.split('?').next() == Some("/os-keypairs")
}

fn is_show(request: &RawRequest) -> bool {
    request.method == Method::GET && request.path.starts_with("/os-keypairs/")
}

fn made(request: &RawRequest, reply: &Reply) -> bool {
    request.method == Method::POST && (200..300).contains(&reply.status)
}

fn fault(status: u16, name: &str, message: &str) -> Reply {
    let body = json!({name: {"code": status, "message": message}});
    Reply {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into(),
    }
}

/// Passes a request on, and changes the answer.
fn after(way: Way, request: RawRequest, change: fn(&RawRequest, &mut Reply)) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        change(&request, &mut reply);
        Ok(reply)
    }
    .boxed()
}

/// Changes a request, and passes it on.
fn before(way: Way, mut request: RawRequest, change: fn(&Way, &mut RawRequest)) -> Answered {
    change(&way, &mut request);
    async move { way.send(&request).await }.boxed()
}

macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident($request:ident, $reply:ident) $block:block)*) => {
        $($(#[$doc])* pub(crate) fn $name(way: Way, request: RawRequest) -> Answered {
            fn change($request: &RawRequest, $reply: &mut Reply) $block
            after(way, request, change)
        })*
    };
}

macro_rules! requests {
    ($($(#[$doc:meta])* $name:ident($way:ident, $request:ident) $block:block)*) => {
        $($(#[$doc])* pub(crate) fn $name(way: Way, request: RawRequest) -> Answered {
            fn change($way: &Way, $request: &mut RawRequest) $block
            before(way, request, change)
        })*
    };
}

answers! {
    create_stays_200(request, reply) {
        if made(request, reply) { reply.status = 200; }
    }
    delete_stays_202(request, reply) {
        if request.method == Method::DELETE && reply.status == 204 { reply.status = 202; }
    }
    private_key_shown_again(request, reply) {
        if is_show(request) && reply.status == 200 {
            edit(reply, |body| body["keypair"]["private_key"] = json!("-----BEGIN RSA PRIVATE KEY-----"));
        }
    }
    fault_of_another_name(_request, reply) {
        edit(reply, |body| {
            if let Some(fault) = body.as_object_mut().and_then(|body| body.remove("itemNotFound")) {
                body["notFound"] = fault;
            }
        });
    }
    no_vary(_request, reply) {
        reply.headers.retain(|(name, _)| name != "vary");
    }
    vary_by_the_older_header_only(_request, reply) {
        reply.headers.retain(|(name, value)| name != "vary" || value.starts_with("X-"));
    }
    no_request_id(_request, reply) {
        reply.headers.retain(|(name, _)| !name.ends_with("request-id"));
    }
    names_no_version(_request, reply) {
        reply.headers.retain(|(name, _)| name != VERSION);
    }
    fingerprint_of_sha256(_request, reply) {
        edit(reply, |body| {
            if let Some(fingerprint) = body.pointer_mut("/keypair/fingerprint") {
                *fingerprint = json!("SHA256:uNiVztksCsDhcc0u9e8BrcXzzO1Nr9Vx4HWBPfBVq0E");
            }
        });
    }
    list_without_type(request, reply) {
        if is_list(request) {
            edit(reply, |body| for item in body["keypairs"].as_array_mut().into_iter().flatten() {
                if let Some(keypair) = item["keypair"].as_object_mut() { keypair.shift_remove("type"); }
            });
        }
    }
    list_with_owner(request, reply) {
        if is_list(request) {
            edit(reply, |body| for item in body["keypairs"].as_array_mut().into_iter().flatten() {
                item["keypair"]["user_id"] = json!("somebody");
            });
        }
    }
    list_backwards(request, reply) {
        if is_list(request) {
            edit(reply, |body| if let Some(items) = body["keypairs"].as_array_mut() { items.reverse(); });
        }
    }
    link_without_marker(request, reply) {
        if is_list(request) {
            edit(reply, |body| if let Some(href) = body.pointer_mut("/keypairs_links/0/href") {
                let link = href.as_str().unwrap_or_default().split("&marker=").next().unwrap_or_default();
                *href = json!(link);
            });
        }
    }
    no_links(request, reply) {
        if is_list(request) {
            edit(reply, |body| { body.as_object_mut().map(|body| body.shift_remove("keypairs_links")); });
        }
    }
    show_without_created_at(request, reply) {
        if is_show(request) {
            edit(reply, |body| { body["keypair"].as_object_mut().map(|keypair| keypair.shift_remove("created_at")); });
        }
    }
    id_is_text(request, reply) {
        if is_show(request) {
            edit(reply, |body| if let Some(id) = body.pointer_mut("/keypair/id") { *id = json!("7"); });
        }
    }
    key_without_its_comment(_request, reply) {
        edit(reply, |body| if let Some(key) = body.pointer_mut("/keypair/public_key") {
            let text = key.as_str().unwrap_or_default().split(' ').take(2).collect::<Vec<_>>().join(" ");
            *key = json!(text);
        });
    }
    missing_is_deleted(request, reply) {
        if request.method == Method::DELETE && reply.status == 404 {
            *reply = Reply { status: 204, body: Default::default(), ..reply.clone() };
        }
    }
    quota_is_not_enforced(request, reply) {
        if request.method == Method::POST && reply.status == 403 { reply.status = 201; }
    }
    delete_with_a_body(request, reply) {
        if request.method == Method::DELETE { reply.body = "{}".into(); }
    }
    no_keypairs_extension(_request, reply) {
        edit(reply, |body| if let Some(list) = body["extensions"].as_array_mut() {
            list.retain(|extension| extension["alias"] != "os-keypairs");
        });
    }
    policy_in_other_words(_request, reply) {
        edit(reply, |body| if let Some(message) = body.pointer_mut("/forbidden/message") { *message = json!("No."); });
    }
}

requests! {
    /// Before 2.92's rule is asked for, 2.91's is in force.
    generates_at_2_92(_way, request) {
        if request.method == Method::POST && body(request)["keypair"].get("public_key").is_none() && minor(request) > 91 {
            asks_at(request, 91);
        }
    }
    user_id_ignored(_way, request) {
        without(request, "user_id");
    }
    unknown_parameters_tolerated(_way, request) {
        without(request, "nvc_unknown");
    }
    limit_ignored(_way, request) {
        without(request, "limit");
    }
    marker_ignored(_way, request) {
        without(request, "marker");
    }
    /// The older versions page too.
    pages_before_2_35(_way, request) {
        if is_list(request) && minor(request) < 35 { asks_at(request, 35); }
    }
    names_of_2_92_before(_way, request) {
        if request.method == Method::POST && minor(request) < 92 { asks_at(request, 92); }
    }
    names_trimmed(_way, request) {
        let mut body = body(request);
        if let Some(name) = body["keypair"]["name"].as_str().map(|name| name.trim().to_owned()) {
            body["keypair"]["name"] = json!(name);
            request.body = Some(body.to_string().into());
        }
    }
    unknown_fields_dropped(_way, request) {
        let mut body = body(request);
        if let Some(keypair) = body["keypair"].as_object_mut() {
            keypair.shift_remove("nvc_unknown");
            request.body = Some(body.to_string().into());
        }
    }
    keys_trimmed(_way, request) {
        let mut body = body(request);
        if let Some(key) = body["keypair"]["public_key"].as_str().map(|key| key.trim().to_owned()) {
            body["keypair"]["public_key"] = json!(key);
            request.body = Some(body.to_string().into());
        }
    }
    made_for_the_administrator(way, request) {
        let mut body = body(request);
        if way.caller == Caller::Admin && let Some(keypair) = body["keypair"].as_object_mut() {
            keypair.shift_remove("user_id");
            request.body = Some(body.to_string().into());
        }
    }
    malformed_versions_ignored(_way, request) {
        request.headers.retain(|(name, value)| name != VERSION || value.split_once("compute ").is_none_or(|(_, version)| Microversion::parse(version) != Err(nova_api::microversion::ParseError::Malformed)));
    }
    too_new_means_newest(_way, request) {
        if minor(request) > Microversion::MAX.minor() { asks_at(request, Microversion::MAX.minor()); }
    }
    no_version_means_newest(_way, request) {
        if !request.headers.iter().any(|(name, _)| name.ends_with("api-version")) {
            request.headers.push((VERSION.to_owned(), "compute latest".to_owned()));
        }
    }
    any_media_type(_way, request) {
        for (name, value) in &mut request.headers {
            if name == "content-type" { *value = "application/json".to_owned(); }
        }
    }
}

/// A second keypair of a name replaces the first.
pub(crate) fn duplicate_overwrites(way: Way, request: RawRequest) -> Answered {
    async move {
        let reply = way.send(&request).await?;
        if request.method != Method::POST || reply.status != 409 {
            return Ok(reply);
        }
        let body = body(&request);
        let keypair = &body["keypair"];
        let name = keypair["name"].as_str().unwrap_or_default();
        let delete = match keypair["user_id"].as_str() {
            Some(user) => {
                RawRequest::delete(format!("/os-keypairs/{name}?user_id={user}")).at("2.10")
            }
            None => RawRequest::delete(format!("/os-keypairs/{name}")),
        };
        way.send(&delete).await?;
        way.send(&request).await
    }
    .boxed()
}

/// The marker is the first of its page.
pub(crate) fn marker_inclusive(way: Way, request: RawRequest) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        let Some(marker) = value_of(&request, "marker").filter(|_| is_list(&request) && reply.status == 200) else {
            return Ok(reply);
        };
        let show = RawRequest::get(format!("/os-keypairs/{marker}")).at("2.35");
        let shown: Value = serde_json::from_slice(&way.send(&show).await?.body).unwrap_or_default();
        let of = &shown["keypair"];
        let item = json!({"keypair": {
            "name": of["name"], "public_key": of["public_key"], "fingerprint": of["fingerprint"], "type": of["type"],
        }});
        let limit = value_of(&request, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX);
        edit(&mut reply, |body| {
            if let Some(items) = body["keypairs"].as_array_mut() {
                items.insert(0, item);
                items.truncate(limit);
            }
        });
        Ok(reply)
    }
    .boxed()
}

/// Everybody may name anybody.
pub(crate) fn policy_open(way: Way, request: RawRequest) -> Answered {
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
pub(crate) fn names_are_global(way: Way, request: RawRequest) -> Answered {
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
pub(crate) fn list_of_the_project(way: Way, request: RawRequest) -> Answered {
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

/// A name may be given once in the cloud.
pub(crate) fn names_unique_among_users(way: Way, request: RawRequest) -> Answered {
    async move {
        if request.method == Method::POST && way.caller != Caller::Main {
            let name = body(&request)["keypair"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let show = RawRequest::get(format!("/os-keypairs/{name}"));
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
pub(crate) fn administrator_deletes_own(way: Way, mut request: RawRequest) -> Answered {
    if request.method == Method::DELETE && way.caller == Caller::Admin {
        without(&mut request, "user_id");
    }
    async move { way.send(&request).await }.boxed()
}

/// Nobody needs a token, and any will do.
pub(crate) fn no_login(way: Way, request: RawRequest) -> Answered {
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
pub(crate) fn tokens_never_end(way: Way, request: RawRequest) -> Answered {
    async move {
        let revoked = matches!(request.token, Token::Custom(_)) && way.caller == Caller::Expired;
        if revoked {
            way.send_as(Caller::Main, &request).await
        } else {
            way.send(&request).await
        }
    }
    .boxed()
}

/// A generated private key is another keypair's.
pub(crate) fn private_keys_mixed_up(way: Way, request: RawRequest) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        let generated =
            made(&request, &reply) && body(&request)["keypair"].get("public_key").is_none();
        if generated {
            let name = "another-of-the-flaw";
            let other = RawRequest::post("/os-keypairs").json(&json!({"keypair": {"name": name}}));
            let other: Value =
                serde_json::from_slice(&way.send(&other).await?.body).unwrap_or_default();
            way.send(&RawRequest::delete(format!("/os-keypairs/{name}")))
                .await?;
            edit(&mut reply, |body| {
                body["keypair"]["private_key"] = other["keypair"]["private_key"].clone()
            });
        }
        Ok(reply)
    }
    .boxed()
}

/// The legacy endpoint is the other one by another name.
pub(crate) fn legacy_is_strict(mut way: Way, request: RawRequest) -> Answered {
    if way.base == Base::Legacy {
        way.base = Base::Endpoint;
    }
    async move { way.send(&request).await }.boxed()
}

/// Unknown query parameters are refused too early.
pub(crate) fn strict_before_2_75(way: Way, request: RawRequest) -> Answered {
    async move {
        if request.path.contains("nvc_unknown") && minor(&request) < 75 {
            return Ok(fault(
                400,
                "badRequest",
                "Additional properties are not allowed",
            ));
        }
        way.send(&request).await
    }
    .boxed()
}

/// A keypair made for somebody says that it is the caller's, which is no less wrong than making it the caller's.
pub(crate) fn owner_is_the_caller(way: Way, request: RawRequest) -> Answered {
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

/// Nothing is wrong.
pub(crate) fn nothing(way: Way, request: RawRequest) -> Answered {
    async move { way.send(&request).await }.boxed()
}
