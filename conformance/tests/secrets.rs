//! No secret is in anything that people get to see. Recognisable passwords are planted, a proxy of ours notes every token,
//! private key and password that goes over the wire, and then every artefact is searched for all of them.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use mock_nova::MockNova;
use nova_api::Microversion;
use nova_client::{
    ApplicationCredential, Config, Credentials, Domain, Project, RawRequest, Scope, Secret,
    Session, User,
};
use nova_conformance::{
    callers, checks, embedded,
    report::Collected,
    runner::{Options, Run},
    select::{Plan, Wanted},
};
use serde_json::{Value, json};
use tokio::{process::Command, sync::mpsc};

use proxy::{Fate, Proxy, Upstream};

// `has_seen` and the harms are the fault tests'.
#[expect(dead_code, reason = "the fault tests need the rest of it")]
#[path = "faults/proxy.rs"]
mod proxy;

/// The mock's default cloud, and one on which samples can be recorded; their people get passwords of their own.
const DEFAULT: &str = include_str!("../../fixtures/default.yaml");
const REFERENCE: &str = include_str!("../../fixtures/reference.yaml");

/// Parts of the run in which secrets are made, sent and told.
const SOME: &[&str] = &[
    "--filter",
    "security",
    "keypairs.create.generated",
    "rebuild.*",
    "servers.*password*",
    "*callers*",
];

/// What is secret: each with what it is.
type Secrets = BTreeMap<String, &'static str>;

/// A mock of seeded secrets, and a way to it on which all is heard.
struct Stage {
    mock: MockNova,
    proxy: Proxy,
    folder: tempfile::TempDir,
    planted: Secrets,
}

impl Stage {
    async fn new(fixture: &str) -> Self {
        let mut planted = Secrets::new();
        let mut count = 0;
        let fixture: Vec<String> = fixture
            .lines()
            .map(|line| {
                if line.trim() != "password: secret" {
                    return line.to_owned();
                }
                count += 1;
                let password = format!("Pl4nted-Passw0rd-{count}");
                let line = line.replace("secret", &password);
                planted.insert(password, "a password");
                line
            })
            .collect();
        assert!(count > 4, "the fixture has passwords to replace");
        let metadata = "Pl4nted-Metadata-S3cret";
        planted.insert(metadata.to_owned(), "the secret of the metadata service");
        let mock = MockNova::builder()
            .fixture_text(fixture.join("\n"))
            .metadata_secret(metadata)
            .start()
            .await
            .unwrap();
        let upstream = Upstream {
            identity: mock.auth_url(),
            compute: mock.url(),
        };
        let proxy = Proxy::before(upstream, |_, _| Fate::Passed).await;
        let folder = tempfile::tempdir().unwrap();
        let stage = Self {
            mock,
            proxy,
            folder,
            planted,
        };
        stage.write_clouds();
        stage
    }

    /// The mock's own clouds.yaml, through the proxy.
    fn write_clouds(&self) {
        let yaml = self.mock.clouds_yaml();
        let yaml = yaml.replace(&self.mock.url(), &self.proxy.url());
        fs::write(self.folder.path().join("clouds.yaml"), yaml).unwrap();
    }

    /// Runs the program where it says all it can; standard output and error become artefacts.
    async fn program(&self, name: &str, arguments: &[&str]) {
        let folder = self.folder.path();
        let output = Command::new(env!("CARGO_BIN_EXE_nova-conformance"))
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("OS_CLIENT_CONFIG_FILE", folder.join("clouds.yaml"))
            .env("RUST_LOG", "trace")
            .env("SHARED", "Pl4nted-Metadata-S3cret")
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        let artefacts = folder.join("artefacts");
        fs::create_dir_all(&artefacts).unwrap();
        fs::write(artefacts.join(format!("{name}.stdout")), output.stdout).unwrap();
        fs::write(artefacts.join(format!("{name}.stderr")), output.stderr).unwrap();
        let said = ["stdout", "stderr"].map(|stream| {
            let said = fs::read_to_string(artefacts.join(format!("{name}.{stream}"))).unwrap();
            let end: Vec<&str> = said.lines().rev().take(30).collect();
            end.join("\n")
        });
        let said = said.join("\n");
        assert_eq!(output.status.code(), Some(0), "{name}: {said}");
    }

    fn config(&self, user: &str, project: &str, credentials: Credentials) -> Config {
        let scope = match credentials {
            Credentials::ApplicationCredential { .. } => Scope::Unsaid,
            _ => Scope::Project(Project::Name {
                name: project.to_owned(),
                domain: Domain::Id("default".to_owned()),
            }),
        };
        let url = self
            .mock
            .auth_url()
            .replace(&self.mock.url(), &self.proxy.url());
        let mut config = Config::new(url, credentials, scope);
        config.name = user.to_owned();
        config
    }

    fn password_of(&self, user: &str) -> Secret {
        let logins = &self.mock.state().fixture.logins;
        let login = logins.iter().find(|login| login.user == user).unwrap();
        login.password.expose().into()
    }

    /// As `user`, with their password.
    fn login(&self, user: &str, project: &str) -> Config {
        let name = User::Name {
            name: user.to_owned(),
            domain: Domain::Id("default".to_owned()),
        };
        let password = self.password_of(user);
        let credentials = Credentials::Password {
            user: name,
            password,
        };
        self.config(user, project, credentials)
    }

    /// All secrets that were planted or went over the wire.
    fn secrets(&self) -> Secrets {
        let mut secrets = self.planted.clone();
        for (request, answer) in self.proxy.heard() {
            for message in [request, answer] {
                note(&message, &mut secrets);
            }
        }
        secrets
    }
}

/// Notes the secrets of one message.
fn note(message: &[u8], secrets: &mut Secrets) {
    let text = String::from_utf8_lossy(message);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    for line in head.lines() {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("x-subject-token")
        {
            secrets.insert(value.trim().to_owned(), "a token");
        }
    }
    if let Ok(body) = serde_json::from_str::<Value>(body) {
        note_value(&body, secrets);
    }
}

fn note_value(value: &Value, secrets: &mut Secrets) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("private_key", Value::String(key)) => {
                        // Each line by itself, but those that all keys of a kind share.
                        let lines = key.lines().filter(|line| !line.contains("-----"));
                        let lines = lines.skip(1).filter(|line| line.len() >= 40);
                        secrets.extend(lines.map(|line| (line.to_owned(), "a private key")));
                    }
                    ("adminPass", Value::String(password)) if is_unlikely(password) => {
                        secrets.insert(password.clone(), "a server's password");
                    }
                    _ => note_value(value, secrets),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| note_value(item, secrets)),
        _ => {}
    }
}

/// Whether a password cannot be there by chance, as words that checks send to be refused are.
fn is_unlikely(password: &str) -> bool {
    let has = |wanted: fn(&char) -> bool| password.chars().any(|letter| wanted(&letter));
    password.len() >= 8 && has(char::is_ascii_digit) && has(char::is_ascii_alphabetic)
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// What is found of the secrets in a text: what they are, never their values.
fn found<'a>(name: &str, text: &str, secrets: &'a Secrets) -> Vec<(String, &'a str)> {
    let there = secrets
        .iter()
        .filter(|(secret, _)| text.contains(secret.as_str()));
    there.map(|(_, what)| (name.to_owned(), *what)).collect()
}

/// The kinds of secrets that there are.
fn kinds(secrets: &Secrets) -> BTreeSet<&'static str> {
    secrets.values().copied().collect()
}

/// The mock's log, as it writes it, of this whole process.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_any_artefact() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_env_filter("trace")
        .with_writer(move || writer.clone())
        .init();
    let stage = Stage::new(DEFAULT).await;
    let metadata = stage.mock.metadata_url();
    let people = [
        "run",
        "--os-cloud",
        "mock-nova",
        "--second-cloud",
        "mock-nova-demo_second",
        "--other-cloud",
        "mock-nova-alt_demo",
        "--reader-cloud",
        "mock-nova-demo_reader",
        "--admin-cloud",
        "mock-nova-admin",
        "--metadata-url",
        &metadata,
        "--metadata-secret-env",
        "SHARED",
        "--report-dir",
        "artefacts/report",
        "--microversions",
        "2.1,2.10,latest",
    ];
    stage.program("run", &[&people, SOME].concat()).await;
    let recorded = Stage::new(REFERENCE).await;
    embedded::add_volumes(&recorded.mock);
    let record = [
        "record",
        "--os-cloud",
        "mock-nova",
        "--release",
        "nova-1.0.0",
        "--out",
        "artefacts/samples",
    ];
    recorded.program("record", &record).await;

    let mut secrets = stage.secrets();
    secrets.extend(recorded.secrets());
    let all = [
        "a password",
        "a private key",
        "a server's password",
        "a token",
        "the secret of the metadata service",
    ];
    assert_eq!(
        kinds(&secrets),
        BTreeSet::from(all),
        "each kind was there to be told"
    );

    let mut artefacts = files(&stage.folder.path().join("artefacts"));
    artefacts.extend(files(&recorded.folder.path().join("artefacts")));
    let names: Vec<String> = artefacts
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    for name in [
        "report.html",
        "report.json",
        "junit.xml",
        "run.stdout",
        "run.stderr",
        "record.stderr",
    ] {
        assert!(
            names.iter().any(|there| there == name),
            "{names:?} lack {name}"
        );
    }
    assert!(names.len() > 100, "the samples are searched too");
    let mut told = Vec::new();
    for path in &artefacts {
        let text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        told.extend(found(&path.to_string_lossy(), &text, &secrets));
    }
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(
        log.contains("/os-keypairs"),
        "the mock tells what it is asked"
    );
    told.extend(found("the mock's log", &log, &secrets));
    told.extend(found(
        "the mock's Debug",
        &format!("{:?}", stage.mock),
        &secrets,
    ));
    let stderr = fs::read_to_string(stage.folder.path().join("artefacts/run.stderr")).unwrap();
    assert!(
        stderr.contains("TRACE") || stderr.contains("DEBUG"),
        "the program tells all it can"
    );
    assert_eq!(told, [], "where, and what");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_what_debug_shows() {
    let stage = Stage::new(DEFAULT).await;
    let mut shown = Vec::new();
    let mut show = |what: &str, value: &dyn std::fmt::Debug| {
        shown.push((what.to_owned(), format!("{value:?} {value:#?}")));
    };

    // Somebody with a password makes themselves an application credential.
    let config = stage.login("demo", "demo");
    show("Config", &config);
    let session = Session::connect(config.clone()).await.unwrap();
    let identity = session.identity();
    let wanted = "Pl4nted-Credential-S3cret";
    let body = json!({"application_credential": {"name": "nvc", "secret": wanted}});
    let path = format!("/users/{}/application_credentials", identity.user.id);
    let request = RawRequest::post(path).json(&body);
    show("RawRequest", &request);
    let keystone = session
        .service("compute")
        .unwrap()
        .at(session.config().auth_url.as_str());
    let made = keystone.send(&request).await.unwrap();
    assert_eq!(made.status, 201, "{made:?}");
    show("RawAnswer", &made);
    let id = made.json().unwrap()["application_credential"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let credential = Credentials::ApplicationCredential {
        credential: ApplicationCredential::Id(id),
        secret: wanted.into(),
    };
    show("Credentials", &credential);
    let by_credential = stage.config("by-credential", "demo", credential);
    show("Config by credential", &by_credential);
    let chosen = RawRequest::get("/").with_token(session.token());
    show("RawRequest with a token", &chosen);
    show("Secret", &session.token());
    show("Identity", &*identity);
    show("Session", &session);
    show("Discovery", &session.discover("compute").await.unwrap());

    let everybody = BTreeSet::from([nova_conformance::caller::Caller::Expired]);
    let others = vec![(
        nova_conformance::caller::Caller::Second,
        stage.login("demo_second", "demo"),
    )];
    let cloud = callers::reach(by_credential, others, &everybody)
        .await
        .unwrap();
    show("Cloud", &cloud);
    let mut registry = checks::registry();
    registry.retain(|check| check.id().starts_with("keypairs.create.generated"));
    let wanted_versions: Wanted = "2.1".parse().unwrap();
    let plan = Plan::new(registry, &[], &wanted_versions, Microversion::MAX);
    show("Plan", &plan);
    let options = Options {
        parallel: 2,
        deadline: Duration::from_secs(30),
        servers: nova_conformance::servers::Settings::default(),
        run_id: "secrets".to_owned(),
        command: "nova-conformance run".to_owned(),
    };
    let (sender, mut events) = mpsc::unbounded_channel();
    let run = Run::new(plan, Arc::new(cloud), options, sender);
    show("Run", &run);
    run.go().await;
    let mut collected = Collected::default();
    while let Some(event) = events.recv().await {
        show("Event", &event);
        collected.add(&event);
    }
    show("Collected", &collected);

    let mut secrets = stage.secrets();
    secrets.insert(wanted.to_owned(), "an application credential's secret");
    for kind in ["a password", "a private key", "a token"] {
        assert!(
            kinds(&secrets).contains(kind),
            "{kind} was there to be shown"
        );
    }
    let told: Vec<_> = shown
        .iter()
        .flat_map(|(what, text)| found(what, text, &secrets))
        .collect();
    assert_eq!(told, [], "where, and what");
}

#[test]
fn the_search_finds_what_is_there() {
    let message = b"HTTP/1.1 201 Created\r\nX-Subject-Token: gAAAAAtoken\r\n\r\n{\"server\": {\"adminPass\": \"abcdEFG123\"}}";
    let mut secrets = Secrets::new();
    note(message, &mut secrets);
    assert_eq!(
        found("a", "… gAAAAAtoken …", &secrets),
        [("a".to_owned(), "a token")]
    );
    assert_eq!(
        found("a", "'abcdEFG123'", &secrets),
        [("a".to_owned(), "a server's password")]
    );
}
