//! What `nova-conformance` already has and a load test needs too: names that tell which run gave them, the sweep that finds
//! what a killed run left, and what an administrator asks Keystone to make people. It is the one module that knows that crate,
//! so that what is shared can move without another being touched.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use nova_client::{Config, Identity, RawRequest};
use nova_conformance::{
    caller::{Base, Caller},
    callers, run_name, sweep,
};
use rand::{TryRng as _, rngs::SysRng};

pub use nova_conformance::{
    caller::{Cloud, Reply},
    callers::ReachError,
    check::{encoded, name_prefix as prefix},
    identity,
    report::html::{STYLE, Text, put},
    run_name::MARK,
    sweep::Swept,
};

/// This machine's time, for what has to be told by the calendar: when a run began, when a token ends.
pub fn now() -> Timestamp {
    #[expect(
        clippy::disallowed_methods,
        reason = "a run's name, its report and real tokens tell real time"
    )]
    Timestamp::now()
}

/// Waits for somebody else: a cloud that needs its time, or an engine that looks now and then.
pub async fn pause(time: Duration) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a real cloud tells nobody when it is done"
    )]
    tokio::time::sleep(time).await;
}

/// A time as files tell it.
pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A name that no other run has.
///
/// # Errors
/// A sentence: the operating system gives no random numbers.
pub fn run_id() -> Result<String, String> {
    let mut random = [0; 5];
    SysRng.try_fill_bytes(&mut random).map_err(|error| {
        format!("the operating system gives no random numbers, to name the run with: {error}")
    })?;
    Ok(run_name::new(now(), random))
}

/// Whether a run, of this program or of `nova-conformance`, gave this name.
pub fn is_a_runs(name: &str) -> bool {
    run_name::origin(name).is_some()
}

/// When the run began that gave this name.
pub fn began(name: &str) -> Option<Timestamp> {
    run_name::origin(name)
}

/// The id of the run that gave somebody it made this name; `None` where no run did.
pub fn run_of(name: &str) -> Option<&str> {
    began(name)?;
    name.strip_prefix(MARK)?.split('-').next()
}

/// Logs an administrator in: how to ask as them, and who they are.
///
/// # Errors
/// [`ReachError`]: they cannot log in, or there is no Compute API.
pub async fn admin(config: Config) -> Result<(Cloud, Arc<Identity>), ReachError> {
    callers::one(Caller::Admin, config).await
}

/// Sends one request to the Compute API as the administrator of [`admin`].
///
/// # Errors
/// A sentence: no answer came.
pub async fn ask_as_admin(cloud: &Cloud, request: &RawRequest) -> Result<Reply, String> {
    cloud.ask(Caller::Admin, Base::Endpoint, request).await
}

/// Deletes the servers and keypairs that runs have left to one user, and tells each in a sentence.
///
/// # Errors
/// [`ReachError`]: that user cannot log in.
pub async fn sweep_as(
    config: Config,
    older_than: Duration,
    dry_run: bool,
    tell: &mut (dyn FnMut(String) + Send),
) -> Result<Swept, ReachError> {
    let deadline = config.deadline;
    let none = std::collections::BTreeSet::<Caller>::new();
    let cloud = callers::reach(config, Vec::new(), &none).await?;
    let options = sweep::Options {
        older_than,
        dry_run,
        deadline,
        patience: Duration::from_secs(300),
    };
    let mut say = |told: sweep::Told| {
        tell(match told {
            sweep::Told::Young(thing) => format!("too young: {thing}"),
            sweep::Told::Would(thing) => format!("would delete: {thing}"),
            sweep::Told::Deleted(thing) => format!("deleted: {thing}"),
            sweep::Told::Left(thing, why) => format!("still there: {thing}: {why}"),
            sweep::Told::Unseen(why) => why,
        });
    };
    Ok(sweep::sweep(&cloud, &options, &mut say).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_names_is_found_by_a_sweep() {
        let id = run_id().unwrap();
        assert!(is_a_runs(&format!("{}3-17-i", prefix(&id))));
    }

    #[test]
    fn a_name_tells_its_run() {
        let id = run_id().unwrap();
        let (user, project) = ("12-0-user", "3-0-project");
        for rest in [user, project] {
            assert_eq!(run_of(&format!("{}{rest}", prefix(&id))), Some(&*id));
            assert_eq!(run_of(&format!("{MARK}{rest}")), None);
        }
    }
}
