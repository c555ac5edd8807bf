//! The flaws of the history: each has a name of its own, and each can be seen in the contract it spoils and nowhere else.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use std::collections::BTreeSet;

use nova_api::{
    Audience, Flaw, History, Microversion, Operation, Superset, contract, flaw::unseen_flaws, flaws,
};
use rstest::rstest;
use serde_json::{Value, json};

fn named(name: &str) -> Flaw {
    let mut all = flaws().iter();
    all.find(|flaw| flaw.name() == name).unwrap().clone()
}

fn at(minor: u16) -> Microversion {
    Microversion::new(minor).unwrap()
}

#[test]
fn each_has_a_name_of_its_own() {
    let mut seen = BTreeSet::new();
    let all = flaws()
        .iter()
        .chain(unseen_flaws().iter().map(|(flaw, _)| flaw));
    for flaw in all {
        let name = flaw.name();
        assert!(seen.insert(name.clone()), "{name} stands for two flaws");
        let spelled = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b));
        assert!(spelled, "{name} cannot be typed without quotes");
    }
}

#[rstest]
#[case::missing("missing", [false, false, false])]
#[case::early("early", [true, true, true])]
#[case::late("late", [false, false, true])]
fn a_field_is_taken_where_the_flaw_says(#[case] twist: &str, #[case] taken: [bool; 3]) {
    let flaw = named(&format!(
        "history.2.54.servers.rebuild.takes-key_name.{twist}"
    ));
    let history = History::with(flaw);
    let body =
        json!({"rebuild": {"imageRef": "70a599e0-31e7-49b7-b260-868f441e862b", "key_name": "k"}});
    let takes = [53, 54, 55].map(|minor| {
        let contract = history.contract(Operation::ServerRebuild, at(minor));
        contract.check_body(&body).is_ok()
    });
    assert_eq!(takes, taken);
}

#[test]
fn other_operations_are_as_they_are() {
    let flaw = named("history.2.54.servers.rebuild.takes-key_name.missing");
    let history = History::with(flaw);
    let right = contract(Operation::KeypairCreate, at(54));
    let same = history.contract(Operation::KeypairCreate, at(54));
    assert!(std::ptr::eq(right, same));
}

#[rstest]
#[case::a_leaf("name", json!({"keypair": {"fingerprint": "f"}}))]
#[case::all_of_it("keypair", json!({}))]
fn what_is_not_shown_is_not_in_the_answer(#[case] field: &str, #[case] want: Value) {
    let flaw = named(&format!("history.2.1.keypairs.show.shows-{field}.missing"));
    let superset = Superset::from(json!({"keypair": {"name": "k", "fingerprint": "f"}}));
    let history = History::with(flaw);
    let rendered = history
        .contract(Operation::KeypairShow, at(1))
        .render(&superset, Audience::Everyone);
    assert_eq!(serde_json::from_slice::<Value>(&rendered).unwrap(), want);
}

#[test]
fn one_filter_of_several_is_left_closed() {
    let history = History::with(named("history.2.83.servers.list.opens-key_name.missing"));
    let contract = history.contract(Operation::ServerList, at(83));
    assert!(!contract.opens("key_name") && contract.opens("progress"));
}

#[test]
fn the_legacy_endpoint_has_flaws_too() {
    let history = History::with(named("history.legacy.keypairs.create.trims-name.missing"));
    let behaves = |contract: &nova_api::Contract| contract.behaves(nova_api::Behavior::TrimsName);
    assert!(behaves(nova_api::legacy_contract(Operation::KeypairCreate)));
    assert!(!behaves(history.legacy_contract(Operation::KeypairCreate)));
}
