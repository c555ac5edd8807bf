//! Every option that is named, in the sentences of the book and in the pipelines of `ci/gates`, is an option of the program
//! that it is named with. Those of `nova-loadtest`, which knows this crate, are looked at by its own tests
//! (`loadtest/tests/book.rs`).

use std::{collections::BTreeSet, fs};

use clap::{Command, CommandFactory as _};
use nova_conformance::cli::Cli;

use crate::{docs, pages};

/// The page on which an option that stands alone is one of `nova-loadtest`.
const OF_THE_LOAD_TEST: &str = "loadtest.md";

/// The options of a command, with its subcommands'.
fn options(command: &Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter_map(clap::Arg::get_long);
    let own = own.map(|long| format!("--{long}"));
    own.chain(command.get_subcommands().flat_map(options))
        .collect()
}

/// The options among these words; what stands in their brackets, or after `=`, is none of them.
fn named(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| letter.is_whitespace() || "=[]}'\"".contains(letter));
    let words = words.map(|word| word.trim_start_matches("${FILTER:+"));
    let options = words.filter(|word| word.len() > 2 && word.starts_with("--"));
    options.map(str::to_owned).collect()
}

/// The code in a page's sentences.
fn code(text: &str) -> Vec<String> {
    let mut sentences = String::new();
    let mut within = false;
    for line in text.lines() {
        if line.starts_with("```") {
            within = !within;
        } else if !within {
            sentences.push_str(line);
            sentences.push('\n');
        }
    }
    let pieces = sentences.split('`').skip(1).step_by(2);
    pieces.map(str::to_owned).collect()
}

/// What is wrong with the options that a piece of code names: it stands for a whole command, or for options of any program.
fn unknown(code: &str) -> Vec<String> {
    let programs = [Cli::command(), mock_nova::cli::command()];
    let mut words = code.split_whitespace();
    let program = programs
        .iter()
        .find(|program| Some(program.get_name()) == words.clone().next());
    let known = match program {
        Some(program) => {
            let name = words.nth(1).unwrap_or_default();
            if name.is_empty() || name.starts_with("--") {
                options(program)
            } else {
                match program.find_subcommand(name) {
                    Some(subcommand) => options(subcommand),
                    None => return vec![format!("the subcommand {name}")],
                }
            }
        }
        None if code.starts_with("--") => {
            let tests = libtest_mimic::Arguments::command();
            let programs = programs.iter().chain([&tests]);
            programs.flat_map(options).collect()
        }
        None => return Vec::new(),
    };
    let mut unknown = named(code);
    unknown.retain(|option| !known.contains(option));
    unknown
}

#[test]
fn the_book_names_options_that_there_are() {
    let mut wrong = Vec::new();
    for (page, text) in pages() {
        for code in code(&text) {
            if page == OF_THE_LOAD_TEST && code.starts_with("--") {
                continue;
            }
            let unknown = unknown(&code);
            wrong.extend(
                unknown
                    .iter()
                    .map(|what| format!("{page}: `{code}`: {what}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[rstest::rstest]
#[case::bare("--no-such-option")]
#[case::of_a_subcommand("nova-conformance run --older-than 1h")]
#[case::subcommand("nova-conformance judge")]
#[case::of_the_mock("mock-nova serve --rate 5")]
fn what_is_no_option_is_found(#[case] code: &str) {
    assert_eq!(unknown(code).len(), 1);
}

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
        let mut called = 0;
        for subcommand in ["run", "sweep"] {
            let program = Cli::command();
            let known = options(program.find_subcommand(subcommand).unwrap());
            let (words, argument) = (
                format!("nova-conformance {subcommand}"),
                format!("- {subcommand}\n"),
            );
            let calls = text.split(words.as_str()).skip(1);
            let kubernetes = text.split(argument.as_str()).skip(1);
            for call in calls.chain(kubernetes) {
                // A call ends where its step does.
                let ends = ["- name", "chdir", "after_script", "artifacts", "env:"];
                let end = ends.iter().filter_map(|end| call.find(end)).min();
                let options = named(&call[..end.unwrap_or(call.len())]);
                assert!(
                    !options.is_empty(),
                    "{file} calls {subcommand} without options"
                );
                for option in options {
                    assert!(
                        known.contains(&option),
                        "{file}: {subcommand} has no {option}"
                    );
                }
                called += 1;
            }
        }
        assert!(called > 0, "{file} calls nothing");
    }
}
