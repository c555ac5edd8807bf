//! `/v3/users/ID/application_credentials`: secrets with which programs log in as a user.

use axum::http::Method;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::body::{Object, invalid, not_of_type, text};
use super::listing::system_reader;
use super::{Caller, Exchange, Fault};
use crate::cloud::identity::{ApplicationCredential, Identity, Password};
use crate::http::call::Answer;

/// What a body may hold.
const KNOWN: [&str; 9] = [
    "id",
    "name",
    "description",
    "secret",
    "expires_at",
    "roles",
    "unrestricted",
    "access_rules",
    "project_id",
];

const LONGEST_NAME: usize = 255;

pub(super) fn route(
    exchange: &Exchange<'_>,
    method: &Method,
    user_id: &str,
    path: &[&str],
) -> Result<Answer, Fault> {
    match (path, method) {
        ([], &Method::GET) => list(exchange, user_id),
        ([], &Method::POST) => create(exchange, user_id),
        ([], _) => Err(Fault::method_not_allowed("GET, POST, HEAD, OPTIONS")),
        ([id], &Method::GET) => show(exchange, user_id, id),
        ([id], &Method::DELETE) => delete(exchange, user_id, id),
        ([_], _) => Err(Fault::method_not_allowed("GET, DELETE, HEAD, OPTIONS")),
        _ => Err(Fault::no_such_page()),
    }
}

/// `GET /v3/users/ID/access_rules`: the mock keeps none.
pub(super) fn access_rules(exchange: &Exchange<'_>, user_id: &str) -> Result<Answer, Fault> {
    exchange.permit("identity:list_access_rules", |caller| {
        system_reader(caller) || caller.user_id == user_id
    })?;
    exchange.collection("access_rules", Vec::new())
}

fn render(
    exchange: &Exchange<'_>,
    identity: &Identity,
    credential: &ApplicationCredential,
) -> Value {
    let roles = credential
        .role_ids
        .iter()
        .filter_map(|id| identity.roles().get(id).ok());
    let roles: Vec<Value> = roles
        .map(|role| {
            json!({
                "id": role.id,
                "name": role.name,
                "domain_id": role.domain_id,
                "description": role.description,
                "options": role.options,
            })
        })
        .collect();
    json!({
        "id": credential.id,
        "name": credential.name,
        "description": credential.description,
        "user_id": credential.user_id,
        "project_id": credential.project_id,
        "system": null,
        "expires_at": credential.expires_at.map(|end| end.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string()),
        // Keystone keeps what was not said apart from false.
        "unrestricted": credential.unrestricted.then_some(true),
        "roles": roles,
        "links": { "self": exchange.link(&format!("application_credentials/{}", credential.id)) },
    })
}

fn list(exchange: &Exchange<'_>, user_id: &str) -> Result<Answer, Fault> {
    exchange.permit("identity:list_application_credentials", |caller| {
        system_reader(caller) || caller.user_id == user_id
    })?;
    let members = exchange.read(|identity| {
        let wanted = identity
            .application_credentials()
            .iter()
            .filter(|credential| {
                credential.user_id == user_id && exchange.passes("name", Some(&credential.name))
            });
        wanted
            .map(|credential| render(exchange, identity, credential))
            .collect()
    });
    exchange.collection("application_credentials", members)
}

/// Permission goes by whose the credential is, whatever the path says.
fn owner(exchange: &Exchange<'_>, user_id: &str, id: &str) -> String {
    let owner = exchange.read(|identity| {
        identity
            .application_credentials()
            .get(id)
            .ok()
            .map(|found| found.user_id.clone())
    });
    owner.unwrap_or_else(|| user_id.to_owned())
}

fn show(exchange: &Exchange<'_>, user_id: &str, id: &str) -> Result<Answer, Fault> {
    let owner = owner(exchange, user_id, id);
    exchange.permit("identity:get_application_credential", |caller| {
        system_reader(caller) || caller.user_id == owner
    })?;
    let shown = exchange.read(|identity| {
        identity
            .application_credentials()
            .get(id)
            .map(|credential| render(exchange, identity, credential))
    })?;
    Ok(Answer::ok(json!({ "application_credential": shown })))
}

fn delete(exchange: &Exchange<'_>, user_id: &str, id: &str) -> Result<Answer, Fault> {
    let owner = owner(exchange, user_id, id);
    let caller = exchange.permit("identity:delete_application_credential", |caller| {
        caller.user_id == owner
    })?;
    refuse_restricted(exchange, caller)?;
    exchange.write(|identity| identity.delete_application_credential(id))?;
    Ok(Answer::no_content())
}

fn create(exchange: &Exchange<'_>, user_id: &str) -> Result<Answer, Fault> {
    let (member, name) = exchange.named_member("application_credential", LONGEST_NAME)?;
    if let Some(unknown) = member.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        let why = format!("Additional properties are not allowed ('{unknown}' was unexpected)");
        return Err(invalid(
            "application_credential",
            &Value::Object(member.clone()),
            &why,
        ));
    }
    let (description, secret) = (text(&member, "description")?, text(&member, "secret")?);
    let (expires, unrestricted) = (
        text(&member, "expires_at")?,
        super::body::switch(&member, "unrestricted")?,
    );
    let asked_roles = roles_in(&member)?;
    let caller = exchange.caller()?;
    // For oneself only, whoever one is.
    if caller.user_id != user_id {
        return Err(Fault::forbidden("identity:create_application_credential"));
    }
    refuse_restricted(exchange, caller)?;
    let expires_at = expires
        .map(|text| expiry(&text, exchange.state.clock.now()))
        .transpose()?;
    // Keystone makes one without a project too, with which nobody can log in.
    let project_id = caller
        .project_id
        .clone()
        .ok_or_else(|| Fault::expecting("project", "token"))?;
    let minter = &exchange.state.minter;
    let (id, secret) = (
        minter.hex_id(),
        secret.unwrap_or_else(|| minter.url_safe(64)),
    );
    let mut shown = exchange.write(|identity| -> Result<Value, Fault> {
        let role_ids = match asked_roles {
            Some(asked) => identity
                .grants()
                .with_implied(find_roles(identity, &asked)?),
            None => caller.role_ids.clone(),
        };
        if role_ids
            .iter()
            .any(|role_id| !caller.role_ids.contains(role_id))
        {
            return Err(unassigned_role());
        }
        let credential = ApplicationCredential {
            secret: Password::new(&id, &secret),
            id: id.clone(),
            name,
            description,
            user_id: user_id.to_owned(),
            project_id,
            role_ids,
            expires_at,
            unrestricted: unrestricted.unwrap_or(false),
        };
        let credential = identity.create_application_credential(credential)?.clone();
        Ok(render(exchange, identity, &credential))
    })?;
    // The only time it is seen.
    if let Value::Object(shown) = &mut shown {
        shown.insert("secret".to_owned(), Value::from(secret));
    }
    Ok(Answer::created(json!({ "application_credential": shown })))
}

/// A credential that is not unrestricted makes no others, nor deletes any.
fn refuse_restricted(exchange: &Exchange<'_>, caller: &Caller) -> Result<(), Fault> {
    let Some(id) = &caller.application_credential_id else {
        return Ok(());
    };
    let unrestricted = exchange.read(|identity| {
        identity
            .application_credentials()
            .get(id)
            .is_ok_and(|credential| credential.unrestricted)
    });
    if unrestricted {
        return Ok(());
    }
    // Both full stops are Keystone's.
    Err(Fault::forbidden(
        "Using method 'application_credential' is not allowed for managing additional application credentials.",
    ))
}

/// A role by id or by name.
enum RoleRef {
    Id(String),
    Name(String),
}

fn roles_in(member: &Object) -> Result<Option<Vec<RoleRef>>, Fault> {
    let roles = match member.get("roles") {
        None => return Ok(None),
        Some(Value::Array(roles)) if roles.is_empty() => return Ok(None),
        Some(Value::Array(roles)) => roles,
        Some(other) => return Err(not_of_type("roles", other, "'array'")),
    };
    let read = |(nth, role): (usize, &Value)| match role {
        Value::Object(object) => match (text(object, "id")?, text(object, "name")?) {
            (Some(id), None) => Ok(RoleRef::Id(id)),
            (None, Some(name)) => Ok(RoleRef::Name(name)),
            (None, None) => Err(invalid(&nth.to_string(), role, "{} should be non-empty")),
            (Some(_), Some(_)) => {
                let why = format!("{} has too many properties", nova_api::python_repr(role));
                Err(invalid(&nth.to_string(), role, &why))
            }
        },
        other => Err(not_of_type(&nth.to_string(), other, "'object'")),
    };
    roles
        .iter()
        .enumerate()
        .map(read)
        .collect::<Result<Vec<_>, _>>()
        .map(Some)
}

fn find_roles(identity: &Identity, asked: &[RoleRef]) -> Result<Vec<String>, Fault> {
    let find = |role: &RoleRef| match role {
        // Whether there is such a role is not told apart from whether the caller has it.
        RoleRef::Id(id) => Ok(id.clone()),
        RoleRef::Name(name) => {
            let role = identity.roles().named("", name);
            role.map(|role| role.id.clone())
                .map_err(|_| Fault::missing(format!("Role {name} is not defined")))
        }
    };
    asked.iter().map(find).collect()
}

fn unassigned_role() -> Fault {
    Fault::bad_request(
        "Invalid application credential: Cannot create an application credential with unassigned role",
    )
}

/// When it is to end: an ISO instant, in UTC if it does not say, and not past.
fn expiry(text: &str, now: Timestamp) -> Result<Timestamp, Fault> {
    let malformed = "The server could not comply with the request since it is either malformed or otherwise incorrect. \
                     The client is assumed to be in error.";
    let parsed = text.parse::<Timestamp>().ok().or_else(|| {
        let civil = text.parse::<DateTime>().ok()?;
        civil
            .to_zoned(TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    });
    match parsed {
        None => Err(Fault::bad_request(format!(
            "Timestamp not in expected format. {malformed}"
        ))),
        Some(end) if end < now => Err(Fault::bad_request(format!(
            "The 'expires_at' must not be before now. {malformed}"
        ))),
        Some(end) => Ok(end),
    }
}
