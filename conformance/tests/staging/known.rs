//! Failures that are known, and the guide's examples.

use nova_conformance::{checks, expected::Expected, profile::Profile};
use rstest::rstest;

use crate::support::{Ended, run, write};

/// A run of one check that passes on the built-in cloud, with `--expected`.
async fn expecting(file: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "known.yaml", file);
    let arguments = [
        "--filter",
        "keypairs.delete.gone",
        "--expected",
        "known.yaml",
    ];
    run(folder.path(), &arguments).await
}

#[rstest]
#[case::that_passes(
    "expected:\n  - {checks: keypairs.delete.gone, reason: bug 1, expires: 2999-01-31}",
    1,
    "that were expected to fail pass: delete the entry at known.yaml:2"
)]
#[case::that_is_expired(
    "expected:\n  - {checks: keypairs.delete.gone, reason: bug 1, expires: 2020-01-31}",
    1,
    "expired on 2020-01-31, and excuses nothing any more"
)]
#[case::that_matches_no_check(
    "expected:\n  - {checks: keypairs.fly, reason: bug 1, expires: 2999-01-31}",
    2,
    "known.yaml:2: no check matches 'keypairs.fly'"
)]
#[case::that_is_not_asked(
    "expected:\n  - {checks: servers.rebuild, reason: bug 1, expires: 2999-01-31}",
    0,
    "whether it is still needed is not known"
)]
#[tokio::test]
async fn an_entry_of_expected_failures(
    #[case] file: &str,
    #[case] code: i32,
    #[case] sentence: &str,
) {
    let ended = expecting(file).await;
    assert_eq!(ended.code, Some(code), "{}", ended.said);
    assert!(ended.said.contains(sentence), "{}", ended.said);
}

#[test]
fn the_guides_examples_are_read() {
    let page = include_str!("../../../docs/staging.md");
    let examples: Vec<&str> = page
        .split("```yaml\n")
        .skip(1)
        .filter_map(|after| after.split("```").next())
        .collect();
    let [expected, profile] = examples[..] else {
        panic!("{} examples", examples.len());
    };
    Expected::parse("docs/staging.md", expected, &checks::registry()).unwrap();
    Profile::parse("docs/staging.md", profile).unwrap();
}
