//! Clouds that are wrong about keypairs, and about what every request has: versions, headers, faults.

use axum::http::Method;
use futures::FutureExt;
use nova_api::{Microversion, microversion::ParseError};
use serde_json::{Map, Value, json};

use super::way::{Answered, Ask, Base, Caller, Reply, Way, edit};

const VERSION: &str = "openstack-api-version";

/// The minor version a request asks for.
pub(super) fn minor(request: &Ask) -> u16 {
    let asked = request.headers.iter().find(|(name, _)| name == VERSION);
    let version = asked.and_then(|(_, value)| value.strip_prefix("compute 2."));
    version.and_then(|minor| minor.parse().ok()).unwrap_or(1)
}

pub(super) fn asks_at(request: &mut Ask, minor: u16) {
    for (name, value) in &mut request.headers {
        if name == VERSION {
            *value = format!("compute 2.{minor}");
        }
    }
}

pub(super) fn body(request: &Ask) -> Value {
    serde_json::from_slice(request.body.as_deref().unwrap_or_default()).unwrap_or_default()
}

/// Changes the keypair in a request's body, where there is one.
fn change(request: &mut Ask, how: impl FnOnce(&mut Map<String, Value>)) {
    let mut body = body(request);
    if let Some(keypair) = body.get_mut("keypair").and_then(Value::as_object_mut) {
        how(keypair);
        request.body = Some(body.to_string().into());
    }
}

fn trim(keypair: &mut Map<String, Value>, field: &str) {
    if let Some(text) = keypair.get(field).and_then(Value::as_str) {
        let text = text.trim().to_owned();
        keypair.insert(field.to_owned(), json!(text));
    }
}

/// Leaves a parameter out of the query.
pub(super) fn without(request: &mut Ask, parameter: &str) {
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

fn value_of(request: &Ask, parameter: &str) -> Option<String> {
    let (_, query) = request.path.split_once('?')?;
    let named = format!("{parameter}=");
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(&named))
        .map(str::to_owned)
}

pub(super) fn is_list(request: &Ask) -> bool {
    request.method == Method::GET && request.path.split('?').next() == Some("/os-keypairs")
}

fn is_show(request: &Ask) -> bool {
    request.method == Method::GET && request.path.starts_with("/os-keypairs/")
}

fn made(request: &Ask, reply: &Reply) -> bool {
    request.method == Method::POST && (200..300).contains(&reply.status)
}

pub(super) fn fault(status: u16, name: &str, message: &str) -> Reply {
    let body = json!({name: {"code": status, "message": message}});
    Reply {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into(),
    }
}

/// Passes a request on, and changes the answer.
fn after(way: Way, request: Ask, change: fn(&Ask, &mut Reply)) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        change(&request, &mut reply);
        Ok(reply)
    }
    .boxed()
}

/// Changes a request, and passes it on.
fn before(way: Way, mut request: Ask, change: fn(&Way, &mut Ask)) -> Answered {
    change(&way, &mut request);
    async move { way.send(&request).await }.boxed()
}

macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident($request:ident, $reply:ident) $block:block)*) => {
        $($(#[$doc])* pub(super) fn $name(way: Way, request: Ask) -> Answered {
            fn bend($request: &Ask, $reply: &mut Reply) $block
            after(way, request, bend)
        })*
    };
}

macro_rules! requests {
    ($($(#[$doc:meta])* $name:ident($way:ident, $request:ident) $block:block)*) => {
        $($(#[$doc])* pub(super) fn $name(way: Way, request: Ask) -> Answered {
            fn bend($way: &Way, $request: &mut Ask) $block
            before(way, request, bend)
        })*
    };
}

answers! {
    /// Whatever is wrong with a body, a keypair is said to be made of it.
    takes_what_it_should_refuse(request, reply) {
        if request.method == Method::POST && matches!(reply.status, 400 | 415) {
            reply.status = 201;
            reply.body = json!({"keypair": {}}).to_string().into();
        }
    }
    faults_say_nothing(_request, reply) {
        edit(reply, |body| for fault in body.as_object_mut().into_iter().flat_map(|body| body.values_mut()) {
            if let Some(message) = fault.get_mut("message") { *message = json!("No."); }
        });
    }
    list_is_empty(request, reply) {
        if is_list(request) && reply.status == 200 { reply.body = json!({"keypairs": []}).to_string().into(); }
    }
    links_everywhere(request, reply) {
        if is_list(request) && reply.status == 200 {
            let link = json!([{"rel": "next", "href": "http://cloud/v2.1/os-keypairs?limit=1&marker=x"}]);
            edit(reply, |body| body["keypairs_links"] = link);
        }
    }
    large_limits_are_refused(request, reply) {
        if value_of(request, "limit").is_some_and(|limit| limit.len() > 4) {
            *reply = fault(400, "badRequest", "The limit is too large.");
        }
    }
    answers_every_path(_request, reply) {
        if reply.status == 404 && !reply.body.starts_with(b"{\"itemNotFound") {
            reply.status = 200;
        }
    }
    documents_of_another_version(request, reply) {
        if request.path.len() < 2 {
            edit(reply, |body| for field in ["version", "versions"] {
                if let Some(field) = body.get_mut(field) { *field = json!([{"id": "v9"}]); }
            });
        }
    }
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
        edit(reply, |body| if let Some(list) = body.get_mut("extensions").and_then(Value::as_array_mut) {
            list.retain(|extension| extension["alias"] != "os-keypairs");
        });
    }
    extensions_without_dates(_request, reply) {
        edit(reply, |body| {
            let all = body.get_mut("extensions").and_then(Value::as_array_mut);
            for extension in all.into_iter().flatten() { drop(extension.as_object_mut().map(|one| one.shift_remove("updated"))); }
            if let Some(one) = body.get_mut("extension").and_then(Value::as_object_mut) { one.shift_remove("updated"); }
        });
    }
    ids_are_all_1(_request, reply) {
        edit(reply, |body| if let Some(id) = body.pointer_mut("/keypair/id") { *id = json!(1); });
    }
    names_in_capitals(_request, reply) {
        edit(reply, |body| {
            let listed = body.get_mut("keypairs").and_then(Value::as_array_mut).into_iter().flatten();
            for name in listed.filter_map(|item| item.pointer_mut("/keypair/name")) {
                *name = json!(name.as_str().unwrap_or_default().to_uppercase());
            }
            if let Some(name) = body.pointer_mut("/keypair/name") {
                *name = json!(name.as_str().unwrap_or_default().to_uppercase());
            }
        });
    }
    one_key_for_all(_request, reply) {
        edit(reply, |body| if let Some(key) = body.pointer_mut("/keypair/public_key") { *key = json!("ssh-rsa AAAA"); });
    }
    generated_of_another_type(request, reply) {
        if made(request, reply) {
            edit(reply, |body| if let Some(kind) = body.pointer_mut("/keypair/type") { *kind = json!("pgp"); });
        }
    }
    policy_in_other_words(_request, reply) {
        edit(reply, |body| if let Some(message) = body.pointer_mut("/forbidden/message") { *message = json!("No."); });
    }
}

requests! {
    keypairs_are_shown_as_at_2_1(_way, request) {
        if is_show(request) { asks_at(request, 1); }
    }
    what_is_beside_stays_at_2_1(_way, request) {
        if !request.path.starts_with("/os-keypairs") { asks_at(request, 1); }
    }
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
        change(request, |keypair| trim(keypair, "name"));
    }
    unknown_fields_dropped(_way, request) {
        change(request, |keypair| drop(keypair.shift_remove("nvc_unknown")));
    }
    keys_trimmed(_way, request) {
        change(request, |keypair| trim(keypair, "public_key"));
    }
    made_for_the_administrator(way, request) {
        if way.caller == Caller::Admin {
            change(request, |keypair| drop(keypair.shift_remove("user_id")));
        }
    }
    malformed_versions_ignored(_way, request) {
        request.headers.retain(|(name, value)| {
            let version = value.strip_prefix("compute ").unwrap_or(value);
            !name.ends_with("api-version") || Microversion::parse(version) != Err(ParseError::Malformed)
        });
    }
    too_new_means_newest(_way, request) {
        if minor(request) > Microversion::MAX.minor() { asks_at(request, Microversion::MAX.minor()); }
    }
    older_means_oldest(_way, request) {
        for (name, value) in &mut request.headers {
            let other = value == "compute 2.0" || value.starts_with("compute 3.");
            if name == VERSION && other { *value = "compute 2.1".to_owned(); }
        }
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
pub(super) fn duplicate_overwrites(way: Way, request: Ask) -> Answered {
    async move {
        let reply = way.send(&request).await?;
        if request.method != Method::POST || reply.status != 409 {
            return Ok(reply);
        }
        let body = body(&request);
        let keypair = &body["keypair"];
        let name = keypair["name"].as_str().unwrap_or_default();
        let delete = match keypair["user_id"].as_str() {
            Some(user) => Ask::delete(format!("/os-keypairs/{name}?user_id={user}")).at("2.10"),
            None => Ask::delete(format!("/os-keypairs/{name}")),
        };
        way.send(&delete).await?;
        way.send(&request).await
    }
    .boxed()
}

/// The marker is the first of its page.
pub(super) fn marker_inclusive(way: Way, request: Ask) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        let Some(marker) = value_of(&request, "marker").filter(|_| is_list(&request) && reply.status == 200) else {
            return Ok(reply);
        };
        let show = Ask::get(format!("/os-keypairs/{marker}")).at("2.35");
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

/// A generated private key is another keypair's.
pub(super) fn private_keys_mixed_up(way: Way, request: Ask) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        let generated =
            made(&request, &reply) && body(&request)["keypair"].get("public_key").is_none();
        if generated {
            let name = "another-of-the-flaw";
            let other = Ask::post("/os-keypairs").json(&json!({"keypair": {"name": name}}));
            let other: Value =
                serde_json::from_slice(&way.send(&other).await?.body).unwrap_or_default();
            way.send(&Ask::delete(format!("/os-keypairs/{name}")))
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
pub(super) fn legacy_is_strict(mut way: Way, request: Ask) -> Answered {
    if way.base == Base::Legacy {
        way.base = Base::Endpoint;
    }
    async move { way.send(&request).await }.boxed()
}

/// Unknown query parameters are refused too early.
pub(super) fn strict_before_2_75(way: Way, request: Ask) -> Answered {
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
