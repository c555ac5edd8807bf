//! `/v3/groups`: named sets of users.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::body::{extra, name, refuse_moving, text};
use super::listing::{domain_manager, domain_reader, system_reader};
use super::{Exchange, Fault, get_only, users};
use crate::cloud::identity::{Group, Refusal};
use crate::http::call::Answer;

const KNOWN: [&str; 5] = ["id", "name", "description", "domain_id", "links"];

const LONGEST_NAME: usize = 64;

pub(super) fn route(
    exchange: &Exchange<'_>,
    method: &Method,
    path: &[&str],
) -> Result<Answer, Fault> {
    match (path, method) {
        ([], &Method::GET) => list(exchange),
        ([], &Method::POST) => create(exchange),
        ([], _) => Err(Fault::method_not_allowed("GET, POST, HEAD, OPTIONS")),
        ([id], &Method::GET) => {
            let group = readable(exchange, "identity:get_group", id)?;
            Ok(Answer::ok(json!({ "group": render(exchange, &group) })))
        }
        ([id], &Method::PATCH) => update(exchange, id),
        ([id], &Method::DELETE) => {
            changeable(exchange, "identity:delete_group", id)?;
            exchange.write(|identity| identity.delete_group(id))?;
            Ok(Answer::no_content())
        }
        ([_], _) => Err(Fault::method_not_allowed(
            "DELETE, HEAD, PATCH, OPTIONS, GET",
        )),
        ([id, "users"], method) => get_only(method, || members(exchange, id)),
        ([id, "users", user_id], method) => membership(exchange, method, id, user_id),
        _ => Err(Fault::no_such_page()),
    }
}

/// `GET /v3/users/ID/groups`.
pub(super) fn of_user(exchange: &Exchange<'_>, user_id: &str) -> Result<Answer, Fault> {
    exchange.caller()?;
    let user = exchange.read(|identity| identity.users().get(user_id).cloned());
    let domain_id = user.as_ref().ok().map(|user| user.domain_id.as_str());
    exchange.permit("identity:list_groups_for_user", |caller| {
        system_reader(caller) || domain_reader(caller, domain_id) || caller.user_id == user_id
    })?;
    user?;
    let groups = exchange.read(|identity| {
        let wanted = identity
            .groups_of(user_id)
            .filter(|group| exchange.passes("name", Some(&group.name)));
        let shown = wanted.map(|group| {
            let mut shown = render(exchange, group);
            shown.insert("membership_expires_at".to_owned(), Value::Null);
            Value::Object(shown)
        });
        shown.collect()
    });
    exchange.collection("groups", groups)
}

fn render(exchange: &Exchange<'_>, group: &Group) -> Map<String, Value> {
    let mut body = group.extra.clone();
    let shown = json!({
        "id": group.id,
        "name": group.name,
        "domain_id": group.domain_id,
        "description": group.description,
        "links": { "self": exchange.link(&format!("groups/{}", group.id)) },
    });
    if let Value::Object(shown) = shown {
        body.extend(shown);
    }
    body
}

fn list(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let caller = exchange.permit("identity:list_groups", |caller| {
        system_reader(caller) || domain_reader(caller, caller.domain_id.as_deref())
    })?;
    let groups = exchange.read(|identity| {
        let wanted = |group: &&Group| {
            exchange.passes("name", Some(&group.name))
                && exchange.passes("domain_id", Some(&group.domain_id))
                && caller
                    .domain_id
                    .as_ref()
                    .is_none_or(|domain_id| *domain_id == group.domain_id)
        };
        identity
            .groups()
            .iter()
            .filter(wanted)
            .map(|group| Value::Object(render(exchange, group)))
            .collect()
    });
    exchange.collection("groups", groups)
}

fn readable(exchange: &Exchange<'_>, action: &str, id: &str) -> Result<Group, Fault> {
    exchange.caller()?;
    let found = exchange.read(|identity| identity.groups().get(id).cloned());
    let domain_id = found.as_ref().ok().map(|group| group.domain_id.as_str());
    exchange.permit(action, |caller| {
        system_reader(caller) || domain_reader(caller, domain_id)
    })?;
    Ok(found?)
}

fn changeable(exchange: &Exchange<'_>, action: &str, id: &str) -> Result<Group, Fault> {
    exchange.caller()?;
    let found = exchange.read(|identity| identity.groups().get(id).cloned());
    let domain_id = found.as_ref().ok().map(|group| group.domain_id.as_str());
    exchange.permit(action, |caller| domain_manager(caller, domain_id))?;
    Ok(found?)
}

fn create(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let (member, name) = exchange.named_member("group", LONGEST_NAME)?;
    let description = text(&member, "description")?;
    let domain_id = exchange.domain_asked(&member)?;
    exchange.permit("identity:create_group", |caller| {
        domain_manager(caller, Some(&domain_id))
    })?;
    let group = Group {
        id: exchange.state.minter.hex_id(),
        name,
        domain_id,
        description: description.unwrap_or_default(),
        extra: extra(&member, &KNOWN),
    };
    let group = exchange.write(|identity| identity.create_group(group).cloned())?;
    Ok(Answer::created(
        json!({ "group": render(exchange, &group) }),
    ))
}

fn update(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    let member = exchange.member("group")?;
    let new_name = name(&member, LONGEST_NAME)?;
    let description = text(&member, "description")?;
    changeable(exchange, "identity:update_group", id)?;
    let group = exchange.write(|identity| -> Result<Group, Fault> {
        let mut group = identity.groups().get(id)?.clone();
        refuse_moving(&member, id, &group.domain_id)?;
        if let Some(name) = new_name {
            group.name = name;
        }
        group.description = description.unwrap_or(group.description);
        group.extra.extend(extra(&member, &KNOWN));
        Ok(identity.update_group(group).cloned()?)
    })?;
    Ok(Answer::ok(json!({ "group": render(exchange, &group) })))
}

fn members(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    readable(exchange, "identity:list_users_in_group", id)?;
    let members = exchange.read(|identity| {
        identity
            .members_of(id)
            .map(|user| Value::Object(users::render(exchange, user)))
            .collect()
    });
    exchange.collection("users", members)
}

fn membership(
    exchange: &Exchange<'_>,
    method: &Method,
    id: &str,
    user_id: &str,
) -> Result<Answer, Fault> {
    match *method {
        Method::GET => {
            readable(exchange, "identity:check_user_in_group", id)?;
            let (user_id, group_id) = (user_id.to_owned(), id.to_owned());
            let is_in =
                exchange.read(|identity| identity.members_of(id).any(|user| user.id == user_id));
            if is_in {
                Ok(())
            } else {
                Err(Refusal::NotMember { user_id, group_id })
            }?;
        }
        Method::PUT => {
            changeable(exchange, "identity:add_user_to_group", id)?;
            exchange.write(|identity| identity.join(id, user_id))?;
        }
        Method::DELETE => {
            changeable(exchange, "identity:remove_user_from_group", id)?;
            exchange.write(|identity| identity.leave(id, user_id))?;
        }
        _ => return Err(Fault::method_not_allowed("GET, PUT, DELETE, HEAD, OPTIONS")),
    }
    Ok(Answer::no_content())
}
