//! The cloud that is judged where none is named: a mock of this workspace, started inside the program. It is the one place
//! that knows `mock-nova`, and only how to start it and who may log in.

use mock_nova::MockNova;
use nova_client::{Config, Credentials, Domain, Project, Scope, User};

use crate::caller::Caller;

/// Who plays which role in the mock's default cloud: role, user, project.
const PEOPLE: &[(Caller, &str, &str)] = &[
    (Caller::Second, "demo_second", "demo"),
    (Caller::Other, "alt_demo", "alt_demo"),
    (Caller::Reader, "demo_reader", "demo"),
    (Caller::Admin, "admin", "admin"),
];

/// Everybody's password in the mock's default cloud.
const PASSWORD: &str = "secret";

/// A running mock and how to reach it as everybody. It stops when this is dropped.
#[derive(Debug)]
#[must_use = "the cloud stops when this is dropped"]
pub struct Embedded {
    mock: MockNova,
    /// For [`Caller::Main`].
    pub main: Config,
    /// For every other role that somebody is named for.
    pub others: Vec<(Caller, Config)>,
}

impl Embedded {
    /// Takes another cloud's default quotas, as its `quota_set` tells them: they are a choice of each deployment.
    pub fn take_default_quotas(&self, quota_set: &serde_json::Value) {
        let told = quota_set.as_object().into_iter().flatten();
        let limits = told.filter_map(|(name, limit)| Some((name.as_str(), limit.as_i64()?)));
        self.mock.set_default_quotas(limits);
    }
}

/// Starts a mock.
///
/// # Errors
/// A sentence: it cannot listen on this machine.
pub async fn start() -> Result<Embedded, String> {
    let mock = MockNova::builder()
        .start()
        .await
        .map_err(|error| format!("the built-in cloud does not start: {error}"))?;
    let as_ = |user: &str, project: &str| {
        let domain = || Domain::Id("default".to_owned());
        let user = User::Name {
            name: user.to_owned(),
            domain: domain(),
        };
        let scope = Scope::Project(Project::Name {
            name: project.to_owned(),
            domain: domain(),
        });
        let mut config = Config::new(
            mock.auth_url(),
            Credentials::Password {
                user,
                password: PASSWORD.into(),
            },
            scope,
        );
        config.name = "mock-nova".to_owned();
        config
    };
    let others = PEOPLE
        .iter()
        .map(|(caller, user, project)| (*caller, as_(user, project)))
        .collect();
    Ok(Embedded {
        main: as_("demo", "demo"),
        others,
        mock,
    })
}
