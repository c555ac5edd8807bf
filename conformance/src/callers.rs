//! How people come to be able to ask: sessions of `nova-client`, obtained once, all at the same time, and checked for being
//! who their roles say. It knows `nova-client` and [`crate::caller`].

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use jiff::Timestamp;
use nova_client::{
    Config, Credentials, Discovery, Identity, RawRequest, Secret, Service, Session, SessionError,
    Token,
};

use crate::{
    caller::{Base, Caller, Cloud, Party, Reply, User, Wire},
    guest::Guest,
};

/// A token is renewed this long before it expires.
const BEFORE_EXPIRY: Duration = Duration::from_secs(60);

/// Why a cloud cannot be asked at all.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// The command line or the configuration is wrong.
    #[error("{0}")]
    Usage(String),
    /// The cloud does not answer.
    #[error("{0}")]
    Unreachable(String),
}

impl From<SessionError> for ReachError {
    fn from(error: SessionError) -> Self {
        let sentence = error.to_string();
        match error {
            SessionError::Unreachable { .. } | SessionError::NoVersions { .. } => {
                Self::Unreachable(sentence)
            }
            SessionError::Refused { status, .. } if status >= 500 => Self::Unreachable(sentence),
            _ => Self::Usage(sentence),
        }
    }
}

/// Logs everybody in and finds the Compute API. `main` plays [`Caller::Main`] and decides which cloud is judged;
/// [`Caller::Expired`] is made only where `needed` names it.
///
/// # Errors
/// [`ReachError`]: somebody cannot log in, there is no Compute API, or somebody is not who their role says.
pub async fn reach(
    main: Config,
    others: Vec<(Caller, Config)>,
    needed: &BTreeSet<Caller>,
) -> Result<Cloud, ReachError> {
    let name = main.name.clone();
    let main_config = main.clone();
    let everybody = [(Caller::Main, main)].into_iter().chain(others);
    let everybody = everybody.map(|(caller, config)| async move {
        let session = Session::connect(config).await?;
        let compute = session.discover("compute").await?;
        Ok::<_, SessionError>((caller, session, compute))
    });
    let mut cloud: Option<Cloud> = None;
    for somebody in join_all(everybody).await {
        let (caller, session, discovery) = somebody?;
        let cloud = cloud.get_or_insert_with(|| empty(&name, &discovery));
        admit(cloud, caller, &session, discovery)?;
    }
    let Some(mut cloud) = cloud else {
        return Err(ReachError::Usage(
            "nobody was named to ask as: name a cloud with --os-cloud".to_owned(),
        ));
    };
    if needed.contains(&Caller::Expired)
        && let Some(main) = cloud.party(Caller::Main).cloned()
    {
        match revoked_token(main_config).await {
            Ok(token) => cloud.add(Caller::Expired, Party { token, ..main }),
            Err(why) => cloud.lacks(Caller::Expired, why),
        }
    }
    Ok(cloud)
}

/// A cloud with nobody but this one, and who Keystone says that is.
///
/// # Errors
/// As [`reach`].
pub async fn one(caller: Caller, config: Config) -> Result<(Cloud, Arc<Identity>), ReachError> {
    let name = config.name.clone();
    let session = Session::connect(config).await?;
    let discovery = session.discover("compute").await?;
    let mut cloud = empty(&name, &discovery);
    admit(&mut cloud, caller, &session, discovery)?;
    Ok((cloud, session.identity()))
}

fn empty(
    name: &str,
    Discovery {
        service, versions, ..
    }: &Discovery,
) -> Cloud {
    Cloud::new(name, service.endpoint(), *versions)
}

/// Gives somebody who has logged in their part.
fn admit(
    cloud: &mut Cloud,
    caller: Caller,
    session: &Session,
    Discovery { service, .. }: Discovery,
) -> Result<(), ReachError> {
    let identity = session.identity();
    let user = user_of(&identity).ok_or_else(|| {
        ReachError::Usage(format!(
            "cloud '{}': the token of user '{}' is good for no project: add `project_name` and `project_domain_name` to its `auth` in clouds.yaml",
            session.config().name, identity.user.name
        ))
    })?;
    check_standing(cloud, caller, &user)?;
    match &session.config().credentials {
        Credentials::Password { password, .. } => cloud.keep_secret(caller, password.clone()),
        Credentials::ApplicationCredential { secret, .. } => {
            cloud.keep_secret(caller, secret.clone());
        }
        _ => {}
    }
    let wire: Arc<dyn Wire> = Arc::new(SessionWire::new(service, &identity));
    if caller == Caller::Main {
        let nobody = Party {
            user: None,
            token: Token::Absent,
            wire: Arc::clone(&wire),
        };
        cloud.add(Caller::Nobody, nobody);
    }
    let party = Party {
        user: Some(user),
        token: Token::Session,
        wire,
    };
    cloud.add(caller, party);
    Ok(())
}

/// The metadata service at `url`, for whose proxy the run speaks with its `secret`; reached as the user of `config` reaches
/// the cloud, through the same proxies and with the same trust, but without their token.
///
/// # Errors
/// [`ReachError`]: that user cannot log in.
pub async fn guest(config: Config, url: &str, secret: Secret) -> Result<Guest, ReachError> {
    let session = Session::connect(config).await?;
    let service = session.service("compute")?.at(url.trim_end_matches('/'));
    let wire = SessionWire {
        root: service.clone(),
        legacy: service.clone(),
        identity: service.clone(),
        service,
        renew_at: Mutex::new(None),
        renewals: Mutex::default(),
    };
    Ok(Guest::new(Arc::new(wire), secret))
}

fn user_of(identity: &Identity) -> Option<User> {
    Some(User {
        id: identity.user.id.clone(),
        name: identity.user.name.clone(),
        project_id: identity.project.as_ref()?.id.clone(),
        roles: identity
            .roles
            .iter()
            .map(|role| role.name.clone())
            .collect(),
    })
}

/// Whether somebody can play a role next to those who already play one. A wrong choice would make right clouds fail.
fn check_standing(cloud: &mut Cloud, caller: Caller, user: &User) -> Result<(), ReachError> {
    if caller == Caller::Main
        && user
            .roles
            .iter()
            .any(|role| role.eq_ignore_ascii_case("admin"))
    {
        cloud.notes.push(format!(
            "user '{}' has the role admin, so what is forbidden to a plain member is not asked of the right person: name a plain member with --os-cloud",
            user.name
        ));
    }
    let Some(main) = cloud
        .party(Caller::Main)
        .and_then(|party| party.user.as_ref())
    else {
        return Ok(());
    };
    let option = caller.option().unwrap_or_default();
    let wrong = |what: String| Err(ReachError::Usage(what));
    if user.id == main.id {
        return wrong(format!(
            "{option} and --os-cloud are the same user, '{}': name another with {option}",
            user.name
        ));
    }
    let same_project = user.project_id == main.project_id;
    match caller {
        Caller::Second | Caller::Reader if !same_project => wrong(format!(
            "{option}: user '{}' asks for project {}, but --os-cloud for project {}: name a user of that project with {option}",
            user.name, user.project_id, main.project_id
        )),
        Caller::Other if same_project => wrong(format!(
            "{option}: user '{}' asks for the project of --os-cloud, {}: name a user of another project with {option}",
            user.name, user.project_id
        )),
        _ => Ok(()),
    }
}

/// A token that was good: obtained and revoked, and never used for anything else, so that no cache knows it.
async fn revoked_token(config: Config) -> Result<Token, String> {
    let cannot =
        |why: String| format!("needs a token that was revoked, and this one could not be: {why}");
    let session = Session::connect(config)
        .await
        .map_err(|error| cannot(error.to_string()))?;
    let service = session
        .service("compute")
        .map_err(|error| cannot(error.to_string()))?;
    let token = session.token();
    let request = RawRequest::delete("/auth/tokens").header("x-subject-token", token.expose());
    match service.at(session.keystone()).send(&request).await {
        Ok(answer) if answer.is_success() => Ok(Token::Custom(token)),
        Ok(answer) => Err(cannot(format!(
            "DELETE /v3/auth/tokens answered {}",
            answer.status
        ))),
        Err(error) => Err(cannot(error.to_string())),
    }
}

/// After so many new tokens in a row that the cloud refused as it had the old ones, its 401 is not about the token.
const RENEWALS_IN_VAIN: usize = 3;

/// A session's way to the Compute API. It renews the session's token before it expires, and where it is refused: somebody may
/// have revoked it. A request that was refused so was not acted on, and is sent once more.
struct SessionWire {
    service: Service,
    root: Service,
    legacy: Service,
    identity: Service,
    // A std lock, because nothing awaits while it is held.
    renew_at: Mutex<Option<Instant>>,
    renewals: Mutex<Renewals>,
}

/// How often a token was refused and renewed.
#[derive(Debug, Default)]
struct Renewals {
    helped: usize,
    in_vain: usize,
}

impl SessionWire {
    fn new(service: Service, identity: &Identity) -> Self {
        let keystone = service.session().keystone();
        let root = above_version(service.endpoint()).to_owned();
        let legacy = service.at(format!("{root}/v2"));
        let root = service.at(root);
        Self {
            identity: service.at(keystone),
            service,
            root,
            legacy,
            renew_at: Mutex::new(renew_at(identity)),
            renewals: Mutex::default(),
        }
    }

    fn renewals(&self) -> MutexGuard<'_, Renewals> {
        self.renewals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn carry(&self, base: Base, request: &RawRequest) -> Result<Reply, String> {
        if request.token == Token::Session {
            self.keep_fresh().await?;
        }
        let service = match base {
            Base::Endpoint => &self.service,
            Base::Root => &self.root,
            Base::Legacy => &self.legacy,
            Base::Identity => &self.identity,
        };
        let seen = service.session().identity();
        let mut answer = service
            .send(request)
            .await
            .map_err(|error| error.to_string())?;
        if answer.status == 401 && sends_sessions_token(request) && self.renews(&seen).await? {
            answer = service
                .send(request)
                .await
                .map_err(|error| error.to_string())?;
            let mut renewals = self.renewals();
            if answer.status == 401 {
                renewals.in_vain += 1;
            } else {
                renewals.in_vain = 0;
                renewals.helped += 1;
            }
        }
        Ok(Reply {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
        })
    }

    /// A new token in place of the one that was refused; `false` where new ones have not helped.
    async fn renews(&self, seen: &Arc<Identity>) -> Result<bool, String> {
        if self.renewals().in_vain >= RENEWALS_IN_VAIN {
            return Ok(false);
        }
        let renewed = self
            .service
            .session()
            .renew_since(seen)
            .await
            .map_err(|error| {
                format!(
                    "the cloud does not take the token any more, and there is no new one: {error}"
                )
            })?;
        *self.renew_at.lock().unwrap_or_else(PoisonError::into_inner) = renew_at(&renewed);
        Ok(true)
    }

    async fn keep_fresh(&self) -> Result<(), String> {
        let due = *self.renew_at.lock().unwrap_or_else(PoisonError::into_inner);
        if due.is_none_or(|due| Instant::now() < due) {
            return Ok(());
        }
        let session = self.service.session();
        let seen = session.identity();
        let renewed = session
            .renew_since(&seen)
            .await
            .map_err(|error| error.to_string())?;
        *self.renew_at.lock().unwrap_or_else(PoisonError::into_inner) = renew_at(&renewed);
        Ok(())
    }
}

impl Wire for SessionWire {
    fn send<'a>(
        &'a self,
        base: Base,
        request: &'a RawRequest,
    ) -> BoxFuture<'a, Result<Reply, String>> {
        self.carry(base, request).boxed()
    }

    fn notes(&self) -> Vec<String> {
        let helped = self.renewals().helped;
        if helped == 0 {
            return Vec::new();
        }
        let user = &self.service.session().identity().user.name;
        vec![format!(
            "the token of user '{user}' was refused before its time and renewed; what it was refused for was asked again ({helped} requests)"
        )]
    }
}

/// Whether a request goes with the session's token, and not with one that a check chose.
fn sends_sessions_token(request: &RawRequest) -> bool {
    let own = |(name, _): &(String, String)| name.eq_ignore_ascii_case("x-auth-token");
    request.token == Token::Session && !request.headers.iter().any(own)
}

impl fmt::Debug for SessionWire {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SessionWire")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// When a fresh token is to be renewed; never where its lifetime makes no sense to this machine's clock (a cloud with a
/// clock of its own), for renewing would not mend that.
fn renew_at(identity: &Identity) -> Option<Instant> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a real token expires by the real clock"
    )]
    let now = Timestamp::now();
    let lifetime = Duration::try_from(identity.expires_at.duration_since(now)).ok()?;
    Instant::now().checked_add(lifetime.checked_sub(BEFORE_EXPIRY)?)
}

/// The part of an endpoint's URL before the segment that names a version.
fn above_version(endpoint: &str) -> &str {
    let path = endpoint.find("://").map_or(0, |at| at + 3);
    let is_version = |at: &usize| {
        let mut letters = endpoint[at + 1..].chars();
        letters.next() == Some('v') && letters.next().is_some_and(|digit| digit.is_ascii_digit())
    };
    let slashes = endpoint
        .match_indices('/')
        .map(|(at, _)| at)
        .filter(|at| *at >= path);
    slashes
        .into_iter()
        .find(is_version)
        .map_or(endpoint, |at| &endpoint[..at])
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("http://cloud:8774/v2.1", "http://cloud:8774")]
    #[case::below_a_path("https://cloud/compute/v2.1", "https://cloud/compute")]
    #[case::with_project("https://cloud/compute/v2.1/abc", "https://cloud/compute")]
    #[case::host_like_a_version("http://v2.example/v2.1", "http://v2.example")]
    #[case::none("http://cloud/compute", "http://cloud/compute")]
    fn the_root_stands_above_the_version(#[case] endpoint: &str, #[case] root: &str) {
        assert_eq!(above_version(endpoint), root);
    }
}
