//! Both sides of every boundary, derived from the history: for each change of each operation one check, asked at the
//! version that brings it and at the one before. What no schema can say ([`Now::Behaves`]) has its probe in
//! [`super::behaviors`]; what holds from the first version on is judged by [`super::answers`] and [`super::refusals`].

use nova_api::{
    At, Input, Microversion, Now,
    Operation::{self, *},
    contract, history,
};
use serde_json::{Value, json};

use super::material::ED25519;
use super::steps::{
    BESIDE, KEYPAIRS, begin, expect_success, has_none, has_one, import, listed, perform, still_has,
};
use crate::check::{Ask, Caller, Check, Cx, Keypair, Says, Stop, Versions};

/// A query parameter that no version knows.
pub(super) const UNKNOWN: &str = "nvc_unknown";

pub(super) fn checks() -> Vec<Check> {
    let operations = || KEYPAIRS.iter().chain(BESIDE);
    let mut checks = Vec::new();
    for entry in history::ENTRIES {
        let Some(before) = entry.version.previous() else {
            continue;
        };
        for operation in operations() {
            let changes = entry
                .changes
                .iter()
                .filter(|change| change.on.contains(operation));
            checks.extend(
                changes.filter_map(|change| check(*operation, before, entry.version, &change.now)),
            );
        }
    }
    checks
}

/// The id of the check that judges a change of an operation at a version; `None` where a probe written by hand does.
pub(super) fn id(operation: Operation, version: Microversion, now: &Now) -> Option<String> {
    let what = match now {
        Now::Routed(_) => "routed".to_owned(),
        Now::Status(_) => "status".to_owned(),
        Now::Takes(At::OtherQuery, _) => "other-query".to_owned(),
        Now::Takes(At::Query(name), _) => format!("takes-query-{}", dashed(name)),
        Now::Takes(at, _) => format!("takes-{}", field(*at)?),
        Now::Shows(at, ..) => format!("shows-{}", field(*at)?),
        Now::Hides(at) => format!("hides-{}", field(*at)?),
        Now::OrStatus(_) | Now::Behaves(_) | Now::BehavesNoMore(_) | Now::Opens(_) => return None,
    };
    Some(format!("{operation}.since-2-{}.{what}", version.minor()))
}

/// The last part of a body path, as ids spell it.
fn field(at: At) -> Option<String> {
    at.pointer()?.rsplit('/').next().map(dashed)
}

pub(crate) fn dashed(name: &str) -> String {
    let small = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    name.chars().map(small).collect()
}

fn check(
    operation: Operation,
    before: Microversion,
    version: Microversion,
    now: &Now,
) -> Option<Check> {
    let id = id(operation, version, now)?;
    let title = |what: String| format!("{what} from {version} on, and not before");
    let draft = |what: String| {
        begin(operation, id.clone(), title(what))
            .sentence(format!(
                "REST API version history, {version}: what changed for {operation}."
            ))
            .source(
                "https://docs.openstack.org/nova/latest/reference/api-microversion-history.html",
            )
            .versions(Versions::Range(before, version))
            .callers([Caller::Main])
    };
    Some(match *now {
        Now::Routed(_) | Now::Status(_) => {
            draft("Success has another status".to_owned()).probe(move |cx| async move {
                let (answer, _) = perform(&cx, operation, |ask| ask).await?;
                answer.expect_status(cx.contract(operation).status())?;
                Ok(())
            })
        }
        Now::Takes(At::OtherQuery, _) => draft("Unknown query parameters are refused".to_owned())
            .probe(move |cx| async move { other_query(&cx, operation).await }),
        Now::Takes(At::Query(name), _) => draft(format!("The query parameter '{name}' is known"))
            .callers(if name == "user_id" {
                vec![Caller::Main, Caller::Second]
            } else {
                vec![Caller::Main]
            })
            .probe(move |cx| async move { known_parameter(&cx, operation, name).await }),
        Now::Takes(at, _) => {
            let path = at.pointer()?;
            let input = Taken {
                path,
                omitted: becomes_required(operation, before, version, path),
            };
            draft(format!(
                "The field {path} of the request is taken by another rule"
            ))
            .probe(move |cx| async move { taken(&cx, input).await })
        }
        Now::Shows(at, ..) | Now::Hides(at) => {
            let path = at.pointer()?;
            let there = if matches!(now, Now::Hides(_)) {
                "gone"
            } else {
                "there"
            };
            draft(format!("The field {path} of the answer is {there}"))
                .probe(move |cx| async move { shown(&cx, operation, path).await })
        }
        Now::OrStatus(_) | Now::Behaves(_) | Now::BehavesNoMore(_) | Now::Opens(_) => return None,
    })
}

/// Whether a field of the body was optional before a version and is required from it on.
fn becomes_required(
    operation: Operation,
    before: Microversion,
    version: Microversion,
    path: &str,
) -> bool {
    let input = |version| {
        contract(operation, version)
            .inputs()
            .iter()
            .find(|(known, _)| *known == path)
    };
    matches!(
        (input(before), input(version)),
        (Some((_, Input::Optional(_))), Some((_, Input::Required(_))))
    )
}

async fn other_query(cx: &Cx, operation: Operation) -> Result<(), Stop> {
    let (answer, name) = perform(cx, operation, |ask| ask.query(UNKNOWN, "1")).await?;
    if !cx.contract(operation).strict_query() {
        return expect_success(cx, operation, &answer, &name);
    }
    answer.expect_fault(400, Says::Anything)?;
    if operation == KeypairDelete {
        // Refused means not done.
        still_has(cx, Caller::Main, &name, ED25519).await?;
    }
    Ok(())
}

/// A value of a query parameter whose meaning shows in the status, and that status where the parameter is known.
fn telling_value(cx: &Cx, name: &str) -> Result<(String, u16), Stop> {
    Ok(match name {
        // Another user's id: without the right it is forbidden.
        "user_id" => (cx.as_(Caller::Second).user_id()?.to_owned(), 403),
        // A marker that is no keypair's name, and a limit that is no number.
        "marker" => (cx.unique("nowhere"), 400),
        _ => ("several".to_owned(), 400),
    })
}

async fn known_parameter(cx: &Cx, operation: Operation, parameter: &str) -> Result<(), Stop> {
    let (value, status) = telling_value(cx, parameter)?;
    let adorn = |ask: Ask| ask.query(parameter, &value);
    let (answer, name) = perform(cx, operation, adorn).await?;
    let known = cx
        .contract(operation)
        .parameters()
        .iter()
        .any(|(known, _)| *known == parameter);
    if !known {
        return expect_success(cx, operation, &answer, &name);
    }
    answer.expect_fault(status, Says::Anything)?;
    Ok(())
}

/// A field of the body of create, and whether it is left out to tell the rules before and after apart.
#[derive(Clone, Copy)]
struct Taken {
    path: &'static str,
    omitted: bool,
}

impl Taken {
    /// A body that one side of the boundary takes and the other refuses.
    fn body(self, name: &str, user_id: &str) -> Value {
        let mut body = import(name, ED25519);
        let Some(keypair) = body.get_mut("keypair").and_then(Value::as_object_mut) else {
            return body;
        };
        let field = self.path.trim_start_matches("/keypair/");
        if self.omitted {
            keypair.shift_remove(field);
            return body;
        }
        let value = match field {
            "user_id" => json!(user_id),
            "type" => json!("ssh"),
            // The rule of names changes at 2.92 only: by two characters.
            "name" => json!(new_style(name)),
            _ => json!("something"),
        };
        keypair.insert(field.to_owned(), value);
        body
    }
}

/// A name with the two characters that 2.92 brought.
fn new_style(name: &str) -> String {
    format!("{name}@home.example")
}

async fn taken(cx: &Cx, input: Taken) -> Result<(), Stop> {
    let name = cx.unique("taken");
    let main = cx.as_(Caller::Main);
    let body = input.body(&name, main.user_id()?);
    let made = body
        .pointer("/keypair/name")
        .and_then(Value::as_str)
        .unwrap_or(&name)
        .to_owned();
    cx.ledger().will_create(Keypair::of(Caller::Main, &made));
    let answer = main.ask(KeypairCreate, &[]).json(&body).send().await?;
    if cx.contract(KeypairCreate).check_body(&body).is_ok() {
        answer.expect_status(cx.contract(KeypairCreate).status())?;
        return Ok(());
    }
    answer.expect_fault(400, Says::Anything)?;
    has_none(
        cx,
        Caller::Main,
        &made,
        "nothing made of a body that was refused",
    )
    .await
}

/// Whether a field of the answer is there exactly where the contract shows it, under circumstances in which it would be.
async fn shown(cx: &Cx, operation: Operation, path: &'static str) -> Result<(), Stop> {
    let contract = cx.contract(operation);
    let main = cx.as_(Caller::Main);
    let (answer, name) = match path {
        "/keypair/private_key" => {
            let name = cx.unique("generated");
            cx.ledger().will_create(Keypair::of(Caller::Main, &name));
            let generated = json!({"keypair": {"name": name}});
            let importing = import(&name, ED25519);
            let generates = contract.check_body(&generated).is_ok();
            let body = if generates { &generated } else { &importing };
            (main.ask(operation, &[]).json(body).send().await?, name)
        }
        "/keypairs_links" => {
            let name = has_one(cx, "first").await?;
            has_one(cx, "second").await?;
            let ask = main.ask(operation, &[]).query("limit", 1);
            (ask.send().await?, name)
        }
        _ => perform(cx, operation, |ask| ask).await?,
    };
    answer.expect_status(contract.status())?;
    if let Some(field) = path.strip_prefix("/keypairs/*/keypair/") {
        let item = listed(&answer, &name)?;
        let there = item.get(field).is_some();
        answer.expect(
            there == contract.shows(path),
            expectation(contract.shows(path), field),
            item,
            "/keypairs",
        )?;
    } else if contract.shows(path) {
        answer.at(path)?;
    } else {
        answer.expect_absent(path)?;
    }
    Ok(())
}

pub(super) fn expectation(there: bool, field: &str) -> String {
    if there {
        format!("the field {field}")
    } else {
        format!("no field {field}")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every change that touches a keypair operation after 2.1, with the operation and its version.
    fn changes() -> impl Iterator<Item = (Operation, Microversion, &'static Now)> {
        history::ENTRIES.iter().flat_map(|entry| {
            entry.changes.iter().flat_map(|change| {
                let on = change
                    .on
                    .iter()
                    .filter(|operation| KEYPAIRS.contains(operation));
                on.map(|operation| (*operation, entry.version, &change.now))
            })
        })
    }

    #[test]
    fn every_change_of_a_keypair_operation_has_a_check() {
        let registered: BTreeSet<String> = crate::checks::registry()
            .iter()
            .map(|check| check.id().to_owned())
            .collect();
        let mut missing = Vec::new();
        for (operation, version, now) in changes() {
            let wanted = match now {
                Now::Behaves(behavior) | Now::BehavesNoMore(behavior) => {
                    format!("{operation}.{}", behavior.name())
                }
                // What holds from the first version on has no side before it.
                Now::Takes(..) if version == Microversion::MIN => {
                    format!("{operation}.body.no-root")
                }
                _ if version == Microversion::MIN => format!("{operation}.answer"),
                _ => id(operation, version, now).unwrap(),
            };
            if !registered.contains(&wanted) {
                missing.push(wanted);
            }
        }
        assert!(missing.is_empty(), "no check bears these ids: {missing:?}");
    }

    #[test]
    fn every_generated_check_asks_on_both_sides() {
        for check in checks() {
            assert_eq!(check.versions().by_default().len(), 2, "{}", check.id());
        }
    }

    #[test]
    fn each_field_that_is_shown_or_hidden_was_not_before() {
        for (operation, version, now) in changes() {
            let (Now::Shows(at, ..) | Now::Hides(at), Some(before)) = (now, version.previous())
            else {
                continue;
            };
            let path = at.pointer().unwrap();
            let shown = |version| contract(operation, version).shows(path);
            assert_ne!(
                shown(before),
                shown(version),
                "{operation} at {version}: only the rule of {path} changes, which needs a probe written by hand"
            );
        }
    }

    #[test]
    fn the_body_of_each_boundary_is_taken_on_one_side_only() {
        for (operation, version, now) in changes() {
            let (Now::Takes(at @ (At::Body(_) | At::BodyBefore(..)), _), Some(before)) =
                (now, version.previous())
            else {
                continue;
            };
            let path = at.pointer().unwrap();
            let input = Taken {
                path,
                omitted: becomes_required(operation, before, version, path),
            };
            let body = input.body("name", "user");
            let taken = |version| contract(operation, version).check_body(&body).is_ok();
            assert_ne!(
                taken(before),
                taken(version),
                "{operation} at {version}: {body}"
            );
        }
    }
}
