//! The cloud that is loaded where none is named: a mock of this workspace, in a process and on threads of its own name, so that its
//! part of the processor's time can be told from the load's. With [`crate::calibrate`] it is the one place that knows `mock-nova`,
//! and only how to start it and who may log in.

use std::time::Duration;

use mock_nova::{Flaw, MockNova, Transitions};
use nova_client::{Config, Credentials, Domain, Project, Scope, User};

/// The default cloud of `mock-nova`.
const CLOUD: &str = include_str!("../../fixtures/default.yaml");

/// Who may ask: user and project. The first two are of one project, so that each rebuilds the other's servers.
const PEOPLE: [(&str, &str); 3] = [
    ("demo", "demo"),
    ("demo_second", "demo"),
    ("alt_demo", "alt_demo"),
];

/// Everybody's password in the default cloud.
const PASSWORD: &str = "secret";

/// How the mock is to be.
#[derive(Debug, Clone)]
pub struct Wish {
    /// How long a rebuild takes.
    pub rebuild: Duration,
    /// By which part of itself that may be longer or shorter, from server to server.
    pub jitter: f64,
    /// How long a token lasts.
    pub token_lifetime: Duration,
    /// In which way it is wrong.
    pub flaw: Option<Flaw>,
}

impl Default for Wish {
    /// Rebuilds of a second, a fifth more or less.
    fn default() -> Self {
        Self {
            rebuild: Duration::from_secs(1),
            jitter: 0.2,
            token_lifetime: Duration::from_secs(3600),
            flaw: None,
        }
    }
}

/// A running mock. It stops when this is dropped.
#[derive(Debug)]
#[must_use = "the cloud stops when this is dropped"]
pub struct Embedded {
    mock: MockNova,
}

impl Embedded {
    /// Starts one.
    ///
    /// # Errors
    /// A sentence: it cannot listen on this machine.
    pub async fn start(wish: Wish) -> Result<Self, String> {
        let cloud = format!(
            "{CLOUD}\ntransitions: {{default: 0, rebuild: {}, jitter: {}}}\n",
            wish.rebuild.as_secs_f64(),
            wish.jitter
        );
        let mut builder = MockNova::builder()
            .fixture_text(cloud)
            .transitions(Transitions::Timed)
            .token_lifetime(wish.token_lifetime);
        if let Some(flaw) = wish.flaw {
            builder = builder.flaw(flaw);
        }
        let mock = builder
            .start()
            .await
            .map_err(|error| format!("the built-in cloud does not start: {error}"))?;
        // As large as the fleet wants to be; keypairs keep Nova's default.
        mock.set_default_quotas([("instances", -1), ("cores", -1), ("ram", -1)]);
        Ok(Self { mock })
    }

    /// How its people log in.
    pub fn people(&self) -> Vec<Config> {
        PEOPLE
            .map(|(user, project)| self.login(user, project))
            .to_vec()
    }

    /// How its administrator logs in.
    pub fn admin(&self) -> Config {
        self.login("admin", "admin")
    }

    /// The mock itself.
    pub fn mock(&self) -> &MockNova {
        &self.mock
    }

    fn login(&self, user: &str, project: &str) -> Config {
        let domain = || Domain::Id("default".to_owned());
        let user = User::Name {
            name: user.to_owned(),
            domain: domain(),
        };
        let scope = Scope::Project(Project::Name {
            name: project.to_owned(),
            domain: domain(),
        });
        let credentials = Credentials::Password {
            user,
            password: PASSWORD.into(),
        };
        let mut config = Config::new(self.mock.auth_url(), credentials, scope);
        config.name = "mock-nova".to_owned();
        config
    }
}
