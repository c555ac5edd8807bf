//! `/v3/roles`: the names policy speaks of, and which of them come with others.

use axum::http::Method;
use serde_json::{Value, json};

use super::body::{extra, name, options, text};
use super::listing::system_reader;
use super::{Exchange, Fault, get_only};
use crate::cloud::identity::{Identity, Role};
use crate::http::call::Answer;

const KNOWN: [&str; 6] = ["id", "name", "description", "domain_id", "options", "links"];

const LONGEST_NAME: usize = 255;

/// The roles a manager of a domain may hand on.
pub(super) const MANAGED: [&str; 3] = ["manager", "member", "reader"];

pub(super) fn route(
    exchange: &Exchange<'_>,
    method: &Method,
    path: &[&str],
) -> Result<Answer, Fault> {
    match (path, method) {
        ([], &Method::GET) => list(exchange),
        ([], &Method::POST) => create(exchange),
        ([], _) => Err(Fault::method_not_allowed("GET, POST, HEAD, OPTIONS")),
        ([id], &Method::GET) => show(exchange, id),
        ([id], &Method::PATCH) => update(exchange, id),
        ([id], &Method::DELETE) => delete(exchange, id),
        ([_], _) => Err(Fault::method_not_allowed(
            "DELETE, HEAD, PATCH, OPTIONS, GET",
        )),
        ([id, "implies"], method) => get_only(method, || implies(exchange, id)),
        ([id, "implies", other], method) => get_only(method, || implies_one(exchange, id, other)),
        _ => Err(Fault::no_such_page()),
    }
}

pub(super) fn render(exchange: &Exchange<'_>, role: &Role) -> Value {
    let mut body = role.extra.clone();
    let shown = json!({
        "id": role.id,
        "name": role.name,
        "domain_id": role.domain_id,
        "description": role.description,
        "options": role.options,
        "links": { "self": exchange.link(&format!("roles/{}", role.id)) },
    });
    if let Value::Object(shown) = shown {
        body.extend(shown);
    }
    Value::Object(body)
}

fn list(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    exchange.permit("identity:list_roles", |caller| {
        system_reader(caller) || caller.domain_id.is_some() && caller.has_role("manager")
    })?;
    let members = exchange.read(|identity| {
        let wanted = |role: &&Role| {
            exchange.passes("name", Some(&role.name))
                // Without a domain asked for, only the roles of the whole cloud are listed.
                && role.domain_id.as_deref() == exchange.call.query("domain_id")
        };
        identity
            .roles()
            .iter()
            .filter(wanted)
            .map(|role| render(exchange, role))
            .collect()
    });
    exchange.collection("roles", members)
}

fn show(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    exchange.caller()?;
    // Keystone looks for the role before it asks whether one may see it.
    let role = exchange.read(|identity| identity.roles().get(id).cloned())?;
    exchange.permit("identity:get_role", |caller| {
        system_reader(caller) || caller.has_role("manager") && MANAGED.contains(&role.name.as_str())
    })?;
    Ok(Answer::ok(json!({ "role": render(exchange, &role) })))
}

fn create(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let (member, name) = exchange.named_member("role", LONGEST_NAME)?;
    let (description, domain_id, options) = (
        text(&member, "description")?,
        text(&member, "domain_id")?,
        options(&member)?,
    );
    exchange.permit("identity:create_role", |_| false)?;
    let role = Role {
        id: exchange.state.minter.hex_id(),
        name,
        domain_id,
        description,
        options: options.unwrap_or_default(),
        extra: extra(&member, &KNOWN),
    };
    let role = exchange.write(|identity| identity.create_role(role).cloned())?;
    Ok(Answer::created(json!({ "role": render(exchange, &role) })))
}

fn update(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    let member = exchange.member("role")?;
    let new_name = name(&member, LONGEST_NAME)?;
    let (description, options) = (text(&member, "description")?, options(&member)?);
    exchange.permit("identity:update_role", |_| false)?;
    let role = exchange.write(|identity| {
        let mut role = identity.roles().get(id)?.clone();
        if let Some(name) = new_name {
            role.name = name;
        }
        if member.contains_key("description") {
            role.description = description;
        }
        role.options.extend(options.unwrap_or_default());
        role.extra.extend(extra(&member, &KNOWN));
        identity.update_role(role).cloned()
    })?;
    Ok(Answer::ok(json!({ "role": render(exchange, &role) })))
}

fn delete(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    exchange.permit("identity:delete_role", |_| false)?;
    exchange.write(|identity| identity.delete_role(id))?;
    Ok(Answer::no_content())
}

/// `GET /v3/role_inferences`.
pub(super) fn inferences(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    exchange.permit("identity:list_role_inference_rules", system_reader)?;
    let rules: Vec<Value> = exchange.read(|identity| {
        let with_any = identity
            .grants()
            .implications()
            .filter(|(_, implied)| !implied.is_empty());
        with_any
            .filter_map(|(prior, _)| identity.roles().get(prior).ok())
            .map(|role| inference(exchange, identity, role))
            .collect()
    });
    Ok(Answer::ok(json!({ "role_inferences": rules })))
}

fn implies(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    exchange.permit("identity:list_implied_roles", system_reader)?;
    let rule = exchange.read(|identity| {
        identity
            .roles()
            .get(id)
            .map(|role| inference(exchange, identity, role))
    })?;
    let this = exchange.link(&format!("roles/{id}/implies"));
    Ok(Answer::ok(
        json!({ "role_inference": rule, "links": { "self": this } }),
    ))
}

fn implies_one(exchange: &Exchange<'_>, id: &str, other: &str) -> Result<Answer, Fault> {
    exchange.permit("identity:get_implied_role", system_reader)?;
    let rule = exchange.read(|identity| -> Result<Value, Fault> {
        let (prior, implied) = (identity.roles().get(id)?, identity.roles().get(other)?);
        if !identity
            .grants()
            .implied_by(id)
            .any(|implied| implied == other)
        {
            return Err(Fault::missing(format!("{id} does not imply {other}.")));
        }
        Ok(json!({ "prior_role": brief(exchange, prior), "implies": brief(exchange, implied) }))
    })?;
    let this = exchange.link(&format!("roles/{id}/implies/{other}"));
    Ok(Answer::ok(
        json!({ "role_inference": rule, "links": { "self": this } }),
    ))
}

fn inference(exchange: &Exchange<'_>, identity: &Identity, role: &Role) -> Value {
    let implied = identity
        .grants()
        .implied_by(&role.id)
        .filter_map(|id| identity.roles().get(id).ok());
    let implied: Vec<Value> = implied.map(|role| brief(exchange, role)).collect();
    json!({ "prior_role": brief(exchange, role), "implies": implied })
}

fn brief(exchange: &Exchange<'_>, role: &Role) -> Value {
    json!({ "id": role.id, "name": role.name, "links": { "self": exchange.link(&format!("roles/{}", role.id)) } })
}
