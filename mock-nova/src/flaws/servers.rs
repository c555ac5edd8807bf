//! Clouds that are wrong about servers: in who may do what, in what a version answers and takes, in what an action does.
//!
//! Whoever judges such a cloud has to bring servers into the states that it asks about, so what only prepares a question passes
//! unbent: what names no version, or one of the two by which `nova-conformance` makes servers, or a server of its pool.

use axum::http::Method;
use futures::FutureExt;
use serde_json::{Value, json};

use super::{
    keypairs::{asks_at, body, fault, minor, without},
    way::{Answered, Ask, Caller, Reply, Way, edit},
};

/// Whether a request is the pool's, or a look at a server, by which everybody waits.
fn is_setup(request: &Ask) -> bool {
    let of_the_pool = body(request)
        .pointer("/server/name")
        .and_then(Value::as_str)
        .is_some_and(|name| name.contains("-servers-"));
    // Cleaning up, and looking for flavors and images, names no version.
    let names_a_version = request
        .headers
        .iter()
        .any(|(name, _)| name == "openstack-api-version");
    !names_a_version || matches!(minor(request), 37 | 57) || of_the_pool
}

fn path(request: &Ask) -> &str {
    request.path.split('?').next().unwrap_or_default()
}

/// What the checks call something that no cloud has.
const NOWHERE: &str = "dead-4bee";

/// Lists by which checks find what they ask for next.
const LISTS: &[&str] = &[
    "/os-networks",
    "/os-server-groups",
    "/os-instance-actions",
    "/os-volume_attachments",
    "/ips",
];

fn is_list(request: &Ask) -> bool {
    request.method == Method::GET && LISTS.iter().any(|list| path(request).ends_with(list))
}

/// A look at one server.
fn is_look(request: &Ask) -> bool {
    let id = path(request).strip_prefix("/servers/");
    request.method == Method::GET && id.is_some_and(|id| id.len() == 36)
}

/// The action a request asks for.
fn action(request: &Ask) -> Option<String> {
    if request.method != Method::POST || !path(request).ends_with("/action") {
        return None;
    }
    body(request).as_object()?.keys().next().cloned()
}

/// The actions by which checks bring servers into a state.
const DOING: &[&str] = &[
    "os-stop", "pause", "suspend", "rescue", "resize", "shelve", "lock",
];

fn does(request: &Ask) -> bool {
    action(request).is_some_and(|action| DOING.contains(&action.as_str()))
}

fn undoes(request: &Ask) -> bool {
    action(request).is_some_and(|action| !DOING.contains(&action.as_str()) && action != "rebuild")
}

fn reply(status: u16, body: &Value) -> Reply {
    Reply {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into(),
    }
}

/// Passes a request on, and changes the answer.
fn after(way: Way, request: Ask, change: fn(&Way, &Ask, &mut Reply)) -> Answered {
    async move {
        let mut reply = way.send(&request).await?;
        if !is_setup(&request) {
            change(&way, &request, &mut reply);
        }
        Ok(reply)
    }
    .boxed()
}

/// Changes a request, and passes it on.
fn before(way: Way, mut request: Ask, change: fn(&Way, &mut Ask)) -> Answered {
    if !is_setup(&request) {
        change(&way, &mut request);
    }
    async move { way.send(&request).await }.boxed()
}

macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident($way:ident, $request:ident, $reply:ident) $block:block)*) => {
        $($(#[$doc])* pub(super) fn $name(way: Way, request: Ask) -> Answered {
            fn bend($way: &Way, $request: &Ask, $reply: &mut Reply) $block
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
    /// Every refusal is a success, but for looks at servers that are not there.
    refuses_nothing(_way, request, answer) {
        let is_refusal = (400..500).contains(&answer.status);
        let waits = is_look(request) && answer.status == 404 && !request.path.contains(NOWHERE);
        if is_refusal && !waits {
            *answer = reply(200, &json!({}));
        }
    }
    /// Lists, metadata and the like succeed with another status.
    other_statuses(_way, request, answer) {
        let plain = action(request).is_none() && !is_look(request) && !is_list(request) && path(request) != "/os-server-groups";
        if plain && (200..300).contains(&answer.status) {
            answer.status = 203;
        }
    }
    /// A look at a server succeeds with another status.
    other_status_of_show(_way, request, answer) {
        if is_look(request) && answer.status == 200 { answer.status = 203; }
    }
    /// So does a look at an attachment.
    other_status_of_attachments(_way, request, answer) {
        if path(request).contains("/os-volume_attachments/") && answer.status == 200 { answer.status = 203; }
    }
    /// So do other lists.
    other_status_of_lists(_way, request, answer) {
        if is_list(request) && answer.status == 200 { answer.status = 203; }
    }
    /// So does the making of a server group.
    other_status_of_groups(_way, request, answer) {
        if path(request) == "/os-server-groups" && request.method == Method::POST && answer.status == 200 { answer.status = 203; }
    }
    /// So do the actions that change a server.
    other_statuses_of_doing(_way, request, answer) {
        if does(request) && (200..300).contains(&answer.status) { answer.status = 203; }
    }
    /// And those that change it back.
    other_statuses_of_undoing(_way, request, answer) {
        if undoes(request) && (200..300).contains(&answer.status) { answer.status = 203; }
    }
    /// Whoever is no plain member of the project is shut out.
    members_only(way, _request, answer) {
        if matches!(way.caller, Caller::Second | Caller::Admin) {
            *answer = fault(403, "forbidden", "Members only.");
        }
    }
    /// Who is no member of the project is answered in no way that they could expect.
    strangers_are_teapots(way, _request, answer) {
        if matches!(way.caller, Caller::Reader | Caller::Other | Caller::Nobody) {
            *answer = fault(418, "teapot", "Not for you.");
        }
    }
    other_status_of_a_group(_way, request, answer) {
        if path(request).starts_with("/os-server-groups/") && answer.status == 200 { answer.status = 203; }
    }
    actions_by_nobody(_way, _request, answer) {
        edit(answer, |body| if let Some(action) = body.pointer_mut("/instanceActions/0/user_id") { *action = json!("nobody"); });
    }
    another_password(_way, _request, answer) {
        edit(answer, |body| if let Some(password) = body.pointer_mut("/server/adminPass") { *password = json!("another-12"); });
    }
    groups_with_strangers(_way, _request, answer) {
        edit(answer, |body| if let Some(members) = body.pointer_mut("/server_group/members") { *members = json!(["stranger"]); });
    }
    new_tags_are_old(_way, request, answer) {
        if path(request).contains("/tags/") && answer.status == 204 && request.method == Method::PUT { answer.status = 201; }
    }
    without_reservations(_way, _request, answer) {
        edit(answer, |body| if let Some(body) = body.as_object_mut() { body.remove("reservation_id"); });
    }
    without_locks(_way, _request, answer) {
        edit(answer, |body| if let Some(server) = body.get_mut("server").and_then(Value::as_object_mut) {
            server.insert("locked".to_owned(), json!("perhaps"));
        });
    }
    /// A description is what it was before there were any, or the other way round.
    descriptions_swapped(_way, _request, answer) {
        edit(answer, |body| if let Some(server) = body.get_mut("server")
            && let Some(name) = server.get("name").cloned()
            && let Some(description) = server.get_mut("description")
        {
            *description = if description.is_null() { name } else { Value::Null };
        });
    }
    /// No swap is 0 where it is an empty text elsewhere, and the other way round.
    no_swap_the_other_way(_way, request, answer) {
        let text = String::from_utf8_lossy(&answer.body);
        let text = if minor(request) < 75 { text.replace("\"swap\":\"\"", "\"swap\":0") } else { text.replace("\"swap\":0", "\"swap\":\"\"") };
        answer.body = text.into();
    }
    /// A list of servers that is limited or sorted is empty, and so in order.
    asked_lists_are_empty(_way, request, answer) {
        if request.path.contains("limit=") || request.path.contains("sort_key=") {
            edit(answer, |body| if let Some(servers) = body.get_mut("servers") { *servers = json!([]); });
        }
    }
    /// Every list is one item short.
    lists_lack_one(_way, _request, answer) {
        edit(answer, |body| for list in body.as_object_mut().into_iter().flat_map(|body| body.values_mut()) {
            if let Some(list) = list.as_array_mut() { list.pop(); }
        });
    }
    /// Every list lacks what stands first in it, but for those who look for flavors and images to make servers of.
    lists_lack_their_first(_way, request, answer) {
        if !is_setup(request) {
            edit(answer, |body| for list in body.as_object_mut().into_iter().flat_map(|body| body.values_mut()) {
                if let Some(list) = list.as_array_mut().filter(|list| !list.is_empty()) { list.remove(0); }
            });
        }
    }
}

requests! {
    /// Every version is the oldest.
    all_is_oldest(_way, request) { asks_at(request, 1); }
    /// Every version is the newest.
    all_is_newest(_way, request) { asks_at(request, 104); }
    /// Filters, markers and orders are ignored, but for the name.
    queries_ignored(_way, request) {
        for name in ["status", "image", "flavor", "changes-since", "marker", "sort_key", "sort_dir", "tags", "tags-any", "not-tags", "not-tags-any", "changes-before", "locked", "host", "all_tenants", "limit"] {
            without(request, name);
        }
    }
    /// What is wished for a new server, and what is changed of one, is forgotten.
    wishes_forgotten(_way, request) {
        let mut body = body(request);
        if let Some(server) = body.get_mut("server").and_then(Value::as_object_mut) {
            for field in ["metadata", "description", "tags", "hostname", "accessIPv4", "accessIPv6", "config_drive", "min_count"] {
                server.remove(field);
            }
            request.body = Some(body.to_string().into());
        }
    }
    /// An update changes the description, too.
    updates_describe(_way, request) {
        if request.method == Method::PUT && minor(request) >= 19 {
            let mut body = body(request);
            if let Some(server) = body.get_mut("server").and_then(Value::as_object_mut) {
                server.insert("description".to_owned(), json!("changed"));
                request.body = Some(body.to_string().into());
            }
        }
    }
    /// Every reboot is the end.
    reboots_stop(_way, request) {
        if action(request).as_deref() == Some("reboot") { request.body = Some(json!({"os-stop": null}).to_string().into()); }
    }
    /// Whoever confirms gets the old flavor back.
    confirmations_revert(_way, request) {
        if action(request).as_deref() == Some("confirmResize") { request.body = Some(json!({"revertResize": null}).to_string().into()); }
    }
}

/// Everybody is taken for the main caller.
pub(super) fn everybody_is_main(way: Way, request: Ask) -> Answered {
    async move {
        if way.caller == Caller::Main || is_setup(&request) {
            way.send(&request).await
        } else {
            way.send_as(Caller::Main, &request).await
        }
    }
    .boxed()
}

/// Everybody is an administrator.
pub(super) fn everybody_is_admin(way: Way, request: Ask) -> Answered {
    async move {
        let lists = request.method == Method::GET
            && matches!(
                path(&request),
                "/servers" | "/servers/detail" | "/os-server-groups"
            );
        let shows = request.method == Method::GET && !lists;
        if is_setup(&request) || !(lists || shows || action(&request).is_some()) {
            return way.send(&request).await;
        }
        let mut request = request;
        if lists && !request.path.contains("all_tenants") {
            let joint = if request.path.contains('?') { '&' } else { '?' };
            let all = if path(&request) == "/os-server-groups" {
                "all_projects"
            } else {
                "all_tenants"
            };
            request.path = format!("{}{joint}{all}=1", request.path);
        }
        way.send_as(Caller::Admin, &request).await
    }
    .boxed()
}

/// An action is accepted, and nothing done.
fn nothing_done(way: Way, request: Ask, which: fn(&Ask) -> bool) -> Answered {
    async move {
        if is_setup(&request) || !which(&request) {
            return way.send(&request).await;
        }
        Ok(match action(&request).as_deref() {
            Some("rescue") => reply(200, &json!({"adminPass": "nothing-done"})),
            _ => Reply {
                status: 202,
                headers: Vec::new(),
                body: Vec::new().into(),
            },
        })
    }
    .boxed()
}

/// What changes a server does not.
pub(super) fn nothing_changed(way: Way, request: Ask) -> Answered {
    nothing_done(way, request, does)
}

/// What changes it back does not.
pub(super) fn nothing_changed_back(way: Way, request: Ask) -> Answered {
    nothing_done(way, request, undoes)
}

/// Changes of metadata and tags, and names, are accepted and forgotten.
pub(super) fn changes_forgotten(way: Way, request: Ask) -> Answered {
    async move {
        let is_change = request.method == Method::PUT && path(&request).starts_with("/servers/");
        if is_setup(&request) || !is_change {
            return way.send(&request).await;
        }
        Ok(reply(200, &json!({})))
    }
    .boxed()
}
