//! The few requests to Keystone by which an administrator makes a run's own projects and users, and takes them away again. It
//! knows callers and single requests, and nothing of who is made for what; `nova-loadtest` makes its people by it, too.
//!
//! Each request goes out as the [`Caller::Admin`] of a [`Cloud`], and may take as long as `deadline` to its answer's last byte.

use std::{
    fmt::{self, Write as _},
    time::Duration,
};

use nova_client::{Config, Credentials, Identity, Project, RawRequest, Scope, Secret, User};
use rand::{TryRng as _, rngs::SysRng};
use serde_json::{Value, json};

use crate::{
    caller::{Base, Caller, Cloud, Reply},
    check::encoded,
};

/// So many pages of a list are read at most: one that never ends is given up.
const PAGES: usize = 1000;

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A project.
    Project,
    /// A user.
    User,
}

impl Kind {
    /// For people, and the member of a body.
    pub const fn name(self) -> &'static str {
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
pub struct Newcomer {
    /// Which of both.
    pub kind: Kind,
    /// The name, which carries the run's.
    pub name: String,
    /// The id of the domain it is made in.
    pub domain_id: String,
    /// The id, where an answer told it.
    pub id: Option<String>,
}

impl fmt::Display for Newcomer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} '{}'", self.kind.name(), self.name)
    }
}

/// How a question comes to nothing.
#[derive(Debug)]
pub enum No {
    /// The administrator may not: a sentence.
    Forbidden(String),
    /// Another answer below 500 says no: a sentence.
    Refused(String),
    /// No answer, or none that decides: a sentence.
    Unanswered(String),
}

impl No {
    /// Why, whichever it is.
    pub fn sentence(self) -> String {
        match self {
            Self::Forbidden(why) | Self::Refused(why) | Self::Unanswered(why) => why,
        }
    }
}

/// One request as the administrator.
async fn ask(request: &RawRequest, cloud: &Cloud) -> Result<Reply, String> {
    cloud.ask(Caller::Admin, Base::Identity, request).await
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

/// The domain that an administrator's newcomers are made in, and that `sweep` looks for them in: that of the administrator's
/// project. Its id.
pub fn home(admin: &Identity) -> &str {
    &admin.project.as_ref().unwrap_or(&admin.user).domain.id
}

/// A password that no rule of passwords finds too weak.
///
/// # Errors
/// A sentence: the operating system gives no random numbers.
pub fn password() -> Result<Secret, String> {
    let mut random = [0_u8; 24];
    SysRng.try_fill_bytes(&mut random).map_err(|error| {
        format!("the operating system gives no random numbers, to make passwords of: {error}")
    })?;
    let mut password = String::from("Aa1-");
    for byte in random {
        // Writing to a String does not fail.
        let _ = write!(password, "{byte:02x}");
    }
    Ok(Secret::from(password))
}

/// The members of a user, for [`create`].
pub fn user_members(description: &str, password: &Secret) -> Value {
    // A cloud may have people change their passwords first, and lock those who were refused too often.
    json!({
        "description": description,
        "password": password.expose(),
        "options": {
            "ignore_change_password_upon_first_use": true,
            "ignore_lockout_failure_attempts": true,
        },
    })
}

/// How the user of an id logs in to the project of an id, on the administrator's cloud.
pub fn login(admin: &Config, user: String, password: Secret, project: String) -> Config {
    let mut config = admin.clone();
    config.credentials = Credentials::Password {
        user: User::Id(user),
        password,
    };
    config.scope = Scope::Project(Project::Id(project));
    config
}

/// Makes a project or user with these members beside its name and domain. Its id.
///
/// # Errors
/// [`No`]: why it is not made, or not known to be.
pub async fn create(
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
///
/// # Errors
/// [`No`]: why it is not known.
pub async fn role(name: &str, cloud: &Cloud, deadline: Duration) -> Result<Option<String>, No> {
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

/// Gives a user a role in a project; each is an id.
///
/// # Errors
/// [`No`]: why they do not have it.
pub async fn grant(
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

/// The id of the domain that the project of an id is in.
///
/// # Errors
/// A sentence: why it is not known.
pub async fn domain_of(project: &str, cloud: &Cloud, deadline: Duration) -> Result<String, String> {
    let request = RawRequest::get(format!("/projects/{}", encoded(project))).within(deadline);
    let body = answer(request, cloud).await.map_err(No::sentence)?;
    let domain = body.pointer("/project/domain_id").and_then(Value::as_str);
    domain
        .map(str::to_owned)
        .ok_or_else(|| format!("Keystone does not tell the domain of project {project}"))
}

/// The projects or users of a domain whose names begin so, each with its id.
///
/// # Errors
/// [`No`]: why they are not known.
pub async fn named(
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
/// # Errors
/// A sentence: why it is thought to be there still.
pub async fn remove(newcomer: &Newcomer, cloud: &Cloud, deadline: Duration) -> Result<(), String> {
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
