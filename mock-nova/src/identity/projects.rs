//! `/v3/projects`: what servers belong to, who has which role in it, and its tags.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::body::{Object, extra, name, not_of_type, options, refuse_moving, switch, text};
use super::listing::{domain_manager, domain_reader, system_reader};
use super::{Exchange, Fault, assignments};
use crate::cloud::identity::{Domain, Holder, Project, Refusal, Target};
use crate::http::call::Answer;

/// The keys of a project that Keystone has columns for.
const KNOWN: [&str; 10] = [
    "id",
    "name",
    "domain_id",
    "parent_id",
    "description",
    "enabled",
    "is_domain",
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
            Target::Project((*id).to_owned()),
            Holder::User((*user_id).to_owned()),
            rest,
        ),
        ([id, "groups", group_id, "roles", rest @ ..], method) => assignments::on(
            exchange,
            method,
            Target::Project((*id).to_owned()),
            Holder::Group((*group_id).to_owned()),
            rest,
        ),
        ([id, "tags"], method) => tags(exchange, method, id),
        ([id, "tags", tag], method) => tag_of(exchange, method, id, tag),
        _ => Err(Fault::no_such_page()),
    }
}

/// `GET /v3/auth/projects`: where the caller may work.
pub(super) fn of_caller(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let user_id = &exchange.caller()?.user_id;
    let members = exchange.read(|identity| {
        let usable = identity
            .projects_of(user_id)
            .filter(|project| identity.is_usable(project));
        usable
            .map(|project| Value::Object(render(exchange, project)))
            .collect()
    });
    exchange.collection("projects", members)
}

/// `GET /v3/users/ID/projects`.
pub(super) fn of_user(exchange: &Exchange<'_>, user_id: &str) -> Result<Answer, Fault> {
    exchange.caller()?;
    let user = exchange.read(|identity| identity.users().get(user_id).cloned());
    let domain_id = user.as_ref().ok().map(|user| user.domain_id.as_str());
    exchange.permit("identity:list_user_projects", |caller| {
        system_reader(caller) || domain_reader(caller, domain_id) || caller.user_id == user_id
    })?;
    user?;
    let enabled = exchange.enabled_wanted()?;
    let members = exchange.read(|identity| {
        let wanted = identity
            .projects_of(user_id)
            .filter(|project| passes(exchange, project, enabled));
        wanted
            .map(|project| Value::Object(render(exchange, project)))
            .collect()
    });
    exchange.collection("projects", members)
}

fn render(exchange: &Exchange<'_>, project: &Project) -> Map<String, Value> {
    let mut body = project.extra.clone();
    let shown = json!({
        "id": project.id,
        "name": project.name,
        "domain_id": project.domain_id,
        "description": project.description,
        "enabled": project.enabled,
        "parent_id": project.parent_id,
        "is_domain": false,
        "tags": project.tags,
        "options": project.options,
        "links": { "self": exchange.link(&format!("projects/{}", project.id)) },
    });
    if let Value::Object(shown) = shown {
        body.extend(shown);
    }
    body
}

/// In Keystone a domain is a project too.
fn render_domain(exchange: &Exchange<'_>, domain: &Domain) -> Value {
    json!({
        "id": domain.id,
        "name": domain.name,
        "domain_id": null,
        "description": domain.description,
        "enabled": domain.enabled,
        "parent_id": null,
        "is_domain": true,
        "tags": [],
        "options": domain.options,
        "links": { "self": exchange.link(&format!("projects/{}", domain.id)) },
    })
}

fn passes(exchange: &Exchange<'_>, project: &Project, enabled: Option<bool>) -> bool {
    exchange.passes("name", Some(&project.name))
        && exchange.passes("domain_id", Some(&project.domain_id))
        && exchange.passes("parent_id", Some(&project.parent_id))
        && enabled.is_none_or(|enabled| enabled == project.enabled)
        && passes_tags(exchange, &project.tags)
}

/// `tags` wants all of them, `tags-any` one, and each has a negation.
fn passes_tags(exchange: &Exchange<'_>, tags: &[String]) -> bool {
    let has = |tag: &str| tags.iter().any(|known| known == tag);
    exchange.call.query.iter().all(|(key, wanted)| {
        let mut wanted = wanted.split(',');
        match key.as_str() {
            "tags" => wanted.all(has),
            "tags-any" => wanted.any(has),
            "not-tags" => !wanted.all(has),
            "not-tags-any" => !wanted.any(has),
            _ => true,
        }
    })
}

fn list(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let enabled = exchange.enabled_wanted()?;
    let caller = exchange.permit("identity:list_projects", |caller| {
        system_reader(caller) || domain_reader(caller, caller.domain_id.as_deref())
    })?;
    let domains = exchange
        .call
        .query("is_domain")
        .is_some_and(|word| word.eq_ignore_ascii_case("true") || word == "1");
    let members = exchange.read(|identity| {
        if domains {
            let wanted = |domain: &&Domain| {
                exchange.passes("name", Some(&domain.name))
                    && enabled.is_none_or(|enabled| enabled == domain.enabled)
            };
            return identity
                .domains()
                .iter()
                .filter(wanted)
                .map(|domain| render_domain(exchange, domain))
                .collect();
        }
        let wanted = |project: &&Project| {
            passes(exchange, project, enabled)
                && caller
                    .domain_id
                    .as_ref()
                    .is_none_or(|domain_id| *domain_id == project.domain_id)
        };
        identity
            .projects()
            .iter()
            .filter(wanted)
            .map(|project| Value::Object(render(exchange, project)))
            .collect()
    });
    exchange.collection("projects", members)
}

/// A project that the caller may read.
fn readable(exchange: &Exchange<'_>, action: &str, id: &str) -> Result<Project, Fault> {
    exchange.caller()?;
    let found = exchange.read(|identity| identity.projects().get(id).cloned());
    let domain_id = found
        .as_ref()
        .ok()
        .map(|project| project.domain_id.as_str());
    exchange.permit(action, |caller| {
        system_reader(caller)
            || domain_reader(caller, domain_id)
            || caller.project_id.as_deref() == Some(id)
    })?;
    Ok(found?)
}

/// A project that the caller may change.
fn changeable(exchange: &Exchange<'_>, action: &str, id: &str) -> Result<Project, Fault> {
    exchange.caller()?;
    let found = exchange.read(|identity| identity.projects().get(id).cloned());
    let domain_id = found
        .as_ref()
        .ok()
        .map(|project| project.domain_id.as_str());
    exchange.permit(action, |caller| domain_manager(caller, domain_id))?;
    Ok(found?)
}

fn show(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    let project = match readable(exchange, "identity:get_project", id) {
        Ok(project) => project,
        Err(fault) if fault.status() == 404 => {
            let domain = exchange
                .read(|identity| identity.domains().get(id).cloned())
                .map_err(|_| fault)?;
            return Ok(Answer::ok(
                json!({ "project": render_domain(exchange, &domain) }),
            ));
        }
        Err(fault) => return Err(fault),
    };
    Ok(Answer::ok(json!({ "project": render(exchange, &project) })))
}

fn create(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let (member, name) = exchange.named_member("project", LONGEST_NAME)?;
    let (description, parent_id) = (text(&member, "description")?, text(&member, "parent_id")?);
    let (enabled, is_domain) = (switch(&member, "enabled")?, switch(&member, "is_domain")?);
    let (tags, options) = (tags_in(&member)?.unwrap_or_default(), options(&member)?);
    let domain_id = match (&parent_id, text(&member, "domain_id")?) {
        // Below another project, the domain is that project's.
        (Some(parent_id), None) => {
            let parent = exchange.read(|identity| identity.projects().get(parent_id).cloned());
            match parent {
                Ok(parent) => parent.domain_id,
                Err(_) => exchange.domain_asked(&member)?,
            }
        }
        (_, Some(domain_id)) => domain_id,
        (None, None) => exchange.domain_asked(&member)?,
    };
    exchange.permit("identity:create_project", |caller| {
        domain_manager(caller, Some(&domain_id))
    })?;
    if is_domain == Some(true) {
        return Err(Fault::bad_request(
            "only root projects are allowed to act as domains.",
        ));
    }
    let id = exchange.state.minter.hex_id();
    let project = Project {
        parent_id: parent_id.unwrap_or_else(|| domain_id.clone()),
        id,
        name,
        domain_id,
        description: description.unwrap_or_default(),
        enabled: enabled.unwrap_or(true),
        tags,
        options: options.unwrap_or_default(),
        extra: extra(&member, &KNOWN),
    };
    let asked_id = project.id.clone();
    let project = exchange
        .write(|identity| identity.create_project(project).cloned())
        .map_err(|refusal| match refusal {
            // Here, and only here, what is missing is the client's mistake.
            Refusal::NotFound { kind, id } => {
                Fault::bad_request(format!("Could not find {kind}: {id}."))
            }
            Refusal::NameTaken { name, .. } => same_name(&name, &asked_id),
            refusal => Fault::from(refusal),
        })?;
    Ok(Answer::created(
        json!({ "project": render(exchange, &project) }),
    ))
}

fn same_name(name: &str, id: &str) -> Fault {
    let details = format!(
        "it is not permitted to have two projects with either the same name or same id in the same domain: name is \
         {name}, project id {id}"
    );
    Fault::conflict("project", &details)
}

fn update(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    let member = exchange.member("project")?;
    let new_name = name(&member, LONGEST_NAME)?;
    let (description, parent_id) = (text(&member, "description")?, text(&member, "parent_id")?);
    let (enabled, tags, options) = (
        switch(&member, "enabled")?,
        tags_in(&member)?,
        options(&member)?,
    );
    changeable(exchange, "identity:update_project", id)?;
    let project = exchange.write(|identity| {
        let mut project = identity.projects().get(id)?.clone();
        refuse_moving(&member, id, &project.domain_id)?;
        if parent_id.is_some_and(|parent_id| parent_id != project.parent_id) {
            return Err(Fault::refused("Update of `parent_id` is not allowed."));
        }
        if let Some(name) = new_name {
            project.name = name;
        }
        if member.contains_key("description") {
            project.description = description.unwrap_or_default();
        }
        project.enabled = enabled.unwrap_or(project.enabled);
        project.tags = tags.unwrap_or(project.tags);
        project.options.extend(options.unwrap_or_default());
        project.extra.extend(extra(&member, &KNOWN));
        identity
            .update_project(project)
            .cloned()
            .map_err(|refusal| match refusal {
                Refusal::NameTaken { name, .. } => same_name(&name, id),
                refusal => Fault::from(refusal),
            })
    })?;
    let mut body = render(exchange, &project);
    // An oddity of updates: what was kept for the client is shown a second time.
    body.insert("extra".to_owned(), Value::Object(project.extra.clone()));
    Ok(Answer::ok(json!({ "project": body })))
}

fn delete(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    changeable(exchange, "identity:delete_project", id)?;
    exchange.write(|identity| identity.delete_project(id))?;
    Ok(Answer::no_content())
}

fn tags_in(member: &Object) -> Result<Option<Vec<String>>, Fault> {
    let tags = match member.get("tags") {
        None => return Ok(None),
        Some(Value::Array(tags)) => tags,
        Some(other) => return Err(not_of_type("tags", other, "'array'")),
    };
    let texts = tags.iter().enumerate().map(|(nth, tag)| match tag {
        Value::String(tag) => Ok(tag.clone()),
        other => Err(not_of_type(&nth.to_string(), other, "'string'")),
    });
    texts.collect::<Result<Vec<_>, _>>().map(Some)
}

fn tags(exchange: &Exchange<'_>, method: &Method, id: &str) -> Result<Answer, Fault> {
    let shown = |tags: Vec<String>| {
        let links = json!({ "self": exchange.call.base.join("/identity/v3") });
        Answer::ok(json!({ "tags": tags, "links": links }))
    };
    match *method {
        Method::GET => Ok(shown(
            readable(exchange, "identity:list_project_tags", id)?.tags,
        )),
        Method::PUT => {
            let new = tags_in(&exchange.object())?.ok_or_else(|| super::body::required("tags"))?;
            let set = |tags: &mut Vec<String>| {
                *tags = new;
                Ok(())
            };
            Ok(shown(
                retag(exchange, "identity:update_project_tags", id, set)?.tags,
            ))
        }
        Method::DELETE => {
            let clear = |tags: &mut Vec<String>| {
                tags.clear();
                Ok(())
            };
            retag(exchange, "identity:delete_project_tags", id, clear)?;
            Ok(Answer::no_content())
        }
        _ => Err(Fault::method_not_allowed("GET, PUT, DELETE, HEAD, OPTIONS")),
    }
}

fn tag_of(exchange: &Exchange<'_>, method: &Method, id: &str, tag: &str) -> Result<Answer, Fault> {
    let missing = || Fault::not_found("project tag", tag);
    match *method {
        Method::GET => {
            let project = readable(exchange, "identity:get_project_tag", id)?;
            if project.tags.iter().any(|known| known == tag) {
                Ok(Answer::no_content())
            } else {
                Err(missing())
            }
        }
        Method::PUT => {
            let add = |tags: &mut Vec<String>| {
                if !tags.iter().any(|known| known == tag) {
                    tags.push(tag.to_owned());
                }
                Ok(())
            };
            retag(exchange, "identity:create_project_tag", id, add)?;
            Ok(Answer::new(StatusCode::CREATED, None))
        }
        Method::DELETE => {
            let remove = |tags: &mut Vec<String>| {
                let at = tags
                    .iter()
                    .position(|known| known == tag)
                    .ok_or_else(missing)?;
                tags.remove(at);
                Ok(())
            };
            retag(exchange, "identity:delete_project_tag", id, remove)?;
            Ok(Answer::no_content())
        }
        _ => Err(Fault::method_not_allowed("GET, PUT, DELETE, HEAD, OPTIONS")),
    }
}

/// Changes a project's tags, for those who may.
fn retag(
    exchange: &Exchange<'_>,
    action: &str,
    id: &str,
    change: impl FnOnce(&mut Vec<String>) -> Result<(), Fault>,
) -> Result<Project, Fault> {
    changeable(exchange, action, id)?;
    exchange.write(|identity| {
        let mut project = identity.projects().get(id)?.clone();
        change(&mut project.tags)?;
        Ok(identity.update_project(project)?.clone())
    })
}
