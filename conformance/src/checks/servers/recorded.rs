//! Servers against what a real Nova answered about one of its own: the status, the headers, every member, and what each of
//! them is. Unlike the contracts of [`super::answers`], which the history describes, the samples are a real cloud's; a mistake in
//! the history that a cloud shares is seen here. It knows the recorded samples and the kinds of [`crate::normal`].

use nova_api::{
    Contract,
    Operation::{self, *},
};
use serde_json::{Value, json};

use super::stage::{begin, callers, perform, with_servers};
use crate::{
    check::{Answer, Caller, Check, Cx, Need, Server, Stop, Verdict, Versions},
    checks::{
        rebuild::steps::{once_per_request_band, rebuild},
        recorded::{expect_headers, sample_of_the_band},
    },
    normal::Normaliser,
    samples::Sample,
};

/// An operation whose answers were recorded, at the first version of each band.
struct Recorded {
    operation: Operation,
    /// Where the server, or the list of servers, is in the answer.
    place: &'static str,
    /// The first version of a band, and the text of its sample.
    texts: &'static [(&'static str, &'static str)],
}

macro_rules! recorded {
    ($($operation:ident $place:literal $name:literal: $($version:literal)*;)*) => {
        &[$(Recorded {
            operation: $operation,
            place: $place,
            texts: &[$((
                $version,
                include_str!(concat!("../../../../api-samples/nova-34.0.0/", $version, "/", $name, ".json")),
            )),*],
        }),*]
    };
}

const RECORDED: &[Recorded] = recorded! {
    ServerCreate "/server" "servers.create": "2.1" "2.19" "2.32" "2.33" "2.37" "2.42" "2.52" "2.57" "2.63" "2.67" "2.74" "2.90" "2.94";
    ServerList "/servers" "servers.list": "2.1" "2.5" "2.26" "2.38" "2.66" "2.73" "2.75" "2.83" "2.90";
    ServerDetail "/servers" "servers.detail": "2.1" "2.3" "2.5" "2.9" "2.16" "2.19" "2.26" "2.38" "2.47" "2.63" "2.66" "2.73" "2.75" "2.83" "2.90" "2.96" "2.98" "2.100";
    ServerShow "/server" "servers.show": "2.1" "2.3" "2.9" "2.16" "2.19" "2.26" "2.47" "2.63" "2.71" "2.73" "2.90" "2.96" "2.98" "2.100" "2.102";
    ServerUpdate "/server" "servers.update": "2.1" "2.9" "2.19" "2.26" "2.47" "2.63" "2.71" "2.73" "2.75" "2.90" "2.94" "2.96" "2.98" "2.100" "2.104";
    ServerRebuild "/server" "servers.rebuild": "2.1" "2.9" "2.19" "2.26" "2.47" "2.54" "2.57" "2.63" "2.71" "2.73" "2.75" "2.90" "2.93" "2.94" "2.96" "2.98" "2.100";
};

/// Members whose names are the deployment's or the user's own words: what they hold is not looked into.
const OWN_WORDS: &[&str] = &[
    "addresses",
    "extra_specs",
    "metadata",
    "properties",
    "scheduler_hints",
];

/// Members of a server that are null, or something, by what was asked for and what has happened.
const MAY_BE_NULL: &[&str] = &[
    "OS-EXT-STS:task_state",
    "OS-SRV-USG:launched_at",
    "OS-SRV-USG:terminated_at",
    "description",
    "key_name",
    "locked_reason",
    "pinned_availability_zone",
    "trusted_image_certificates",
    "user_data",
];

/// Members that are not always there: a deployment may switch passwords off, and a server on no network has no security groups.
const MAY_BE_ABSENT: &[&str] = &["adminPass", "security_groups"];

pub(super) fn checks() -> Vec<Check> {
    RECORDED.iter().map(check).collect()
}

fn check(recorded: &'static Recorded) -> Check {
    let operation = recorded.operation;
    let draft = begin(
        operation,
        format!("{operation}.sample"),
        "A server is answered with the members that a real Nova's has, each of its kind",
    )
    .sentence("The status, the headers and the members, each of its kind, that Nova 34.0.0 answered to the same request at this version.")
    .source(format!("api-samples/nova-34.0.0/<version>/{operation}.json"))
    .versions(versions(operation));
    let draft = if operation == ServerRebuild {
        draft.callers([Caller::Main]).servers(1)
    } else {
        with_servers(draft.callers(callers(operation)), operation)
    };
    draft.probe(move |cx| async move {
        let sample = sample_of_the_band(operation, recorded.texts, cx.version())?;
        let (answer, server) = ask_again(&cx, operation).await?;
        expect_sample(&cx, recorded, &sample, &answer, server.as_ref())
    })
}

/// What costs a server's change each time is asked where the request changes, too.
fn versions(operation: Operation) -> Versions {
    let routed = Versions::where_contract(operation, Contract::routed);
    match (operation, super::stage::need(operation)) {
        (ServerRebuild, _) => once_per_request_band(routed),
        (_, Need::Own(_)) => routed.asked_once_per_band(operation),
        _ => routed,
    }
}

async fn ask_again(cx: &Cx, operation: Operation) -> Result<(Answer, Option<Server>), Stop> {
    if operation != ServerRebuild {
        return perform(cx, operation, |ask| ask).await;
    }
    let server = cx.server(Caller::Main).await?;
    let answer = rebuild(cx, Caller::Main, &server, &json!({})).await?;
    Ok((answer, Some(server)))
}

fn expect_sample(
    cx: &Cx,
    recorded: &Recorded,
    sample: &Sample,
    answer: &Answer,
    server: Option<&Server>,
) -> Verdict {
    answer.expect_status(sample.answer.status)?;
    expect_headers(answer, sample, true)?;
    let defect = || {
        Stop::CouldNotAsk(format!(
            "the sample of {} is none, which is a defect of nova-conformance",
            recorded.operation
        ))
    };
    let wanted = sample.answer.body.as_ref().ok_or_else(defect)?;
    let wanted = wanted.pointer(recorded.place).ok_or_else(defect)?;
    let found = answer.at(recorded.place)?;
    let (wanted, found, place) = match (wanted, found) {
        (Value::Array(wanted), Value::Array(found)) => {
            let own = server.map(|server| json!(server.id));
            let at = found
                .iter()
                .position(|item| item.get("id") == own.as_ref())
                .ok_or_else(|| {
                    answer.wrong("the server of the check", "a list without", recorded.place)
                })?;
            let place = format!("{}/{at}", recorded.place);
            (wanted.first().ok_or_else(defect)?, &found[at], place)
        }
        (wanted, found) => (wanted, found, recorded.place.to_owned()),
    };
    let found = Normaliser::of(cx.cloud(), "").json(found);
    match difference(&place, wanted, &found) {
        None => Ok(()),
        Some((place, wanted, found)) => Err(answer.wrong(wanted, found, &place)),
    }
}

/// Where a server is first another thing than the sample's, and how. Of values, only the kind counts.
fn difference(place: &str, wanted: &Value, found: &Value) -> Option<(String, String, String)> {
    let told =
        |wanted: &str, found: &str| Some((place.to_owned(), wanted.to_owned(), found.to_owned()));
    let name = place.rsplit('/').next().unwrap_or_default();
    match (wanted, found) {
        (Value::Object(_), Value::Object(_)) if OWN_WORDS.contains(&name) => None,
        (Value::Object(one), Value::Object(other)) => {
            let extra = other.keys().find(|member| !one.contains_key(*member));
            if let Some(member) = extra.filter(|member| !MAY_BE_ABSENT.contains(&member.as_str())) {
                return Some((
                    format!("{place}/{member}"),
                    "nothing".to_owned(),
                    "a member".to_owned(),
                ));
            }
            one.iter().find_map(|(member, wanted)| {
                let place = format!("{place}/{member}");
                match other.get(member) {
                    None if MAY_BE_ABSENT.contains(&member.as_str()) => None,
                    None => Some((place, "a member".to_owned(), "nothing".to_owned())),
                    Some(found) => difference(&place, wanted, found),
                }
            })
        }
        (Value::Array(one), Value::Array(other)) => {
            let wanted = one.first()?;
            let mut items = other.iter().enumerate();
            items.find_map(|(at, found)| difference(&format!("{place}/{at}"), wanted, found))
        }
        (Value::Null, _) | (_, Value::Null) if wanted != found && MAY_BE_NULL.contains(&name) => {
            None
        }
        (Value::String(one), Value::String(other)) => {
            let (one, other) = (kind(one), kind(other));
            if one == other || one == "a text" {
                None
            } else {
                told(one, other)
            }
        }
        _ if sort(wanted) == sort(found) => None,
        _ => told(sort(wanted), sort(found)),
    }
}

/// What a normalised text is, where its form is Nova's.
fn kind(text: &str) -> &str {
    match text {
        "<timestamp:Z>" | "<timestamp:us>" | "<host-id>" | "<mac>" | "<admin-password>" => text,
        _ if text.starts_with("<endpoint>/") => "a link of the endpoint",
        _ => "a text",
    }
}

const fn sort(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use nova_api::Microversion;
    use rstest::rstest;

    use super::*;

    #[test]
    fn every_recorded_success_of_these_operations_is_here() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../api-samples/nova-34.0.0");
        let samples = crate::samples::read(Path::new(folder)).unwrap();
        for recorded in RECORDED {
            let file = format!("{}.json", recorded.operation);
            let on_disk: BTreeSet<u16> = samples
                .keys()
                .filter(|place| place.ends_with(&file))
                .filter_map(|place| Microversion::parse(place.parent()?.to_str()?).ok())
                .map(Microversion::minor)
                .collect();
            let here: BTreeSet<u16> = recorded
                .texts
                .iter()
                .map(|(first, _)| Microversion::parse(first).unwrap().minor())
                .collect();
            assert_eq!(here, on_disk, "{file}");
            for version in Microversion::all() {
                let sample =
                    sample_of_the_band(recorded.operation, recorded.texts, version).unwrap();
                assert_eq!(sample.request.caller, "main", "{file}");
            }
        }
    }

    #[rstest]
    #[case::other_values(json!({"name": "a", "progress": 0}), json!({"name": "b", "progress": 7}), None)]
    #[case::another_sort(json!({"progress": 0}), json!({"progress": "0"}), Some("/progress"))]
    #[case::more(json!({}), json!({"host": "a"}), Some("/host"))]
    #[case::less(json!({"flavor": {"ram": 1}}), json!({"flavor": {}}), Some("/flavor/ram"))]
    #[case::another_time(json!({"created": "<timestamp:Z>"}), json!({"created": "<timestamp:us>"}), Some("/created"))]
    #[case::no_time(json!({"updated": "<timestamp:Z>"}), json!({"updated": null}), Some("/updated"))]
    #[case::no_key(json!({"key_name": "a"}), json!({"key_name": null}), None)]
    #[case::a_key_that_is_none(json!({"key_name": "a"}), json!({"key_name": 1}), Some("/key_name"))]
    #[case::own_words(json!({"metadata": {"a": "b"}}), json!({"metadata": {}}), None)]
    #[case::own_words_that_are_none(json!({"metadata": {"a": "b"}}), json!({"metadata": []}), Some("/metadata"))]
    #[case::an_item(json!({"links": [{"rel": "self"}]}), json!({"links": [{"rel": "self"}, {}]}), Some("/links/1/rel"))]
    #[case::no_password(json!({"adminPass": "<admin-password>"}), json!({}), None)]
    #[case::another_link(json!({"href": "<endpoint>/a"}), json!({"href": "http://elsewhere/a"}), Some("/href"))]
    fn a_difference_is_found(
        #[case] wanted: Value,
        #[case] found: Value,
        #[case] place: Option<&str>,
    ) {
        let different = difference("", &wanted, &found);
        assert_eq!(different.as_ref().map(|(place, ..)| place.as_str()), place);
    }
}
