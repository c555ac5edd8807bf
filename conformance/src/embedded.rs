//! The cloud that is judged where none is named: a mock of this workspace, started inside the program. It and what is
//! below it know `mock-nova`, how to start it and who may log in; beside them only [`crate::selftest`] does, whose clouds are wrong.

mod near;

use std::collections::BTreeMap;

use mock_nova::{
    Builder, MockNova,
    cloud::volume::{DEFAULT_TYPE, SourceImage, Volume, VolumeStatus},
};
use nova_client::{Config, Credentials, Domain, Project, Scope, User};

pub use near::Pattern;

use crate::{
    caller::Caller,
    callers::{self, ReachError},
    guest::Guest,
};

/// Who plays which role in the mock's default cloud: role, user, project.
const PEOPLE: &[(Caller, &str, &str)] = &[
    (Caller::Second, "demo_second", "demo"),
    (Caller::Other, "alt_demo", "alt_demo"),
    (Caller::Reader, "demo_reader", "demo"),
    (Caller::Admin, "admin", "admin"),
];

/// What the mock's metadata service shares with a proxy.
const METADATA_SECRET: &str = "secret";

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

impl Embedded {
    /// Its metadata service, which tells what its guests are told.
    ///
    /// # Errors
    /// [`ReachError`]: nobody can log in.
    pub async fn guest(&self) -> Result<Guest, ReachError> {
        let url = self.mock.metadata_url();
        callers::guest(self.main.clone(), &url, METADATA_SECRET.into()).await
    }
}

/// The reference cloud's flavors, images and networks.
const REFERENCE: &str = include_str!("../../fixtures/reference.yaml");

/// The project `demo` there.
const DEMO: &str = "ca000000000000000000000000000002";

/// Its network.
pub const NETWORK: &str = "3cb9bc59-5699-4588-a4b1-b87f96708bc6";

/// Its volumes that requests name: each with the image that it is made of.
const VOLUMES: &[(&str, Option<&str>)] = &[
    (
        "6ca404f3-d844-4169-bb96-bc792f37de98",
        Some("155d900f-4e14-4e4c-a73d-069cbf4541e6"),
    ),
    ("5a0e3a52-8d0c-4e0e-9c0e-6f8d0b7c2d11", None),
];

/// Starts a mock.
///
/// # Errors
/// A sentence: it cannot listen on this machine.
pub async fn start() -> Result<Embedded, String> {
    start_as(MockNova::builder()).await
}

/// Starts a mock that has what the reference cloud has, so that both can be asked the same about servers.
///
/// # Errors
/// A sentence: it cannot listen on this machine.
pub async fn start_like_the_reference() -> Result<Embedded, String> {
    let embedded = start_as(MockNova::builder().fixture_text(REFERENCE)).await?;
    add_volumes(&embedded.mock);
    Ok(embedded)
}

/// Gives a mock of the reference cloud's fixture the volumes that requests name; no fixture can hold them.
pub fn add_volumes(mock: &MockNova) {
    let state = mock.state();
    let now = state.clock.now();
    state.store.write(|cloud| {
        for (id, image) in VOLUMES {
            let image = image.and_then(|id| cloud.images.get(id));
            let volume = Volume {
                id: (*id).to_owned(),
                project_id: DEMO.to_owned(),
                user_id: String::new(),
                name: None,
                description: None,
                size: 1,
                status: VolumeStatus::Available,
                bootable: image.is_some(),
                multiattach: false,
                volume_type: DEFAULT_TYPE.to_owned(),
                image: image.map(SourceImage::of),
                metadata: BTreeMap::new(),
                attachments: Vec::new(),
                created_at: now,
                updated_at: now,
            };
            cloud.volumes.add(volume);
        }
    });
}

async fn start_as(builder: Builder) -> Result<Embedded, String> {
    let mock = builder
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
