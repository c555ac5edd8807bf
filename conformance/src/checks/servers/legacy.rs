//! What the legacy endpoint takes and 2.1 refuses, in requests about servers: unknown properties, and spaces around names. As in
//! [`super::taken`], what need not be done is asked about a server that is not there. A cloud may be without that endpoint;
//! then these questions do not arise.

use nova_api::{
    Behavior, Contract, Input, Microversion,
    Operation::{self, *},
    contract, legacy_contract,
};
use serde_json::{Value, json};

use super::{
    refusals::put,
    stage::{NOWHERE, SERVERS, asker, begin, body, callers, names_a_server},
    taken::{expect_refused, expect_taken, least},
};
use crate::{
    check::{Answer, Ask, Base, Caller, Check, Cx, Draft, Says, Server, Stop, Versions},
    checks::{
        legacy::{SOURCE, is_there},
        rebuild::steps,
    },
};

pub(super) fn checks() -> Vec<Check> {
    let all = SERVERS.iter().copied().chain([ServerRebuild]);
    let mut checks: Vec<Check> = all
        .filter(|operation| names_a_server(*operation) || *operation == ServerCreate)
        .filter(|operation| !relaxed(*operation).is_empty())
        .map(check)
        .collect();
    checks.extend([ServerCreate, ServerUpdate, ServerRebuild].map(trims_name));
    checks.push(group());
    checks.extend([ServerList, ServerDetail].map(query));
    checks
}

fn draft(operation: Operation, id: &str, title: &str) -> Draft {
    begin(operation, format!("{operation}.{id}"), title)
        .sentence("The v2.0 compatible API has relaxed validation: it drops unknown properties of a request, and spaces around names; 2.1 refuses them.")
        .source(SOURCE)
        .versions(Versions::at(&[1]))
        .callers(callers(operation))
}

fn legacy(ask: Ask) -> Ask {
    ask.from_base(Base::Legacy).without_version()
}

/// Bodies that the legacy endpoint takes and 2.1 does not: one with what nobody knows, and for each field whose rule is
/// another there, one with a value that tells.
fn relaxed(operation: Operation) -> Vec<Value> {
    let (old, new) = (
        legacy_contract(operation),
        contract(operation, Microversion::MIN),
    );
    let takes = |contract: &Contract, body: &Value| contract.check_body(body).is_ok();
    let Some(least) = least(operation).into_iter().find(|body| takes(new, body)) else {
        return Vec::new();
    };
    let root = least
        .as_object()
        .and_then(|body| body.keys().next())
        .cloned();
    let root = root.unwrap_or_default();
    let mut unknown: Vec<String> = vec![format!("/{root}/nvc_unknown")];
    // An action's body has one name, which says what is to be done.
    if operation.action().is_none() {
        unknown.push("/nvc_unknown".to_owned());
    }
    let unknown = unknown
        .iter()
        .filter_map(|path| put(&least, path, json!(1)));
    let others = old.inputs().iter();
    let others = others.filter(|(path, input)| is_another(new, path, input));
    let fields = others.flat_map(|(path, _)| {
        let values = [json!(" nvc "), Value::Null, json!([{"name": " nvc "}])];
        values.map(|value| put(&least, path, value))
    });
    let bodies = unknown.chain(fields.flatten());
    bodies
        .filter(|body| takes(old, body) && !takes(new, body))
        .collect()
}

/// Whether a contract does not take a field by the same rule.
fn is_another(contract: &Contract, path: &str, input: &Input) -> bool {
    let mut inputs = contract.inputs().iter();
    !inputs.any(|(known, other)| *known == path && format!("{input:?}") == format!("{other:?}"))
}

fn check(operation: Operation) -> Check {
    draft(
        operation,
        "legacy.relaxed",
        "The legacy endpoint takes what 2.1 refuses: unknown properties, and names with spaces around them",
    )
    .probe(move |cx| async move {
        is_there(&cx).await?;
        for body in relaxed(operation) {
            let ask = || cx.as_(asker(operation)).ask(operation, &[NOWHERE, "nvc"]).json(&body);
            expect_taken(operation, &legacy(ask()).send().await?)?;
            expect_refused(operation, &ask().send().await?)?;
        }
        Ok(())
    })
}

fn trims_name(operation: Operation) -> Check {
    draft(
        operation,
        Behavior::TrimsName.name(),
        "The legacy endpoint drops spaces around a server's name",
    )
    .servers(1)
    .probe(move |cx| async move {
        is_there(&cx).await?;
        let name = cx.unique("trimmed");
        let spaced = format!("  {name} ");
        let main = cx.as_(Caller::Main);
        let (server, answer) = match operation {
            ServerCreate => (None, create(&cx, &spaced).await?),
            _ => {
                let server = cx.server(Caller::Main).await?;
                let answer = rename(&cx, operation, &server, &spaced).await?;
                answer.expect_json_eq("/server/name", &json!(name))?;
                (Some(server), answer)
            }
        };
        let id = match &server {
            Some(server) => server.id.as_str(),
            None => answer.text_at("/server/id")?,
        };
        let shown = main.ask(ServerShow, &[id]).send().await?;
        shown
            .to_set_up(200)?
            .expect_json_eq("/server/name", &json!(name))?;
        Ok(())
    })
}

async fn create(cx: &Cx, name: &str) -> Result<Answer, Stop> {
    let body = cx.server_body(name).await?;
    let answer = legacy(cx.as_(Caller::Main).ask(ServerCreate, &[]).json(&body))
        .send()
        .await?;
    answer.expect_contract(legacy_contract(ServerCreate))?;
    Ok(answer)
}

async fn rename(
    cx: &Cx,
    operation: Operation,
    server: &Server,
    name: &str,
) -> Result<Answer, Stop> {
    let body = match operation {
        ServerRebuild => {
            let image = cx.ingredients().await?.image.clone();
            steps::body(&image, &json!({"name": name}))
        }
        _ => json!({"server": {"name": name}}),
    };
    let ask = cx
        .as_(Caller::Main)
        .ask(operation, &[&server.id])
        .json(&body);
    let answer = legacy(ask).send().await?;
    answer.expect_contract(legacy_contract(operation))?;
    Ok(answer)
}

fn group() -> Check {
    draft(
        ServerGroupCreate,
        "legacy.relaxed",
        "The legacy endpoint makes a server group of a body with unknown properties, which 2.1 refuses",
    )
    .probe(|cx| async move {
        is_there(&cx).await?;
        let mut body = body(&cx, ServerGroupCreate, &cx.unique("group")).await?.unwrap_or_default();
        body["nvc_unknown"] = json!(1);
        body["server_group"]["nvc_unknown"] = json!(1);
        let ask = || cx.as_(Caller::Main).ask(ServerGroupCreate, &[]).json(&body);
        let taken = legacy(ask()).send().await?;
        taken.expect_contract(legacy_contract(ServerGroupCreate))?;
        expect_refused(ServerGroupCreate, &ask().send().await?)
    })
}

/// No regular expression: what 2.1 refuses of a filter before it asks whether the caller may use it.
const NO_PATTERN: &str = "[";

/// A filter that only administrators may use, and whose value 2.1 looks at all the same.
fn filter(operation: Operation) -> Option<&'static str> {
    let (old, new) = (
        legacy_contract(operation),
        contract(operation, Microversion::MIN),
    );
    let takes = |contract: &Contract, name: &str| {
        let pairs = vec![(name.to_owned(), NO_PATTERN.to_owned())];
        contract.check_query(pairs).is_ok()
    };
    let mut names = new.parameters().iter().map(|(name, _)| *name);
    names.find(|name| !new.opens(name) && takes(old, name) && !takes(new, name))
}

fn query(operation: Operation) -> Check {
    draft(
        operation,
        "legacy.relaxed",
        "The legacy endpoint drops a filter that the caller may not use, whatever it says; 2.1 looks at it first",
    )
    .probe(move |cx| async move {
        is_there(&cx).await?;
        let Some(filter) = filter(operation) else {
            return Err(Stop::CouldNotAsk("no filter tells the endpoints apart".to_owned()));
        };
        let ask = || cx.as_(Caller::Main).ask(operation, &[]).query(filter, NO_PATTERN);
        legacy(ask()).send().await?.expect_status(200)?;
        ask().send().await?.expect_fault(400, Says::Anything)?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_tells_the_endpoints_apart() {
        assert_eq!(filter(ServerList), filter(ServerDetail));
        assert!(filter(ServerList).is_some());
    }

    #[test]
    fn every_field_that_is_another_has_a_value_that_tells() {
        for operation in [ServerCreate, ServerUpdate, ServerRebuild] {
            let (old, new) = (
                legacy_contract(operation),
                contract(operation, Microversion::MIN),
            );
            for (path, input) in old.inputs() {
                let same = !is_another(new, path, input);
                let least = least(operation);
                let asked = relaxed(operation).iter().any(|body| {
                    let before = least.iter().find_map(|least| least.pointer(path));
                    body.pointer(path)
                        .is_some_and(|value| Some(value) != before)
                });
                assert!(same || asked, "{operation}: {path}");
            }
        }
    }
}
