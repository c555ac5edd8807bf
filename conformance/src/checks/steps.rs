//! Steps that many probes take: a keypair is made, an operation succeeds, one's own part of a list is read. It knows the
//! words of a probe.

use nova_api::{
    Contract,
    Operation::{self, *},
};
use serde_json::{Value, json};

use super::material::{ANOTHER, ED25519};
use crate::check::{Answer, Ask, Caller, Check, Cx, Draft, Keypair, Stop};

/// The operations on keypairs: what every sentence with MUST is about.
pub(super) const KEYPAIRS: &[Operation] = &[KeypairList, KeypairCreate, KeypairShow, KeypairDelete];

/// Operations beside them that only read, and that anybody may ask: a departure there is a warning.
pub(super) const BESIDE: &[Operation] = &[
    LimitsShow,
    QuotaShow,
    QuotaDetail,
    QuotaDefaults,
    ExtensionList,
    ExtensionShow,
];

/// Begins a check of one operation, as binding as the operation is.
pub(super) fn begin(
    operation: Operation,
    id: impl Into<String>,
    title: impl Into<String>,
) -> Draft {
    let draft = if KEYPAIRS.contains(&operation) {
        Check::must(id, title)
    } else {
        Check::should(id, title)
    };
    draft.source(operation.reference())
}

/// The body that imports a public key.
pub(super) fn import(name: &str, public_key: &str) -> Value {
    json!({"keypair": {"name": name, "public_key": public_key}})
}

/// Preparation: somebody has a keypair of this name.
pub(super) async fn has(
    cx: &Cx,
    caller: Caller,
    name: &str,
    public_key: &str,
) -> Result<Answer, Stop> {
    cx.ledger().will_create(Keypair::of(caller, name));
    let answer = cx
        .as_(caller)
        .ask(KeypairCreate, &[])
        .json(&import(name, public_key))
        .send()
        .await?;
    answer.to_set_up(cx.contract(KeypairCreate).status())?;
    Ok(answer)
}

/// Preparation: [`Caller::Main`] has a keypair, whose name is returned.
pub(super) async fn has_one(cx: &Cx, hint: &str) -> Result<String, Stop> {
    let name = cx.unique(hint);
    has(cx, Caller::Main, &name, ED25519).await?;
    Ok(name)
}

/// Asks an operation as [`Caller::Main`] so that it should succeed, with what it needs prepared; `adorn` adds to the
/// request. Returns the answer and the name of the keypair concerned.
pub(super) async fn perform(
    cx: &Cx,
    operation: Operation,
    adorn: impl FnOnce(Ask) -> Ask + Send,
) -> Result<(Answer, String), Stop> {
    let main = cx.as_(Caller::Main);
    let project = main.project_id()?.to_owned();
    let mut name = cx.unique("performed");
    let ask = match operation {
        KeypairCreate => {
            cx.ledger().will_create(Keypair::of(Caller::Main, &name));
            main.ask(operation, &[]).json(&import(&name, ED25519))
        }
        KeypairList | KeypairShow | KeypairDelete => {
            name = has_one(cx, "performed").await?;
            main.ask(operation, &[&name])
        }
        ExtensionShow => main.ask(operation, &["os-keypairs"]),
        _ => main.ask(operation, &[&project]),
    };
    Ok((adorn(ask).send().await?, name))
}

/// The answer of a success of any operation, judged by its contract. Of a list of keypairs only the item of this name is
/// judged, since others' keypairs may stand there too.
pub(super) fn expect_success(
    cx: &Cx,
    operation: Operation,
    answer: &Answer,
    name: &str,
) -> Result<(), Stop> {
    let contract = cx.contract(operation);
    if operation == KeypairList {
        answer.expect_status(contract.status())?;
        listed(answer, name)?;
        return expect_own_part(answer, contract, &[name]);
    }
    answer.expect_contract(contract)?;
    Ok(())
}

/// The items of a list of keypairs.
pub(super) fn items(answer: &Answer) -> Result<&[Value], Stop> {
    answer.list_at("/keypairs")
}

/// The names in a list of keypairs, in its order.
pub(super) fn names(answer: &Answer) -> Result<Vec<&str>, Stop> {
    items(answer)?
        .iter()
        .map(|item| {
            let name = item.pointer("/keypair/name").and_then(Value::as_str);
            name.ok_or_else(|| answer.wrong("a name in every item", "an item without", "/keypairs"))
        })
        .collect()
}

/// The keypair of this name in a list, which must hold it once.
pub(super) fn listed<'a>(answer: &'a Answer, name: &str) -> Result<&'a Value, Stop> {
    let place = "/keypairs";
    let mut found = items(answer)?
        .iter()
        .filter_map(|item| item.get("keypair"))
        .filter(|keypair| keypair.get("name").and_then(Value::as_str) == Some(name));
    let keypair = found
        .next()
        .ok_or_else(|| answer.wrong(format!("the keypair '{name}'"), "none of that name", place))?;
    match found.next() {
        None => Ok(keypair),
        Some(_) => Err(answer.wrong(
            format!("the keypair '{name}' once"),
            "it is there more than once",
            place,
        )),
    }
}

/// That a list does not hold a keypair of this name.
pub(super) fn not_listed(answer: &Answer, name: &str, why: &str) -> Result<(), Stop> {
    let found = names(answer)?.contains(&name);
    answer.expect(!found, why, format!("the keypair '{name}'"), "/keypairs")?;
    Ok(())
}

/// That a list obeys the contract, as far as these keypairs are concerned.
pub(super) fn expect_own_part(
    answer: &Answer,
    contract: &Contract,
    own: &[&str],
) -> Result<(), Stop> {
    let mut part = answer.json()?.clone();
    if let Some(list) = part.get_mut("keypairs").and_then(Value::as_array_mut) {
        list.retain(|item| {
            item.pointer("/keypair/name")
                .and_then(Value::as_str)
                .is_some_and(|name| own.contains(&name))
        });
    }
    let mistakes = contract.mistakes_in(&part);
    answer.expect(
        mistakes.is_empty(),
        format!("the fields of {} and no others", contract.operation()),
        mistakes.join("; "),
        "body",
    )?;
    Ok(())
}

/// What must hold of a keypair that somebody shows: it is there, with this public key.
pub(super) async fn still_has(
    cx: &Cx,
    caller: Caller,
    name: &str,
    public_key: &str,
) -> Result<(), Stop> {
    let shown = cx.as_(caller).ask(KeypairShow, &[name]).send().await?;
    shown
        .expect_status(200)?
        .expect_json_eq("/keypair/public_key", &json!(public_key))?;
    Ok(())
}

/// That somebody has no keypair of this name. An answer that neither shows it nor says that it is missing tells nothing.
pub(super) async fn has_none(cx: &Cx, caller: Caller, name: &str, why: &str) -> Result<(), Stop> {
    let shown = cx.as_(caller).ask(KeypairShow, &[name]).send().await?;
    match shown.status() {
        404 => Ok(()),
        status @ 200..300 => {
            let found = format!("{status} for a keypair that should not be there");
            Err(shown.wrong(why, found, "status"))
        }
        // Who may not show may still list.
        403 => {
            let list = cx.as_(caller).ask(KeypairList, &[]).send().await?;
            list.to_set_up(200)?;
            not_listed(&list, name, why)
        }
        _ => shown.to_set_up(404).map(|_| ()),
    }
}

/// Preparation: two people have keypairs of the same name, the first [`ED25519`] and the second [`ANOTHER`].
pub(super) async fn namesakes(
    cx: &Cx,
    first: Caller,
    second: Caller,
    hint: &str,
) -> Result<String, Stop> {
    let name = cx.unique(hint);
    has(cx, first, &name, ED25519).await?;
    has(cx, second, &name, ANOTHER).await?;
    Ok(name)
}
