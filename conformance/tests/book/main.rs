//! The book (docs/) says what is so: its page of the checks is what the registry says (`UPDATE_DOCS=1` rewrites it), its links
//! lead to pages of the book, every command in it works (`commands`), and every option that it or a pipeline of `ci/gates`
//! names is one (`options`).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's helpers may fail it"
)]

mod commands;
mod options;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use nova_conformance::{checks, select::spelled};

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

/// A link under the name of the section, else of the page; what is no address as it is.
fn source(source: &str) -> String {
    if !source.starts_with("http") || source.contains(' ') {
        return cell(source);
    }
    let name = source.rsplit(['#', '/']).find(|piece| !piece.is_empty());
    let name = name.unwrap_or(source).trim_end_matches(".html");
    format!("[{name}]({source})")
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
                "\n## {group}\n\n| id | sentence | source | at |\n|---|---|---|---|\n"
            );
        }
        let _ = writeln!(
            page,
            "| `{}` | {}: {} | {} | {} |",
            check.id(),
            check.level(),
            cell(check.sentence()),
            source(check.source()),
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
fn every_link_stays_in_the_book_and_leads_somewhere() {
    let mut broken = Vec::new();
    for (page, text) in pages() {
        for link in links(&text) {
            let file = link.split('#').next().unwrap();
            if link.contains("://") || file.is_empty() {
                continue;
            }
            // mdBook takes along what is beside the pages, and nothing else of the repository.
            if file.starts_with("..") || !docs().join(file).exists() {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn links_of_the_pages_beside_the_book_lead_somewhere() {
    let mut broken = Vec::new();
    for page in [
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
    ] {
        for link in links(&fs::read_to_string(docs().join("..").join(page)).unwrap()) {
            if !link.contains("://") && !docs().join("..").join(&link).exists() {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Each has a reason, and the map tells it.
#[test]
fn the_map_names_every_dependency() {
    let read = |file: &str| fs::read_to_string(docs().join("..").join(file)).unwrap();
    let (manifest, map) = (read("Cargo.toml"), read("ARCHITECTURE.md"));
    let (_, table) = map.split_once("## Dependencies").unwrap();
    let named: Vec<&str> = table.split([' ', ',', '`', ';']).collect();
    let (_, dependencies) = manifest.split_once("[workspace.dependencies]").unwrap();
    let (dependencies, _) = dependencies.split_once("\n[").unwrap();
    let of_others = dependencies
        .lines()
        .filter(|line| !line.contains("path = "));
    let names = of_others.filter_map(|line| line.split_once(" = "));
    let missing: Vec<&str> = names
        .map(|(name, _)| name)
        .filter(|name| !named.contains(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
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
