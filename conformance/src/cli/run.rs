//! `nova-conformance run`: from the command line to an exit code. It knows where configurations come from, and starts the
//! built-in cloud where none is named.

use std::{
    collections::BTreeSet,
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::{civil::Date, tz::TimeZone};
use nova_api::Microversion;
use nova_client::{Config, Secret};
use rand::{TryRng as _, rngs::SysRng};
use tokio::{signal, sync::mpsc};

use super::{
    complain,
    people::{People, Refused, out_of_reach, usage},
    servers::Servers,
};
use crate::{
    caller::{Caller, Cloud},
    callers,
    check::Check,
    checks, embedded,
    exit::ExitCode,
    expected::{Expected, Expecting},
    guest::Guest,
    profile::Profile,
    report::{
        Files, Hiding, Progress, Reporter, Terminal,
        annotations::{Annotations, Annotator},
        listen,
    },
    rerun::Rerun,
    run_name,
    runner::{Interrupt, Options, Run},
    select::{Filter, Plan, Wanted, picks},
};

/// The options of `run`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    people: People,
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
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
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

/// What a run is judged by, beside the checks.
struct Judging {
    expecting: Option<Expecting>,
    profile: Option<Arc<Profile>>,
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
        let profile = match &self.profile {
            Some(file) => Some(Arc::new(Profile::read(file).map_err(usage)?)),
            None => None,
        };
        let registry = checks::registry_under(profile.as_ref());
        let mut checks = registry.clone();
        checks.retain(|check| picks(&self.filter, check));
        if let Some(Front { only, .. }) = &front {
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
        // Held to the end: the built-in cloud stops when it is dropped.
        let (built_in, main, others) = self.people().await?;
        let mut cloud = self.reach(main, others, &checks).await?;
        if let Some(built_in) = &built_in {
            cloud.guest = Some(built_in.guest().await.map_err(out_of_reach)?);
        }
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
        let judging = Judging { expecting, profile };
        let reporters = self.reporters(front)?;
        let signals = Signals::catch().map_err(|error| {
            (
                ExitCode::CouldNotAsk,
                format!("Ctrl-C cannot be caught: {error}"),
            )
        })?;
        let code = self
            .run(run_id()?, plan, cloud, judging, reporters, signals)
            .await;
        drop(built_in);
        Ok(code)
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

    /// Who asks: from clouds.yaml, or the people of the built-in cloud.
    async fn people(
        &self,
    ) -> Result<(Option<embedded::Embedded>, Config, Vec<(Caller, Config)>), Refused> {
        if let Some((main, others)) = self.people.configs()? {
            return Ok((None, main, others));
        }
        let mut embedded = embedded::start()
            .await
            .map_err(|error| (ExitCode::CouldNotAsk, error))?;
        let (main, others) = (embedded.main.clone(), std::mem::take(&mut embedded.others));
        Ok((Some(embedded), main, others))
    }

    async fn reach(
        &self,
        mut main: Config,
        mut others: Vec<(Caller, Config)>,
        checks: &[Check],
    ) -> Result<Cloud, Refused> {
        for config in std::iter::once(&mut main).chain(others.iter_mut().map(|(_, config)| config))
        {
            config.deadline = self.deadline();
            config.user_agent = concat!("nova-conformance/", env!("CARGO_PKG_VERSION")).to_owned();
        }
        let guest = self.guest(&main).await?;
        let needed: BTreeSet<Caller> = checks.iter().flat_map(Check::callers).copied().collect();
        let mut cloud = callers::reach(main, others, &needed)
            .await
            .map_err(out_of_reach)?;
        cloud.guest = guest;
        let newest = cloud.versions.max;
        if newest.major == 2 && newest.minor > Microversion::MAX.minor() {
            cloud.notes.push(format!(
                "the cloud offers {newest}, and this nova-conformance knows no version after {}: what came later is not judged",
                Microversion::MAX
            ));
        }
        Ok(cloud)
    }

    /// The metadata service, where one is named.
    async fn guest(&self, main: &Config) -> Result<Option<Guest>, Refused> {
        let (Some(url), Some(variable)) = (&self.metadata_url, &self.metadata_secret_env) else {
            return Ok(None);
        };
        let secret = std::env::var(variable)
            .ok()
            .filter(|secret| !secret.is_empty());
        let secret = secret.ok_or_else(|| {
            usage(format!(
                "--metadata-secret-env names {variable}, which is not set: put the secret that the metadata service shares with its proxy into it"
            ))
        })?;
        let guest = callers::guest(main.clone(), url, Secret::from(secret)).await;
        guest.map(Some).map_err(out_of_reach)
    }

    async fn run(
        &self,
        run_id: String,
        plan: Plan,
        cloud: Cloud,
        judging: Judging,
        reporters: Vec<Box<dyn Reporter>>,
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
        let mut run = Run::new(plan, Arc::new(cloud), options, sender);
        if let Some(expecting) = judging.expecting {
            run = run.expecting(expecting);
        }
        if let Some(profile) = judging.profile {
            run = run.under(profile);
        }
        if let Some(rate) = self.rate {
            run = run.at_rate(rate);
        }
        let watch = tokio::spawn(watch_for_interrupts(signals, run.interrupt()));
        let reports = tokio::spawn(listen(events, reporters));
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

    /// What begins a command that asks the same cloud as the same people.
    fn command(&self) -> String {
        let people = self.people.typed();
        let metadata = [
            ("--metadata-url", &self.metadata_url),
            ("--metadata-secret-env", &self.metadata_secret_env),
        ];
        let metadata = metadata
            .into_iter()
            .filter_map(|(option, value)| Some((option, value.as_deref()?)));
        let servers = self.servers.typed();
        let servers = servers
            .iter()
            .map(|(option, value)| (*option, value.as_str()));
        let profile = self.profile.as_ref().map(|file| file.display().to_string());
        let profile = profile.as_deref().map(|file| ("--profile", file));
        let rate = self.rate.map(|rate| rate.to_string());
        let rate = rate.as_deref().map(|rate| ("--rate", rate));
        let options = people
            .into_iter()
            .chain(profile)
            .chain(rate)
            .chain(metadata)
            .chain(servers)
            .map(|(option, name)| format!(" {option} {}", quoted(name)));
        format!("nova-conformance run{}", options.collect::<String>())
    }
}

/// A word of a command line, in quotes where it holds more than a shell reads as one.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
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

/// The first Ctrl-C stops the run and lets it clean up; the second ends the program at once.
async fn watch_for_interrupts(mut signals: Signals, interrupt: Interrupt) {
    signals.next().await;
    complain("interrupted: deleting what was made (press Ctrl-C again to leave it there)");
    interrupt.now();
    signals.next().await;
    let left = interrupt.left_on_the_cloud();
    if left.is_empty() {
        complain("stopped; nothing is known to be left on the cloud");
    } else {
        complain("stopped; this may be left on the cloud:");
        for leak in left {
            let _ = writeln!(anstream::stderr(), "  {}", leak.what);
        }
    }
    #[expect(
        clippy::exit,
        reason = "a second Ctrl-C ends the program whatever hangs"
    )]
    std::process::exit(i32::from(ExitCode::Interrupted.code()));
}

/// What asks the program to stop: Ctrl-C, SIGTERM, by which CI systems cancel, and SIGHUP, when the terminal is closed.
#[cfg(unix)]
struct Signals {
    interrupt: signal::unix::Signal,
    hangup: signal::unix::Signal,
    terminate: signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From here on, signals do not end the program by themselves.
    fn catch() -> std::io::Result<Self> {
        use signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What asks the program to stop: Ctrl-C.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn catch() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
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
