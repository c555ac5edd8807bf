//! A cloud of one's own, for as long as a test holds it.
//!
//! Knows the server and the state, and gives out no more than a client could ask for, but for the clock.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use nova_api::Microversion;
use tokio::sync::oneshot;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::cloud::quota::Resource;
use crate::cloud::server::Script;
use crate::fixture::{Fixture, FixtureError};
use crate::flaws::Flaw;
use crate::http::server::{self, BindError};
use crate::policy::{PolicyError, Rules};
use crate::secret::Secret;
use crate::sim::Clock;
use crate::state::{AppState, Settings, Transitions};
use crate::{client_files, http};

/// A running cloud on this machine. It stops when this is dropped.
///
/// It has threads and a runtime of its own, so it works from any kind of test, with blocking clients too, and
/// several tests may share one.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let cloud = mock_nova::MockNova::start().await;
/// assert!(cloud.auth_url().ends_with("/identity/v3"));
/// # })
/// ```
#[derive(Debug)]
#[must_use = "a cloud that is not held is stopped at once, and its clients find nobody listening"]
pub struct MockNova {
    state: AppState,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why a cloud does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The fixture is wrong.
    #[error(transparent)]
    Fixture(#[from] FixtureError),
    /// The policy file cannot be read.
    #[error("cannot read the policy file {}: {source}; give the path of a YAML or JSON file", path.display())]
    PolicyUnreadable {
        /// The file, as it was named.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The policy file is wrong.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The address cannot be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The system refuses threads or sockets.
    #[error("cannot start the server: {0}; the system may be out of threads or files")]
    System(#[from] std::io::Error),
}

impl MockNova {
    /// Starts the default cloud on a free port of this machine.
    ///
    /// # Panics
    /// If the machine has no port or thread left. [`builder`](Self::builder) tells instead.
    pub async fn start() -> Self {
        match Self::builder().start().await {
            Ok(cloud) => cloud,
            #[expect(
                clippy::panic,
                reason = "for tests, where this is the message one wants; the builder returns errors"
            )]
            Err(error) => panic!("mock-nova does not start: {error}"),
        }
    }

    /// A cloud that is to be different from the default one.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Its address, `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where clients log in: what `auth_url` and `OS_AUTH_URL` want.
    #[must_use]
    pub fn auth_url(&self) -> String {
        format!("{}/identity/v3", self.url())
    }

    /// Where Neutron's metadata proxy would ask for a guest's metadata. It signs with
    /// [`metadata_secret`](Builder::metadata_secret), `secret` unless another was given.
    #[must_use]
    pub fn metadata_url(&self) -> String {
        format!("{}/metadata", self.url())
    }

    /// Its clock: [`advance`](Clock::advance) it, and tokens expire.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.state.clock
    }

    /// Its state, for whoever extends the cloud in-process.
    #[must_use]
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Changes the limits that hold where none was set, by their Nova names; -1 is no limit. They are a choice of
    /// each deployment. A name that Nova has no limit by is passed over.
    pub fn set_default_quotas<'a>(&self, limits: impl IntoIterator<Item = (&'a str, i64)>) {
        self.state.store.write(|cloud| {
            for (name, limit) in limits {
                if let Some(resource) = Resource::from_name(name) {
                    cloud.quotas.set_default(resource, limit);
                }
            }
        });
    }

    /// Takes the next step of whatever is being done to the server of this id, though it is not due. Whether there was one.
    pub fn step_server(&self, id: &str) -> bool {
        let now = self.state.clock.now();
        Uuid::try_parse(id).is_ok_and(|id| self.state.store.write(|cloud| cloud.step(id, now)))
    }

    /// Makes the tasks of servers fail as the script says, from now on.
    pub fn fail(&self, script: Script) {
        self.state.store.write(|cloud| cloud.servers.script(script));
    }

    /// Another cloud that begins as this one is now, its tokens included, is wrong in this way or in none, and is asked
    /// without a network. It is cheap: whoever tries many flaws starts one cloud, and takes one of these for each.
    pub fn near(&self, flaw: Option<Flaw>) -> Near {
        Near::new(self.state.fork(flaw))
    }

    /// Puts it back to how it started, tokens and clock included.
    pub fn reset(&self) {
        self.state.reset();
    }

    /// The text of a `clouds.yaml`: `mock-nova` for a plain member, `demo` in the default cloud, and
    /// `mock-nova-USER` for each user.
    #[must_use]
    pub fn clouds_yaml(&self) -> String {
        client_files::clouds_yaml(
            &self.state.fixture,
            &self.url(),
            &self.state.settings.region,
        )
    }

    /// A token of this user in the project it would log in to, without the trouble of logging in; none if the
    /// fixture has no such user.
    #[must_use]
    pub fn token_for(&self, user: &str) -> Option<String> {
        let project = self
            .state
            .fixture
            .logins
            .iter()
            .find(|login| login.user == user)?
            .project
            .clone();
        self.token_in(user, project.as_deref())
    }

    /// A token of this user in this project, or without a scope; none if the user has no role there.
    #[must_use]
    pub fn token_in(&self, user: &str, project: Option<&str>) -> Option<String> {
        self.state.token_in(user, project)
    }
}

impl Drop for MockNova {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        // So that the port is free when the test goes on. Nothing waits in there: a request in flight is cut off.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A cloud without a network: [`MockNova::near`].
#[derive(Clone, Debug)]
#[must_use = "it answers nobody by itself"]
pub struct Near {
    router: Router,
}

impl Near {
    fn new(state: AppState) -> Self {
        Self {
            router: http::router(state),
        }
    }

    /// Answers one request. Its path begins with the service's: `/compute/v2.1/servers`.
    pub async fn ask(&self, request: Request<Bytes>) -> Response<Bytes> {
        let request = request.map(Body::from);
        let (parts, body) = match self.router.clone().oneshot(request).await {
            Ok(response) => response.into_parts(),
            Err(never) => match never {},
        };
        // What handlers answer is in memory already.
        let body = axum::body::to_bytes(body, usize::MAX)
            .await
            .unwrap_or_default();
        Response::from_parts(parts, body)
    }
}

/// How a cloud is to be, before it is started.
#[derive(Debug)]
#[must_use = "nothing listens until `start` is called and awaited"]
pub struct Builder {
    fixture: Option<PathBuf>,
    fixture_text: Option<String>,
    policy: Option<PathBuf>,
    listen: SocketAddr,
    clock: Clock,
    settings: Settings,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            fixture: None,
            fixture_text: None,
            policy: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: Clock::real(),
            settings: Settings::default(),
        }
    }
}

impl Builder {
    /// Starts from this fixture file instead of the default cloud.
    pub fn fixture(mut self, path: impl Into<PathBuf>) -> Self {
        self.fixture = Some(path.into());
        self
    }

    /// Starts from this fixture, given as YAML.
    pub fn fixture_text(mut self, text: impl Into<String>) -> Self {
        self.fixture_text = Some(text.into());
        self
    }

    /// Makes ids, tokens and generated secrets repeat from run to run.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// Uses this clock, for instance a [frozen](Clock::frozen) one.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How long tokens last; an hour otherwise.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.token_lifetime = lifetime;
        self
    }

    /// What Neutron's metadata proxy signs its requests with; `secret` otherwise.
    pub fn metadata_secret(mut self, secret: impl Into<String>) -> Self {
        self.settings.metadata_secret = Secret::new(secret);
        self
    }

    /// How the tasks of servers pass; otherwise whoever asks next sees their end.
    pub fn transitions(mut self, transitions: Transitions) -> Self {
        self.settings.transitions = transitions;
        self
    }

    /// The highest Compute microversion to offer, to be an older Nova.
    pub fn max_microversion(mut self, version: Microversion) -> Self {
        self.settings.max_microversion = version;
        self
    }

    /// Is wrong in this way.
    pub fn flaw(mut self, flaw: Flaw) -> Self {
        self.settings.flaw = Some(flaw);
        self
    }

    /// A policy file that overrides Nova's default rules.
    pub fn policy(mut self, path: impl Into<PathBuf>) -> Self {
        self.policy = Some(path.into());
        self
    }

    /// Where to listen; a free port of this machine otherwise.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// The fixture that was asked for, read.
    ///
    /// # Errors
    /// As for [`Fixture::parse`].
    fn read_fixture(&self) -> Result<Fixture, FixtureError> {
        match (&self.fixture_text, &self.fixture) {
            (Some(text), _) => Fixture::parse("the given fixture", text),
            (None, Some(path)) => Fixture::load(path),
            (None, None) => Fixture::default_cloud(),
        }
    }

    /// The policy that was asked for, read.
    fn read_policy(&self) -> Result<Rules, StartError> {
        let Some(path) = &self.policy else {
            return Ok(Rules::nova_defaults());
        };
        let text =
            std::fs::read_to_string(path).map_err(|source| StartError::PolicyUnreadable {
                path: path.clone(),
                source,
            })?;
        Ok(Rules::with_overrides(path, &text)?)
    }

    /// Reads everything and takes the address, but does not serve yet.
    pub(crate) fn prepare(self) -> Result<Prepared, StartError> {
        let fixture = self.read_fixture()?;
        let rules = self.read_policy()?;
        let state = AppState::new(fixture, rules, self.settings, self.clock);
        let listener = server::bind(self.listen)?;
        let address = listener.local_addr()?;
        Ok(Prepared {
            listener,
            address,
            state,
        })
    }

    /// Starts it. When this returns, it answers.
    ///
    /// # Errors
    /// If the fixture or the policy is wrong, or the address cannot be had; each error says how to mend it.
    pub async fn start(self) -> Result<MockNova, StartError> {
        let Prepared {
            listener,
            address,
            state,
        } = self.prepare()?;
        let router = http::router(state.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("mock-nova")
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("mock-nova".to_owned())
            .spawn(move || {
                let serving = server::serve(listener, router, std::future::pending());
                runtime.block_on(async {
                    tokio::select! {
                        ended = serving => if let Err(error) = ended {
                            tracing::error!(%error, "the server has stopped");
                        },
                        // Dropped or told: both mean stop.
                        _ = stopped => {}
                    }
                });
                runtime.shutdown_background();
            })?;
        Ok(MockNova {
            state,
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

/// A cloud that is ready and has its address, but does not answer yet.
pub(crate) struct Prepared {
    pub(crate) listener: TcpListener,
    pub(crate) address: SocketAddr,
    pub(crate) state: AppState,
}
