//! The book (docs/) says what is so: its page of the checks is what the registry says (`UPDATE_DOCS=1` rewrites it), its links
//! lead somewhere, and every command in a block marked `console` works. A `run` without a filter is given one here, and
//! `mock-nova serve`, which does not end, is only parsed.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's helpers may fail it"
)]

use std::{
    ffi::OsString,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output},
};

use mock_nova::MockNova;
use nova_conformance::{checks, select::spelled};
use tempfile::TempDir;

/// The one command that is this test.
const ITSELF: &str = "UPDATE_DOCS=1 cargo test -p nova-conformance --test book";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// Every page: its name and text.
fn pages() -> Vec<(String, String)> {
    let mut pages: Vec<(String, String)> = fs::read_dir(docs())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    pages.sort();
    assert!(!pages.is_empty(), "there are no pages");
    pages
}

/// What stands in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace('<', "&lt;")
        .replace('\n', " ")
}

fn page_of_checks() -> String {
    let checks = checks::registry();
    let mut page = format!(
        "# The checks\n\nThere are {}. An id never changes. A MUST that does not hold is a violation, a SHOULD a warning; the versions are \
         those that are asked unless `--microversions` says otherwise.\n\nThis page is made from the registry: `UPDATE_DOCS=1 cargo test -p \
         nova-conformance --test book`.\n",
        checks.len()
    );
    let mut group = String::new();
    for check in &checks {
        if group != check.group() {
            check.group().clone_into(&mut group);
            let _ = write!(
                page,
                "\n## {group}\n\n| id | | sentence | source | at |\n|---|---|---|---|---|\n"
            );
        }
        let source = check.source();
        let source = if source.starts_with("http") && !source.contains(' ') {
            format!("<{source}>")
        } else {
            cell(source)
        };
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {source} | {} |",
            check.id(),
            check.level(),
            cell(check.sentence()),
            spelled(&check.versions().by_default())
        );
    }
    page
}

#[test]
fn the_page_of_the_checks_is_current() {
    let path = docs().join("checks.md");
    let generated = page_of_checks();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &generated).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == generated,
        "docs/checks.md is not what the registry says; run {ITSELF}"
    );
}

/// The targets of a page's links, outside of code.
fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        }
        if !in_code {
            let targets = line.split("](").skip(1);
            links.extend(
                targets
                    .filter_map(|rest| rest.split_once(')'))
                    .map(|(to, _)| to.to_owned()),
            );
        }
    }
    links
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for (page, text) in pages() {
        for link in links(&text) {
            let file = link.split('#').next().unwrap();
            if !link.contains("://") && !file.is_empty() && !docs().join(file).exists() {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_page_is_in_the_summary_once() {
    let summary = links(&fs::read_to_string(docs().join("SUMMARY.md")).unwrap());
    for (page, _) in pages() {
        let told = summary.iter().filter(|link| **link == page).count();
        assert_eq!(
            told,
            usize::from(page != "SUMMARY.md"),
            "{page} in docs/SUMMARY.md"
        );
    }
}

/// The commands of the blocks marked `console`, each with its page.
fn commands() -> Vec<(String, String)> {
    let mut commands = Vec::new();
    for (page, text) in pages() {
        let mut within = false;
        for line in text.lines() {
            match line.strip_prefix("```") {
                Some(kind) => within = kind == "console",
                None if within => {
                    let command = line.strip_prefix("$ ");
                    let command =
                        command.unwrap_or_else(|| panic!("{page}: not a command: {line}"));
                    commands.push((page.clone(), command.to_owned()));
                }
                None => {}
            }
        }
    }
    commands
}

/// The words of a command, as a shell reads single quotes.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (number, part) in command.split('\'').enumerate() {
        if number % 2 == 1 {
            words.last_mut().unwrap().push_str(part);
            continue;
        }
        let mut pieces = part.split(' ');
        words.last_mut().unwrap().push_str(pieces.next().unwrap());
        words.extend(pieces.map(str::to_owned));
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A folder in which people have what the book says they have: clouds.yaml, a fixture, and the reports of two runs.
fn folder(cloud: &MockNova) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut clouds = "clouds:\n".to_owned();
    for (name, user, project) in [
        ("staging", "demo", "demo"),
        ("staging-second", "demo_second", "demo"),
        ("staging-other", "alt_demo", "alt_demo"),
        ("staging-reader", "demo_reader", "demo"),
        ("staging-admin", "admin", "admin"),
    ] {
        let _ = write!(
            clouds,
            "  {name}:\n    auth: {{auth_url: \"{}\", username: {user}, password: secret, project_name: {project}, \
             user_domain_id: default, project_domain_id: default}}\n",
            cloud.auth_url()
        );
    }
    fs::write(folder.path().join("clouds.yaml"), clouds).unwrap();
    let fixture = docs().join("../fixtures/default.yaml");
    fs::copy(fixture, folder.path().join("my.yaml")).unwrap();
    for report in ["before", "after"] {
        let run = format!("run --filter keypairs.delete.gone --report-dir {report}");
        let output = program(folder.path(), &words(&run)).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    folder
}

fn within(folder: &Path, mut command: Command) -> Command {
    let kept = [
        "PATH",
        "HOME",
        "CARGO_HOME",
        "RUSTUP_HOME",
        "CARGO_TARGET_DIR",
    ];
    command.env_clear();
    command.envs(
        kept.iter()
            .filter_map(|name| Some((name, std::env::var_os(name)?))),
    );
    command.env("OS_CLIENT_CONFIG_FILE", folder.join("clouds.yaml"));
    command
}

/// `nova-conformance`, asking few checks where all were asked for.
fn program(folder: &Path, arguments: &[String]) -> Command {
    let mut command = within(folder, Command::new(env!("CARGO_BIN_EXE_nova-conformance")));
    command.args(arguments).current_dir(folder);
    if arguments.first().is_some_and(|first| first == "run")
        && !arguments.iter().any(|word| word == "--filter")
    {
        command.args(["--filter", "keypairs.delete.gone"]);
    }
    command
}

/// The tests of `--test cloud`: those that are built beside this test, otherwise built by cargo.
fn tests(folder: &Path, arguments: &[String]) -> Command {
    let beside = std::env::current_exe().unwrap();
    let built = fs::read_dir(beside.parent().unwrap()).unwrap();
    let newest = built
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension().is_none()
                && path
                    .file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .starts_with("cloud-")
        })
        .max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
    let mut command = match newest {
        Some(binary) => Command::new(binary),
        None => {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["test", "-p", "nova-conformance", "--test", "cloud", "--"]);
            cargo
        }
    };
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    within(folder, command)
}

fn succeeded(mut command: Command) -> Result<(), String> {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if status.success() {
        Ok(())
    } else {
        Err(format!("{status}: {}{}", said(&stdout), said(&stderr)))
    }
}

/// Runs a command of the book.
fn try_out(folder: &Path, command: &str) -> Result<(), String> {
    if command == ITSELF {
        return Ok(());
    }
    let words = words(command);
    let variables = words.iter().take_while(|word| word.contains('=')).count();
    let (variables, words) = words.split_at(variables);
    let variables = variables.iter().map(|word| word.split_once('=').unwrap());
    let of_cargo = |words: &[String], wanted: &str| {
        let spelled = words.join(" ");
        spelled
            .strip_prefix(wanted)
            .map(|_| words[wanted.split(' ').count()..].to_vec())
    };
    if let Some((first, arguments)) = words.split_first()
        && first == "nova-conformance"
    {
        let mut command = program(folder, arguments);
        command.envs(variables);
        return succeeded(command);
    }
    if let Some(arguments) = of_cargo(words, "cargo run --release -p nova-conformance --") {
        return succeeded(program(folder, &arguments));
    }
    if let Some(arguments) = of_cargo(words, "cargo test -p nova-conformance --test cloud --") {
        let mut command = tests(folder, &arguments);
        command.envs(variables);
        return succeeded(command);
    }
    if words.first().is_some_and(|first| first == "mock-nova") {
        return of_the_mock(words);
    }
    Err("no way to run this is known: teach this test, or mark the block otherwise".to_owned())
}

/// Serving never ends, so its options are only parsed: `--help` comes after them.
fn of_the_mock(words: &[String]) -> Result<(), String> {
    let mut arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
    if words.get(1).is_some_and(|word| word == "serve") {
        arguments.push("--help".into());
    }
    let ended = mock_nova::cli::run(arguments);
    if ended == ExitCode::SUCCESS {
        Ok(())
    } else {
        Err(format!("{ended:?}"))
    }
}

#[test]
fn a_command_that_is_not_known_or_does_not_work_is_found() {
    let folder = tempfile::tempdir().unwrap();
    for wrong in [
        "unknown-program",
        "nova-conformance list --no-such-option",
        "nova-conformance list --filter no.such-check",
        "mock-nova serve --no-such-option",
    ] {
        assert!(try_out(folder.path(), wrong).is_err(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_works() {
    let cloud = MockNova::start().await;
    let folder = folder(&cloud);
    let commands = commands();
    assert!(!commands.is_empty(), "the book has no commands");
    let mut wrong = String::new();
    for (page, command) in commands {
        if let Err(why) = try_out(folder.path(), &command) {
            let _ = writeln!(wrong, "{page}: {command}\n{why}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The pipelines of ci/gates use options that there are.
#[test]
fn the_gates_use_options_that_there_are() {
    let gates = docs().join("../ci/gates");
    let files = [
        "github.yml",
        "gitlab.yml",
        "zuul/run.yaml",
        "zuul/post.yaml",
        "kubernetes.yaml",
    ];
    for file in files {
        let text = fs::read_to_string(gates.join(file)).unwrap();
        for subcommand in ["run", "sweep"] {
            let help = program(
                docs().as_path(),
                &["help".to_owned(), subcommand.to_owned()],
            );
            let help = String::from_utf8(output(help).stdout).unwrap();
            let (words, argument) = (
                format!("nova-conformance {subcommand}"),
                format!("- {subcommand}\n"),
            );
            let calls = text.split(words.as_str()).skip(1);
            let kubernetes = text.split(argument.as_str()).skip(1);
            for call in calls.chain(kubernetes) {
                // A call ends where its step does.
                let ends = ["- name", "chdir", "after_script", "artifacts", "env:"];
                let end = ends
                    .iter()
                    .filter_map(|end| call.find(end))
                    .min()
                    .unwrap_or(call.len());
                let options: Vec<&str> = call[..end]
                    .split([' ', '\n', '=', '}'])
                    .map(|word| word.trim_start_matches("${FILTER:+"))
                    .filter(|word| word.starts_with("--"))
                    .collect();
                assert!(
                    !options.is_empty(),
                    "{file} calls {subcommand} without options"
                );
                for option in options {
                    assert!(
                        help.contains(&format!("{option} ")),
                        "{file}: {subcommand} has no {option}"
                    );
                }
            }
        }
    }
}

fn output(mut command: Command) -> Output {
    command.output().unwrap()
}
