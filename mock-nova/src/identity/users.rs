//! `/v3/users`: who there is.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::body::{
    Object, extra, invalid, name, not_of_type, options, refuse_moving, required, switch, text,
};
use super::listing::{domain_manager, domain_reader, system_reader};
use super::{Exchange, Fault, application_credentials, get_only, groups, projects};
use crate::cloud::identity::{Password, Refusal, User};
use crate::http::call::Answer;

/// The keys of a user that Keystone has columns for; the rest it keeps as it comes.
const KNOWN: [&str; 8] = [
    "id",
    "name",
    "domain_id",
    "enabled",
    "password",
    "default_project_id",
    "options",
    "links",
];

const LONGEST_NAME: usize = 255;

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
        ([id, "password"], &Method::POST) => change_password(exchange, id),
        ([_, "password"], _) => Err(Fault::method_not_allowed("POST")),
        ([id, "projects"], method) => get_only(method, || projects::of_user(exchange, id)),
        ([id, "groups"], method) => get_only(method, || groups::of_user(exchange, id)),
        ([id, "application_credentials", rest @ ..], method) => {
            application_credentials::route(exchange, method, id, rest)
        }
        ([id, "access_rules"], method) => get_only(method, || {
            application_credentials::access_rules(exchange, id)
        }),
        _ => Err(Fault::no_such_page()),
    }
}

pub(super) fn render(exchange: &Exchange<'_>, user: &User) -> Map<String, Value> {
    let mut body = user.extra.clone();
    let shown = json!({
        "domain_id": user.domain_id,
        "enabled": user.enabled,
        "id": user.id,
        "name": user.name,
        "options": user.options,
        "password_expires_at": null,
        "links": { "self": exchange.link(&format!("users/{}", user.id)) },
    });
    if let Value::Object(shown) = shown {
        body.extend(shown);
    }
    body.extend(
        user.default_project_id
            .clone()
            .map(|id| ("default_project_id".to_owned(), Value::from(id))),
    );
    body
}

fn list(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let enabled = exchange.enabled_wanted()?;
    let caller = exchange.permit("identity:list_users", |caller| {
        system_reader(caller) || domain_reader(caller, caller.domain_id.as_deref())
    })?;
    let members = exchange.read(|identity| {
        let wanted = |user: &&User| {
            exchange.passes("name", Some(&user.name))
                && exchange.passes("domain_id", Some(&user.domain_id))
                && enabled.is_none_or(|enabled| enabled == user.enabled)
                && caller
                    .domain_id
                    .as_ref()
                    .is_none_or(|domain_id| *domain_id == user.domain_id)
        };
        identity
            .users()
            .iter()
            .filter(wanted)
            .map(|user| Value::Object(render(exchange, user)))
            .collect()
    });
    exchange.collection("users", members)
}

fn show(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    exchange.caller()?;
    let found = exchange.read(|identity| identity.users().get(id).cloned());
    let domain_id = found.as_ref().ok().map(|user| user.domain_id.as_str());
    exchange.permit("identity:get_user", |caller| {
        system_reader(caller)
            || domain_reader(caller, domain_id)
            || found.is_ok() && caller.user_id == id
    })?;
    Ok(Answer::ok(json!({ "user": render(exchange, &found?) })))
}

fn create(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let (member, name) = exchange.named_member("user", LONGEST_NAME)?;
    let password = text(&member, "password")?;
    let default_project_id = text(&member, "default_project_id")?;
    let (enabled, options) = (switch(&member, "enabled")?, options(&member)?);
    text(&member, "description")?;
    let domain_id = exchange.domain_asked(&member)?;
    exchange.permit("identity:create_user", |caller| {
        domain_manager(caller, Some(&domain_id))
    })?;
    let id = exchange.state.minter.hex_id();
    let user = User {
        password: password.map(|password| Password::new(&id, &password)),
        id,
        name,
        domain_id,
        default_project_id,
        enabled: enabled.unwrap_or(true),
        options: options.unwrap_or_default(),
        extra: extra(&member, &KNOWN),
    };
    let user = exchange.write(|identity| identity.create_user(user).cloned())?;
    Ok(Answer::created(json!({ "user": render(exchange, &user) })))
}

fn update(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    let member = exchange.member("user")?;
    if member.is_empty() {
        return Err(invalid(
            "user",
            &Value::Object(member),
            "{} should be non-empty",
        ));
    }
    let new_name = name(&member, LONGEST_NAME)?;
    let password = text(&member, "password")?;
    let default_project_id = text(&member, "default_project_id")?;
    let (enabled, options) = (switch(&member, "enabled")?, options(&member)?);
    exchange.caller()?;
    let domain_id = exchange.read(|identity| {
        identity
            .users()
            .get(id)
            .ok()
            .map(|user| user.domain_id.clone())
    });
    exchange.permit("identity:update_user", |caller| {
        domain_manager(caller, domain_id.as_deref())
    })?;
    let user = exchange.write(|identity| {
        let mut user = identity.users().get(id)?.clone();
        refuse_moving(&member, id, &user.domain_id)?;
        if let Some(name) = new_name {
            user.name = name;
        }
        if member.contains_key("default_project_id") {
            user.default_project_id = default_project_id;
        }
        user.enabled = enabled.unwrap_or(user.enabled);
        user.options.extend(options.unwrap_or_default());
        user.extra.extend(extra(&member, &KNOWN));
        let new_password = password.map(|password| Password::new(id, &password));
        let changed = new_password.is_some();
        user.password = new_password.or(user.password);
        identity
            .update_user(user, changed)
            .cloned()
            .map_err(|refusal| match refusal {
                // Here Keystone leaves the domain out.
                Refusal::NameTaken { name, .. } => {
                    Fault::conflict("user", &format!("Duplicate entry found with name {name}"))
                }
                refusal => Fault::from(refusal),
            })
    })?;
    let mut body = render(exchange, &user);
    // An oddity of updates: what was kept for the client is shown a second time.
    body.insert("extra".to_owned(), Value::Object(user.extra.clone()));
    Ok(Answer::ok(json!({ "user": body })))
}

fn delete(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    exchange.caller()?;
    let domain_id = exchange.read(|identity| {
        identity
            .users()
            .get(id)
            .ok()
            .map(|user| user.domain_id.clone())
    });
    exchange.permit("identity:delete_user", |caller| {
        domain_manager(caller, domain_id.as_deref())
    })?;
    exchange.write(|identity| identity.delete_user(id))?;
    Ok(Answer::no_content())
}

/// Asks for no token: who knows the old password may set a new one.
fn change_password(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    let member = exchange
        .object()
        .remove("user")
        .unwrap_or_else(|| json!({}));
    let Value::Object(member) = member else {
        return Err(not_of_type("user", &member, "'object'"));
    };
    let needed = |key: &str| match member.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(not_of_type(key, other, "'string'")),
        None => Err(required(key)),
    };
    let (original, new) = (needed("original_password")?, needed("password")?);
    exchange.write(|identity| {
        let mut user = identity
            .users()
            .get(id)
            .map_err(|_| Fault::unauthorized())?
            .clone();
        let right = user
            .password
            .as_ref()
            .is_some_and(|password| password.verify(id, &original));
        if !right || !identity.may_log_in(&user) {
            return Err(Fault::unauthorized());
        }
        user.password = Some(Password::new(id, &new));
        identity.update_user(user, true)?;
        Ok(Answer::no_content())
    })
}

impl Exchange<'_> {
    /// The domain that something is to be made in: the one named, else the token's, else `default`.
    pub(super) fn domain_asked(&self, member: &Object) -> Result<String, Fault> {
        let asked = text(member, "domain_id")?;
        let of_token = || {
            let caller = self.caller.as_deref()?;
            caller
                .domain_id
                .clone()
                .or_else(|| caller.project_domain_id.clone())
        };
        Ok(asked
            .or_else(of_token)
            .unwrap_or_else(|| "default".to_owned()))
    }
}
