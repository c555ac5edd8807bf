//! Who has which role where: `…/users/ID/roles` and `…/groups/ID/roles` below projects, domains and the
//! system, and `/v3/role_assignments`, which shows them all.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::listing::{domain_manager, domain_reader, system_reader};
use super::roles::{self, MANAGED};
use super::{Caller, Exchange, Fault};
use crate::cloud::identity::{Grant, Holder, Identity, Target};
use crate::http::call::Answer;

/// `…/users/ID/roles` and `…/users/ID/roles/ID`, and the same of groups.
pub(super) fn on(
    exchange: &Exchange<'_>,
    method: &Method,
    target: Target,
    holder: Holder,
    path: &[&str],
) -> Result<Answer, Fault> {
    match (path, method) {
        ([], &Method::GET) => list_on(exchange, &target, &holder),
        ([], _) => Err(Fault::method_not_allowed("HEAD, GET, OPTIONS")),
        ([role_id], method) => {
            let grant = Grant {
                holder,
                target,
                role_id: (*role_id).to_owned(),
            };
            match *method {
                Method::GET => check(exchange, &grant),
                Method::PUT => add(exchange, grant),
                Method::DELETE => remove(exchange, &grant),
                _ => Err(Fault::method_not_allowed("GET, PUT, DELETE, HEAD, OPTIONS")),
            }
        }
        _ => Err(Fault::no_such_page()),
    }
}

fn list_on(exchange: &Exchange<'_>, target: &Target, holder: &Holder) -> Result<Answer, Fault> {
    let action = match (target, holder) {
        (Target::System, Holder::User(_)) => "identity:list_system_grants_for_user",
        (Target::System, Holder::Group(_)) => "identity:list_system_grants_for_group",
        _ => "identity:list_grants",
    };
    permit_reading(exchange, action, target, holder)?;
    let members = exchange.read(|identity| -> Result<Vec<Value>, Fault> {
        match target {
            Target::Project(id) => drop(identity.projects().get(id)?),
            Target::Domain(id) => drop(identity.domains().get(id)?),
            Target::System => {}
        }
        match holder {
            Holder::User(id) => drop(identity.users().get(id)?),
            Holder::Group(id) => drop(identity.groups().get(id)?),
        }
        let here = identity
            .grants()
            .of(holder)
            .filter(|grant| grant.target == *target);
        Ok(here
            .filter_map(|grant| identity.roles().get(&grant.role_id).ok())
            .map(|role| roles::render(exchange, role))
            .collect())
    })?;
    exchange.collection("roles", members)
}

fn check(exchange: &Exchange<'_>, grant: &Grant) -> Result<Answer, Fault> {
    let action = match (&grant.target, &grant.holder) {
        (Target::System, Holder::User(_)) => "identity:check_system_grant_for_user",
        (Target::System, Holder::Group(_)) => "identity:check_system_grant_for_group",
        _ => "identity:check_grant",
    };
    permit_reading(exchange, action, &grant.target, &grant.holder)?;
    exchange.read(|identity| identity.check_grant(grant))?;
    if exchange.read(|identity| identity.grants().contains(grant)) {
        Ok(Answer::no_content())
    } else {
        Err(Fault::not_granted(
            &grant.role_id,
            grant.holder.id(),
            grant.target.id(),
        ))
    }
}

fn add(exchange: &Exchange<'_>, grant: Grant) -> Result<Answer, Fault> {
    let action = match (&grant.target, &grant.holder) {
        (Target::System, Holder::User(_)) => "identity:create_system_grant_for_user",
        (Target::System, Holder::Group(_)) => "identity:create_system_grant_for_group",
        _ => "identity:create_grant",
    };
    permit_changing(exchange, action, &grant)?;
    exchange.write(|identity| identity.grant(grant))?;
    Ok(Answer::no_content())
}

fn remove(exchange: &Exchange<'_>, grant: &Grant) -> Result<Answer, Fault> {
    let action = match (&grant.target, &grant.holder) {
        (Target::System, Holder::User(_)) => "identity:revoke_system_grant_for_user",
        (Target::System, Holder::Group(_)) => "identity:revoke_system_grant_for_group",
        _ => "identity:revoke_grant",
    };
    permit_changing(exchange, action, grant)?;
    exchange.write(|identity| identity.ungrant(grant))?;
    Ok(Answer::no_content())
}

fn permit_reading(
    exchange: &Exchange<'_>,
    action: &str,
    target: &Target,
    holder: &Holder,
) -> Result<(), Fault> {
    exchange.caller()?;
    let domain_id = exchange.read(|identity| common_domain(identity, target, holder));
    exchange
        .permit(action, |caller| {
            system_reader(caller) || domain_reader(caller, domain_id.as_deref())
        })
        .map(drop)
}

fn permit_changing(exchange: &Exchange<'_>, action: &str, grant: &Grant) -> Result<(), Fault> {
    exchange.caller()?;
    let (domain_id, managed) = exchange.read(|identity| {
        let managed = identity
            .roles()
            .get(&grant.role_id)
            .is_ok_and(|role| MANAGED.contains(&role.name.as_str()));
        (
            common_domain(identity, &grant.target, &grant.holder),
            managed,
        )
    });
    exchange
        .permit(action, |caller: &Caller| {
            managed && domain_manager(caller, domain_id.as_deref())
        })
        .map(drop)
}

/// The domain that both the user or group and the place belong to, if it is one.
fn common_domain(identity: &Identity, target: &Target, holder: &Holder) -> Option<String> {
    let of_holder = match holder {
        Holder::User(id) => &identity.users().get(id).ok()?.domain_id,
        Holder::Group(id) => &identity.groups().get(id).ok()?.domain_id,
    };
    let of_target = match target {
        Target::Project(id) => &identity.projects().get(id).ok()?.domain_id,
        Target::Domain(id) => &identity.domains().get(id).ok()?.id,
        Target::System => return None,
    };
    (of_holder == of_target).then(|| of_holder.clone())
}

/// One line of `/v3/role_assignments`.
struct Assignment<'i> {
    grant: &'i Grant,
    /// Who is shown to have it: who it was granted to, or a member of that group.
    holder: Holder,
    /// The role shown: the one granted, or one that comes with it.
    role_id: String,
    /// The role it comes with.
    prior: Option<String>,
}

/// `GET /v3/role_assignments`.
pub(super) fn list(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let call = exchange.call;
    let scopes = ["scope.project.id", "scope.domain.id"]
        .iter()
        .filter(|key| call.has_query(key))
        .count();
    let caller = exchange.permit("identity:list_role_assignments", |caller| {
        system_reader(caller) || domain_reader(caller, caller.domain_id.as_deref())
    })?;
    if scopes > 1 {
        return Err(Fault::bad_request("Specify a domain or project, not both"));
    }
    if call.has_query("user.id") && call.has_query("group.id") {
        return Err(Fault::bad_request("Specify a user or group, not both"));
    }
    let effective = exchange.asks("effective");
    if effective && call.has_query("group.id") {
        return Err(Fault::bad_request(
            "Combining effective and group filter will always result in an empty list.",
        ));
    }
    let names = exchange.asks("include_names");
    let members = exchange.read(|identity| {
        let grants = identity
            .grants()
            .iter()
            .filter(|grant| wanted(exchange, identity, caller, grant));
        let shown = grants.flat_map(|grant| expand(identity, grant, effective));
        let shown = shown.filter(|assignment| {
            let of_user = |id| assignment.holder == Holder::User(String::from(id));
            call.query("role.id")
                .is_none_or(|id| id == assignment.role_id)
                && call.query("user.id").is_none_or(of_user)
        });
        shown
            .map(|assignment| render(exchange, identity, &assignment, names))
            .collect()
    });
    exchange.collection("role_assignments", members)
}

fn wanted(exchange: &Exchange<'_>, identity: &Identity, caller: &Caller, grant: &Grant) -> bool {
    let call = exchange.call;
    let asked = |key: &str, actual: Option<&str>| {
        call.query(key).is_none_or(|wanted| Some(wanted) == actual)
    };
    let (project, domain, system) = match &grant.target {
        Target::Project(id) => (Some(id.as_str()), None, None),
        Target::Domain(id) => (None, Some(id.as_str()), None),
        Target::System => (None, None, Some("all")),
    };
    let group = match &grant.holder {
        Holder::Group(id) => Some(id.as_str()),
        Holder::User(_) => None,
    };
    let in_domain = caller.domain_id.as_deref().is_none_or(|mine| {
        domain == Some(mine)
            || project.is_some_and(|id| {
                identity
                    .projects()
                    .get(id)
                    .is_ok_and(|project| project.domain_id == mine)
            })
    });
    in_domain
        && asked("group.id", group)
        && asked("scope.project.id", project)
        && asked("scope.domain.id", domain)
        && call.query("scope.system").is_none_or(|_| system.is_some())
}

/// The grant itself, or if all that it is worth is wanted, what it comes to for each user it reaches.
fn expand<'i>(identity: &Identity, grant: &'i Grant, effective: bool) -> Vec<Assignment<'i>> {
    match &grant.holder {
        Holder::Group(id) if effective => identity
            .members_of(id)
            .flat_map(|user| expand_for(identity, grant, &Holder::User(user.id.clone()), true))
            .collect(),
        holder => expand_for(identity, grant, holder, effective),
    }
}

fn expand_for<'i>(
    identity: &Identity,
    grant: &'i Grant,
    holder: &Holder,
    effective: bool,
) -> Vec<Assignment<'i>> {
    let mut found = vec![Assignment {
        grant,
        holder: holder.clone(),
        role_id: grant.role_id.clone(),
        prior: None,
    }];
    let mut at = 0;
    while effective && let Some(prior) = found.get(at).map(|assignment| assignment.role_id.clone())
    {
        for implied in identity.grants().implied_by(&prior) {
            if !found.iter().any(|assignment| assignment.role_id == implied) {
                found.push(Assignment {
                    grant,
                    holder: holder.clone(),
                    role_id: implied.to_owned(),
                    prior: Some(prior.clone()),
                });
            }
        }
        at += 1;
    }
    found
}

fn render(
    exchange: &Exchange<'_>,
    identity: &Identity,
    assignment: &Assignment<'_>,
    names: bool,
) -> Value {
    let Assignment {
        grant,
        holder,
        role_id,
        prior,
    } = assignment;
    let in_domain = |domain_id: &str| json!({ "id": domain_id, "name": identity.domains().get(domain_id).map_or("", |domain| domain.name.as_str()) });
    let mut role = json!({ "id": role_id });
    let mut who = json!({ "id": holder.id() });
    let mut scope = match &grant.target {
        Target::Project(id) => json!({ "project": { "id": id } }),
        Target::Domain(id) => json!({ "domain": { "id": id } }),
        Target::System => json!({ "system": { "all": true } }),
    };
    if names {
        if let Ok(found) = identity.roles().get(role_id) {
            role = json!({ "id": found.id, "name": found.name });
        }
        let known = match holder {
            Holder::User(id) => {
                let user = identity.users().get(id);
                user.map(|user| (&user.name, &user.domain_id))
            }
            Holder::Group(id) => {
                let group = identity.groups().get(id);
                group.map(|group| (&group.name, &group.domain_id))
            }
        };
        if let Ok((name, domain_id)) = known {
            who = json!({ "id": holder.id(), "name": name, "domain": in_domain(domain_id) });
        }
        scope = match &grant.target {
            Target::Project(id) => match identity.projects().get(id) {
                Ok(found) => {
                    json!({ "project": { "id": id, "name": found.name, "domain": in_domain(&found.domain_id) } })
                }
                Err(_) => scope,
            },
            Target::Domain(id) => json!({ "domain": in_domain(id) }),
            Target::System => scope,
        };
    }
    let place = match &grant.target {
        Target::Project(id) => format!("projects/{id}"),
        Target::Domain(id) => format!("domains/{id}"),
        Target::System => "system".to_owned(),
    };
    let granted_to = match &grant.holder {
        Holder::User(id) => format!("users/{id}"),
        Holder::Group(id) => format!("groups/{id}"),
    };
    let granted = prior.as_ref().unwrap_or(role_id);
    let mut links = Map::new();
    links.insert(
        "assignment".to_owned(),
        Value::from(exchange.link(&format!("{place}/{granted_to}/roles/{granted}"))),
    );
    if let (Holder::Group(group_id), Holder::User(user_id)) = (&grant.holder, holder) {
        let membership = exchange.link(&format!("groups/{group_id}/users/{user_id}"));
        links.insert("membership".to_owned(), Value::from(membership));
    }
    if let Some(prior) = prior {
        // The order is Keystone's.
        links.insert(
            "prior_role".to_owned(),
            Value::from(exchange.link(&format!("prior_role/{role_id}/implies/{prior}"))),
        );
    }
    let kind = match holder {
        Holder::User(_) => "user",
        Holder::Group(_) => "group",
    };
    json!({ "role": role, kind: who, "scope": scope, "links": links })
}
