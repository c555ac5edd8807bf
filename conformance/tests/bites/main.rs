//! The proof that the checks bite: the mock's behavior flaws are each found out by every check that has to, as `nova-conformance
//! self-test` shows for all flaws, and on the cloud that is right every check passes, over the network and without one.
//! `#[cfg(test)]` tells clippy that helpers here are tests too.

#[cfg(test)]
mod cloud;

use nova_conformance::{
    checks,
    outcome::Kind,
    selftest::{self, Judged},
};
use rstest::rstest;

use crate::cloud::{addressed, other_than, right, run_as, told_to_cost};

/// `.ci/run` tries all flaws, as `self-test`; these are one of each kind.
#[rstest]
#[case::keypairs("keypairs.private-key-shown-again")]
#[case::people("people.every-namesake-deleted")]
#[case::key_of_the_owner("rebuild.keys-of-the-owner")]
#[case::servers("servers.reboots-stop")]
#[case::of_the_history("history.2.54.servers.rebuild.*")]
#[tokio::test(flavor = "multi_thread")]
async fn wrong_clouds_are_found_out(#[case] flaws: &str) {
    let filter = flaws.parse().expect("a pattern");
    let tested = selftest::go(&[filter], 4).await.expect("the cloud starts");
    let unseen: Vec<(String, &[String])> = tested
        .uncaught()
        .map(
            |Judged {
                 flaw, missed_by, ..
             }| (flaw.name(), missed_by.as_slice()),
        )
        .collect();
    assert!(unseen.is_empty(), "these are not found out: {unseen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flaw_that_nothing_finds_out_is_told() {
    let filter = "keypairs.list-is-empty".parse().expect("a name");
    let mut tested = selftest::go(&[filter], 1).await.expect("the cloud starts");
    assert!(tested.uncaught().next().is_none());
    tested.flaws[0].caught_by.clear();
    let text = selftest::as_text(&tested);
    assert!(
        text.contains("not found out:\n  keypairs.list-is-empty: "),
        "{text}"
    );
    let page = selftest::as_markdown(&tested);
    assert!(page.contains("0 of 1 flaws are found out"), "{page}");
}

#[tokio::test]
async fn a_name_that_no_flaw_has_is_refused() {
    let filter = "keypairs.nonsense".parse().expect("a name");
    let refused = selftest::go(&[filter], 1).await;
    assert!(refused.is_err_and(|sentence| sentence.contains("--list-flaws")));
}

/// Otherwise what the wrong clouds show would prove nothing.
#[tokio::test(flavor = "multi_thread")]
async fn every_check_passes_on_the_cloud_without_a_network() {
    let mut not_passed = selftest::right().await.expect("the cloud starts");
    not_passed.retain(|(id, _, outcome)| {
        outcome.kind() != Kind::NotApplicable || !ASKED_ELSEWHERE.contains(&id.as_str())
    });
    assert!(not_passed.is_empty(), "{not_passed:#?}");
}

/// What only a cloud that takes its time, or one with a floating address, can be asked; wrong clouds show that these bite.
const ASKED_ELSEWHERE: &[&str] = &[
    "floating-ips.list.holds",
    "servers.rebuild.state.building",
    "servers.rebuild.state.rebuilding",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_check_passes_on_the_cloud_that_is_right() {
    let (_held, cloud) = right().await;
    let (outcomes, made) = run_as(checks::registry(), cloud, addressed()).await;
    let mut not_passed = other_than(Kind::Passed, &outcomes);
    // The built-in cloud is through with a server before anybody can ask, and no request makes a floating address.
    not_passed.retain(|(id, _, outcome)| {
        outcome.kind() != Kind::NotApplicable || !ASKED_ELSEWHERE.contains(&id.as_str())
    });
    assert!(not_passed.is_empty(), "{not_passed:#?}");
    assert_eq!(outcomes.len(), checks::registry().len());
    let costs = [
        ("requests", made.requests),
        ("keypairs made", made.keypairs),
        ("servers made", made.servers),
        ("servers rebuilt", made.rebuilds),
        ("servers at one time", made.servers_at_once),
    ];
    for (what, cost) in costs {
        let told = told_to_cost(what);
        assert!(
            cost <= told && told <= 2 * cost,
            "docs/kindness.md says at most {told} {what}, and they are {cost}"
        );
    }
}
