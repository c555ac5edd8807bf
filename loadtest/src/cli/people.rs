//! The options that say which cloud is loaded, and in whose name. It knows where configurations come from.

use nova_client::Config;

use crate::{
    embedded,
    run::{Newcomers, Target},
    shared::ReachError,
};

/// The options.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Which cloud, and who asks")]
pub(super) struct People {
    /// A user of the cloud to load: an entry of clouds.yaml. Several share the load. Without any, and without OS_CLOUD, a
    /// built-in mock is loaded.
    #[arg(long, value_name = "NAME", num_args = 1..)]
    os_cloud: Vec<String>,
    /// An entry of clouds.yaml for an administrator, who makes what --make-users asks for.
    #[arg(long, value_name = "NAME", conflicts_with = "os_cloud")]
    admin_cloud: Option<String>,
    /// Make so many users for the run, and delete them at its end.
    #[arg(long, value_name = "N", conflicts_with = "os_cloud", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    make_users: Option<u16>,
    /// In so many projects.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "make_users", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    make_projects: u16,
}

impl People {
    /// Which cloud, and who is to be made there.
    pub(super) fn target(
        &self,
        built_in: embedded::Wish,
    ) -> Result<(Target, Option<Newcomers>), ReachError> {
        let env = |name: &str| std::env::var(name).ok();
        let named = |name: &String| {
            Config::named(name, &env).map_err(|error| ReachError::Usage(error.to_string()))
        };
        let admin = self.admin_cloud.as_ref().map(named).transpose()?;
        let newcomers = self.make_users.map(|users| Newcomers {
            admin: admin.clone(),
            users: usize::from(users),
            projects: usize::from(self.make_projects),
        });
        let mut configs = self
            .os_cloud
            .iter()
            .map(named)
            .collect::<Result<Vec<_>, _>>()?;
        let by_environment = ["OS_CLOUD", "OS_AUTH_URL"]
            .iter()
            .any(|name| env(name).is_some_and(|value| !value.is_empty()));
        if configs.is_empty() && admin.is_none() && by_environment {
            let config = Config::from_env(&env);
            configs.push(config.map_err(|error| ReachError::Usage(error.to_string()))?);
        }
        if admin.is_some() && newcomers.is_none() {
            return Err(ReachError::Usage(
                "--admin-cloud names who makes users, and nothing says how many: add --make-users"
                    .to_owned(),
            ));
        }
        let is_real = !configs.is_empty() || admin.is_some();
        let target = if is_real {
            Target::Named(configs)
        } else {
            Target::Embedded(built_in)
        };
        Ok((target, newcomers))
    }
}
