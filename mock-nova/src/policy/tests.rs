//! The rules against the answers of a real Nova, and the messages for files that are wrong.
//!
//! `tests/data/policy-nova-34.json` holds what `nova.policy` of Nova 34.0.0 said, for every rule,
//! caller and target named there.

use std::path::Path;

use rstest::rstest;
use serde_json::Value;

use super::{
    Credentials, KEYPAIRS_CREATE, KEYPAIRS_SHOW, Question, RuleId, Rules, Target,
    defaults::DEFAULTS,
};

const FILE: &str = "policy.yaml";

fn answers() -> Value {
    let text = include_str!("../../tests/data/policy-nova-34.json");
    serde_json::from_str(text).expect("the recorded answers are JSON")
}

fn overrides(text: &str) -> Rules {
    Rules::with_overrides(Path::new(FILE), text).expect("a policy file a real Nova loads")
}

/// Asks by name, as a rule that refers to another does: any rule, scope or not.
fn allows(rules: &Rules, name: &str, caller: &Credentials<'_>, target: &Target<'_>) -> bool {
    match DEFAULTS.iter().position(|default| default.name == name) {
        Some(place) => rules.allows(RuleId(place), caller, target),
        None => {
            let ask = Question {
                rules,
                caller,
                target,
                deciding_admin: false,
            };
            rules.check(rules.places[name]).allows(&ask)
        }
    }
}

fn with_caller<T>(caller: &Value, ask: impl Fn(&Credentials<'_>) -> T) -> T {
    let roles: Vec<String> = strings(&caller["roles"])
        .into_iter()
        .map(ToOwned::to_owned)
        .collect();
    ask(&Credentials {
        user_id: caller["user_id"].as_str().expect("every caller is a user"),
        project_id: caller["project_id"].as_str(),
        roles: &roles,
        system_scope: caller["system_scope"].as_str(),
        domain_id: caller["domain_id"].as_str(),
        user_domain_id: caller["user_domain_id"].as_str(),
        project_domain_id: caller["project_domain_id"].as_str(),
    })
}

/// Asks about a recorded target; `null` is the caller itself.
fn ask(rules: &Rules, name: &str, caller: &Value, target: &Value) -> bool {
    let attributes: Vec<(&str, &str)> = target
        .as_object()
        .map(|attributes| {
            let text =
                |value: &'_ Value| -> &str { value.as_str().expect("text").to_owned().leak() };
            attributes
                .iter()
                .map(|(name, value)| (name.as_str(), text(value)))
                .collect()
        })
        .unwrap_or_default();
    with_caller(caller, |caller| {
        let target = match target {
            Value::Null => Target::caller(caller),
            _ => Target::none().with(&attributes),
        };
        allows(rules, name, caller, &target)
    })
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

#[test]
fn every_rule_of_nova_is_here_with_its_check_string_and_scope() {
    let answers = answers();
    let mut ours: Vec<Value> = DEFAULTS
        .iter()
        .map(|rule| {
            let scope: &[&str] = if rule.project_scope_only {
                &["project"]
            } else {
                &[]
            };
            serde_json::json!([rule.name, rule.check, scope])
        })
        .collect();
    ours.sort_by_key(|rule| rule[0].to_string());
    let mut novas = answers["rules"].as_array().expect("a list").clone();
    novas.sort_by_key(|rule| rule[0].to_string());
    assert_eq!(ours, novas);
}

#[test]
fn every_default_check_string_parses() {
    let rules = Rules::nova_defaults();
    let refused: Vec<&str> = DEFAULTS
        .iter()
        .zip(&rules.rules)
        .filter(|(default, rule)| default.check != "!" && rule.check == super::Check::Never)
        .map(|(default, _)| default.name)
        .collect();
    assert_eq!(refused, Vec::<&str>::new());
}

#[test]
fn rules_answer_as_novas_do() {
    let answers = answers();
    let mut asked = 0;
    for section in answers["sections"].as_array().expect("a list") {
        let rules = section["policy"]
            .as_str()
            .map_or_else(Rules::nova_defaults, overrides);
        for (rule, targets) in section["allowed"].as_object().expect("by rule") {
            for (target, allowed) in targets.as_object().expect("by target") {
                for caller in strings(&section["asked"]) {
                    let ours = ask(
                        &rules,
                        rule,
                        &answers["callers"][caller],
                        &section["targets"][target],
                    );
                    let novas = strings(allowed).contains(&caller);
                    assert_eq!(
                        ours, novas,
                        "{}: {rule} of {caller} on {target}",
                        section["name"]
                    );
                    asked += 1;
                }
            }
        }
    }
    assert_eq!(asked, 1145);
}

#[test]
fn admins_are_those_of_nova() {
    let answers = answers();
    for section in answers["sections"].as_array().expect("a list") {
        let rules = section["policy"]
            .as_str()
            .map_or_else(Rules::nova_defaults, overrides);
        for (name, caller) in answers["callers"].as_object().expect("by name") {
            let ours = with_caller(caller, |caller| rules.is_admin(caller));
            let novas = strings(&section["admins"]).contains(&name.as_str());
            assert_eq!(ours, novas, "{}: {name}", section["name"]);
        }
    }
}

#[test]
fn check_strings_mean_what_they_mean_to_oslo_policy() {
    let answers = answers();
    let mut asked = 0;
    for case in answers["language"].as_array().expect("a list") {
        let check = &case["check"];
        let rules = overrides(&serde_json::json!({ "project_reader_api": check }).to_string());
        for (target, attributes) in [("none", &serde_json::json!({})), ("rich", &answers["rich"])] {
            for caller in strings(&answers["language_asked"]) {
                let ours = ask(
                    &rules,
                    "project_reader_api",
                    &answers["callers"][caller],
                    attributes,
                );
                let novas = strings(&case["allowed"][target]).contains(&caller);
                assert_eq!(ours, novas, "{check} of {caller} on {target}");
                asked += 1;
            }
        }
    }
    assert_eq!(asked, 1296);
}

#[rstest]
#[case::misspelt(
    "\n\"os_compute_api:os-keypair:create\": \"@\"",
    "policy.yaml:2: Nova has no rule `os_compute_api:os-keypair:create`; did you mean `os_compute_api:os-keypairs:create`?"
)]
#[case::unheard_of(
    "frobnicate: \"@\"",
    "policy.yaml:1: Nova has no rule `frobnicate`; rename it, or refer to it as `rule:…` from another rule"
)]
#[case::misspelt_reference(
    "admin_api: rule:context_is_admn",
    "policy.yaml:1: rule `admin_api`: there is no rule `context_is_admn`; did you mean `context_is_admin`?"
)]
#[case::reference_to_nothing(
    "admin_api: rule:zzz",
    "policy.yaml:1: rule `admin_api`: there is no rule `zzz`; define it in this file"
)]
#[case::no_check(
    "admin_api:",
    "policy.yaml:1: rule `admin_api` has no check string; write \"@\" to allow everybody, \"!\" to refuse everybody"
)]
#[case::bare_exclamation(
    "admin_api: !",
    "policy.yaml:1: rule `admin_api` has no check string; write \"@\" to allow everybody, \"!\" to refuse everybody"
)]
#[case::truth(
    "admin_api: true",
    "policy.yaml:1: rule `admin_api` has no check string; write \"@\" to allow everybody, \"!\" to refuse everybody"
)]
#[case::blank(
    "admin_api: \"  \"",
    "policy.yaml:1: rule `admin_api`: the check string is blank; write \"@\" to allow everybody, \"!\" to refuse everybody"
)]
#[case::word(
    "admin_api: admin",
    "policy.yaml:1: rule `admin_api`: `admin` is not a check; write `kind:value`, such as role:admin, or @ or !"
)]
#[case::quoted(
    "admin_api: \"'role:admin'\"",
    "policy.yaml:1: rule `admin_api`: `'role:admin'` is not a check; write `kind:value`, such as role:admin, or @ or !"
)]
#[case::dangling(
    "admin_api: role:a and",
    "policy.yaml:1: rule `admin_api`: a check is missing after `and`; write one, such as role:admin"
)]
#[case::leading(
    "admin_api: or role:a",
    "policy.yaml:1: rule `admin_api`: a check is missing after `the start`; write one, such as role:admin"
)]
#[case::side_by_side(
    "admin_api: role:a role:b",
    "policy.yaml:1: rule `admin_api`: `role:b` follows a check; join them with `and` or `or`"
)]
#[case::unclosed(
    "admin_api: (role:a",
    "policy.yaml:1: rule `admin_api`: a parenthesis is not closed; add `)`"
)]
#[case::unopened(
    "admin_api: role:a)",
    "policy.yaml:1: rule `admin_api`: a parenthesis is closed that was not opened; take `)` out"
)]
#[case::empty_parenthesis(
    "admin_api: ()",
    "policy.yaml:1: rule `admin_api`: a check is missing after `(`; write one, such as role:admin"
)]
#[case::percent(
    "admin_api: user_id:%(user_id)",
    "policy.yaml:1: rule `admin_api`: `%(user_id` has a `%` that starts no attribute; write %(attribute)s, or %% for the sign"
)]
#[case::no_kind(
    "admin_api: \":x\"",
    "policy.yaml:1: rule `admin_api`: `:x` compares nothing known; write an attribute such as user_id, or a literal such as 'text', True or None"
)]
#[case::remote(
    "admin_api: http://policy/",
    "policy.yaml:1: rule `admin_api`: `http://policy/` asks a remote server, which this cloud does not do; use roles and attributes"
)]
#[case::itself(
    "admin_api: rule:admin_api",
    "policy.yaml:1: the rules admin_api → admin_api refer to each other in a circle; take one `rule:` out"
)]
#[case::circle(
    "# a\nadmin_api: rule:mine\nmine: not rule:context_is_admin\ncontext_is_admin: role:a or rule:admin_api",
    "policy.yaml:2: the rules admin_api → mine → context_is_admin → admin_api refer to each other in a circle; take one `rule:` out"
)]
#[case::circle_through_nova(
    "context_is_admin: rule:project_member_or_admin",
    "policy.yaml:1: the rules context_is_admin → project_member_or_admin → context_is_admin refer to each other in a circle; take one `rule:` out"
)]
#[case::list(
    "- role:admin",
    "policy.yaml:1: a policy file maps rule names to check strings; write `\"rule\": \"check string\"`"
)]
#[case::twice(
    "admin_api: \"@\"\nadmin_api: \"!\"",
    "policy.yaml:2: this is not YAML: duplicated key in mapping; write one `\"rule\": \"check string\"` to a line"
)]
fn a_wrong_file_says_where_and_how_to_mend(#[case] text: &str, #[case] message: &str) {
    let error = Rules::with_overrides(Path::new(FILE), text).expect_err("the file is wrong");
    assert_eq!(error.to_string(), message);
}

#[test]
fn bad_yaml_is_reported_with_its_line() {
    let error = Rules::with_overrides(Path::new(FILE), "admin_api: \"@\"\nlimits: \"open")
        .expect_err("a quote is open");
    assert!(
        error
            .to_string()
            .starts_with("policy.yaml:2: this is not YAML: "),
        "{error}"
    );
}

#[rstest]
#[case::parentheses(format!("admin_api: \"{}role:a{}\"", "(".repeat(100_000), ")".repeat(100_000)))]
#[case::open_parentheses(format!("admin_api: \"{}\"", "(".repeat(100_000)))]
#[case::references((0..10_000).map(|i| format!("r{i}: rule:r{}\n", i + 1)).chain(["r10000: role:a\nadmin_api: rule:r0\n".to_owned()]).collect())]
#[case::references_bottom_up((0..10_000).map(|i| format!("r{}: rule:r{i}\n", i + 1)).chain(["r0: role:a\nadmin_api: rule:r10000\n".to_owned()]).collect())]
fn depth_is_refused_before_it_overflows_the_stack(#[case] text: String) {
    let error = Rules::with_overrides(Path::new(FILE), &text).expect_err("far too deep");
    assert!(error.to_string().contains(" more than 64 "), "{error}");
}

#[test]
fn many_negations_are_no_depth() {
    let rules = overrides(&format!("admin_api: \"{}@\"", "not ".repeat(100_001)));
    assert!(!allows(
        &rules,
        "admin_api",
        &Credentials::default(),
        &Target::none()
    ));
}

#[test]
fn a_rule_is_known_by_novas_name() {
    assert_eq!(
        KEYPAIRS_CREATE.to_string(),
        "os_compute_api:os-keypairs:create"
    );
    assert_eq!(KEYPAIRS_SHOW.name(), "os_compute_api:os-keypairs:show");
}

#[test]
fn every_operations_rule_is_one_there_is() {
    for operation in nova_api::Operation::ALL {
        if let Some(name) = operation.policy() {
            assert!(RuleId::named(name).is_some(), "{name}");
        }
    }
}
