//! What the book and `ci/gates/k8s-loadtest.yaml` say to `nova-loadtest` is understood by it: each command of a `console` block,
//! each option that a sentence names, and what each pod is told. Commands are parsed and not run: they take minutes, and
//! `tests/binary.rs` runs each kind. The other programs' are tried by nova-conformance's `tests/book`.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use clap::{Command, CommandFactory as _, Parser as _};
use nova_loadtest::cli::Cli;
use rstest::rstest;

/// The page on which an option that stands alone is one of this program's.
const PAGE: &str = "loadtest.md";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every page of the book: its name and text.
fn pages() -> Vec<(String, String)> {
    let files = fs::read_dir(root().join("docs")).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let pages = files.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    pages
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// Whether these are words that the program understands after its name.
fn understood<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
    let words = std::iter::once("nova-loadtest").chain(words);
    let parsed = Cli::try_parse_from(words);
    parsed.map(drop).map_err(|error| error.to_string())
}

/// The words of a command, as a shell reads single quotes.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (number, part) in command.split('\'').enumerate() {
        let mut pieces = part.split(if number % 2 == 1 { '\'' } else { ' ' });
        let first = pieces.next().unwrap_or_default();
        words.last_mut().unwrap().push_str(first);
        words.extend(pieces.map(str::to_owned));
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What follows this program's name in the commands of a page's `console` blocks.
fn commands(text: &str) -> Vec<&str> {
    let mut within = false;
    let mut commands = Vec::new();
    for line in text.lines() {
        if let Some(begun) = line.strip_prefix("```") {
            within = begun == "console";
        } else if within && let Some(command) = line.strip_prefix("$ ") {
            let names = ["nova-loadtest ", "cargo run --release -p nova-loadtest -- "];
            let told = names.iter().find_map(|name| command.strip_prefix(name));
            commands.extend(told);
        }
    }
    commands
}

/// The code in a page's sentences.
fn code(text: &str) -> Vec<String> {
    let outside = text.split("```").step_by(2);
    let spans = outside.flat_map(|sentences| sentences.split('`').skip(1).step_by(2));
    spans.map(str::to_owned).collect()
}

/// The options of a command, with its subcommands'.
fn options(command: &Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter_map(clap::Arg::get_long);
    let own = own.map(|long| format!("--{long}"));
    own.chain(command.get_subcommands().flat_map(options))
        .collect()
}

/// What a piece of code names that there is not: it stands for a whole command, or for options of any subcommand.
fn unknown(code: &str) -> Vec<String> {
    let program = Cli::command();
    let mut words = code.split([' ', '\n', '=', '[', ']', '"']);
    let known = match words.next() {
        Some("nova-loadtest") => match words.next() {
            None => return Vec::new(),
            Some(name) => match program.find_subcommand(name) {
                Some(subcommand) => options(subcommand),
                None => return vec![format!("the subcommand {name}")],
            },
        },
        Some(option) if option.starts_with("--") => {
            let all = options(&program);
            if !all.contains(option) {
                return vec![option.to_owned()];
            }
            all
        }
        _ => return Vec::new(),
    };
    let named = words.filter(|word| word.len() > 2 && word.starts_with("--"));
    let unknown = named.filter(|option| !known.contains(*option));
    unknown.map(str::to_owned).collect()
}

/// What each container of a file for Kubernetes is told, with what Kubernetes puts there.
fn told(text: &str) -> Vec<Vec<String>> {
    let lists = text.split("          args:\n").skip(1);
    lists
        .map(|list| {
            let items = list.lines().map(str::trim_start);
            let items = items.map_while(|line| line.strip_prefix("- "));
            let filled = items.map(|item| {
                item.replace("$(SHARD)", "3")
                    .replace("$(START_AT)", "2026-03-01T12:00:00Z")
            });
            filled.collect()
        })
        .collect()
}

#[test]
fn commands_of_the_book_are_understood() {
    let mut here = 0;
    for (page, text) in pages() {
        for command in commands(&text) {
            let words = words(command);
            let parsed = understood(words.iter().map(String::as_str));
            assert!(parsed.is_ok(), "{page}: {command}\n{parsed:?}");
            here += usize::from(page == PAGE);
        }
    }
    assert!(here > 0, "docs/{PAGE} has no commands");
}

#[test]
fn the_book_names_options_that_there_are() {
    let mut wrong = Vec::new();
    for (page, text) in pages() {
        for code in code(&text) {
            // Elsewhere, an option that stands alone is another program's.
            if page == PAGE || code.starts_with("nova-loadtest") {
                let unknown = unknown(&code);
                wrong.extend(
                    unknown
                        .iter()
                        .map(|what| format!("{page}: `{code}`: {what}")),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[rstest]
#[case::bare("--no-such-option 5")]
#[case::second("--users 5 --no-such-option")]
#[case::subcommand("nova-loadtest judge")]
#[case::of_another_subcommand("nova-loadtest render --users")]
fn what_is_no_option_is_found(#[case] code: &str) {
    assert_eq!(unknown(code).len(), 1);
}

#[test]
fn pods_are_told_what_the_program_understands() {
    let text = fs::read_to_string(root().join("ci/gates/k8s-loadtest.yaml")).unwrap();
    let told = told(&text);
    assert_eq!(told.len(), 2, "the shards and the judge");
    for words in told {
        let parsed = understood(words.iter().map(String::as_str));
        assert!(parsed.is_ok(), "{words:?}\n{parsed:?}");
    }
}
