//! A user's standing with a cloud: the token, renewed when asked, and the services reached with it. It knows every other
//! module of this crate.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use crate::{
    catalog::NoEndpoint,
    config::{Config, listed},
    error::SendError,
    identity::Identity,
    raw::{RawAnswer, RawRequest},
    redact,
    secret::Secret,
    transport::Transport,
    version::{self, VersionRange},
};

/// Why there is no session, or no way from it to a service.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The client could not be made: certificates or proxies.
    #[error("cloud '{cloud}': {reason}")]
    Setup {
        /// The cloud's name.
        cloud: String,
        /// What is wrong and how to mend it.
        reason: String,
    },
    /// No answer at all: no connection, no TLS, too late, cut off, not HTTP.
    #[error("cloud '{cloud}': {source}")]
    Unreachable {
        /// The cloud's name.
        cloud: String,
        /// What happened.
        source: SendError,
    },
    /// Keystone answered, and gave no token.
    #[error("cloud '{cloud}': Keystone at {url} gave no token, but {status}{}: {mend}", .message.as_ref().map_or(String::new(), |message| format!(" ({message})")))]
    Refused {
        /// The cloud's name.
        cloud: String,
        /// Where the token was asked for.
        url: String,
        /// The answer's status.
        status: u16,
        /// Keystone's sentence, if it gave one.
        message: Option<String>,
        /// How to mend it.
        mend: &'static str,
    },
    /// Something answered, but not as Keystone does.
    #[error(
        "cloud '{cloud}': the answer of {url} is not Keystone's ({what}): check `auth.auth_url` (OS_AUTH_URL)"
    )]
    Malformed {
        /// The cloud's name.
        cloud: String,
        /// Where the token was asked for.
        url: String,
        /// What is wrong with the answer.
        what: String,
    },
    /// The catalog has no such endpoint.
    #[error("cloud '{cloud}': {source}")]
    NoEndpoint {
        /// The cloud's name.
        cloud: String,
        /// What was asked for and what there is.
        source: Box<NoEndpoint>,
    },
    /// No version document where one belongs.
    #[error(
        "cloud '{cloud}': service '{service}' shows no version document (tried: {}): check its URL in the catalog, or set an endpoint override",
        listed(.tried)
    )]
    NoVersions {
        /// The cloud's name.
        cloud: String,
        /// The service type.
        service: String,
        /// Each request tried and its status.
        tried: Vec<String>,
    },
}

/// An authenticated user of a cloud. Cloning is cheap: every clone shares the token and the connections, and sees it when
/// one of them renews.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    transport: Transport,
    // A std lock, because nothing awaits while it is held.
    identity: RwLock<Arc<Identity>>,
    renewing: Mutex<()>,
}

impl Session {
    /// Authenticates against Keystone v3.
    ///
    /// # Errors
    /// [`SessionError`]: the client cannot be made, Keystone cannot be reached, refuses, or is not Keystone.
    pub async fn connect(config: Config) -> Result<Self, SessionError> {
        let transport = Transport::new(&config).map_err(|reason| SessionError::Setup {
            cloud: config.name.clone(),
            reason,
        })?;
        let identity = authenticate(&config, &transport).await?;
        let inner = Inner {
            config,
            transport,
            identity: RwLock::new(Arc::new(identity)),
            renewing: Mutex::new(()),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Authenticates again; every clone uses the new token from then on. Sending never does this by itself: a 401 is an
    /// answer like any other.
    ///
    /// # Errors
    /// As [`Session::connect`]; the old token then stays.
    pub async fn renew(&self) -> Result<Arc<Identity>, SessionError> {
        let _one_at_a_time = self.inner.renewing.lock().await;
        self.replace_identity().await
    }

    /// Authenticates again, unless somebody has since `seen` was the identity: for many tasks that meet the same 401.
    ///
    /// # Errors
    /// As [`Session::renew`].
    pub async fn renew_since(&self, seen: &Arc<Identity>) -> Result<Arc<Identity>, SessionError> {
        let _one_at_a_time = self.inner.renewing.lock().await;
        let now = self.identity();
        if Arc::ptr_eq(&now, seen) {
            self.replace_identity().await
        } else {
            Ok(now)
        }
    }

    async fn replace_identity(&self) -> Result<Arc<Identity>, SessionError> {
        let identity = Arc::new(authenticate(&self.inner.config, &self.inner.transport).await?);
        *self
            .inner
            .identity
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::clone(&identity);
        Ok(identity)
    }

    /// The token in use and what Keystone says of it.
    #[must_use]
    pub fn identity(&self) -> Arc<Identity> {
        Arc::clone(
            &self
                .inner
                .identity
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// The token in use.
    #[must_use]
    pub fn token(&self) -> Secret {
        self.identity().token.clone()
    }

    /// The configuration this session was made from.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The URL of Keystone's v3 API, where this session's tokens come from, without a slash at the end.
    #[must_use]
    pub fn keystone(&self) -> String {
        keystone_v3(&self.inner.config.auth_url)
    }

    /// The URL of a service (`compute`, `image`, …) without a slash at the end: the configuration's override, or the
    /// catalog's for the configured region and interface, as it is (it may hold the project's id).
    ///
    /// # Errors
    /// [`SessionError::NoEndpoint`], which lists what there is.
    pub fn endpoint(&self, service: &str) -> Result<String, SessionError> {
        let config = &self.inner.config;
        if let Some(url) = config.endpoint_overrides.get(service) {
            return Ok(url.trim_end_matches('/').to_owned());
        }
        let identity = self.identity();
        let picked = identity
            .catalog
            .pick(service, config.region.as_deref(), &config.interface);
        picked
            .map(|endpoint| endpoint.url.trim_end_matches('/').to_owned())
            .map_err(|source| SessionError::NoEndpoint {
                cloud: config.name.clone(),
                source: Box::new(source),
            })
    }

    /// A service at its [`Session::endpoint`], whatever version that URL is of.
    ///
    /// # Errors
    /// [`SessionError::NoEndpoint`].
    pub fn service(&self, service: &str) -> Result<Service, SessionError> {
        Ok(Service {
            session: self.clone(),
            kind: service.into(),
            endpoint: self.endpoint(service)?.into(),
        })
    }

    /// A service and the microversions it speaks, from its version document. A catalog URL without a version
    /// (`http://cloud/compute`) is followed to the version with microversions (`/v2.1`).
    ///
    /// # Errors
    /// [`SessionError`]: no such endpoint, no answer, or no version document.
    pub async fn discover(&self, service: &str) -> Result<Discovery, SessionError> {
        let found = self.service(service)?;
        let (versioned, places) = version_documents(&found.endpoint);
        let mut tried = Vec::new();
        for place in places {
            let at_place = found.at(place.as_str());
            let mut answer = at_place.ask_for_versions(false).await?;
            if answer.status == 401 {
                answer = at_place.ask_for_versions(true).await?;
            }
            tried.push(format!("GET {place} gave {}", answer.status));
            // Nova answers the list of its versions with 300 Multiple Choices on some paths, with 200 on others.
            let spoken = if matches!(answer.status, 200 | 300) {
                version::spoken(&answer.body)
            } else {
                None
            };
            if let Some(spoken) = spoken {
                let service = if versioned {
                    found
                } else {
                    let id = format!("{}/{}", found.endpoint, spoken.id);
                    let linked = spoken
                        .link
                        .as_deref()
                        .and_then(|link| on_the_same_host(&found.endpoint, link));
                    found.at(linked.unwrap_or(id))
                };
                return Ok(Discovery {
                    service,
                    versions: spoken.range,
                });
            }
        }
        Err(SessionError::NoVersions {
            cloud: self.inner.config.name.clone(),
            service: service.to_owned(),
            tried,
        })
    }

    fn unreachable(&self, source: SendError) -> SessionError {
        SessionError::Unreachable {
            cloud: self.inner.config.name.clone(),
            source,
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Session")
            .field("config", &self.inner.config)
            .field("identity", &self.identity())
            .finish()
    }
}

/// A service and the microversions it speaks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Discovery {
    /// The service, at the URL of the version that has microversions.
    pub service: Service,
    /// Those microversions.
    pub versions: VersionRange,
}

/// A service of a cloud, reached with a session. Cloning is cheap.
#[derive(Clone)]
pub struct Service {
    session: Session,
    kind: Arc<str>,
    endpoint: Arc<str>,
}

impl Service {
    /// The URL that requests' paths are relative to, without a slash at the end.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The service type, such as `compute`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The session whose token is sent.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The same service at another URL, such as the root above `/v2.1`. The session's token goes there too, so the URL must
    /// be one to trust. It is taken as it is: a slash at its end stays.
    #[must_use]
    pub fn at(&self, endpoint: impl Into<Arc<str>>) -> Self {
        Self {
            session: self.session.clone(),
            kind: Arc::clone(&self.kind),
            endpoint: endpoint.into(),
        }
    }

    /// The part of an absolute URL that a [`RawRequest`] to this service takes as its path, to the byte; `None` if the URL
    /// is not below this endpoint. For the `next` links of a paged list.
    #[must_use]
    pub fn relative<'a>(&self, href: &'a str) -> Option<&'a str> {
        let path = href.strip_prefix(&*self.endpoint)?;
        (path.is_empty() || path.starts_with(['/', '?'])).then_some(path)
    }

    /// Sends one request, once: no redirect is followed, nothing is repeated, and any status is an answer. (Should the pool
    /// hand out a connection that turns out closed before the first byte was written, another is taken; no service sees a
    /// request twice.)
    ///
    /// # Errors
    /// [`SendError`]: no complete answer came back, or the request cannot be sent as it is.
    pub async fn send(&self, request: &RawRequest) -> Result<RawAnswer, SendError> {
        let identity = self.session.identity();
        self.session
            .inner
            .transport
            .send(&self.endpoint, request, Some(&identity.token))
            .await
    }

    async fn ask_for_versions(&self, with_token: bool) -> Result<RawAnswer, SessionError> {
        let request = RawRequest::get("");
        let request = if with_token {
            request
        } else {
            request.without_token()
        };
        self.send(&request)
            .await
            .map_err(|source| self.session.unreachable(source))
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Service")
            .field("kind", &self.kind)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

async fn authenticate(config: &Config, transport: &Transport) -> Result<Identity, SessionError> {
    let base = keystone_v3(&config.auth_url);
    let url = format!("{base}/auth/tokens");
    let body = config.credentials.request_body(&config.scope);
    let request = RawRequest::post("/auth/tokens").json(&body).without_token();
    let answer = transport
        .send(&base, &request, None)
        .await
        .map_err(|source| SessionError::Unreachable {
            cloud: config.name.clone(),
            source,
        })?;
    let malformed = |what: String| SessionError::Malformed {
        cloud: config.name.clone(),
        url: url.clone(),
        what,
    };
    if !matches!(answer.status, 200 | 201) {
        let message = answer
            .json()
            .ok()
            .and_then(|body| keystones_sentence(&body));
        let mend = match answer.status {
            // Keystone answers a token it does not know with 404, as it does a path.
            404 if message.is_some() => "check the token and the ids it is sent with",
            401 => "check the user, the secret, and the domains and the project they are for",
            404 => "check `auth.auth_url` (OS_AUTH_URL)",
            300..400 => "set `auth.auth_url` (OS_AUTH_URL) to where it redirects",
            400..500 => "check the credentials and the scope",
            _ => "see Keystone's log, or try again later",
        };
        let message =
            message.or_else(|| answer.header("location").map(|place| format!("to {place}")));
        return Err(SessionError::Refused {
            cloud: config.name.clone(),
            url,
            status: answer.status,
            message,
            mend,
        });
    }
    let Some(token) = answer.header("x-subject-token") else {
        return Err(malformed(format!(
            "{} without X-Subject-Token",
            answer.status
        )));
    };
    let identity = Identity::parse(Secret::new(token), &answer.body)
        .map_err(|error| malformed(error.to_string()))?;
    tracing::debug!(cloud = %config.name, user = %identity.user.name, expires_at = %identity.expires_at, "authenticated");
    Ok(identity)
}

fn keystones_sentence(body: &Value) -> Option<String> {
    let sentence = body.pointer("/error/message")?.as_str()?;
    Some(redact::text(sentence.trim_end_matches('.')))
}

/// Keystone's v3 API below an `auth_url`, which people write with `/v3`, with the long gone `/v2.0`, or with neither.
fn keystone_v3(auth_url: &str) -> String {
    let url = auth_url.trim_end_matches('/');
    let root = url
        .strip_suffix("/v3")
        .or_else(|| url.strip_suffix("/v2.0"))
        .unwrap_or(url);
    format!("{root}/v3")
}

/// Where the version document of an endpoint may be, best first, and whether the endpoint names a version. What follows the
/// version (a project's id) is cut off; above it is the list of all versions.
fn version_documents(endpoint: &str) -> (bool, Vec<String>) {
    let is_version = |segment: &str| {
        segment.strip_prefix('v').is_some_and(|rest| {
            rest.starts_with(|digit: char| digit.is_ascii_digit())
                && rest
                    .chars()
                    .all(|letter| letter.is_ascii_digit() || letter == '.')
        })
    };
    let path = endpoint.find("://").map_or(0, |at| at + 3);
    let mut start = path;
    for segment in endpoint[path..].split('/') {
        let end = start + segment.len();
        // The first segment is the host.
        if start > path && is_version(segment) {
            let (root, above) = (&endpoint[..end], &endpoint[..start]);
            return (
                true,
                vec![format!("{root}/"), root.to_owned(), above.to_owned()],
            );
        }
        start = end + 1;
    }
    (false, vec![format!("{endpoint}/"), endpoint.to_owned()])
}

/// The path of a `self` link on the endpoint's own scheme and host: behind a TLS proxy, services write their inner address.
fn on_the_same_host(endpoint: &str, link: &str) -> Option<String> {
    let link = Url::parse(link).ok()?;
    let mut url = Url::parse(endpoint).ok()?;
    url.set_path(link.path().trim_end_matches('/'));
    Some(url.as_str().trim_end_matches('/').to_owned())
}
