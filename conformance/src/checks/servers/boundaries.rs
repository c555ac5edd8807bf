//! Both sides of every boundary of the operations around servers, derived from the history: for each change one check, asked
//! at the version that brings it and at the one before. Where a change is one of a request's field, [`super::telling`] holds a value
//! that one side takes and the other refuses; a test holds the table against the contracts.

use nova_api::{
    At, Audience, Contract, Microversion, Now,
    Operation::{self, *},
    Output, contract, history,
};
use serde_json::{Value, json};

use super::{
    answers::expect_success,
    stage::{
        NOWHERE, SERVERS, TAG, UNSTAGED, asker, begin, body, callers, lend, perform, request,
        with_servers,
    },
    telling::Telling,
};
use crate::{
    check::{Answer, Caller, Check, Cx, Draft, Says, Stop, Versions},
    checks::boundaries::{UNKNOWN, expectation, id},
};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    for (operation, before, version) in boundaries() {
        let changes = || changes(operation, version);
        for now in changes() {
            checks.extend(check(operation, before, version, now));
        }
        let shown = changes().filter_map(|now| match now {
            Now::Shows(at, ..) | Now::Hides(at) => at.pointer(),
            _ => None,
        });
        let shown: Vec<&'static str> = shown.collect();
        // Where the operation begins, its whole answer does.
        if !shown.is_empty()
            && contract(operation, before).routed()
            && !UNSTAGED.contains(&operation)
        {
            checks.push(fields(operation, before, version, shown));
        }
    }
    checks
}

/// What Nova says where a version has no such operation.
pub(super) const NO_OPERATION: &str = "The resource could not be found.";

/// Every version that changes an operation around servers, and the one before it.
fn boundaries() -> impl Iterator<Item = (Operation, Microversion, Microversion)> {
    SERVERS.iter().flat_map(|operation| {
        let versions = history::ENTRIES.iter().map(|entry| entry.version);
        versions.filter_map(|version| {
            changes(*operation, version).next()?;
            Some((*operation, version.previous()?, version))
        })
    })
}

/// What a version changes of an operation.
fn changes(operation: Operation, version: Microversion) -> impl Iterator<Item = &'static Now> {
    let entry = history::ENTRIES
        .iter()
        .filter(move |entry| entry.version == version);
    let changes = entry.flat_map(|entry| entry.changes);
    changes
        .filter(move |change| change.on.contains(&operation))
        .map(|change| &change.now)
}

fn begin_at(
    operation: Operation,
    id: String,
    what: &str,
    before: Microversion,
    version: Microversion,
) -> Draft {
    begin(
        operation,
        id,
        format!("{what} from {version} on, and not before"),
    )
    .sentence(format!(
        "REST API version history, {version}: what changed for {operation}."
    ))
    .source("https://docs.openstack.org/nova/latest/reference/api-microversion-history.html")
    .versions(Versions::Range(before, version))
    .callers(callers(operation))
}

/// The check of one change. A field of the answer is judged with the others of its version: a server is dear.
fn check(
    operation: Operation,
    before: Microversion,
    version: Microversion,
    now: &'static Now,
) -> Option<Check> {
    let id = id(operation, version, now)?;
    let draft = |what: &str| begin_at(operation, id.clone(), what, before, version);
    let staged = |what: &str| with_servers(draft(what), operation);
    Some(match *now {
        Now::Routed(_) if UNSTAGED.contains(&operation) => draft("The operation is there")
            .probe(move |cx| async move { routed(&cx, operation).await }),
        Now::Routed(_) => staged("The operation is there").probe(move |cx| async move {
            let (answer, _) = perform(&cx, operation, |ask| ask).await?;
            expect_success(&cx, operation, &answer)?;
            // What an operation does not find is 404 too.
            let absent = answer.message() == Some(NO_OPERATION);
            let wanted = !cx.contract(operation).routed();
            let said = format!("{:?}", answer.message());
            answer.expect(
                absent == wanted,
                format!("'{NO_OPERATION}'"),
                said,
                "message",
            )?;
            Ok(())
        }),
        // The status of an operation that begins is judged with its beginning.
        _ if UNSTAGED.contains(&operation) || !contract(operation, before).routed() => return None,
        Now::Status(_) => staged("A success has another status").probe(move |cx| async move {
            let (answer, _) = perform(&cx, operation, |ask| ask).await?;
            answer.expect_status(cx.contract(operation).status())?;
            Ok(())
        }),
        Now::Takes(At::OtherQuery, _) => staged("Unknown query parameters are refused")
            .probe(move |cx| async move { other_query(&cx, operation).await }),
        Now::Takes(At::Query(name), _) => {
            let value = telling_value(operation, name, before, version)?;
            staged(&format!(
                "The query parameter '{name}' is taken by another rule"
            ))
            .probe(move |cx| async move { parameter(&cx, operation, name, value).await })
        }
        Now::Takes(at, _) => {
            let telling = Telling::of(operation, at.pointer()?, before, version)?;
            let title = format!(
                "The field {} of the request is taken by another rule",
                telling.path
            );
            let draft = if telling.otherwise.is_some() && operation != ServerCreate {
                draft(&title).reads_a_server()
            } else {
                staged(&title)
            };
            draft.probe(move |cx| async move { taken(&cx, operation, telling).await })
        }
        Now::Shows(..)
        | Now::Hides(_)
        | Now::OrStatus(_)
        | Now::Behaves(_)
        | Now::BehavesNoMore(_)
        | Now::Opens(_) => return None,
    })
}

/// An operation that cannot be made to succeed everywhere is still told from one that is not there: by its words.
async fn routed(cx: &Cx, operation: Operation) -> Result<(), Stop> {
    let mut ask = cx.as_(asker(operation)).ask(operation, &[NOWHERE, NOWHERE]);
    if let Some(body) = body(cx, operation, &cx.unique("routed")).await? {
        // What would make something is asked so that it makes nothing.
        let broken = body.as_object().and_then(|body| body.keys().next());
        ask = ask.json(&json!({ broken.map_or("", String::as_str): {"nvc_unknown": 1} }));
    }
    let answer = ask.send().await?;
    let absent = answer.status() == 404 && answer.message() == Some(NO_OPERATION);
    let wanted = cx.contract(operation).routed();
    let expected = if wanted {
        "an answer of the operation"
    } else {
        "404: no such operation"
    };
    answer.expect(
        absent != wanted,
        expected,
        format!("{} {:?}", answer.status(), answer.message()),
        "status",
    )?;
    Ok(())
}

async fn other_query(cx: &Cx, operation: Operation) -> Result<(), Stop> {
    let (answer, _) = perform(cx, operation, |ask| ask.query(UNKNOWN, "1")).await?;
    if !cx.contract(operation).strict_query() {
        return expect_success(cx, operation, &answer);
    }
    answer.expect_fault(400, Says::Anything)?;
    Ok(())
}

/// What a query parameter's value does to a list that holds the shared server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    /// A rule of the schema refuses it on one side.
    Refused,
    /// Where it is known, it leaves the server out.
    Hides,
    /// Where it is known, it is not found: 400.
    Unfound,
}

/// Values that some rule refuses.
const REFUSED: &[&str] = &[
    "",
    "several",
    "locked",
    "block_device_mapping",
    "rxtx_factor",
    "vcpus",
    "2020-01-01T00:00:00Z",
    NOWHERE,
];

/// The value of a parameter that the two sides of a boundary take differently.
fn telling_value(
    operation: Operation,
    name: &str,
    before: Microversion,
    version: Microversion,
) -> Option<(&'static str, Does)> {
    let taken = |version, value: &str| {
        let pairs = vec![(name.to_owned(), value.to_owned())];
        contract(operation, version).check_query(pairs).is_ok()
    };
    let hides = match name {
        "tags" | "tags-any" => Some("nvc-no-such-tag"),
        "not-tags" | "not-tags-any" => Some(TAG),
        "locked" => Some("true"),
        "changes-before" if operation != InstanceActionList => Some("2000-01-01T00:00:00Z"),
        _ => None,
    };
    if let Some(value) = hides {
        return Some((value, Does::Hides));
    }
    if (operation, name) == (InstanceActionList, "marker") {
        return Some((NOWHERE, Does::Unfound));
    }
    let mut values = REFUSED.iter().copied();
    let value = values.find(|value| taken(before, value) != taken(version, value))?;
    Some((value, Does::Refused))
}

async fn parameter(
    cx: &Cx,
    operation: Operation,
    name: &'static str,
    (value, does): (&'static str, Does),
) -> Result<(), Stop> {
    let (answer, server) = perform(cx, operation, |ask| ask.query(name, value)).await?;
    let contract = cx.contract(operation);
    let pairs = vec![(name.to_owned(), value.to_owned())];
    let known = contract
        .parameters()
        .iter()
        .any(|(known, _)| *known == name);
    let unfound = does == Does::Unfound && known;
    if unfound || contract.check_query(pairs).is_err() {
        answer.expect_fault(400, Says::Anything)?;
        return Ok(());
    }
    expect_success(cx, operation, &answer)?;
    if let (Does::Hides, Some(server)) = (does, server) {
        let items = answer.list_at("/servers")?;
        let found = items
            .iter()
            .any(|item| item.get("id") == Some(&json!(server.id)));
        let expected = if known {
            "a list without the server"
        } else {
            "a list with the server: the parameter is not known"
        };
        answer.expect(
            found != known,
            expected,
            if found { "it" } else { "none" },
            "/servers",
        )?;
    }
    Ok(())
}

async fn taken(cx: &Cx, operation: Operation, telling: Telling) -> Result<(), Stop> {
    let name = cx.unique("taken");
    let main = cx.as_(Caller::Main);
    let server = match (operation, telling.otherwise) {
        (ServerCreate | ServerGroupCreate, _) => None,
        (_, Some(_)) => Some(cx.shared_server().await?),
        (_, None) => Some(cx.server(Caller::Main).await?),
    };
    let body = body(cx, operation, &name).await?.unwrap_or_default();
    let body = telling.put_into(body);
    let segments: Vec<&str> = server.iter().map(|server| server.id.as_str()).collect();
    let answer = main.ask(operation, &segments).json(&body).send().await?;
    let contract = cx.contract(operation);
    match (contract.check_body(&body), telling.otherwise) {
        (Ok(()), None) => {
            answer.expect_status(contract.status())?;
        }
        (Ok(()), Some((status, words))) => {
            answer.expect_fault(status, Says::containing(words))?;
        }
        (Err(refusal), _) => {
            answer.expect_fault(400, Says::Anything)?;
            let said = answer.message().unwrap_or_default();
            if let Some((400, words)) = telling.otherwise {
                answer.expect(!said.contains(words), refusal.0, said, "message")?;
            }
            if operation == ServerCreate {
                let list = main
                    .ask(ServerList, &[])
                    .query("name", &name)
                    .send()
                    .await?;
                list.to_set_up(200)?;
                let made = list.list_at("/servers")?.len();
                list.expect(
                    made == 0,
                    "nothing made of a body that was refused",
                    made,
                    "/servers",
                )?;
            }
        }
    }
    Ok(())
}

fn fields(
    operation: Operation,
    before: Microversion,
    version: Microversion,
    paths: Vec<&'static str>,
) -> Check {
    let id = format!("{operation}.since-2-{}.fields", version.minor());
    let names: Vec<&str> = paths
        .iter()
        .filter_map(|path| path.rsplit('/').next())
        .collect();
    let title = match names.as_slice() {
        [one] => format!("The field {one} of the answer is another"),
        [one, ..] => format!("The fields of the answer, {one} among them, are others"),
        [] => "The fields of the answer are others".to_owned(),
    };
    let mut all = callers(operation);
    if paths.iter().any(|path| is_for_admins(operation, path)) && !all.contains(&Caller::Admin) {
        all.push(Caller::Admin);
    }
    let draft = begin_at(operation, id, &title, before, version)
        .sentence(format!(
            "REST API version history, {version}: what {operation} answers. {}.",
            names.join(", ")
        ))
        .callers(all);
    with_servers(draft, asked_of(operation)).probe(move |cx| {
        let paths = paths.clone();
        async move { shown(&cx, operation, &paths).await }
    })
}

/// The operation whose server has something to show.
const fn asked_of(operation: Operation) -> Operation {
    match operation {
        VolumeAttachmentList => VolumeAttachmentShow,
        _ => operation,
    }
}

fn is_for_admins(operation: Operation, path: &str) -> bool {
    Microversion::all().any(|version| {
        let outputs = contract(operation, version).outputs();
        outputs
            .iter()
            .any(|(known, audience, _)| *known == path && *audience == Audience::Admins)
    })
}

/// What is shown to a plain member; and to an administrator, where some of it is only for them.
pub(super) async fn shown(
    cx: &Cx,
    operation: Operation,
    paths: &[&'static str],
) -> Result<(), Stop> {
    let for_admins = paths.iter().any(|path| is_for_admins(operation, path));
    let asks_as = asker(operation);
    let mut everybody = vec![(
        asks_as,
        if asks_as == Caller::Admin {
            Audience::Admins
        } else {
            Audience::Everyone
        },
    )];
    if for_admins && asks_as != Caller::Admin {
        everybody.push((Caller::Admin, Audience::Admins));
    }
    let server = lend(cx, asked_of(operation)).await?;
    let mut seen = 0;
    for (caller, audience) in everybody {
        let ask = request(cx, operation, caller, server.as_ref()).await?;
        let answer = ask.send().await?;
        expect_success(cx, operation, &answer)?;
        for path in paths {
            seen += expect_field(&answer, cx.contract(operation), path, audience)?;
        }
    }
    if seen == 0 {
        return Err(Stop::NotApplicable(format!(
            "nothing in this cloud's answer could have the field {}",
            paths.first().unwrap_or(&"")
        )));
    }
    Ok(())
}

/// That a field is there or not, as the contract has it. Returns the number of places where it could be.
fn expect_field(
    answer: &Answer,
    contract: &Contract,
    path: &str,
    audience: Audience,
) -> Result<usize, Stop> {
    expect_field_in(answer, answer.json()?, contract, path, audience)
}

/// As [`expect_field`], in what an answer tells of one thing.
pub(super) fn expect_field_in(
    answer: &Answer,
    body: &Value,
    contract: &Contract,
    path: &str,
    audience: Audience,
) -> Result<usize, Stop> {
    let places = places(body, path);
    let output = contract.outputs().iter().find(|(known, ..)| *known == path);
    let (holds, there) = match output {
        Some((_, Audience::Admins, _)) if audience == Audience::Everyone => {
            (!places.contains(&true), false)
        }
        Some((_, _, Output::Always(_))) => (!places.contains(&false), true),
        Some((_, _, Output::Sometimes(_))) => return Ok(places.len()),
        None => (!places.contains(&true), false),
    };
    answer.expect(
        holds,
        expectation(there, path),
        if there { "an answer without" } else { "it" },
        path,
    )?;
    Ok(places.len())
}

/// For each place where a field could be, whether it is there. `*` in the path stands for every item or member.
pub(super) fn places(body: &Value, path: &str) -> Vec<bool> {
    let Some((parents, field)) = path.rsplit_once('/') else {
        return Vec::new();
    };
    let mut found = vec![body];
    for part in parents.split('/').skip(1) {
        found = found
            .into_iter()
            .flat_map(|value| match (part, value) {
                ("*", Value::Array(items)) => items.iter().collect(),
                ("*", Value::Object(members)) => members.values().collect(),
                (name, value) => value.get(name).into_iter().collect::<Vec<_>>(),
            })
            .collect();
    }
    let place = |parent: &Value| match (field, parent) {
        ("*", Value::Array(items)) => vec![true; items.len()],
        ("*", Value::Object(members)) => vec![true; members.len()],
        (field, Value::Object(members)) => vec![members.contains_key(field)],
        _ => Vec::new(),
    };
    found.into_iter().flat_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::telling::TELLING, *};

    /// Rules whose change cannot be seen from outside, or only in what [`super::super::answers`] asks.
    const UNSEEN: &[(&str, &str)] = &[
        // Sorted by or not, the answer is a list; before, the key was known to the schema and did nothing.
        ("servers.list", "sort_key"),
        ("servers.detail", "sort_key"),
        // One object: asked with the field inside it.
        (
            "server-groups.create",
            "/server_group/rules/max_server_per_host",
        ),
    ];

    fn is_unseen(operation: Operation, what: &str) -> bool {
        UNSEEN.contains(&(operation.name(), what))
    }

    #[test]
    fn every_change_of_a_request_has_a_check() {
        let mut missing = Vec::new();
        for (operation, before, version) in boundaries() {
            let begins = !contract(operation, before).routed();
            if begins || UNSTAGED.contains(&operation) {
                continue;
            }
            for now in changes(operation, version) {
                let what = match now {
                    Now::Takes(At::Query(name), _) => name,
                    Now::Takes(at, _) => at.pointer().unwrap_or_default(),
                    _ => continue,
                };
                if check(operation, before, version, now).is_none() && !is_unseen(operation, what) {
                    missing.push(format!("{operation} at {version}: {what}"));
                }
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn every_row_tells_some_boundary() {
        for (operation, row) in TELLING {
            let tells = boundaries().any(|(of, before, version)| {
                of == *operation && row.takes(of, before) != row.takes(of, version)
            });
            assert!(tells, "{operation}: {}", row.path);
        }
    }

    #[test]
    fn no_two_changes_have_the_same_id() {
        let mut seen = std::collections::BTreeSet::new();
        for check in checks() {
            assert!(seen.insert(check.id().to_owned()), "{}", check.id());
            assert_eq!(check.versions().by_default().len(), 2, "{}", check.id());
        }
    }

    #[test]
    fn a_field_is_looked_for_in_every_item_and_member() {
        let body = json!({"servers": [{"a": {"x": [{"b": 1}], "y": [{}]}}, {}]});
        assert_eq!(places(&body, "/servers/*/a"), [true, false]);
        assert_eq!(places(&body, "/servers/*/a/*/*/b"), [true, false]);
    }
}
