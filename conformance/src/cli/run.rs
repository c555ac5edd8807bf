//! `nova-conformance run`: from the command line to an exit code. It knows where configurations come from, and starts the
//! built-in cloud where none is named.

use std::{
    collections::BTreeSet,
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use nova_api::Microversion;
use nova_client::{Config, Secret};
use rand::{TryRng as _, rngs::SysRng};
use tokio::{signal, sync::mpsc};

use super::{complain, servers::Servers};
use crate::{
    caller::{Caller, Cloud},
    callers::{self, ReachError},
    check::Check,
    checks, embedded,
    exit::ExitCode,
    guest::Guest,
    report::{Files, Reporter, Terminal, listen},
    runner::{Interrupt, Options, Run},
    select::{Filter, Plan, Wanted, picks},
};

/// The options of `run`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
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
    /// Where to write report.json and junit.xml [default: target/conformance in a Cargo workspace, otherwise
    /// nova-conformance-report]
    #[arg(long, value_name = "DIR")]
    report_dir: Option<PathBuf>,
    /// How many checks ask at the same time.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = parse_parallel)]
    parallel: usize,
    /// How long one request may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    #[command(flatten)]
    servers: Servers,
}

/// How a run is refused before it begins.
type Refused = (ExitCode, String);

fn out_of_reach(error: ReachError) -> Refused {
    match error {
        ReachError::Usage(what) => (ExitCode::Usage, what),
        ReachError::Unreachable(what) => (ExitCode::CouldNotAsk, what),
    }
}

fn usage(what: impl ToString) -> Refused {
    (ExitCode::Usage, what.to_string())
}

impl Args {
    pub(super) async fn go(self) -> ExitCode {
        match self.judge().await {
            Ok(code) => code,
            Err((code, what)) => {
                complain(what);
                code
            }
        }
    }

    async fn judge(&self) -> Result<ExitCode, Refused> {
        let mut checks = checks::registry();
        checks.retain(|check| picks(&self.filter, check));
        if checks.is_empty() {
            let filters: Vec<&str> = self.filter.iter().map(Filter::text).collect();
            return Err(usage(format!(
                "no check matches --filter {}: `nova-conformance list` shows every id",
                filters.join(" ")
            )));
        }
        // Held to the end: the built-in cloud stops when it is dropped.
        let (built_in, main, others) = self.people().await?;
        let mut cloud = self.reach(main, others, &checks).await?;
        if let Some(built_in) = &built_in {
            cloud.guest = Some(built_in.guest().await.map_err(out_of_reach)?);
        }
        let plan = Plan::new(checks, &self.filter, &self.microversions, newest_of(&cloud));
        if plan.instances.is_empty() {
            return Err(usage(
                "no check holds at the microversions of --microversions: widen them, or leave the option out",
            ));
        }
        let directory = self.report_dir.clone().unwrap_or_else(default_report_dir);
        let files = Files::new(&directory).map_err(|error| {
            usage(format!(
                "the reports cannot be written to {} ({error}): name another --report-dir",
                directory.display()
            ))
        })?;
        let signals = Signals::catch().map_err(|error| {
            (
                ExitCode::CouldNotAsk,
                format!("Ctrl-C cannot be caught: {error}"),
            )
        })?;
        let code = self
            .run(run_id()?, plan, cloud, files, directory, signals)
            .await;
        drop(built_in);
        Ok(code)
    }

    /// Who asks: from clouds.yaml, or the people of the built-in cloud.
    async fn people(
        &self,
    ) -> Result<(Option<embedded::Embedded>, Config, Vec<(Caller, Config)>), Refused> {
        let env = |name: &str| std::env::var(name).ok();
        let named_by_environment = ["OS_CLOUD", "OS_AUTH_URL"]
            .iter()
            .any(|name| env(name).is_some_and(|value| !value.is_empty()));
        let main = match &self.os_cloud {
            Some(name) => Config::named(name, &env).map_err(usage)?,
            None if named_by_environment => Config::from_env(&env).map_err(usage)?,
            None if self.named_others().next().is_some() => {
                return Err(usage(
                    "people are named, but not the cloud: name its plain member with --os-cloud or OS_CLOUD",
                ));
            }
            None => {
                let mut embedded = embedded::start()
                    .await
                    .map_err(|error| (ExitCode::CouldNotAsk, error))?;
                let (main, others) = (embedded.main.clone(), std::mem::take(&mut embedded.others));
                return Ok((Some(embedded), main, others));
            }
        };
        let mut others = Vec::new();
        for (caller, name) in self.named_others() {
            others.push((caller, Config::named(name, &env).map_err(usage)?));
        }
        Ok((None, main, others))
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
        files: Files,
        directory: PathBuf,
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
        let run = Run::new(plan, Arc::new(cloud), options, sender);
        let watch = tokio::spawn(watch_for_interrupts(signals, run.interrupt()));
        let live = std::io::stderr().is_terminal();
        let terminal = Terminal::new(anstream::stdout(), live, Some(directory));
        let reporters: Vec<Box<dyn Reporter>> = vec![Box::new(files), Box::new(terminal)];
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
        let main = self.os_cloud.as_deref().map(|name| ("--os-cloud", name));
        let others = self
            .named_others()
            .filter_map(|(caller, name)| Some((caller.option()?, name)));
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
        let options = main
            .into_iter()
            .chain(others)
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

/// Eight letters and digits that no other run has.
fn run_id() -> Result<String, Refused> {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = [0; 8];
    SysRng.try_fill_bytes(&mut random).map_err(|error| {
        (
            ExitCode::CouldNotAsk,
            format!("the operating system gives no random numbers, to name the run with: {error}"),
        )
    })?;
    Ok(random
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect())
}

fn default_report_dir() -> PathBuf {
    let in_workspace = Path::new("Cargo.toml").is_file() && Path::new("target").is_dir();
    PathBuf::from(if in_workspace {
        "target/conformance"
    } else {
        "nova-conformance-report"
    })
}

fn parse_parallel(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|count| (1..=256).contains(count))
        .ok_or_else(|| "write a number from 1 to 256".to_owned())
}
