//! Whom a run asks as: the people of clouds.yaml, those of the built-in cloud, or some that are made for the run; and the cloud
//! that they reach.

use std::{collections::BTreeSet, sync::Arc};

use nova_api::Microversion;
use nova_client::{Config, Secret};

use super::{
    Args,
    signals::{Signals, tell_left},
};
use crate::{
    caller::{Caller, Cloud},
    callers,
    check::Check,
    cli::{
        complain,
        people::{Named, Refused, nobody, out_of_reach, prepared, usage},
    },
    embedded::{self, Embedded},
    exit::ExitCode,
    ledger::{Book, Limits},
    newcomers::{Host, PARTS},
};

impl Args {
    /// Who makes people for the run, where it is to have its own.
    pub(super) async fn host(
        &self,
        named: Option<&Named>,
        book: &Arc<Book>,
    ) -> Result<Option<Host>, Refused> {
        let Some(named) = named.filter(|_| self.create_users) else {
            return Ok(None);
        };
        let is_named = |caller: Caller| named.others.iter().any(|(named, _)| *named == caller);
        if named.main.is_none() && (is_named(Caller::Second) || is_named(Caller::Reader)) {
            return Err(usage(
                "--second-cloud and --reader-cloud name people of the project of --os-cloud: name that one too, or let --create-users make all three",
            ));
        }
        let admin = named
            .others
            .iter()
            .find(|(caller, _)| *caller == Caller::Admin);
        let Some((_, admin)) = admin else {
            return Ok(None);
        };
        let limits = Limits {
            deadline: self.deadline(),
            patience: self.servers.settings().patience,
        };
        let admin = prepared(admin.clone(), self.deadline());
        let host = Host::reach(admin, Arc::clone(book), limits).await;
        host.map(Some).map_err(out_of_reach)
    }

    /// The cloud as everybody reaches it, and the built-in one, where it is that.
    pub(super) async fn cloud(
        &self,
        named: Option<Named>,
        host: Option<&Host>,
        run_id: &str,
        checks: &[Check],
    ) -> Result<(Cloud, Option<Embedded>), Refused> {
        let Some(Named { main, others }) = named else {
            return self.built_in(checks).await;
        };
        let needed = needed(checks);
        let prepare = |config| prepared(config, self.deadline());
        let main = main.map(prepare);
        let mut others: Vec<(Caller, Config)> = others
            .into_iter()
            .map(|(caller, config)| (caller, prepare(config)))
            .collect();
        let mut made = None;
        if let Some(host) = host {
            let home = match &main {
                Some(main) => {
                    let (_, identity) = callers::one(Caller::Main, main.clone())
                        .await
                        .map_err(out_of_reach)?;
                    if host.is(&identity) {
                        return Err(usage(format!(
                            "user '{}' is both --admin-cloud and --os-cloud (or OS_CLOUD): leave the latter out, and --create-users makes a plain member",
                            identity.user.name
                        )));
                    }
                    identity.project.as_ref().map(|project| project.id.clone())
                }
                None => None,
            };
            let is_named = |caller: Caller| match caller {
                Caller::Main => main.is_some(),
                _ => others.iter().any(|(named, _)| *named == caller),
            };
            let is_wanted = |caller: &Caller| {
                !is_named(*caller) && (*caller == Caller::Main || needed.contains(caller))
            };
            let wanted = PARTS.into_iter().filter(is_wanted).collect();
            made = Some(
                host.make(run_id, &wanted, home)
                    .await
                    .map_err(out_of_reach)?,
            );
        }
        let mut people = made
            .as_mut()
            .map(|made| std::mem::take(&mut made.people))
            .unwrap_or_default();
        let at = people
            .iter()
            .position(|(caller, _)| *caller == Caller::Main);
        let own = at.map(|at| people.remove(at).1);
        let main = main
            .or(own)
            .ok_or_else(|| nobody("have --admin-cloud make one with --create-users"))?;
        others.extend(people);
        let mut cloud = reach(main.clone(), others, &needed).await?;
        self.find_guest(main, &mut cloud).await?;
        if let Some(made) = made {
            for (caller, why) in made.lacking {
                cloud.lacks(caller, why);
            }
            cloud.notes.push(made.note);
        }
        Ok((cloud, None))
    }

    /// The cloud that is judged where none is named.
    async fn built_in(&self, checks: &[Check]) -> Result<(Cloud, Option<Embedded>), Refused> {
        if self.metadata_url.is_some() {
            return Err(usage(
                "--metadata-url belongs to a cloud, and none is named: name it with --os-cloud or OS_CLOUD (the built-in cloud brings its own metadata service)",
            ));
        }
        let mut embedded = embedded::start()
            .await
            .map_err(|error| (ExitCode::CouldNotAsk, error))?;
        let prepare = |config| prepared(config, self.deadline());
        let main = prepare(embedded.main.clone());
        let others = std::mem::take(&mut embedded.others)
            .into_iter()
            .map(|(caller, config)| (caller, prepare(config)));
        let mut cloud = reach(main, others.collect(), &needed(checks)).await?;
        cloud.guest = Some(embedded.guest().await.map_err(out_of_reach)?);
        Ok((cloud, Some(embedded)))
    }

    /// The metadata service, where one is named.
    async fn find_guest(&self, main: Config, cloud: &mut Cloud) -> Result<(), Refused> {
        let (Some(url), Some(variable)) = (&self.metadata_url, &self.metadata_secret_env) else {
            return Ok(());
        };
        let secret = std::env::var(variable)
            .ok()
            .filter(|secret| !secret.is_empty());
        let secret = secret.ok_or_else(|| {
            usage(format!(
                "--metadata-secret-env names {variable}, which is not set: put the secret that the metadata service shares with its proxy into it"
            ))
        })?;
        let guest = callers::guest(main, url, Secret::from(secret))
            .await
            .map_err(out_of_reach)?;
        cloud.hidden_guest = guest.hidden(self.deadline()).await;
        cloud.guest = Some(guest);
        Ok(())
    }
}

fn needed(checks: &[Check]) -> BTreeSet<Caller> {
    checks.iter().flat_map(Check::callers).copied().collect()
}

async fn reach(
    main: Config,
    others: Vec<(Caller, Config)>,
    needed: &BTreeSet<Caller>,
) -> Result<Cloud, Refused> {
    let mut cloud = callers::reach(main, others, needed)
        .await
        .map_err(out_of_reach)?;
    let newest = cloud.versions.max;
    if newest.major == 2 && newest.minor > Microversion::MAX.minor() {
        cloud.notes.push(format!(
            "the cloud offers {newest}, and this nova-conformance knows no version after {}: what came later is not judged",
            Microversion::MAX
        ));
    }
    Ok(cloud)
}

/// The run does not begin: whom it made for itself is taken away. How it ends.
pub(super) async fn take_back(
    host: &Host,
    book: &Book,
    (code, what): Refused,
    mut signals: Signals,
) -> Refused {
    if book.left().is_empty() {
        return (code, what);
    }
    let taken = signals.unless(async { Ok(host.take_back().await) }).await;
    match taken {
        Ok(left) if left.is_empty() => (code, what),
        Ok(left) => {
            complain(what);
            let left: Vec<String> = left.iter().map(ToString::to_string).collect();
            (
                ExitCode::CouldNotAsk,
                format!(
                    "left on the cloud: {}; `nova-conformance sweep --admin-cloud … --older-than 0s` removes it",
                    left.join("; ")
                ),
            )
        }
        Err(_) => {
            tell_left(&book.left());
            (ExitCode::Interrupted, what)
        }
    }
}
