//! `nova-conformance compare`: from two names to a report on standard output. It knows where configurations come from, and
//! starts the built-in cloud where none is named.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use nova_client::{Config, ConfigError};

use super::complain;
use crate::{
    caller::Caller,
    callers::{self, ReachError},
    compare::{
        Comparison, Finding, Findings, ROLES, Settings, accepted::ACCEPTED, difference::Kind,
        side::Side,
    },
    embedded::{self, Embedded},
    exit::ExitCode,
};

/// The name that stands for the built-in mock.
const MOCK: &str = "mock";

/// A run of at least this many requests says which accepted differences it has not met.
const FULL: usize = 5000;

/// The options of `compare`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// A cloud: an entry of clouds.yaml, or `mock`. Entries with -second, -other, -reader and -admin at the end of its name
    /// are asked too, where there are any: another member of its project, a member of another, a reader, an administrator.
    #[arg(long, value_name = "NAME", default_value = MOCK)]
    os_cloud: String,
    /// The cloud to compare it with, named in the same way. It is another one.
    #[arg(long, value_name = "NAME")]
    against: String,
    /// Refuses to begin unless everything can be asked: all four others are known in both clouds, quotas can be set, and
    /// servers can be made.
    #[arg(long)]
    require_all: bool,
    /// How many requests to ask.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = parse_requests)]
    requests: usize,
    /// What the requests depend on: the same seed asks the same.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Asks again only the request of this number, as a report names it, and those of its episode before it.
    #[arg(long, value_name = "N", value_parser = parse_requests)]
    only: Option<usize>,
    /// For how many kinds of differences to look for the shortest way to see them.
    #[arg(long, value_name = "N", default_value_t = 10)]
    shrink: usize,
    /// How long one request may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

const AFTER_HELP: &str = "\
The differences that docs/fidelity.md accepts are those of `mock` from a real Nova: between two other clouds, none is.

Everything is asked as users who must own no keypairs, and whose projects must have no servers. What is made is deleted again. Quotas are set only where an
administrator can ask and the projects have the defaults, to which they are put back.

Exit codes: 0 the clouds answered alike, but for the differences that docs/fidelity.md accepts; 1 they did not; 2 wrong
command line or configuration; 3 a cloud could not be asked, or something was left on it; 130 interrupted.";

/// How a run is refused.
type Refused = (ExitCode, String);

impl Args {
    pub(super) async fn go(self) -> ExitCode {
        match self.compare().await {
            Ok(code) => code,
            Err((code, what)) => {
                complain(what);
                code
            }
        }
    }

    async fn compare(&self) -> Result<ExitCode, Refused> {
        if self.os_cloud == self.against {
            return Err((
                ExitCode::Usage,
                format!(
                    "'{}' would be compared with itself: name another cloud with --against",
                    self.against
                ),
            ));
        }
        // Held to the end: a built-in cloud stops when it is dropped.
        let (left, left_cloud) = self.side(&self.os_cloud).await?;
        let (right, right_cloud) = self.side(&self.against).await?;
        for (built_in, other) in [(&left_cloud, &right), (&right_cloud, &left)] {
            if let (Some(built_in), Some(quotas)) = (built_in, other.default_quotas().await) {
                built_in.take_default_quotas(&quotas);
            }
        }
        if self.require_all {
            everything_can_be_asked(&self.os_cloud, &left).await?;
            everything_can_be_asked(&self.against, &right).await?;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let watch = tokio::spawn(stop_on_interrupt(Arc::clone(&stop)));
        let could_not_ask = |why: String| (ExitCode::CouldNotAsk, why);
        let mut comparison = Comparison::new(left, right, stop)
            .await
            .map_err(could_not_ask)?;
        if self.require_all && !comparison.cast().servers {
            return Err((
                ExitCode::Usage,
                format!(
                    "--require-all: servers cannot be made in '{}' and '{}': both need two images, two flavors and a network",
                    self.os_cloud, self.against
                ),
            ));
        }
        let settings = Settings {
            requests: self.requests,
            seed: self.seed,
            only: self.only,
            shrunk: self.shrink,
        };
        let progress = |asked: usize, kinds: usize| {
            if asked.is_multiple_of(1000) {
                // Where standard error is closed, nobody is left to tell.
                let _ = writeln!(
                    anstream::stderr(),
                    "{asked} requests asked, {kinds} kinds of differences"
                );
            }
        };
        let findings = comparison.run(settings, progress).await;
        watch.abort();
        match self.report(&comparison, &findings, &mut anstream::stdout().lock()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                return Err(could_not_ask(format!(
                    "the report is not complete: {error}"
                )));
            }
            _ => {}
        }
        if let Some(why) = findings.broken_off {
            return Err(could_not_ask(why));
        }
        Ok(if findings.interrupted {
            ExitCode::Interrupted
        } else if !findings.kinds.is_empty() {
            ExitCode::Violation
        } else if !findings.left_behind.is_empty() {
            ExitCode::CouldNotAsk
        } else {
            ExitCode::Holds
        })
    }

    async fn side(&self, name: &str) -> Result<(Side, Option<Embedded>), Refused> {
        let (main, others, embedded) = people(name).await?;
        let deadline = Duration::from_secs(self.timeout);
        let auth_url = main.auth_url.clone();
        let side = reach(main, others, deadline).await?;
        let mut side = Side::new(side, &auth_url, deadline);
        if embedded.is_some() {
            side = side.of_the_mock();
        }
        Ok((side, embedded))
    }

    fn report(
        &self,
        comparison: &Comparison,
        findings: &Findings,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let (left, right) = comparison.names();
        for (kind, finding) in &findings.kinds {
            self.tell(kind, finding, (left, right), out)?;
        }
        for sentence in &findings.left_behind {
            writeln!(out, "left behind: {sentence}")?;
        }
        for (id, count) in &findings.accepted {
            writeln!(out, "accepted: {id}, {count} times")?;
        }
        let whole = !findings.interrupted && findings.broken_off.is_none();
        if self.requests >= FULL && self.only.is_none() && whole {
            for accepted in ACCEPTED
                .iter()
                .filter(|accepted| !findings.accepted.contains_key(accepted.id))
            {
                writeln!(
                    out,
                    "no longer seen: {}; if no seed shows it, take it out of docs/fidelity.md",
                    accepted.id
                )?;
            }
        }
        let callers: Vec<&str> = comparison
            .cast()
            .callers
            .iter()
            .map(|caller| caller.name())
            .collect();
        writeln!(
            out,
            "asked as {}; quotas {}set; servers {}made",
            callers.join(", "),
            if comparison.cast().quotas { "" } else { "not " },
            if comparison.cast().servers {
                ""
            } else {
                "not "
            }
        )?;
        let seconds = findings.took.as_secs_f64();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a rate for people, of far fewer than 2^52 requests"
        )]
        let rate = if seconds > 0.0 {
            findings.asked as f64 / seconds
        } else {
            0.0
        };
        writeln!(
            out,
            "{left} and {right}: {} requests to each with seed {} in {seconds:.1} s ({rate:.0}/s), {} with success; {} kinds of differences",
            findings.asked,
            self.seed,
            findings.succeeded,
            findings.kinds.len()
        )
    }

    fn tell(
        &self,
        kind: &Kind,
        finding: &Finding,
        (left, right): (&str, &str),
        out: &mut impl Write,
    ) -> io::Result<()> {
        let first = &finding.first;
        writeln!(out, "{kind}")?;
        writeln!(
            out,
            "  {} times; first as request {}",
            finding.count, first.number
        )?;
        let way = finding
            .shortest
            .as_deref()
            .unwrap_or(std::slice::from_ref(&first.ask));
        for ask in way {
            writeln!(out, "  $ {}", ask.as_curl())?;
        }
        for (name, answer) in [(left, &first.left), (right, &first.right)] {
            writeln!(out, "  {name}:")?;
            for line in clipped(&answer.to_string()).lines() {
                writeln!(out, "    {line}")?;
            }
        }
        writeln!(
            out,
            "  again: nova-conformance compare --os-cloud {} --against {} --seed {} --only {}\n",
            self.os_cloud, self.against, self.seed, first.number
        )
    }
}

/// What `--require-all` demands of a cloud.
async fn everything_can_be_asked(name: &str, side: &Side) -> Result<(), Refused> {
    let callers = side.callers();
    let missing: Vec<String> = ROLES
        .iter()
        .filter(|role| !callers.contains(role))
        .map(|role| format!("'{name}-{role}'"))
        .collect();
    let refused = |what: String| Err((ExitCode::Usage, what));
    if !missing.is_empty() {
        return refused(format!(
            "--require-all: clouds.yaml has no {}: add it, or leave the option out",
            missing.join(", no ")
        ));
    }
    let may_set = side.may_set_quotas().await;
    if may_set.map_err(|why| (ExitCode::CouldNotAsk, why))? {
        return Ok(());
    }
    refused(format!(
        "--require-all: the quotas of '{name}' cannot be set: '{name}-admin' is to be an administrator, and the projects of all \
         entries are to have the default quotas"
    ))
}

/// A sentence of [`callers`], which knows the options of `run`, in terms of the entries that stand for them here.
fn of_entries(sentence: &str, name: &str) -> String {
    let mut sentence = sentence.to_owned();
    for role in ROLES {
        if let Some(option) = role.option() {
            sentence = sentence.replace(option, &format!("the entry '{name}-{role}'"));
        }
    }
    sentence.replace("--os-cloud", &format!("the entry '{name}'"))
}

fn clipped(text: &str) -> &str {
    &text[..text.floor_char_boundary(1500)]
}

fn parse_requests(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|count| (1..=10_000_000).contains(count))
        .ok_or_else(|| "write a number from 1 to 10000000".to_owned())
}

/// Who can ask the cloud of this name: the people of the built-in mock, or the entries of clouds.yaml whose names begin so.
pub(super) async fn people(
    name: &str,
) -> Result<(Config, Vec<(Caller, Config)>, Option<Embedded>), Refused> {
    if name == MOCK {
        let mut embedded = embedded::start_like_the_reference()
            .await
            .map_err(|error| (ExitCode::CouldNotAsk, error))?;
        let (main, others) = (embedded.main.clone(), std::mem::take(&mut embedded.others));
        return Ok((main, others, Some(embedded)));
    }
    let env = |variable: &str| std::env::var(variable).ok();
    let usage = |error: ConfigError| (ExitCode::Usage, error.to_string());
    let main = Config::named(name, &env).map_err(usage)?;
    let mut others = Vec::new();
    for caller in ROLES {
        match Config::named(&format!("{name}-{caller}"), &env) {
            Ok(config) => others.push((*caller, config)),
            Err(ConfigError::UnknownCloud { .. }) => {}
            Err(error) => return Err(usage(error)),
        }
    }
    Ok((main, others, None))
}

/// Logs everybody in.
pub(super) async fn reach(
    mut main: Config,
    mut others: Vec<(Caller, Config)>,
    deadline: Duration,
) -> Result<crate::caller::Cloud, Refused> {
    for config in std::iter::once(&mut main).chain(others.iter_mut().map(|(_, config)| config)) {
        config.deadline = deadline;
        config.user_agent = concat!("nova-conformance/", env!("CARGO_PKG_VERSION")).to_owned();
    }
    let name = main.name.clone();
    let needed = BTreeSet::from([Caller::Expired]);
    callers::reach(main, others, &needed)
        .await
        .map_err(|error| match error {
            ReachError::Usage(what) => (ExitCode::Usage, of_entries(&what, &name)),
            ReachError::Unreachable(what) => (ExitCode::CouldNotAsk, what),
        })
}

/// The first Ctrl-C (or SIGTERM, by which CI systems cancel) stops the run, which then cleans up; the second ends the
/// program at once.
pub(super) async fn stop_on_interrupt(stop: Arc<AtomicBool>) {
    if interrupted().await.is_err() {
        return;
    }
    complain("interrupted: deleting what was made (press Ctrl-C again to leave it there)");
    stop.store(true, Ordering::Relaxed);
    if interrupted().await.is_ok() {
        complain("stopped; servers, keypairs and quotas of this run may be left on the cloud");
        #[expect(
            clippy::exit,
            reason = "a second Ctrl-C ends the program whatever hangs"
        )]
        std::process::exit(i32::from(ExitCode::Interrupted.code()));
    }
}

#[cfg(unix)]
async fn interrupted() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome,
        _ = terminate.recv() => Ok(()),
        _ = hangup.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_entries_and_no_option_that_is_not_there() {
        let told = of_entries(
            "--admin-cloud and --os-cloud are the same user, 'demo': name another with --admin-cloud",
            "prod",
        );
        assert_eq!(
            told,
            "the entry 'prod-admin' and the entry 'prod' are the same user, 'demo': name another with the entry 'prod-admin'"
        );
    }
}
