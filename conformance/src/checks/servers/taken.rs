//! Which fields the request of each version has: all that it has are taken together, and each that it does not have is
//! refused. Generated from the contracts. A request's shape is looked at before what it names, so each is asked about a
//! server that is not there (a new one: of a flavor that is not there), and nothing is made or changed.

use nova_api::{
    Contract, Microversion,
    Operation::{self, *},
    bands, contract,
};
use serde_json::{Value, json};

use super::{
    refusals::{put, skeleton},
    stage::{NOWHERE, SERVERS, asker, begin, callers, names_a_server},
};
use crate::check::{Answer, Check, Cx, Says, Stop, Versions};

/// A flavor that no cloud has.
const NO_FLAVOR: &str = "nvc-nowhere";

pub(super) fn checks() -> Vec<Check> {
    let all = SERVERS.iter().copied().chain([ServerRebuild]);
    all.filter(|operation| {
        let harmless = names_a_server(*operation) || *operation == ServerCreate;
        harmless && !fields(*operation).is_empty()
    })
    .map(check)
    .collect()
}

fn check(operation: Operation) -> Check {
    begin(
        operation,
        format!("{operation}.body.fields"),
        "The fields of the version are taken, those of other versions are refused",
    )
    .sentence("The request of the Compute API reference, as each microversion changed it; badRequest(400) for a field that the version does not have.")
    .versions(beside(operation, |contract| format!("{:?}", contract.inputs())))
    .callers(callers(operation))
    .probe(move |cx| async move {
        let contract = cx.contract(operation);
        let Some(asked) = Asked::of(operation, contract) else {
            return Err(Stop::CouldNotAsk("no body is known that the version takes".to_owned()));
        };
        expect_taken(operation, &ask(&cx, operation, &asked.taken).await?)?;
        for body in &asked.refused {
            expect_refused(operation, &ask(&cx, operation, body).await?)?;
        }
        Ok(())
    })
}

/// Where an operation is there; asked at its first and last version, and on both sides of each that changes what `what` says.
pub(super) fn beside(operation: Operation, what: impl Fn(&Contract) -> String) -> Versions {
    let routed = Versions::where_contract(operation, Contract::routed);
    let first = routed.by_default().first().copied();
    let changes = bands(operation).iter().filter_map(|band| {
        let before = band.first.previous()?;
        let changed = what(contract(operation, before)) != what(&band.contract);
        changed.then_some([before, band.first])
    });
    let asked: Vec<u16> = changes
        .flatten()
        .chain(first)
        .chain([Microversion::MAX])
        .map(Microversion::minor)
        .collect();
    routed.asked_at(&asked)
}

/// What is asked of one version.
struct Asked {
    /// A body with every field that the version has.
    taken: Value,
    /// For each field that it does not have, that body with it.
    refused: Vec<Value>,
}

impl Asked {
    fn of(operation: Operation, contract: &Contract) -> Option<Self> {
        let is_taken = |body: &Value| contract.check_body(body).is_ok();
        let least = least(operation).into_iter().find(is_taken)?;
        let mut taken = least;
        for (path, value) in fields(operation) {
            if let Some(more) = put(&taken, path, value).filter(is_taken) {
                taken = more;
            }
        }
        let all = fields(operation).into_iter();
        let with = all.filter_map(|(path, value)| put(&taken, path, value));
        let refused = with.filter(|body| !is_taken(body)).collect();
        Some(Self { taken, refused })
    }
}

/// The least body of an operation, in the forms that versions have of it.
pub(super) fn least(operation: Operation) -> Vec<Value> {
    let Some(mut body) = skeleton(operation) else {
        return Vec::new();
    };
    if operation != ServerCreate {
        return vec![body];
    }
    body["server"]["flavorRef"] = json!(NO_FLAVOR);
    let with_networks = body.clone();
    if let Some(server) = body["server"].as_object_mut() {
        server.shift_remove("networks");
    }
    vec![with_networks, body]
}

/// Every field that the body has at some version, but for those of the least one, with a value that it is taken with there.
fn fields(operation: Operation) -> Vec<(&'static str, Value)> {
    let contracts = || {
        let contracts = bands(operation).iter().map(|band| &band.contract);
        contracts.filter(|contract| contract.routed())
    };
    let is_least = |path: &str| {
        let mut bodies = least(operation).into_iter();
        bodies.any(|body| body.pointer(path).is_some())
    };
    let mut fields: Vec<(&'static str, Value)> = Vec::new();
    for (path, _) in contracts().flat_map(Contract::inputs) {
        if fields.iter().any(|(known, _)| known == path) || is_least(path) {
            continue;
        }
        let taken = |value: &Value| {
            let bodies = least(operation);
            let mut bodies = bodies
                .iter()
                .filter_map(|body| put(body, path, value.clone()));
            bodies.any(|body| contracts().any(|contract| contract.check_body(&body).is_ok()))
        };
        fields.extend(values().into_iter().find(taken).map(|value| (*path, value)));
    }
    fields
}

/// Values of every kind that a field of a request may have.
fn values() -> Vec<Value> {
    vec![
        json!("nvc-taken"),
        json!(NOWHERE),
        json!("192.0.2.1"),
        json!("2001:db8::1"),
        json!("AUTO"),
        json!("SOFT"),
        json!("active"),
        json!("YQ=="),
        json!(true),
        json!(1),
        json!([]),
        json!({"source_type": "blank", "destination_type": "volume", "volume_size": 1}),
        json!({}),
        Value::Null,
    ]
}

async fn ask(cx: &Cx, operation: Operation, body: &Value) -> Result<Answer, Stop> {
    let ask = cx.as_(asker(operation)).ask(operation, &[NOWHERE, "nvc"]);
    ask.json(body).send().await
}

/// The words that are said of a request's shape.
fn is_of_the_shape(message: &str) -> bool {
    ["Invalid input for", "An invalid '"]
        .iter()
        .any(|begins| message.starts_with(begins))
        || message.contains("Additional properties are not allowed")
}

/// That a body was looked at and found good: what it names is not found.
pub(super) fn expect_taken(operation: Operation, answer: &Answer) -> Result<(), Stop> {
    if operation != ServerCreate {
        answer.expect_fault(404, Says::Anything)?;
        return Ok(());
    }
    // Where a server shall run is for administrators to say, and that is looked at before the flavor.
    answer.expect_status_in(&[400, 403])?;
    let said = answer.message().unwrap_or_default();
    answer.expect(
        !is_of_the_shape(said),
        "a refusal for the flavor, which there is not: the version has every field of the body",
        format!("'{said}'"),
        "message",
    )?;
    Ok(())
}

pub(super) fn expect_refused(operation: Operation, answer: &Answer) -> Result<(), Stop> {
    answer.expect_fault(400, Says::Anything)?;
    let said = answer.message().unwrap_or_default();
    answer.expect(
        operation != ServerCreate || !said.contains(NO_FLAVOR) || is_of_the_shape(said),
        "a refusal for the field, which the version does not have",
        format!("'{said}'"),
        "message",
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_request_has_a_value() {
        let operations = SERVERS.iter().chain(&[ServerRebuild]);
        let missing: Vec<String> = operations
            .filter(|operation| names_a_server(**operation) || **operation == ServerCreate)
            // A tag is added without a body; that there may be none is asked elsewhere.
            .filter(|operation| skeleton(**operation).is_some())
            .flat_map(|operation| {
                let known = fields(*operation);
                let least = least(*operation);
                let inputs = bands(*operation)
                    .iter()
                    .flat_map(|band| band.contract.inputs());
                let missing = inputs.filter(move |(path, _)| {
                    !known.iter().any(|(known, _)| known == path)
                        && !least.iter().any(|body| body.pointer(path).is_some())
                });
                missing.map(move |(path, _)| format!("{operation}: {path}"))
            })
            .collect();
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn what_a_version_does_not_have_is_asked_of_it() {
        let early = Asked::of(ServerCreate, contract(ServerCreate, Microversion::MIN));
        let early = early.expect("2.1 takes some body");
        assert!(
            early.taken["server"].get("personality").is_some(),
            "{}",
            early.taken
        );
        let described = |body: &Value| body["server"].get("description").is_some();
        assert!(early.refused.iter().any(described), "{:?}", early.refused);
        let late = Asked::of(ServerCreate, contract(ServerCreate, Microversion::MAX));
        let late = late.expect("the last version takes some body");
        assert!(described(&late.taken), "{}", late.taken);
        let files = |body: &Value| body["server"].get("personality").is_some();
        assert!(late.refused.iter().any(files), "{:?}", late.refused);
    }
}
