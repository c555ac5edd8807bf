//! `nova-conformance run`: from the command line to an exit code. Whom it asks as is found by `run/asking.rs`, and what ends it
//! early by `run/signals.rs`.

mod again;
mod asking;
mod signals;

use std::{
    collections::BTreeSet,
    io::IsTerminal as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::{civil::Date, tz::TimeZone};
use nova_api::Microversion;
use rand::{TryRng as _, rngs::SysRng};
use tokio::sync::mpsc;

use asking::take_back;
use signals::{Signals, watch_for_interrupts};

use super::{
    complain,
    people::{Named, People, Refused, usage},
    servers::Servers,
};
use crate::{
    caller::Cloud,
    check::Check,
    checks,
    embedded::Embedded,
    exit::ExitCode,
    expected::{Expected, Expecting},
    ledger::Book,
    newcomers::Host,
    profile::Profile,
    report::{
        Files, Hiding, Progress, Reporter, Terminal,
        annotations::{Annotations, Annotator},
        listen,
    },
    rerun::Rerun,
    run_name,
    runner::{Options, Run},
    select::{Filter, Plan, Wanted, picks},
};

/// So many seconds one request may take, where nothing else is said.
const TIMEOUT_S: u64 = 30;

/// The options of `run`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    people: People,
    /// Has the user of --admin-cloud make people for the run where nobody is named: users with random passwords, and projects of
    /// their own. The run removes them at its end.
    #[arg(long, requires = "admin_cloud")]
    create_users: bool,
    /// The URL of the cloud's metadata service, to see which key a guest is told where the Compute API cannot say.
    #[arg(long, value_name = "URL", requires = "metadata_secret_env")]
    metadata_url: Option<String>,
    /// The environment variable that holds the secret which the metadata service shares with its proxy.
    #[arg(long, value_name = "VARIABLE", requires = "metadata_url")]
    metadata_secret_env: Option<String>,
    /// Only checks whose id matches: `keypairs.create` and all below it, or a pattern such as `*.name.*`.
    #[arg(long, value_name = "GLOB", num_args = 1..)]
    filter: Vec<Filter>,
    /// At which microversions: a list such as 2.1,2.10-2.35,latest; all; or boundaries, the two sides of every change.
    #[arg(long, value_name = "LIST", default_value = "boundaries")]
    microversions: Wanted,
    /// Only what failed or errored in an earlier run, at the microversions where it did: its report.json.
    #[arg(long, value_name = "REPORT", conflicts_with = "microversions")]
    rerun: Option<PathBuf>,
    /// A file that says which roles may do which operation, where the cloud's policies differ from Nova's on purpose.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// A file of failures that are known, with their reasons and the days until which that excuses them.
    #[arg(long, value_name = "FILE")]
    expected: Option<PathBuf>,
    /// Where to write report.html, report.json and junit.xml [default: target/conformance in a Cargo workspace, otherwise
    /// nova-conformance-report]
    #[arg(long, value_name = "DIR")]
    report_dir: Option<PathBuf>,
    /// Take the hosts of addresses out of the reports and of what is told on the terminal.
    #[arg(long)]
    hide_endpoints: bool,
    /// Also write what is wrong as annotations of this CI system, at the end of standard output.
    #[arg(long, value_name = "SYSTEM")]
    annotations: Option<Annotations>,
    /// How many checks ask at the same time.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = parse_parallel)]
    parallel: usize,
    /// How long one request may take.
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT_S, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// At most so many requests a second, whoever asks; 0.5 is one in two seconds [default: as fast as answers come]
    #[arg(long, value_name = "N", value_parser = parse_rate)]
    rate: Option<f64>,
    #[command(flatten)]
    servers: Servers,
}

/// Who follows a run in place of the terminal: a test harness, for one.
pub struct Front {
    /// The ids of the checks it is for, among those that the options pick.
    pub only: BTreeSet<String>,
    /// Hears all that happens.
    pub reporter: Box<dyn Reporter>,
}

/// What is going to be asked, and what it is judged by.
struct Picked {
    registry: Vec<Check>,
    checks: Vec<Check>,
    profile: Option<Arc<Profile>>,
    rerun: Option<Rerun>,
    expected: Option<Expected>,
}

/// A run that can begin.
struct Begun {
    plan: Plan,
    cloud: Cloud,
    expecting: Option<Expecting>,
    profile: Option<Arc<Profile>>,
    reporters: Vec<Box<dyn Reporter>>,
    /// Held to the end: the built-in cloud stops when it is dropped.
    _built_in: Option<Embedded>,
}

impl Args {
    pub(super) async fn go(self, front: Option<Front>) -> ExitCode {
        match self.judge(front).await {
            Ok(code) => code,
            Err((code, what)) => {
                complain(what);
                code
            }
        }
    }

    async fn judge(&self, front: Option<Front>) -> Result<ExitCode, Refused> {
        let picked = self.picked(front.as_ref())?;
        let named = self.people.named()?;
        let run_id = run_id()?;
        let book = Arc::<Book>::default();
        let mut signals = Signals::catch()?;
        let host = signals.unless(self.host(named.as_ref(), &book)).await?;
        let begun = self.begun(picked, named, host.as_ref(), &run_id, front);
        match signals.unless(begun).await {
            Ok(begun) => Ok(self.run(run_id, book, begun, signals).await),
            Err(refused) => match &host {
                Some(host) => Err(take_back(host, &book, refused, signals).await),
                None => Err(refused),
            },
        }
    }

    /// What is going to be asked, as far as the command line and its files tell.
    fn picked(&self, front: Option<&Front>) -> Result<Picked, Refused> {
        let profile = match &self.profile {
            Some(file) => Some(Arc::new(Profile::read(file).map_err(usage)?)),
            None => None,
        };
        let registry = checks::registry_under(profile.as_ref());
        let mut checks = registry.clone();
        checks.retain(|check| picks(&self.filter, check));
        if let Some(Front { only, .. }) = front {
            checks.retain(|check| only.contains(check.id()));
        }
        if checks.is_empty() {
            let filters: Vec<&str> = self.filter.iter().map(Filter::text).collect();
            return Err(usage(format!(
                "no check matches --filter {}: `nova-conformance list` shows every id",
                filters.join(" ")
            )));
        }
        let rerun = match &self.rerun {
            Some(report) => Some(Rerun::read(report).map_err(usage)?),
            None => None,
        };
        if let Some(rerun) = &rerun {
            checks.retain(|check| rerun.names(check));
            if checks.is_empty() {
                return Err(usage(
                    "nothing that failed in the report of --rerun is among the checks that are picked",
                ));
            }
        }
        let expected = match &self.expected {
            Some(file) => Some(Expected::read(file, &registry).map_err(usage)?),
            None => None,
        };
        Ok(Picked {
            registry,
            checks,
            profile,
            rerun,
            expected,
        })
    }

    /// All that a run needs: people who have logged in, and a plan that holds something.
    async fn begun(
        &self,
        picked: Picked,
        named: Option<Named>,
        host: Option<&Host>,
        run_id: &str,
        front: Option<Front>,
    ) -> Result<Begun, Refused> {
        let Picked {
            registry,
            checks,
            profile,
            rerun,
            expected,
        } = picked;
        let (mut cloud, built_in) = self.cloud(named, host, run_id, &checks).await?;
        let wanted = match &rerun {
            Some(_) => &Wanted::All,
            None => &self.microversions,
        };
        let mut plan = Plan::new(checks, &self.filter, wanted, newest_of(&cloud));
        if let Some(rerun) = &rerun {
            plan.instances
                .retain(|instance| rerun.holds(&instance.check, instance.version));
            cloud.notes.extend(rerun.unknown(&registry));
        }
        if let Some(profile) = &profile {
            cloud.notes.push(profile.note());
        }
        if plan.instances.is_empty() {
            return Err(usage(
                "no check holds at the microversions of --microversions: widen them, or leave the option out",
            ));
        }
        let expecting = expected.map(|expected| {
            let newest = newest_of(&cloud);
            Expecting::new(expected, &registry, &plan, cloud.versions, newest, today())
        });
        Ok(Begun {
            plan,
            cloud,
            expecting,
            profile,
            reporters: self.reporters(front)?,
            _built_in: built_in,
        })
    }

    /// Files and the terminal; in the terminal's place whoever follows the run, with files where a directory is named.
    fn reporters(&self, front: Option<Front>) -> Result<Vec<Box<dyn Reporter>>, Refused> {
        let directory = match (&self.report_dir, &front) {
            (None, Some(_)) => None,
            (named, _) => Some(named.clone().unwrap_or_else(default_report_dir)),
        };
        let mut reporters: Vec<Box<dyn Reporter>> = Vec::new();
        if let Some(directory) = &directory {
            let files = Files::new(directory).map_err(|error| {
                usage(format!(
                    "the reports cannot be written to {} ({error}): name another --report-dir",
                    directory.display()
                ))
            })?;
            reporters.push(Box::new(files));
        }
        match front {
            Some(Front { reporter, .. }) => reporters.push(reporter),
            None => {
                let live = std::io::stderr().is_terminal();
                if !live {
                    reporters.push(Box::new(Progress::new(std::io::stderr())));
                }
                let terminal = Terminal::new(anstream::stdout(), live, directory);
                reporters.push(Box::new(terminal));
            }
        }
        if let Some(system) = self.annotations {
            reporters.push(Box::new(Annotator::new(system, anstream::stdout())));
        }
        if self.hide_endpoints {
            let hiding = |reporter| Box::new(Hiding::new(reporter)) as Box<dyn Reporter>;
            reporters = reporters.into_iter().map(hiding).collect();
        }
        Ok(reporters)
    }

    async fn run(
        &self,
        run_id: String,
        book: Arc<Book>,
        begun: Begun,
        signals: Signals,
    ) -> ExitCode {
        let (sender, events) = mpsc::unbounded_channel();
        let options = Options {
            parallel: self.parallel,
            deadline: self.deadline(),
            servers: self.servers.settings(),
            run_id,
            command: self.command(),
        };
        let mut run = Run::with_book(begun.plan, Arc::new(begun.cloud), options, sender, book)
            .selecting(self.selection());
        if let Some(expecting) = begun.expecting {
            run = run.expecting(expecting);
        }
        if let Some(profile) = begun.profile {
            run = run.under(profile);
        }
        if let Some(rate) = self.rate {
            run = run.at_rate(rate);
        }
        let watch = tokio::spawn(watch_for_interrupts(signals, run.interrupt()));
        let reports = tokio::spawn(listen(events, begun.reporters));
        let summary = run.go().await;
        watch.abort();
        let code = ExitCode::of(&summary);
        match reports.await {
            Ok(Ok(())) => code,
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => code,
            // A green build without its report is not to be trusted.
            Ok(Err(error)) => {
                complain(format!("the reports are not complete: {error}"));
                if code == ExitCode::Holds {
                    ExitCode::CouldNotAsk
                } else {
                    code
                }
            }
            Err(error) => {
                complain(format!(
                    "the reports are not complete, which is a defect of nova-conformance: {error}"
                ));
                if code == ExitCode::Holds {
                    ExitCode::CouldNotAsk
                } else {
                    code
                }
            }
        }
    }

    const fn deadline(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}

/// The newest version that both the cloud and this program know.
fn newest_of(cloud: &Cloud) -> Microversion {
    let max = cloud.versions.max;
    if max.major > 2 {
        Microversion::MAX
    } else {
        Microversion::new(max.minor).unwrap_or(Microversion::MAX)
    }
}

/// A name that no other run has.
fn run_id() -> Result<String, Refused> {
    let mut random = [0; 5];
    SysRng.try_fill_bytes(&mut random).map_err(|error| {
        (
            ExitCode::CouldNotAsk,
            format!("the operating system gives no random numbers, to name the run with: {error}"),
        )
    })?;
    #[expect(
        clippy::disallowed_methods,
        reason = "a run's name tells `sweep` when it began"
    )]
    let now = jiff::Timestamp::now();
    Ok(run_name::new(now, random))
}

/// The day, at Greenwich.
fn today() -> Date {
    #[expect(
        clippy::disallowed_methods,
        reason = "an expected failure expires by the real calendar"
    )]
    let now = jiff::Timestamp::now();
    now.to_zoned(TimeZone::UTC).date()
}

fn default_report_dir() -> PathBuf {
    let in_workspace = Path::new("Cargo.toml").is_file() && Path::new("target").is_dir();
    PathBuf::from(if in_workspace {
        "target/conformance"
    } else {
        "nova-conformance-report"
    })
}

fn parse_rate(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|rate| (0.01..=10_000.0).contains(rate))
        .ok_or_else(|| "write a number from 0.01 to 10000".to_owned())
}

fn parse_parallel(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|count| (1..=256).contains(count))
        .ok_or_else(|| "write a number from 1 to 256".to_owned())
}
