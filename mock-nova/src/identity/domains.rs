//! `/v3/domains`: the namespaces of users and projects, and who has which role in one.

use axum::http::Method;
use serde_json::{Value, json};

use super::body::{extra, name, options, switch, text};
use super::listing::{domain_reader, system_reader};
use super::{Exchange, Fault, assignments};
use crate::cloud::identity::{Domain, Holder, Target};
use crate::http::call::Answer;

const KNOWN: [&str; 7] = [
    "id",
    "name",
    "description",
    "enabled",
    "tags",
    "options",
    "links",
];

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
        ([id], &Method::GET) => show(exchange, id),
        ([id], &Method::PATCH) => update(exchange, id),
        ([id], &Method::DELETE) => delete(exchange, id),
        ([_], _) => Err(Fault::method_not_allowed(
            "DELETE, HEAD, PATCH, OPTIONS, GET",
        )),
        ([id, "users", user_id, "roles", rest @ ..], method) => assignments::on(
            exchange,
            method,
            Target::Domain((*id).to_owned()),
            Holder::User((*user_id).to_owned()),
            rest,
        ),
        ([id, "groups", group_id, "roles", rest @ ..], method) => assignments::on(
            exchange,
            method,
            Target::Domain((*id).to_owned()),
            Holder::Group((*group_id).to_owned()),
            rest,
        ),
        _ => Err(Fault::no_such_page()),
    }
}

/// `GET /v3/auth/domains`: the domains the caller has a role in.
pub(super) fn of_caller(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let user_id = &exchange.caller()?.user_id;
    let members = exchange.read(|identity| {
        let enabled = identity.domains_of(user_id).filter(|domain| domain.enabled);
        enabled.map(|domain| render(exchange, domain)).collect()
    });
    exchange.collection("domains", members)
}

fn render(exchange: &Exchange<'_>, domain: &Domain) -> Value {
    let mut body = domain.extra.clone();
    let shown = json!({
        "id": domain.id,
        "name": domain.name,
        "description": domain.description,
        "enabled": domain.enabled,
        "tags": [],
        "options": domain.options,
        "links": { "self": exchange.link(&format!("domains/{}", domain.id)) },
    });
    if let Value::Object(shown) = shown {
        body.extend(shown);
    }
    Value::Object(body)
}

fn list(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let enabled = exchange.enabled_wanted()?;
    let caller = exchange.permit("identity:list_domains", |caller| {
        system_reader(caller) || domain_reader(caller, caller.domain_id.as_deref())
    })?;
    let members = exchange.read(|identity| {
        let wanted = |domain: &&Domain| {
            exchange.passes("name", Some(&domain.name))
                && enabled.is_none_or(|enabled| enabled == domain.enabled)
                && caller
                    .domain_id
                    .as_ref()
                    .is_none_or(|domain_id| *domain_id == domain.id)
        };
        identity
            .domains()
            .iter()
            .filter(wanted)
            .map(|domain| render(exchange, domain))
            .collect()
    });
    exchange.collection("domains", members)
}

fn show(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    exchange.caller()?;
    let found = exchange.read(|identity| identity.domains().get(id).cloned());
    exchange.permit("identity:get_domain", |caller| {
        system_reader(caller)
            || caller.domain_id.as_deref() == Some(id)
            || caller.project_domain_id.as_deref() == Some(id)
    })?;
    Ok(Answer::ok(json!({ "domain": render(exchange, &found?) })))
}

fn create(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let (member, name) = exchange.named_member("domain", LONGEST_NAME)?;
    let (description, enabled, options) = (
        text(&member, "description")?,
        switch(&member, "enabled")?,
        options(&member)?,
    );
    exchange.permit("identity:create_domain", |_| false)?;
    let domain = Domain {
        id: exchange.state.minter.hex_id(),
        name,
        description: description.unwrap_or_default(),
        enabled: enabled.unwrap_or(true),
        options: options.unwrap_or_default(),
        extra: extra(&member, &KNOWN),
    };
    let domain = exchange.write(|identity| identity.create_domain(domain).cloned())?;
    Ok(Answer::created(
        json!({ "domain": render(exchange, &domain) }),
    ))
}

fn update(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    let member = exchange.member("domain")?;
    let new_name = name(&member, LONGEST_NAME)?;
    let (description, enabled, options) = (
        text(&member, "description")?,
        switch(&member, "enabled")?,
        options(&member)?,
    );
    exchange.permit("identity:update_domain", |_| false)?;
    let domain = exchange.write(|identity| {
        let mut domain = identity.domains().get(id)?.clone();
        if let Some(name) = new_name {
            domain.name = name;
        }
        if member.contains_key("description") {
            domain.description = description.unwrap_or_default();
        }
        domain.enabled = enabled.unwrap_or(domain.enabled);
        domain.options.extend(options.unwrap_or_default());
        domain.extra.extend(extra(&member, &KNOWN));
        identity.update_domain(domain).cloned()
    })?;
    Ok(Answer::ok(json!({ "domain": render(exchange, &domain) })))
}

fn delete(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    exchange.permit("identity:delete_domain", |_| false)?;
    exchange.write(|identity| identity.delete_domain(id))?;
    Ok(Answer::no_content())
}
