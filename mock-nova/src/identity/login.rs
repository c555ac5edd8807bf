//! What a client sends to get a token, read and then verified.
//!
//! Whatever is wrong with who somebody claims to be is answered alike, and takes as long: an unknown user, a
//! wrong password, a disabled account, a project that is not theirs.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Exchange, Fault, tokens};
use crate::cloud::identity::{
    ApplicationCredential, Identity, Password, Project, Refusal, Scope, User,
};
use crate::secret::Secret;

/// The body of a request for a token.
pub(super) struct Claim {
    methods: Vec<Method>,
    scope: Option<ScopeClaim>,
}

enum Method {
    Password {
        user: UserRef,
        password: Secret,
    },
    Token(Secret),
    ApplicationCredential {
        credential: CredentialRef,
        secret: Option<Secret>,
    },
}

/// A thing by id, or by name and where the name is unique.
enum UserRef {
    Id(String),
    Name { name: String, domain: DomainRef },
}

enum DomainRef {
    Id(String),
    Name(String),
}

enum ProjectRef {
    Id(String),
    Name { name: String, domain: DomainRef },
}

enum CredentialRef {
    Id(String),
    Name { name: String, user: UserRef },
}

enum ScopeClaim {
    Unscoped,
    System,
    Domain(DomainRef),
    Project(ProjectRef),
}

/// Who it turned out to be, and where they want to work.
pub(super) struct Login {
    pub(super) user_id: String,
    /// None where nothing was asked.
    pub(super) scope: Option<Scope>,
    pub(super) methods: Vec<&'static str>,
    pub(super) application_credential_id: Option<String>,
    /// What a token that came in passes on to the one that goes out.
    pub(super) inherited: Option<Inherited>,
}

/// What a token passes on to one made from it.
pub(super) struct Inherited {
    pub(super) expires_at: Timestamp,
    /// The audit id of the login at the root.
    pub(super) audit_id: String,
}

type Object = Map<String, Value>;

/// Reads the body.
pub(super) fn parse(exchange: &Exchange<'_>) -> Result<Claim, Fault> {
    let body = exchange.object();
    let auth = match body.get("auth") {
        None | Some(Value::Null) => return Err(Fault::expecting("auth", "request body")),
        Some(Value::Object(auth)) => auth,
        Some(other) => {
            return Err(Fault::bad_request(format!(
                "{} is not of type 'object'",
                nova_api::python_repr(other)
            )));
        }
    };
    let identity = object(auth, "identity", "identity")?.ok_or_else(|| required("", "identity"))?;
    let names = match identity.get("methods") {
        Some(Value::Array(names)) => names,
        Some(other) => return Err(wrong_type("identity/methods", other, "array")),
        None => return Err(required("identity", "methods")),
    };
    let mut methods = Vec::new();
    for (nth, name) in names.iter().enumerate() {
        let name = name
            .as_str()
            .ok_or_else(|| wrong_type(&format!("identity/methods/{nth}"), name, "string"))?;
        let given = object(identity, name, &format!("identity/{name}"))?
            .ok_or_else(|| Fault::expecting(name, "identity"))?;
        methods.push(match name {
            "password" => password(given)?,
            "token" => Method::Token(Secret::new(
                text(given, "id", "identity/token/id")?
                    .ok_or_else(|| required("identity/token", "id"))?,
            )),
            "application_credential" => application_credential(given)?,
            _ => return Err(Fault::unsupported_method()),
        });
    }
    let by_credential = methods
        .iter()
        .any(|method| matches!(method, Method::ApplicationCredential { .. }));
    let scope = match auth.get("scope") {
        None => None,
        Some(_) if by_credential => {
            return Err(Fault::application_credential(
                "Application credentials cannot request a scope.",
            ));
        }
        Some(scope) => Some(scope_claim(scope)?),
    };
    Ok(Claim { methods, scope })
}

fn password(given: &Object) -> Result<Method, Fault> {
    let at = "identity/password/user";
    let user = object(given, "user", at)?.ok_or_else(|| Fault::expecting("user", "None"))?;
    let password = text(user, "password", &format!("{at}/password"))?;
    let user = user_ref(user, at)?;
    // A password that was left out is as wrong as any other.
    Ok(Method::Password {
        user,
        password: Secret::new(password.unwrap_or_default()),
    })
}

fn application_credential(given: &Object) -> Result<Method, Fault> {
    let at = "identity/application_credential";
    let secret = text(given, "secret", &format!("{at}/secret"))?.map(Secret::new);
    if let Some(id) = text(given, "id", &format!("{at}/id"))? {
        return Ok(Method::ApplicationCredential {
            credential: CredentialRef::Id(id),
            secret,
        });
    }
    let name = text(given, "name", &format!("{at}/name"))?
        .ok_or_else(|| Fault::expecting("name or ID", "application credential"))?;
    let user = object(given, "user", &format!("{at}/user"))?
        .ok_or_else(|| Fault::expecting("user", "application credential"))?;
    let user = user_ref(user, &format!("{at}/user"))?;
    Ok(Method::ApplicationCredential {
        credential: CredentialRef::Name { name, user },
        secret,
    })
}

fn scope_claim(scope: &Value) -> Result<ScopeClaim, Fault> {
    let none_or_many = || {
        Fault::expecting(
            "system, project, domain, OS-TRUST:trust or unscoped",
            "scope",
        )
    };
    let scope = match scope {
        Value::String(word) if word == "unscoped" => return Ok(ScopeClaim::Unscoped),
        Value::Object(scope) => scope,
        Value::String(_) => return Err(none_or_many()),
        other => return Err(wrong_type("scope", other, "object', 'string")),
    };
    let asked: Vec<&str> = ["system", "project", "domain", "unscoped", "OS-TRUST:trust"]
        .into_iter()
        .filter(|key| scope.contains_key(*key))
        .collect();
    match asked.as_slice() {
        ["system"] => Ok(ScopeClaim::System),
        ["unscoped"] => Ok(ScopeClaim::Unscoped),
        ["domain"] => {
            let domain = object(scope, "domain", "scope/domain")?.ok_or_else(none_or_many)?;
            Ok(ScopeClaim::Domain(domain_ref(domain, "scope/domain")?))
        }
        ["project"] => {
            let project = object(scope, "project", "scope/project")?.ok_or_else(none_or_many)?;
            // Where both are given Keystone goes by the name.
            match (
                text(project, "id", "scope/project/id")?,
                text(project, "name", "scope/project/name")?,
            ) {
                (None, None) => Err(neither("scope/project")),
                (Some(id), None) => Ok(ScopeClaim::Project(ProjectRef::Id(id))),
                (_, Some(name)) => {
                    let domain = object(project, "domain", "scope/project/domain")?
                        .ok_or_else(|| Fault::expecting("domain", "project"))?;
                    let domain = domain_ref(domain, "scope/project/domain")?;
                    Ok(ScopeClaim::Project(ProjectRef::Name { name, domain }))
                }
            }
        }
        // Trusts are not kept, so no trust is known.
        ["OS-TRUST:trust"] => Err(Fault::unauthorized()),
        _ => Err(none_or_many()),
    }
}

fn user_ref(user: &Object, at: &str) -> Result<UserRef, Fault> {
    let (id, name) = (
        text(user, "id", &format!("{at}/id"))?,
        text(user, "name", &format!("{at}/name"))?,
    );
    match (id, name) {
        (Some(id), _) => Ok(UserRef::Id(id)),
        (None, None) => Err(neither(at)),
        (None, Some(name)) => {
            let domain = object(user, "domain", &format!("{at}/domain"))?
                .ok_or_else(|| Fault::expecting("domain", "user"))?;
            Ok(UserRef::Name {
                name,
                domain: domain_ref(domain, &format!("{at}/domain"))?,
            })
        }
    }
}

fn domain_ref(domain: &Object, at: &str) -> Result<DomainRef, Fault> {
    let (id, name) = (
        text(domain, "id", &format!("{at}/id"))?,
        text(domain, "name", &format!("{at}/name"))?,
    );
    match (id, name) {
        (_, Some(name)) => Ok(DomainRef::Name(name)),
        (Some(id), None) => Ok(DomainRef::Id(id)),
        (None, None) => Err(neither(at)),
    }
}

fn object<'o>(holder: &'o Object, key: &str, at: &str) -> Result<Option<&'o Object>, Fault> {
    match holder.get(key) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other) => Err(wrong_type(at, other, "object")),
    }
}

fn text(holder: &Object, key: &str, at: &str) -> Result<Option<String>, Fault> {
    match holder.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(wrong_type(at, other, "string")),
    }
}

fn required(at: &str, key: &str) -> Fault {
    let sentence = format!("'{key}' is a required property");
    Fault::bad_request(if at.is_empty() {
        sentence
    } else {
        format!("Invalid input for field '{at}': {sentence}")
    })
}

fn neither(at: &str) -> Fault {
    Fault::bad_request(format!(
        "Invalid input for field {at}: id or name must be present."
    ))
}

/// The sentence of the one place where Keystone words it otherwise.
fn wrong_type(at: &str, value: &Value, expected: &str) -> Fault {
    let sentence = format!(
        "{} is not of type '{expected}'",
        nova_api::python_repr(value)
    );
    Fault::bad_request(format!("Invalid input for field '{at}': {sentence}"))
}

/// Finds out whether the claim is true.
pub(super) fn verify(identity: &Identity, claim: &Claim, now: Timestamp) -> Result<Login, Fault> {
    let mut login = Login {
        user_id: String::new(),
        scope: claim
            .scope
            .as_ref()
            .map(|scope| resolve_scope(identity, scope))
            .transpose()?,
        methods: Vec::new(),
        application_credential_id: None,
        inherited: None,
    };
    for method in &claim.methods {
        let user_id = login.by(identity, method, now)?;
        // Two methods must agree on who it is.
        if !login.user_id.is_empty() && login.user_id != user_id {
            return Err(Fault::unauthorized());
        }
        login.user_id = user_id;
    }
    login.methods.sort_unstable();
    login.methods.dedup();
    match identity.users().get(&login.user_id) {
        Ok(user) if identity.may_log_in(user) => Ok(login),
        _ => Err(Fault::unauthorized()),
    }
}

impl Login {
    /// Verifies one method, and answers whose it is.
    fn by(
        &mut self,
        identity: &Identity,
        method: &Method,
        now: Timestamp,
    ) -> Result<String, Fault> {
        match method {
            Method::Password { user, password } => {
                self.methods.push("password");
                let user = find_user(identity, user);
                let expected = user.and_then(|user| user.password.clone());
                let id = user.map_or("nobody", |user| user.id.as_str());
                // An unknown user costs as much as a known one, and is told as little.
                let right = expected
                    .unwrap_or_else(|| Password::new("", ""))
                    .verify(id, password.expose());
                user.filter(|_| right)
                    .map(|user| user.id.clone())
                    .ok_or_else(Fault::unauthorized)
            }
            Method::Token(text) => {
                let (token, caller) = identity
                    .token(text.expose(), now)
                    .ok_or_else(|| tokens::unknown(text.expose()))?;
                self.methods.push("token");
                self.methods.extend(&token.methods);
                self.application_credential_id
                    .clone_from(&caller.application_credential_id);
                if caller.application_credential_id.is_some() && self.scope.is_none() {
                    self.scope = caller.project_id.clone().map(Scope::Project);
                }
                let audit_id = token
                    .parent_audit_id
                    .as_ref()
                    .unwrap_or(&token.audit_id)
                    .clone();
                self.inherited = Some(Inherited {
                    expires_at: token.expires_at,
                    audit_id,
                });
                Ok(caller.user_id.clone())
            }
            Method::ApplicationCredential { credential, secret } => {
                let credential = find_credential(identity, credential)?;
                self.methods.push("application_credential");
                let given = secret.as_ref().map_or("", Secret::expose);
                let alive = credential.expires_at.is_none_or(|end| now < end);
                if !credential.secret.verify(&credential.id, given) || !alive {
                    return Err(Fault::unauthorized());
                }
                self.scope = Some(Scope::Project(credential.project_id.clone()));
                self.application_credential_id = Some(credential.id.clone());
                Ok(credential.user_id.clone())
            }
        }
    }
}

fn resolve_scope(identity: &Identity, scope: &ScopeClaim) -> Result<Scope, Fault> {
    let refused = |_: Refusal| Fault::unauthorized();
    Ok(match scope {
        ScopeClaim::Unscoped => Scope::Unscoped,
        ScopeClaim::System => Scope::System,
        ScopeClaim::Domain(domain) => {
            Scope::Domain(find_domain(identity, domain).map_err(refused)?)
        }
        ScopeClaim::Project(project) => {
            let project: &Project = match project {
                ProjectRef::Id(id) => identity.projects().get(id).map_err(refused)?,
                ProjectRef::Name { name, domain } => {
                    let domain_id = find_domain(identity, domain).map_err(refused)?;
                    identity
                        .projects()
                        .named(&domain_id, name)
                        .map_err(refused)?
                }
            };
            Scope::Project(project.id.clone())
        }
    })
}

fn find_domain(identity: &Identity, domain: &DomainRef) -> Result<String, Refusal> {
    let domain = match domain {
        DomainRef::Id(id) => identity.domains().get(id)?,
        DomainRef::Name(name) => identity.domains().named("", name)?,
    };
    Ok(domain.id.clone())
}

fn find_user<'i>(identity: &'i Identity, user: &UserRef) -> Option<&'i User> {
    match user {
        UserRef::Id(id) => identity.users().get(id).ok(),
        UserRef::Name { name, domain } => {
            let domain_id = find_domain(identity, domain).ok()?;
            identity.users().named(&domain_id, name).ok()
        }
    }
}

/// An unknown id is 404 and an unknown name 401: so it is in Keystone.
fn find_credential<'i>(
    identity: &'i Identity,
    credential: &CredentialRef,
) -> Result<&'i ApplicationCredential, Fault> {
    match credential {
        CredentialRef::Id(id) => Ok(identity.application_credentials().get(id)?),
        CredentialRef::Name { name, user } => {
            let user = find_user(identity, user).ok_or_else(Fault::unauthorized)?;
            identity
                .application_credentials()
                .named(&user.id, name)
                .map_err(|_| Fault::unauthorized())
        }
    }
}
