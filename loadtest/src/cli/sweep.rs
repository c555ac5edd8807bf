//! `nova-loadtest sweep`: deletes what runs that were killed have left on a cloud, known by the names that runs give.

use std::{io::Write as _, time::Duration};

use nova_client::Config;

use super::{complain, span};
use crate::{
    exit::ExitCode,
    people::made::Host,
    shared::{self, ReachError},
};

/// The options.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Whose keypairs and servers are swept: entries of clouds.yaml [default: OS_CLOUD, or the OS_* variables]
    #[arg(long, value_name = "NAME", num_args = 1..)]
    os_cloud: Vec<String>,
    /// An entry for an administrator: users and projects that a run made are swept with all that is theirs.
    #[arg(long, value_name = "NAME")]
    admin_cloud: Option<String>,
    /// What is younger stays: it may be a run's that is still going.
    #[arg(long, value_name = "TIME", default_value = "2h", value_parser = span)]
    older_than: Duration,
    /// Only tell what would be deleted.
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    pub(super) async fn go(self) -> ExitCode {
        match self.sweep().await {
            Ok(true) => ExitCode::Holds,
            Ok(false) => ExitCode::CouldNotAsk,
            Err(why) => {
                let code = match why {
                    ReachError::Usage(_) => ExitCode::Usage,
                    ReachError::Unreachable(_) => ExitCode::CouldNotAsk,
                };
                complain(why);
                code
            }
        }
    }

    /// Whether nothing that is to go is left.
    async fn sweep(&self) -> Result<bool, ReachError> {
        let env = |name: &str| std::env::var(name).ok();
        let usage = |error: nova_client::ConfigError| ReachError::Usage(error.to_string());
        let named = |name: &String| Config::named(name, &env).map_err(usage);
        let mut configs = self
            .os_cloud
            .iter()
            .map(named)
            .collect::<Result<Vec<_>, _>>()?;
        if configs.is_empty() && self.admin_cloud.is_none() {
            configs.push(Config::from_env(&env).map_err(usage)?);
        }
        let mut tell = |what: String| {
            let _ = writeln!(anstream::stdout(), "{what}");
        };
        let mut left = 0;
        for config in configs {
            let swept = shared::sweep_as(config, self.older_than, self.dry_run, &mut tell).await?;
            left += swept.left + swept.unseen;
        }
        if let Some(admin) = &self.admin_cloud {
            let before = shared::now()
                .checked_sub(self.older_than)
                .map_err(|error| ReachError::Usage(error.to_string()))?;
            let host = Host::reach(named(admin)?).await?;
            left += host
                .sweep(before, self.dry_run, &mut tell)
                .await
                .map_err(ReachError::Unreachable)?;
        }
        tell(format!("{left} left"));
        Ok(left == 0)
    }
}
