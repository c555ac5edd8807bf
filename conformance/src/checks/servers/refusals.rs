//! What is refused for what a request says: for every field of every body and every query parameter the values that its rule
//! forbids, tried at both ends of its life; and bodies of another shape altogether. Generated from the contracts, which also
//! know the words. A request's shape is looked at before what it names, so nothing is needed to ask, and nothing harmed.

use nova_api::{
    Contract,
    Operation::{self, *},
    bands,
};
use serde_json::{Value, json};

use super::stage::{NOWHERE, SERVERS, asker, begin, callers};
use crate::{
    check::{Answer, Check, Cx, Says, Stop, Versions},
    checks::{boundaries::dashed, refusals::spoken},
};

const SENTENCE: &str = "badRequest(400): the request must have the documented fields, each of the documented kind, and no others.";

/// How many values of one field are tried at most.
const MOST: usize = 6;

pub(super) fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    for operation in SERVERS {
        for (place, tried) in bad_bodies(*operation) {
            let id = format!("{operation}.body.{place}");
            checks.extend(refused(*operation, &id, &place, tried, ask_body));
        }
        for (name, tried) in bad_queries(*operation) {
            let id = format!("{operation}.query.{}", dashed(&name));
            checks.extend(refused(*operation, &id, &name, tried, ask_query));
        }
    }
    checks
}

/// Every contract of an operation that is routed.
fn contracts(operation: Operation) -> impl Iterator<Item = &'static Contract> {
    let contracts = bands(operation).iter().map(|band| &band.contract);
    contracts.filter(|contract| contract.routed())
}

/// A body that some version takes.
pub(super) fn skeleton(operation: Operation) -> Option<Value> {
    Some(match operation {
        ServerCreate => {
            json!({"server": {"name": "nvc-refused", "imageRef": NOWHERE, "flavorRef": "1", "networks": "none"}})
        }
        ServerUpdate => json!({"server": {"name": "nvc-refused"}}),
        ServerRebuild => json!({"rebuild": {"imageRef": NOWHERE}}),
        ServerReboot => json!({"reboot": {"type": "SOFT"}}),
        ServerResize => json!({"resize": {"flavorRef": "1"}}),
        ServerRescue => json!({"rescue": {"adminPass": "nvc-refused"}}),
        ServerResetState => json!({"os-resetState": {"state": "active"}}),
        MetadataCreate | MetadataReplace => json!({"metadata": {"nvc": "refused"}}),
        MetadataUpdate => json!({"meta": {"nvc": "refused"}}),
        TagReplace => json!({"tags": ["nvc-refused"]}),
        ServerGroupCreate => json!({"server_group": {"name": "nvc-refused", "policy": "affinity"}}),
        _ => json!({ operation.action()?: null }),
    })
}

/// Values of any kind, most of which any rule forbids.
fn values() -> Vec<Value> {
    vec![
        json!(5),
        Value::Null,
        json!(""),
        json!([5]),
        json!({"nvc_unknown": 5}),
        json!("a".repeat(256)),
        json!(" nvc "),
        json!(true),
        json!("n\u{7}vc"),
        json!(-1),
    ]
}

/// For each place in a body, the bodies that some version refuses for what stands there.
fn bad_bodies(operation: Operation) -> Vec<(String, Vec<Value>)> {
    let Some(skeleton) = skeleton(operation) else {
        return Vec::new();
    };
    let root = skeleton
        .as_object()
        .and_then(|body| body.keys().next())
        .cloned()
        .unwrap_or_default();
    let mut bad = Vec::new();
    let mut second = skeleton.clone();
    second["nvc_unknown"] = json!(1);
    let of_another_shape = vec![
        json!({}),
        json!({"nvc_unknown": skeleton[&root]}),
        json!([1]),
        json!("nvc"),
        second,
    ];
    // An action is chosen by its name, so a body without one chooses nothing; that has a check of its own.
    if operation.action().is_none() {
        bad.push(("root".to_owned(), of_another_shape));
    }
    if skeleton[&root].is_object() {
        let mut unknown = skeleton.clone();
        unknown[&root]["nvc_unknown"] = json!(1);
        bad.push(("unknown-field".to_owned(), vec![unknown]));
    }
    let mut paths: Vec<&'static str> = Vec::new();
    for contract in contracts(operation) {
        for (path, _) in contract.inputs() {
            if !paths.contains(path) && !path.is_empty() {
                paths.push(path);
            }
        }
    }
    for path in paths {
        let named: Vec<String> = path
            .split('/')
            .skip(1)
            .map(|part| {
                if part == "*" {
                    "item".to_owned()
                } else {
                    dashed(part)
                }
            })
            .collect();
        let bodies = values()
            .into_iter()
            .filter_map(|value| put(&skeleton, path, value))
            .collect();
        bad.push((named.join("."), bodies));
    }
    bad
}

/// A body with a value at a place; `None` where the place is inside of something that is no object or list.
pub(super) fn put(body: &Value, path: &str, value: Value) -> Option<Value> {
    let mut body = body.clone();
    let mut place = &mut body;
    let mut parts = path.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        let list_follows = parts.peek() == Some(&"*");
        place = if part == "*" {
            place.as_array_mut()?.first_mut()?
        } else {
            let object = place.as_object_mut()?;
            let below = object.entry(part).or_insert(Value::Null);
            let leads_on = below.is_object() || list_follows && below.get(0).is_some();
            if parts.peek().is_some() && !leads_on {
                *below = if list_follows { json!([{}]) } else { json!({}) };
            }
            below
        };
    }
    *place = value;
    Some(body)
}

/// For each query parameter, the values that some version refuses.
fn bad_queries(operation: Operation) -> Vec<(String, Vec<Value>)> {
    let mut names: Vec<&'static str> = Vec::new();
    for contract in contracts(operation) {
        for (name, _) in contract.parameters() {
            if !names.contains(name) && !name.ends_with('*') {
                names.push(name);
            }
        }
    }
    let values = ["", "-1", "nvc", "[", "2020-13-01", "1.5", "%00"];
    names
        .into_iter()
        .map(|name| {
            (
                name.to_owned(),
                values.iter().map(|value| json!([name, value])).collect(),
            )
        })
        .collect()
}

/// Whether a version refuses what is tried, and how it says so.
fn refusal(contract: &Contract, tried: &Value) -> Option<String> {
    match tried.as_array().map(Vec::as_slice) {
        Some([Value::String(name), Value::String(value)]) => contract
            .check_query(vec![(name.clone(), value.clone())])
            .err(),
        _ => contract.check_body(tried).err(),
    }
    .map(|refusal| refusal.0)
}

type Asks = fn(&Cx, Operation, &Value) -> crate::check::Ask;

fn ask_body(cx: &Cx, operation: Operation, tried: &Value) -> crate::check::Ask {
    cx.as_(asker(operation))
        .ask(operation, &[NOWHERE, "nvc"])
        .json(tried)
}

fn ask_query(cx: &Cx, operation: Operation, tried: &Value) -> crate::check::Ask {
    let text = |at: usize| tried[at].as_str().unwrap_or_default();
    cx.as_(asker(operation))
        .ask(operation, &[NOWHERE, "nvc"])
        .query(text(0), text(1))
}

/// One check that each of these is refused wherever the contract says so, and one that it is in Nova's words.
fn refused(
    operation: Operation,
    id: &str,
    place: &str,
    tried: Vec<Value>,
    ask: Asks,
) -> Vec<Check> {
    let tried: Vec<Value> = tried
        .into_iter()
        .filter(|tried| contracts(operation).any(|contract| refusal(contract, tried).is_some()))
        .take(MOST)
        .collect();
    if tried.is_empty() {
        return Vec::new();
    }
    let any = tried.clone();
    let versions = Versions::where_contract(operation, move |contract| {
        contract.routed() && any.iter().any(|tried| refusal(contract, tried).is_some())
    });
    let asked = versions.by_default();
    let ends: Vec<u16> = asked
        .first()
        .into_iter()
        .chain(asked.last())
        .map(|version| version.minor())
        .collect();
    // What is wrong with a new server but for its fields is answered with the same status: there the words tell them apart.
    let spoken_at = match operation {
        ServerCreate => ends.as_slice(),
        _ => &ends[ends.len() - 1..],
    };
    let probe = |in_words: bool| {
        let tried = tried.clone();
        move |cx: Cx| {
            let tried = tried.clone();
            async move {
                for tried in &tried {
                    if let Some(words) = refusal(cx.contract(operation), tried) {
                        let answer = ask(&cx, operation, tried).send().await?;
                        expect_refused(&answer, in_words.then_some(words))?;
                    }
                }
                Ok(())
            }
        }
    };
    let must = begin(
        operation,
        id,
        format!("Values that are forbidden for '{place}' are refused"),
    )
    .sentence(SENTENCE)
    .versions(versions.clone().asked_at(&ends))
    .callers(callers(operation))
    .probe(probe(false));
    let should = Check::should(
        format!("{id}-in-words"),
        format!("Values that are forbidden for '{place}' are refused in Nova's words"),
    )
    .sentence(format!("{SENTENCE} The message says which, as Nova does."))
    .source(operation.reference())
    .versions(versions.asked_at(spoken_at))
    .callers(callers(operation))
    .probe(probe(true));
    vec![must, should]
}

fn expect_refused(answer: &Answer, words: Option<String>) -> Result<(), Stop> {
    let says = match words
        .as_deref()
        .map(|words| (words, words.split_once(" is not one of [")))
    {
        None => Says::Anything,
        // Nova lists what is allowed in no order.
        Some((_, Some((said, _)))) => Says::containing(format!("{said} is not one of [")),
        Some((words, None)) => Says::one_of(spoken(words)),
    };
    answer.expect_fault(400, says)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use nova_api::{Microversion, contract};

    use super::*;

    #[test]
    fn every_skeleton_is_taken_by_some_version() {
        for operation in SERVERS {
            if let Some(body) = skeleton(*operation) {
                let taken =
                    contracts(*operation).any(|contract| contract.check_body(&body).is_ok());
                assert!(taken, "{operation}: {body}");
            }
        }
    }

    #[test]
    fn every_field_of_a_newest_body_has_a_value_that_is_refused() {
        let ids: Vec<String> = checks().iter().map(|check| check.id().to_owned()).collect();
        let inputs = contract(ServerUpdate, Microversion::MAX).inputs();
        for (path, _) in inputs {
            let id = format!(
                "servers.update.body.{}",
                path.trim_start_matches('/')
                    .replace('/', ".")
                    .to_lowercase()
                    .replace(['_', ':'], "-")
            );
            assert!(ids.contains(&id), "{id}");
        }
    }
}
