//! The command line: `mock-nova serve`, `openrc`, `clouds-yaml`.
//!
//! Knows the builder that the library offers, and how to say in one sentence what went wrong. Exit codes: 0
//! for done or stopped as asked, 1 for a server that broke down, 2 for a question asked wrongly (a bad flag,
//! a missing file, a bad fixture, a taken port).

mod output;
mod serve;

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use nova_api::Microversion;

use crate::fixture::{Fixture, Login};
use crate::flaws::Flaw;
use crate::mock::{Builder, MockNova};
use crate::{Settings, Transitions, client_files};
use output::Output;

/// A stateful mock OpenStack cloud: Nova's keypairs at every microversion, and the Keystone, Glance and
/// Neutron that clients need to get there.
#[derive(Debug, Parser)]
#[command(
    name = "mock-nova",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a cloud until Ctrl-C or SIGTERM
    Serve(Serve),
    /// Print the lines a shell sources to be a user of the cloud
    Openrc {
        /// The user, or USER@DOMAIN where two have the name; the first plain member if left out
        user: Option<String>,
        #[command(flatten)]
        cloud: Cloud,
    },
    /// Print a clouds.yaml with an entry for each user, and `mock-nova` for a plain member
    CloudsYaml {
        #[command(flatten)]
        cloud: Cloud,
    },
}

#[derive(Debug, Args)]
struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8774", value_parser = address)]
    listen: SocketAddr,
    /// A YAML file with the users, projects, flavors… to start from (docs/fixtures.md)
    #[arg(long, value_name = "FILE")]
    fixture: Option<PathBuf>,
    /// Make ids and tokens repeat from run to run
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The newest Compute microversion to offer
    #[arg(long, value_name = "2.N", default_value_t = Microversion::MAX, value_parser = Microversion::parse)]
    max_microversion: Microversion,
    /// A policy.yaml that overrides Nova's default rules
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// How long tokens last
    #[arg(long, value_name = "SECONDS", default_value_t = Settings::TOKEN_LIFETIME.as_secs(), value_parser = clap::value_parser!(u64).range(1..=315_360_000))]
    token_lifetime: u64,
    /// How building, rebuilding and other tasks of servers pass: at once, in the time that the fixture says, or step by step
    /// through /_mock/servers
    #[arg(long, value_name = "HOW", default_value = "instant")]
    transitions: Transitions,
    /// Be wrong in one way, to see who finds it out: a name of --list-flaws
    #[arg(long, value_name = "NAME", value_parser = flaw)]
    flaw: Option<Flaw>,
    /// List the flaws there are, each with what is wrong, and serve nothing
    #[arg(long)]
    list_flaws: bool,
    /// How to log requests, on stderr
    #[arg(long, value_name = "HOW", default_value = "text")]
    log: Log,
}

/// Which cloud a client file is for.
#[derive(Debug, Args)]
struct Cloud {
    /// Where the cloud listens
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8774", value_parser = address)]
    listen: SocketAddr,
    /// The cloud's address as clients see it, if it is another
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The fixture the cloud was started with
    #[arg(long, value_name = "FILE")]
    fixture: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Log {
    /// One readable line per request
    Text,
    /// One JSON object per request
    Json,
    /// Nothing
    Off,
}

/// The command line as clap describes it, for whoever documents it.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the command line and says how it went.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut output = Output::stdio();
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too; clap knows where each belongs and what it exits with.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let done = match cli.command {
        Command::Serve(options) if options.list_flaws => {
            list_flaws(&mut output);
            Ok(())
        }
        Command::Serve(options) => serve::serve(&mut output, options),
        Command::Openrc { user, cloud } => openrc(&mut output, user.as_deref(), &cloud),
        Command::CloudsYaml { cloud } => clouds_yaml(&mut output, &cloud),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.complain(&failure.sentence);
            ExitCode::from(failure.code)
        }
    }
}

/// What goes to stderr, and the exit code.
#[derive(Debug)]
struct Failure {
    sentence: String,
    code: u8,
}

impl Failure {
    /// The question was wrong.
    fn usage(sentence: impl ToString) -> Self {
        Self {
            sentence: sentence.to_string(),
            code: 2,
        }
    }

    /// The answer went wrong.
    fn broken(sentence: impl ToString) -> Self {
        Self {
            sentence: sentence.to_string(),
            code: 1,
        }
    }
}

impl Serve {
    fn builder(&self) -> Builder {
        let mut builder = MockNova::builder()
            .listen(self.listen)
            .max_microversion(self.max_microversion)
            .token_lifetime(Duration::from_secs(self.token_lifetime))
            .transitions(self.transitions);
        if let Some(path) = &self.fixture {
            builder = builder.fixture(path);
        }
        if let Some(path) = &self.policy {
            builder = builder.policy(path);
        }
        if let Some(seed) = self.seed {
            builder = builder.seed(seed);
        }
        if let Some(flaw) = &self.flaw {
            builder = builder.flaw(flaw.clone());
        }
        builder
    }
}

impl Cloud {
    fn url(&self) -> String {
        match &self.url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => reachable(self.listen),
        }
    }

    fn fixture(&self) -> Result<Fixture, Failure> {
        match &self.fixture {
            Some(path) => Fixture::load(path),
            None => Fixture::default_cloud(),
        }
        .map_err(Failure::usage)
    }
}

fn list_flaws(output: &mut Output) {
    let lines: Vec<String> = Flaw::all()
        .map(|flaw| format!("{}: {}\n", flaw.name(), flaw.says()))
        .collect();
    output.say(&lines.concat());
}

fn flaw(name: &str) -> Result<Flaw, String> {
    Flaw::named(name).ok_or_else(|| {
        "there is no such flaw: `mock-nova serve --list-flaws` lists them".to_owned()
    })
}

fn openrc(output: &mut Output, user: Option<&str>, cloud: &Cloud) -> Result<(), Failure> {
    let fixture = cloud.fixture()?;
    let login = match user {
        Some(user) => login(&fixture, user)?,
        None => client_files::usual(&fixture)
            .ok_or_else(|| Failure::usage("the fixture has no user; add one under `users:`"))?,
    };
    output.say(&client_files::openrc(
        login,
        &cloud.url(),
        &Settings::default().region,
    ));
    Ok(())
}

/// The login of `USER` or `USER@DOMAIN`.
fn login<'f>(fixture: &'f Fixture, wanted: &str) -> Result<&'f Login, Failure> {
    let full = |login: &Login| format!("{}@{}", login.user, login.user_domain);
    let logins = &fixture.logins;
    let named: Vec<&Login> = logins.iter().filter(|login| login.user == wanted).collect();
    match named.as_slice() {
        [login] => Ok(login),
        [] => logins
            .iter()
            .find(|login| full(login) == wanted)
            .ok_or_else(|| {
                let known: Vec<&str> = logins.iter().map(|login| login.user.as_str()).collect();
                Failure::usage(format!(
                    "the fixture has no user `{wanted}`; it has {}",
                    known.join(", ")
                ))
            }),
        several => {
            let choices: Vec<String> = several.iter().map(|login| full(login)).collect();
            Err(Failure::usage(format!(
                "the fixture has more than one user `{wanted}`; say which: {}",
                choices.join(" or ")
            )))
        }
    }
}

fn clouds_yaml(output: &mut Output, cloud: &Cloud) -> Result<(), Failure> {
    let fixture = cloud.fixture()?;
    output.say(&client_files::clouds_yaml(
        &fixture,
        &cloud.url(),
        &Settings::default().region,
    ));
    Ok(())
}

/// `ADDRESS:PORT`, where the address may be a name.
fn address(text: &str) -> Result<SocketAddr, String> {
    text.to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next())
        .ok_or_else(|| "write it as ADDRESS:PORT, for example 127.0.0.1:8774".to_owned())
}

/// The URL of what listens there. Nobody can connect to "every address", so that becomes this machine.
fn reachable(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}
