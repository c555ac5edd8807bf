//! The few requests to Keystone by which an administrator makes a run's own projects and users, and takes them away again. It
//! knows callers and single requests, and nothing of who is made for what.

use std::{fmt, time::Duration};

use nova_client::RawRequest;
use serde_json::{Value, json};

use crate::{
    caller::{Base, Caller, Cloud, Reply},
    check::encoded,
};

/// So many pages of a list are read at most: one that never ends is given up.
const PAGES: usize = 1000;

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A project.
    Project,
    /// A user.
    User,
}

impl Kind {
    /// For people, and the member of a body.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::User => "user",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Project => "/projects",
            Self::User => "/users",
        }
    }
}

/// A project or user that a run makes for itself, known by its name until the answer to its creation tells its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Newcomer {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) domain_id: String,
    pub(crate) id: Option<String>,
}

impl fmt::Display for Newcomer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} '{}'", self.kind.name(), self.name)
    }
}

/// How a question comes to nothing.
#[derive(Debug)]
pub(crate) enum No {
    /// The administrator may not: a sentence.
    Forbidden(String),
    /// Another answer below 500 says no: a sentence.
    Refused(String),
    /// No answer, or none that decides: a sentence.
    Unanswered(String),
}

impl No {
    pub(crate) fn sentence(self) -> String {
        match self {
            Self::Forbidden(why) | Self::Refused(why) | Self::Unanswered(why) => why,
        }
    }
}

/// One request as the administrator.
async fn ask(request: &RawRequest, cloud: &Cloud) -> Result<Reply, String> {
    let admin = cloud
        .party(Caller::Admin)
        .ok_or_else(|| cloud.why_without(Caller::Admin))?;
    let mut request = request.clone();
    request.token = admin.token.clone();
    admin.wire.send(Base::Identity, &request).await
}

/// What an answer says, for a sentence: the request, its status and Keystone's words.
fn said(request: &RawRequest, reply: &Reply) -> String {
    let path = request.path.split('?').next().unwrap_or_default();
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let words = body
        .as_ref()
        .and_then(|body| body.pointer("/error/message")?.as_str())
        .map(|words| {
            let words = nova_client::redact::text(words.trim_end_matches('.'));
            format!(" ({words})")
        })
        .unwrap_or_default();
    format!(
        "{} /v3{path} answered {}{words}",
        request.method, reply.status
    )
}

/// One request, and its answer's JSON.
async fn answer(request: RawRequest, cloud: &Cloud) -> Result<Value, No> {
    let reply = ask(&request, cloud).await.map_err(No::Unanswered)?;
    match reply.status {
        200..300 => Ok(serde_json::from_slice(&reply.body).unwrap_or_default()),
        403 => Err(No::Forbidden(said(&request, &reply))),
        400..500 => Err(No::Refused(said(&request, &reply))),
        _ => Err(No::Unanswered(said(&request, &reply))),
    }
}

/// Makes a project or user with these members beside its name and domain. Its id.
pub(crate) async fn create(
    newcomer: &Newcomer,
    mut members: Value,
    cloud: &Cloud,
    deadline: Duration,
) -> Result<String, No> {
    let Newcomer {
        kind,
        name,
        domain_id,
        ..
    } = newcomer;
    members["name"] = json!(name);
    members["domain_id"] = json!(domain_id);
    let request = RawRequest::post(kind.path())
        .json(&json!({kind.name(): members}))
        .within(deadline);
    let made = answer(request, cloud).await?;
    let id = made
        .get(kind.name())
        .and_then(|made| made.get("id")?.as_str());
    id.map(str::to_owned).ok_or_else(|| {
        No::Unanswered(format!(
            "the answer to the creation of {newcomer} has no id"
        ))
    })
}

/// The id of the role with this name; `None` where the cloud has none.
pub(crate) async fn role(
    name: &str,
    cloud: &Cloud,
    deadline: Duration,
) -> Result<Option<String>, No> {
    let request = RawRequest::get(format!("/roles?name={}", encoded(name))).within(deadline);
    let body = answer(request, cloud).await?;
    let roles = body.get("roles").and_then(Value::as_array);
    let found = roles.into_iter().flatten().find(|role| {
        let text = |member: &str| role.get(member).and_then(Value::as_str);
        // A role of a domain has the name of a cloud's, and is not meant by any policy.
        text("name") == Some(name) && text("domain_id").is_none()
    });
    Ok(found.and_then(|role| Some(role.get("id")?.as_str()?.to_owned())))
}

/// Gives a user a role in a project.
pub(crate) async fn grant(
    role: &str,
    user: &str,
    project: &str,
    cloud: &Cloud,
    deadline: Duration,
) -> Result<(), No> {
    let [role, user, project] = [role, user, project].map(encoded);
    let path = format!("/projects/{project}/users/{user}/roles/{role}");
    answer(RawRequest::put(path).within(deadline), cloud)
        .await
        .map(drop)
}

/// The id of the domain that a project is in.
///
/// The error is a sentence that says why it is not known.
pub(crate) async fn domain_of(
    project: &str,
    cloud: &Cloud,
    deadline: Duration,
) -> Result<String, String> {
    let request = RawRequest::get(format!("/projects/{}", encoded(project))).within(deadline);
    let body = answer(request, cloud).await.map_err(No::sentence)?;
    let domain = body.pointer("/project/domain_id").and_then(Value::as_str);
    domain
        .map(str::to_owned)
        .ok_or_else(|| format!("Keystone does not tell the domain of project {project}"))
}

/// The projects or users of a domain whose names begin so.
///
/// # Errors
/// [`No`]: why they are not known.
pub(crate) async fn named(
    kind: Kind,
    prefix: &str,
    domain_id: &str,
    cloud: &Cloud,
    deadline: Duration,
) -> Result<Vec<Newcomer>, No> {
    let key = format!("{}s", kind.name());
    let query = format!(
        "{}?domain_id={}&name__startswith={}",
        kind.path(),
        encoded(domain_id),
        encoded(prefix)
    );
    let mut found: Vec<Newcomer> = Vec::new();
    let mut next = query.clone();
    for _ in 0..PAGES {
        let body = answer(RawRequest::get(&next).within(deadline), cloud).await?;
        let list = body
            .get(&key)
            .and_then(Value::as_array)
            .ok_or_else(|| No::Unanswered(format!("GET /v3{} answered no list", kind.path())))?;
        let newcomer = |item: &Value| {
            let name = item.get("name")?.as_str()?;
            let id = item.get("id")?.as_str()?;
            // A Keystone whose users are elsewhere, as in a directory, may not know this filter.
            name.starts_with(prefix).then(|| Newcomer {
                kind,
                name: name.to_owned(),
                domain_id: domain_id.to_owned(),
                id: Some(id.to_owned()),
            })
        };
        let before = found.len();
        for one in list.iter().filter_map(newcomer) {
            if !found.contains(&one) {
                found.push(one);
            }
        }
        let is_cut = body.get("truncated") == Some(&json!(true));
        let last = list.last().and_then(|item| item.get("id")?.as_str());
        match last {
            Some(last) if is_cut && found.len() > before => {
                next = format!("{query}&marker={}", encoded(last));
            }
            _ if is_cut => {
                return Err(No::Unanswered(format!(
                    "GET /v3{} does not tell its whole list",
                    kind.path()
                )));
            }
            _ => return Ok(found),
        }
    }
    Err(No::Unanswered(format!(
        "GET /v3{} has no end after {PAGES} pages",
        kind.path()
    )))
}

/// Takes it away. One whose id no answer told is looked for by its name.
///
/// The error is a sentence that says why it is thought to be there still.
pub(crate) async fn remove(
    newcomer: &Newcomer,
    cloud: &Cloud,
    deadline: Duration,
) -> Result<(), String> {
    let Newcomer {
        kind,
        name,
        domain_id,
        id,
    } = newcomer;
    let ids = match id {
        Some(id) => vec![id.clone()],
        None => {
            let found = named(*kind, name, domain_id, cloud, deadline)
                .await
                .map_err(No::sentence)?;
            let exactly = found.into_iter().filter(|found| found.name == *name);
            exactly.filter_map(|found| found.id).collect()
        }
    };
    for id in ids {
        let path = format!("{}/{}", kind.path(), encoded(&id));
        let request = RawRequest::delete(path).within(deadline);
        let reply = ask(&request, cloud).await?;
        if !matches!(reply.status, 200..300 | 404) {
            return Err(said(&request, &reply));
        }
    }
    Ok(())
}
