//! What a success around servers answers: the status, the fields of the version and no others, and the headers; and that
//! there is no answer where the version has no such operation. Generated from the table of [`super::stage`].

use nova_api::{
    Contract,
    Operation::{self, *},
};
use serde_json::Value;

use super::stage::{
    NOWHERE, SERVERS, UNSTAGED, asker, begin, body, callers, names_a_server, need, perform,
    with_servers,
};
use crate::{
    check::{Answer, Check, Cx, Need, Says, Stop, Versions},
    checks::answers::{expect_headers, expect_json},
};

pub(super) fn checks() -> Vec<Check> {
    let staged = || {
        SERVERS
            .iter()
            .filter(|operation| !UNSTAGED.contains(operation))
    };
    let mut checks: Vec<Check> = staged().map(|operation| answer(*operation)).collect();
    checks.extend(staged().map(|operation| headers(*operation)));
    for operation in SERVERS {
        if let Some(words) = not_found(*operation) {
            checks.push(missing(*operation));
            checks.push(missing_in_words(*operation, words));
        }
    }
    checks
}

/// Where an operation is asked to succeed. What costs a server each time is asked at fewer versions: each boundary has a
/// check of its own.
fn versions(operation: Operation) -> Versions {
    let routed = Versions::where_contract(operation, Contract::routed);
    match need(operation) {
        Need::Own(_) => routed.asked_at(&[1, 26, 104]),
        Need::None | Need::Shared => routed,
    }
}

fn answer(operation: Operation) -> Check {
    let draft = begin(
        operation,
        format!("{operation}.answer"),
        "A success has the status and the fields of the version",
    )
    .sentence("The response of the Compute API reference, as each microversion changed it.")
    .versions(versions(operation))
    .callers(callers(operation));
    with_servers(draft, operation).probe(move |cx| async move {
        let (answer, server) = perform(&cx, operation, |ask| ask).await?;
        expect_success(&cx, operation, &answer)?;
        let is_list = matches!(operation, ServerList | ServerDetail);
        if let Some(server) = server.filter(|_| is_list) {
            let found = answer
                .list_at("/servers")?
                .iter()
                .any(|item| item.get("id") == Some(&Value::from(server.id.as_str())));
            answer.expect(
                found,
                format!("the server {}", server.id),
                "a list without",
                "/servers",
            )?;
        }
        Ok(())
    })
}

/// The answer of an operation that was asked so that it succeeds, judged by its contract; where the version has no such
/// operation, that it is not found.
pub(super) fn expect_success(cx: &Cx, operation: Operation, answer: &Answer) -> Result<(), Stop> {
    let contract = cx.contract(operation);
    if !contract.routed() {
        answer.expect_fault(404, Says::Anything)?;
        return Ok(());
    }
    answer.expect_contract(contract)?;
    Ok(())
}

fn headers(operation: Operation) -> Check {
    let draft = begin(operation, format!("{operation}.headers"), "The answer names its version, what it varies by, and its request; a body says that it is JSON")
        .sentence("The response includes OpenStack-API-Version: compute 2.N and X-OpenStack-Nova-API-Version: 2.N with the version that was used, Vary with both, x-openstack-request-id with the id of the request, and Content-Type: application/json.")
        .source("https://docs.openstack.org/api-guide/compute/microversions.html")
        .versions(Versions::where_contract(operation, Contract::routed).asked_at(&[35, 104]))
        .callers(callers(operation));
    with_servers(draft, operation).probe(move |cx| async move {
        let (answer, _) = perform(&cx, operation, |ask| ask).await?;
        let contract = cx.contract(operation);
        answer.expect_status(contract.status())?;
        expect_headers(&cx, &answer)?;
        if contract.answer_schema().is_some() {
            expect_json(&answer)?;
        }
        if operation == ServerCreate {
            let id = answer.text_at("/server/id")?;
            let location = answer.header("location").unwrap_or_default();
            let expected = format!("the address of the server {id}");
            answer.expect(
                location.ends_with(&format!("/servers/{id}")),
                expected,
                format!("'{location}'"),
                "header location",
            )?;
        }
        Ok(())
    })
}

/// The words in which Nova does not find what an operation names, `{}` being the id; `None` where it names nothing.
///
/// Asked of a real Nova 34.0.0.
fn not_found(operation: Operation) -> Option<&'static str> {
    Some(match operation {
        // Nova looks for the cell of these before it looks for the server.
        ServerStart | ServerStop | TagList | TagReplace | TagDeleteAll | TagShow | TagAdd
        | TagDelete => "Instance {} has no mapping to a cell.",
        ServerGroupShow | ServerGroupDelete => "Instance group {} could not be found.",
        FlavorShow | ExtraSpecList | ExtraSpecShow => "Flavor {} could not be found.",
        ImageShow | ImageDelete => "Image not found.",
        NetworkShow => "Network not found",
        _ if names_a_server(operation) => "Instance {} could not be found.",
        _ => return None,
    })
}

fn missing(operation: Operation) -> Check {
    begin(
        operation,
        format!("{operation}.missing"),
        "What does not exist is not found",
    )
    .sentence("Error response codes: itemNotFound(404).")
    .versions(Versions::where_contract(operation, Contract::routed))
    .callers(callers(operation))
    .probe(move |cx| async move {
        let answer = ask_nowhere(&cx, operation).await?;
        answer.expect_fault(404, Says::Anything)?;
        Ok(())
    })
}

fn missing_in_words(operation: Operation, words: &'static str) -> Check {
    Check::should(
        format!("{operation}.missing-in-words"),
        "What does not exist is named in Nova's words",
    )
    .sentence(format!("Nova says '{}'.", words.replace("{}", "X")))
    .source(operation.reference())
    .versions(Versions::where_contract(operation, Contract::routed).asked_at(&[1, 26, 104]))
    .callers(callers(operation))
    .probe(move |cx| async move {
        let answer = ask_nowhere(&cx, operation).await?;
        answer.expect_fault(404, words.replace("{}", NOWHERE))?;
        Ok(())
    })
}

async fn ask_nowhere(cx: &Cx, operation: Operation) -> Result<Answer, Stop> {
    let mut ask = cx.as_(asker(operation)).ask(operation, &[NOWHERE, NOWHERE]);
    if let Some(body) = body(cx, operation, &cx.unique("missing")).await? {
        ask = ask.json(&body);
    }
    ask.send().await
}
