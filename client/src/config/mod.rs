//! Which cloud, as whom, and how to trust it: clouds.yaml with secure.yaml and clouds-public.yaml, `OS_CLOUD`, or the plain
//! `OS_*` variables of an openrc file. It knows files and the environment it is handed; it opens no connection.

mod error;
mod files;
mod settings;
mod yaml;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

pub(crate) use error::listed;
pub use error::{ConfigError, Place};

use crate::{
    auth::{Credentials, Scope},
    secret::Secret,
};
use files::Search;

/// How the environment is read: a function from a variable's name to its value, so that a test hands in its own. A program
/// passes `&|name| std::env::var(name).ok()`.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Everything needed to reach one cloud as one user. The fields are open: a caller that needs the same cloud as another user
/// clones it and puts in other credentials.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The cloud's name in clouds.yaml, or `environment`. Only for messages.
    pub name: String,
    /// Keystone's URL, with or without `/v3`, without a slash at the end.
    pub auth_url: String,
    /// Who asks.
    pub credentials: Credentials,
    /// What the token is asked to be good for.
    pub scope: Scope,
    /// The region whose endpoints are used; `None` takes the first of the catalog.
    pub region: Option<String>,
    /// The interface whose endpoints are used: `public` (the default), `internal` or `admin`.
    pub interface: String,
    /// Service type (`compute`) to the endpoint used instead of the catalog's, without a slash at the end.
    pub endpoint_overrides: BTreeMap<String, String>,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// The HTTP proxies to go through.
    pub proxies: Proxies,
    /// The `user-agent` of a request that brings none.
    pub user_agent: String,
    /// How long a request may take, to the answer's last byte, unless it says otherwise. 60 seconds by default.
    pub deadline: Duration,
    /// How long connecting may take, TLS included. 10 seconds by default.
    pub connect_deadline: Duration,
}

/// Whose certificates are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The operating system's certificate authorities.
    System,
    /// The authorities of this PEM file, and no others (`cacert`).
    CaFile(PathBuf),
    /// Anyone (`verify: false`, `insecure: true`).
    Anyone,
}

/// The HTTP proxies to go through. A proxy's URL may hold a password, so it is a [`Secret`].
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// For `http://` (`http_proxy`).
    pub http: Option<Secret>,
    /// For `https://` (`https_proxy`).
    pub https: Option<Secret>,
    /// The hosts reached directly (`no_proxy`), separated by commas.
    pub except: Option<String>,
}

impl Proxies {
    /// The proxies of `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in small letters or capitals.
    #[must_use]
    pub fn from_env(env: Environment<'_>) -> Self {
        let set = |name: &str| {
            env(name)
                .or_else(|| env(&name.to_ascii_uppercase()))
                .filter(|value| !value.is_empty())
        };
        let all = || set("all_proxy");
        Self {
            http: set("http_proxy").or_else(all).map(Secret::from),
            https: set("https_proxy").or_else(all).map(Secret::from),
            except: set("no_proxy"),
        }
    }
}

impl Config {
    /// A configuration made by hand, with every other field at its default.
    #[must_use]
    pub fn new(auth_url: impl Into<String>, credentials: Credentials, scope: Scope) -> Self {
        Self {
            name: "environment".to_owned(),
            auth_url: auth_url.into(),
            credentials,
            scope,
            region: None,
            interface: "public".to_owned(),
            endpoint_overrides: BTreeMap::new(),
            trust: Trust::System,
            proxies: Proxies::default(),
            user_agent: concat!("nova-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            deadline: Duration::from_secs(60),
            connect_deadline: Duration::from_secs(10),
        }
    }

    /// What the environment asks for: the cloud that `OS_CLOUD` names, from clouds.yaml; otherwise the plain `OS_*`
    /// variables.
    ///
    /// # Errors
    /// [`ConfigError`]: a file, a cloud or a setting that is missing or wrong.
    pub fn from_env(env: Environment<'_>) -> Result<Self, ConfigError> {
        Self::from_env_in(Path::new("."), env)
    }

    /// The cloud named `cloud` of the clouds.yaml that the search finds: `$OS_CLIENT_CONFIG_FILE`, the current directory,
    /// `~/.config/openstack`, `/etc/openstack`.
    ///
    /// Secrets that the files leave out come from `OS_PASSWORD`, `OS_APPLICATION_CREDENTIAL_SECRET` or (for `v3token`)
    /// `OS_TOKEN`; no other `OS_*` variable is read.
    ///
    /// # Errors
    /// [`ConfigError`]: a file, a cloud or a setting that is missing or wrong.
    pub fn named(cloud: &str, env: Environment<'_>) -> Result<Self, ConfigError> {
        Search {
            env,
            here: Path::new("."),
            file: None,
        }
        .cloud(cloud)?
        .into_config(env)
    }

    /// The cloud named `cloud` of this clouds.yaml, with the secure.yaml beside it.
    ///
    /// # Errors
    /// [`ConfigError`]: a file, a cloud or a setting that is missing or wrong.
    pub fn from_file(file: &Path, cloud: &str, env: Environment<'_>) -> Result<Self, ConfigError> {
        Search {
            env,
            here: Path::new("."),
            file: Some(file),
        }
        .cloud(cloud)?
        .into_config(env)
    }

    /// [`Config::from_env`] as seen from another current directory.
    ///
    /// # Errors
    /// As [`Config::from_env`].
    pub fn from_env_in(here: &Path, env: Environment<'_>) -> Result<Self, ConfigError> {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let search = Search {
            env,
            here,
            file: None,
        };
        match (set("OS_CLOUD"), set("OS_AUTH_URL")) {
            (Some(cloud), _) => search.cloud(&cloud)?.into_config(env),
            (None, Some(_)) => settings::from_environment(env).into_config(env),
            (None, None) => Err(ConfigError::NoCloudNamed {
                have: search.overview(),
            }),
        }
    }
}
