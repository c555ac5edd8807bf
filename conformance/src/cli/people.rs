//! The options that say who asks: entries of clouds.yaml for the parts that people play. It knows where configurations come
//! from; `run` and `sweep` take the same.

use std::time::Duration;

use nova_client::Config;

use crate::{caller::Caller, callers::ReachError, exit::ExitCode};

/// The options.
#[derive(Debug, clap::Args)]
pub(super) struct People {
    /// The cloud to judge: an entry of clouds.yaml, whose user is a plain member of a project. Without it and without
    /// OS_CLOUD, a built-in mock is judged.
    #[arg(long, value_name = "NAME")]
    os_cloud: Option<String>,
    /// An entry for another member of the same project.
    #[arg(long, value_name = "NAME")]
    second_cloud: Option<String>,
    /// An entry for a member of another project.
    #[arg(long, value_name = "NAME")]
    other_cloud: Option<String>,
    /// An entry for a reader of the same project.
    #[arg(long, value_name = "NAME")]
    reader_cloud: Option<String>,
    /// An entry for an administrator, of another project than --os-cloud's: where it is the same, some checks are skipped.
    #[arg(long, value_name = "NAME")]
    admin_cloud: Option<String>,
}

/// How a command is refused before it begins.
pub(super) type Refused = (ExitCode, String);

pub(super) fn out_of_reach(error: ReachError) -> Refused {
    match error {
        ReachError::Usage(what) => (ExitCode::Usage, what),
        ReachError::Unreachable(what) => (ExitCode::CouldNotAsk, what),
    }
}

pub(super) fn usage(what: impl ToString) -> Refused {
    (ExitCode::Usage, what.to_string())
}

/// Who is named.
pub(super) struct Named {
    /// For [`Caller::Main`].
    pub(super) main: Option<Config>,
    /// For the others.
    pub(super) others: Vec<(Caller, Config)>,
}

/// Others are named, and nobody for [`Caller::Main`]; what else could be meant.
pub(super) fn nobody(or: &str) -> Refused {
    usage(format!(
        "people are named, but not the cloud: name its plain member with --os-cloud or OS_CLOUD, or {or}"
    ))
}

/// As this program asks.
pub(super) fn prepared(mut config: Config, deadline: Duration) -> Config {
    config.deadline = deadline;
    config.user_agent = concat!("nova-conformance/", env!("CARGO_PKG_VERSION")).to_owned();
    config
}

impl People {
    /// Everybody who is named; `None` where neither an option nor the environment names a cloud.
    pub(super) fn named(&self) -> Result<Option<Named>, Refused> {
        let env = |name: &str| std::env::var(name).ok();
        let named_by_environment = ["OS_CLOUD", "OS_AUTH_URL"]
            .iter()
            .any(|name| env(name).is_some_and(|value| !value.is_empty()));
        let main = match &self.os_cloud {
            Some(name) => Some(Config::named(name, &env).map_err(usage)?),
            None if named_by_environment => Some(Config::from_env(&env).map_err(usage)?),
            None => None,
        };
        let mut others = Vec::new();
        for (caller, name) in self.named_others() {
            others.push((caller, Config::named(name, &env).map_err(usage)?));
        }
        Ok((main.is_some() || !others.is_empty()).then_some(Named { main, others }))
    }

    /// The options as they were typed.
    pub(super) fn typed(&self) -> Vec<(&'static str, &str)> {
        let main = self.os_cloud.as_deref().map(|name| ("--os-cloud", name));
        let others = self
            .named_others()
            .filter_map(|(caller, name)| Some((caller.option()?, name)));
        main.into_iter().chain(others).collect()
    }

    fn named_others(&self) -> impl Iterator<Item = (Caller, &str)> {
        [
            (Caller::Second, &self.second_cloud),
            (Caller::Other, &self.other_cloud),
            (Caller::Reader, &self.reader_cloud),
            (Caller::Admin, &self.admin_cloud),
        ]
        .into_iter()
        .filter_map(|(caller, name)| Some((caller, name.as_deref()?)))
    }
}
