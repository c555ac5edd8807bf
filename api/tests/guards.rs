//! What keeps the history honest. (That every shown field exists in the bodies the mock builds, and
//! that every behavior has a probe, is guarded where those live: in `mock-nova` and `conformance`.)

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use std::collections::BTreeMap;

use nova_api::{
    Behavior, Contract, Input, Microversion, Now, Operation, Refusal, bands, contract, history,
    legacy_contract,
};
use rstest::rstest;
use serde_json::{Value, json};

fn at(minor: u16) -> Microversion {
    Microversion::new(minor).unwrap()
}

#[test]
fn there_is_exactly_one_entry_per_version_in_order() {
    let versions: Vec<_> = history::ENTRIES.iter().map(|entry| entry.version).collect();
    assert_eq!(versions, Microversion::all().collect::<Vec<_>>());
}

#[test]
fn titles_are_sentences_of_their_own() {
    for entry in history::ENTRIES {
        assert!(
            !entry.title.is_empty() && !entry.title.ends_with('.'),
            "{}",
            entry.version
        );
    }
}

#[test]
fn every_change_changes_something() {
    for entry in history::ENTRIES {
        for change in entry.changes {
            assert!(
                !change.on.is_empty(),
                "{}: a change that touches no operation",
                entry.version
            );
            if let Now::Hides(at) = &change.now {
                let before = entry
                    .version
                    .previous()
                    .expect("the first entry hides nothing");
                for operation in change.on {
                    let path = at.pointer().expect("only fields of the body are hidden");
                    assert!(
                        contract(*operation, before).shows(path),
                        "{}: {operation} hides {path}, which it never showed",
                        entry.version
                    );
                }
            }
        }
    }
}

#[test]
fn bands_cover_every_version_once() {
    for operation in Operation::ALL {
        let mut next = Microversion::MIN.minor();
        for band in bands(*operation) {
            assert_eq!(band.first.minor(), next, "{operation}");
            next = band.last.minor() + 1;
        }
        assert_eq!(next, Microversion::MAX.minor() + 1, "{operation}");
    }
}

#[test]
fn every_schema_compiles_and_every_shown_field_has_a_shown_parent() {
    for operation in Operation::ALL {
        let contracts = bands(*operation).iter().map(|band| &band.contract);
        for contract in contracts.chain([legacy_contract(*operation)]) {
            let schemas = [
                contract.body_schema(),
                Some(contract.query_schema()),
                contract.answer_schema(),
            ];
            for schema in schemas.into_iter().flatten() {
                jsonschema::draft202012::new(&schema).unwrap();
            }
            // A refusal proves that the compiled checker is in place.
            if contract.body_schema().is_some() {
                assert!(contract.check_body(&json!([])).is_err(), "{operation}");
            }
            for (path, ..) in contract.outputs() {
                let parent = &path[..path.rfind('/').unwrap()];
                assert!(
                    parent.is_empty() || contract.shows(parent),
                    "{operation}: {path}"
                );
            }
        }
    }
}

/// The contracts of every operation, the legacy ones too.
fn contracts() -> impl Iterator<Item = &'static Contract> {
    Operation::ALL.iter().flat_map(|operation| {
        let contracts = bands(*operation).iter().map(|band| &band.contract);
        contracts.chain([legacy_contract(*operation)])
    })
}

/// The published schemas refer to rules by their names.
#[test]
fn one_name_means_one_rule() {
    let mut known: BTreeMap<&str, Value> = BTreeMap::new();
    for contract in contracts() {
        let inputs = contract
            .inputs()
            .iter()
            .filter_map(|(_, input)| match input {
                Input::Optional(rule) | Input::Required(rule) => Some(*rule),
                Input::Refused => None,
            });
        let parameters = contract.parameters().iter().map(|(_, rule)| *rule);
        let outputs = contract.outputs().iter().map(|(.., output)| output.rule());
        for rule in inputs.chain(parameters).chain(outputs) {
            let schema = (rule.schema)();
            let same = known.entry(rule.name).or_insert_with(|| schema.clone());
            assert_eq!(*same, schema, "{}", rule.name);
        }
    }
}

#[test]
fn every_opened_filter_is_a_known_parameter() {
    for entry in history::ENTRIES {
        for change in entry.changes {
            if let Now::Opens(names) = &change.now {
                for (operation, name) in change
                    .on
                    .iter()
                    .flat_map(|operation| names.iter().map(move |name| (operation, name)))
                {
                    let parameters = contract(*operation, entry.version).parameters();
                    assert!(
                        parameters.iter().any(|(known, _)| known == name),
                        "{}: {operation} opens {name}, which it does not know",
                        entry.version
                    );
                }
            }
        }
    }
}

#[test]
fn every_behavior_holds_somewhere_and_somewhere_not() {
    for behavior in Behavior::ALL {
        let contracts: Vec<_> = Operation::ALL
            .iter()
            .flat_map(|operation| {
                let bands = bands(*operation).iter().map(|band| &band.contract);
                bands.chain([legacy_contract(*operation)])
            })
            .collect();
        assert!(
            contracts.iter().any(|contract| contract.behaves(*behavior)),
            "{behavior:?}"
        );
        assert!(
            contracts
                .iter()
                .any(|contract| !contract.behaves(*behavior)),
            "{behavior:?}"
        );
    }
}

/// The sentences were taken from a real Nova 34.0.0.
#[rstest]
#[case::empty_name(1, json!({"name": ""}), "Invalid input for field/attribute name. Value: . '' should be non-empty")]
#[case::long_name(1, json!({"name": "k".repeat(256)}), &format!("Invalid input for field/attribute name. Value: {0}. '{0}' is too long", "k".repeat(256)))]
#[case::outer_spaces(1, json!({"name": " k"}), "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace.")]
#[case::slash(1, json!({"name": "a/b"}), r"Invalid input for field/attribute name. Value: a/b. 'a/b' does not match '^[_\\- a-zA-Z0-9]+$'")]
#[case::at_sign_before_2_92(91, json!({"name": "a@b"}), r"Invalid input for field/attribute name. Value: a@b. 'a@b' does not match '^[_\\- a-zA-Z0-9]+$'")]
#[case::slash_from_2_92(92, json!({"name": "a/b", "public_key": ""}), r"Invalid input for field/attribute name. Value: a/b. 'a/b' does not match '^[_\\-\\@\\. a-zA-Z0-9]+$'")]
#[case::name_missing(1, json!({}), "Invalid input for field/attribute keypair. Value: {}. 'name' is a required property")]
#[case::name_a_number(1, json!({"name": 5}), "Invalid input for field/attribute name. Value: 5. 5 is not of type 'string'")]
#[case::type_before_2_2(1, json!({"name": "k", "type": "ssh"}), "Invalid input for field/attribute keypair. Value: {'name': 'k', 'type': 'ssh'}. Additional properties are not allowed ('type' was unexpected)")]
#[case::unknown_type(2, json!({"name": "k", "type": "dsa"}), "Invalid input for field/attribute type. Value: dsa. 'dsa' is not one of ['ssh', 'x509']")]
#[case::null_key(2, json!({"name": "k", "public_key": null}), "Invalid input for field/attribute public_key. Value: None. None is not of type 'string'")]
#[case::type_is_met_before_key(2, json!({"name": "k", "public_key": null, "type": "dsa"}), "Invalid input for field/attribute type. Value: dsa. 'dsa' is not one of ['ssh', 'x509']")]
#[case::user_id_before_2_10(9, json!({"name": "k", "user_id": "u"}), "Invalid input for field/attribute keypair. Value: {'name': 'k', 'user_id': 'u'}. Additional properties are not allowed ('user_id' was unexpected)")]
#[case::key_missing_from_2_92(92, json!({"name": "k"}), "Invalid input for field/attribute keypair. Value: {'name': 'k'}. 'public_key' is a required property")]
fn a_body_is_refused_in_novas_words(
    #[case] minor: u16,
    #[case] keypair: Value,
    #[case] want: &str,
) {
    let refused =
        contract(Operation::KeypairCreate, at(minor)).check_body(&json!({"keypair": keypair}));
    assert_eq!(refused, Err(Refusal(want.to_owned())));
}

#[rstest]
#[case::wrong_root(json!({"key": {}}), "'keypair' is a required property")]
#[case::two_roots(json!({"keypair": {"name": "k"}, "b": 1, "a": 2}), "Additional properties are not allowed ('a', 'b' were unexpected)")]
#[case::list(json!([]), "[] is not of type 'object'")]
#[case::not_an_object(json!({"keypair": "k"}), "Invalid input for field/attribute keypair. Value: k. 'k' is not of type 'object'")]
fn a_root_is_refused_in_novas_words(#[case] body: Value, #[case] want: &str) {
    let refused = contract(Operation::KeypairCreate, at(1)).check_body(&body);
    assert_eq!(refused, Err(Refusal(want.to_owned())));
}

fn pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
    query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[rstest]
#[case::limit_a_word(35, &[("limit", "ten")], "Invalid input for query parameters limit. Value: ten. 'ten' does not match '^[0-9]*$'")]
#[case::limit_empty(35, &[("limit", "")], "Invalid input for query parameters limit. Value: . '' should be non-empty")]
#[case::unknown_from_2_75(75, &[("sort", "up")], "Additional properties are not allowed ('sort' was unexpected)")]
fn a_query_is_refused_in_novas_words(
    #[case] minor: u16,
    #[case] query: &[(&str, &str)],
    #[case] want: &str,
) {
    let refused = contract(Operation::KeypairList, at(minor)).check_query(pairs(query));
    assert_eq!(refused, Err(Refusal(want.to_owned())));
}

#[rstest]
#[case::before_it_is_known(9, None)]
#[case::from_2_10(10, Some("first"))]
fn a_parameter_is_ignored_until_it_is_known(#[case] minor: u16, #[case] want: Option<&str>) {
    let query = contract(Operation::KeypairList, at(minor))
        .check_query(pairs(&[
            ("user_id", "first"),
            ("user_id", "second"),
            ("x", ""),
        ]))
        .unwrap();
    assert_eq!(query.first("user_id"), want);
    assert_eq!(query.first("x"), None);
}

#[rstest]
#[case::negative(
    "-5",
    "Invalid input for field/attribute key_pairs. Value: -5. -5 is less than the minimum of -1"
)]
#[case::too_large(
    "4294967296",
    "Invalid input for field/attribute key_pairs. Value: 4294967296. 4294967296 is greater than the maximum of 2147483647"
)]
fn digits_are_compared_as_numbers(#[case] limit: &str, #[case] want: &str) {
    let refused = contract(Operation::QuotaUpdate, at(1))
        .check_body(&json!({"quota_set": {"key_pairs": limit}}));
    assert_eq!(refused, Err(Refusal(want.to_owned())));
}

#[test]
fn the_legacy_endpoint_drops_what_it_does_not_know() {
    let legacy = legacy_contract(Operation::KeypairCreate);
    assert_eq!(
        legacy.check_body(&json!({"keypair": {"name": " k ", "colour": "red"}, "x": 1})),
        Ok(())
    );
    assert_eq!(legacy.status(), 200);
}

#[test]
fn the_legacy_endpoint_takes_no_field_of_a_later_version() {
    let mut body = json!({"keypair": {"name": "k", "user_id": "u", "type": "x509"}, "x": 1});
    legacy_contract(Operation::KeypairCreate).drop_unknown(&mut body);
    assert_eq!(body, json!({"keypair": {"name": "k"}}));
    let mut body = json!({"keypair": {"name": "k", "x": 1}});
    let as_it_was = body.clone();
    contract(Operation::KeypairCreate, at(1)).drop_unknown(&mut body);
    assert_eq!(body, as_it_was, "2.1 refuses it instead");
}
