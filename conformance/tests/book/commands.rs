//! Every command of the book is tried, in a folder where people have what the book says they have. They are those of the
//! blocks marked `console`. Some stand for less than they say: a `run` without a filter is given one, `--requests` are
//! fewer, the reference cloud is a mock that is like it, and nextest, which not everybody has, is this file: it asks a test
//! binary as nextest does. `mock-nova serve`, which does not end, is only parsed, and so are the commands of `nova-loadtest`,
//! by its own tests (`loadtest/tests/book.rs`), because it knows this crate. A script of ci/ needs Python and what it
//! installs, so it is only looked for; `.ci/run` runs it, and what stands in blocks marked `sh` the real clients run
//! (`ci/clients/run`).

use std::{
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use mock_nova::MockNova;
use nova_conformance::embedded;
use rstest::rstest;
use tempfile::TempDir;

use crate::{ITSELF, docs, pages};

/// So many random requests are enough to see that a comparison works.
const REQUESTS: &str = "60";

/// What the name of a test comes after.
const NEXTEST: &str = "cargo nextest run --ignore-default-filter -p nova-conformance --test cloud";

/// A line of a page, within a block of this kind.
fn lines_of_blocks(kind: &str) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (page, text) in pages() {
        let mut within = false;
        for line in text.lines() {
            match line.strip_prefix("```") {
                Some(begun) => within = begun == kind,
                None if within => lines.push((page.clone(), line.to_owned())),
                None => {}
            }
        }
    }
    lines
}

/// The commands of the blocks marked `console`, each with its page.
fn commands() -> Vec<(String, String)> {
    let lines = lines_of_blocks("console").into_iter();
    let commands = lines.map(|(page, line)| {
        let command = line.strip_prefix("$ ");
        let command = command.unwrap_or_else(|| panic!("{page}: not a command: {line}"));
        (page, command.to_owned())
    });
    commands.collect()
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

/// The entries of a clouds.yaml for those whom a run may ask as: `NAME`, `NAME-second` and so on.
fn entries(name: &str, auth_url: &str) -> String {
    let mut entries = String::new();
    for (part, user, project) in [
        ("", "demo", "demo"),
        ("-second", "demo_second", "demo"),
        ("-other", "alt_demo", "alt_demo"),
        ("-reader", "demo_reader", "demo"),
        ("-admin", "admin", "admin"),
    ] {
        let _ = write!(
            entries,
            "  {name}{part}:\n    auth: {{auth_url: \"{auth_url}\", username: {user}, password: secret, project_name: {project}, \
             user_domain_id: default, project_domain_id: default}}\n"
        );
    }
    entries
}

/// A folder in which people have what the book says they have: clouds.yaml, a fixture, and the reports of two runs.
fn folder(clouds: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("clouds.yaml"),
        format!("clouds:\n{clouds}"),
    )
    .unwrap();
    let fixture = docs().join("../fixtures/default.yaml");
    fs::copy(fixture, folder.path().join("my.yaml")).unwrap();
    for report in ["before", "after"] {
        let run = format!("run --filter keypairs.delete.gone --report-dir {report}");
        let output = program(folder.path(), &words(&run)).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    folder
}

/// As if begun by hand there: with nothing of the environment but where programs are, and the clouds.yaml of the folder.
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

/// `nova-conformance`, asking few checks where all were asked for, and few random requests.
fn program(folder: &Path, arguments: &[String]) -> Command {
    let mut command = within(folder, Command::new(env!("CARGO_BIN_EXE_nova-conformance")));
    let mut arguments = arguments.to_vec();
    if let Some(option) = arguments.iter().position(|word| word == "--requests") {
        REQUESTS.clone_into(&mut arguments[option + 1]);
    }
    let is = |subcommand: &str| arguments.first().is_some_and(|first| first == subcommand);
    let unfiltered = !arguments.iter().any(|word| word == "--filter");
    if is("run") && unfiltered {
        arguments.extend(["--filter", "keypairs.delete.gone"].map(str::to_owned));
    } else if is("self-test") && unfiltered {
        arguments.extend(["--filter", "keypairs.delete-with-a-body"].map(str::to_owned));
    }
    command.args(arguments).current_dir(folder);
    command
}

/// The tests of `--test cloud`: those that are built beside this test, otherwise built by cargo.
fn tests(folder: &Path, arguments: &[String]) -> Command {
    let beside = std::env::current_exe().unwrap();
    let built = fs::read_dir(beside.parent().unwrap()).unwrap();
    let newest = built
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            // `cloud_itself-…` is another.
            path.extension().is_none() && name.starts_with("cloud-")
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

/// What comes after these words, where the command begins with them.
fn after<'a>(command: &'a [String], words: &str) -> Option<&'a [String]> {
    let words: Vec<&str> = words.split(' ').collect();
    let begins = command.len() >= words.len()
        && words.iter().zip(command).all(|(word, other)| word == other);
    begins.then(|| &command[words.len()..])
}

/// Runs a command of the book.
fn try_out(folder: &Path, command: &str) -> Result<(), String> {
    if command == ITSELF {
        return Ok(());
    }
    let words = words(command);
    let variables = words.iter().take_while(|word| word.contains('=')).count();
    let (variables, mut words) = words.split_at(variables);
    // The cloud is there already: it is in the clouds.yaml.
    if let Some(wrapped) = after(words, "ci/reference-cloud run --") {
        is_script("ci/reference-cloud")?;
        words = wrapped;
    }
    let mut command = if let Some(arguments) = after(words, "nova-conformance")
        .or_else(|| after(words, "cargo run --release -p nova-conformance --"))
    {
        program(folder, arguments)
    } else if let Some(arguments) = after(words, "cargo test -p nova-conformance --test cloud --") {
        tests(folder, arguments)
    } else if let Some([id]) = after(words, NEXTEST) {
        return as_nextest(folder, id);
    } else if let Some(arguments) =
        after(words, "mock-nova").or_else(|| after(words, "cargo run --release -p mock-nova --"))
    {
        return of_the_mock(arguments);
    } else if after(words, "nova-loadtest").is_some()
        || after(words, "cargo run --release -p nova-loadtest --").is_some()
    {
        return Ok(());
    } else if let Some(script) = words.first().filter(|first| first.starts_with("ci/")) {
        return is_script(script);
    } else {
        return Err(
            "no way to run this is known: teach this test, or mark the block otherwise".to_owned(),
        );
    };
    command.envs(
        variables
            .iter()
            .map(|variable| variable.split_once('=').unwrap()),
    );
    succeeded(command)
}

/// What nextest does with a test binary: it lists the tests, and begins a process for each that is wanted.
fn as_nextest(folder: &Path, id: &str) -> Result<(), String> {
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|&word| word.to_owned())
            .collect::<Vec<_>>()
    };
    let listed = tests(folder, &words(&["--list", "--format", "terse"])).output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    if !listed.lines().any(|line| line == format!("{id}: test")) {
        return Err(format!("{id} is not listed"));
    }
    succeeded(tests(folder, &words(&["--exact", id, "--nocapture"])))
}

/// A script of the repository that `.ci/run` runs, itself or by another.
fn is_script(script: &str) -> Result<(), String> {
    let path = docs().join("..").join(script);
    match fs::metadata(&path) {
        Ok(found) if found.is_file() && found.permissions().mode() & 0o111 != 0 => {}
        Ok(_) => return Err(format!("{script} is no script")),
        Err(error) => return Err(format!("{script}: {error}")),
    }
    let gate = fs::read_to_string(docs().join("../.ci/run")).unwrap();
    if gate.contains(script) {
        Ok(())
    } else {
        Err(format!(".ci/run does not run {script}"))
    }
}

/// Serving never ends, so that its options are only parsed; what prints is run.
fn of_the_mock(arguments: &[String]) -> Result<(), String> {
    let words = std::iter::once("mock-nova".to_owned()).chain(arguments.iter().cloned());
    if arguments.first().is_some_and(|first| first == "serve") {
        let parsed = mock_nova::cli::command().try_get_matches_from(words);
        return parsed.map(drop).map_err(|error| error.to_string());
    }
    let ended = mock_nova::cli::run(words.map(Into::into));
    if ended == std::process::ExitCode::SUCCESS {
        Ok(())
    } else {
        Err(format!("{ended:?}"))
    }
}

#[rstest]
#[case::program("unknown-program")]
#[case::option("nova-conformance list --no-such-option")]
#[case::check("nova-conformance list --filter no.such-check")]
#[case::option_of_the_mock("mock-nova serve --no-such-option")]
#[case::subcommand_of_the_mock("mock-nova no-such-subcommand")]
#[case::option_behind_cargo("cargo run --release -p nova-conformance -- list --no-such-option")]
#[case::script("ci/no-such-script")]
#[case::script_nobody_runs("ci/reference/command.py")]
#[case::command_on_the_reference("ci/reference-cloud run -- nova-conformance no-such-subcommand")]
fn a_command_that_is_not_known_or_does_not_work_is_found(#[case] wrong: &str) {
    let folder = tempfile::tempdir().unwrap();
    assert!(try_out(folder.path(), wrong).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_works() {
    let staging = MockNova::start().await;
    let reference = embedded::start_like_the_reference().await.unwrap();
    let clouds = entries("staging", &staging.auth_url())
        + &entries("reference", reference.main.auth_url.as_str());
    let folder = folder(&clouds);
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

#[test]
fn what_a_shell_must_run_is_run_by_the_real_clients() {
    let clients = fs::read_to_string(docs().join("../ci/clients/run")).unwrap();
    for (page, _) in lines_of_blocks("sh") {
        assert!(
            clients.contains(&format!("docs/{page}")),
            "ci/clients/run does not run the block of {page}"
        );
    }
}

/// The README promises that its two commands are all it takes.
#[test]
fn the_commands_of_the_readme_are_what_a_change_must_pass() {
    let readme = fs::read_to_string(docs().join("../README.md")).unwrap();
    let gate = fs::read_to_string(docs().join("../.ci/run")).unwrap();
    let gate = gate.replace(" --quiet", "");
    let (_, block) = readme.split_once("```sh\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let commands = block.lines().map(|line| {
        let (command, _) = line.split_once('#').unwrap_or((line, ""));
        command.trim()
    });
    let commands: Vec<&str> = commands.collect();
    assert_eq!(commands.len(), 2, "{commands:?}");
    for command in commands {
        assert!(gate.lines().any(|line| line == command), "{command}");
    }
}
