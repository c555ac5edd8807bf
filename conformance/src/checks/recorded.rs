//! Successes against what a real Nova answered to the same request: its status, its headers, its fields, and what each of
//! them is. It knows the recorded samples and the kinds of [`crate::normal`]. The contracts are judged elsewhere
//! ([`super::answers`]); a mistake in them that a cloud shares is seen here.

use std::collections::BTreeMap;

use http::Method;
use nova_api::{
    Behavior, Contract, Microversion,
    Operation::{self, *},
};
use serde_json::{Map, Value, json};

use super::{
    material::ED25519,
    steps::{begin, has},
};
use crate::{
    check::{Answer, Caller, Check, Cx, Keypair, Stop, Verdict, Versions, encoded},
    normal::Normaliser,
    samples::Sample,
};

/// Fields that speak to people. Their words are nobody's contract.
const WORDING: &[&str] = &["description"];

/// A request whose answers were recorded, at the first version of each band.
struct Recorded {
    operation: Operation,
    /// Its variant in the names of its files, with its hyphen.
    variant: &'static str,
    /// What stands between the operation and `.sample` in the check's id, with its dot.
    part: &'static str,
    /// What is asked, for people.
    title: &'static str,
    /// Where it succeeds.
    succeeds: fn(&Contract) -> bool,
    /// The first version of a band, and the text of its sample.
    texts: &'static [(&'static str, &'static str)],
}

macro_rules! recorded {
    ($($operation:ident $part:literal $title:literal if $succeeds:expr, $name:literal $variant:literal: $($version:literal)*;)*) => {
        &[$(Recorded {
            operation: $operation,
            variant: $variant,
            part: $part,
            title: $title,
            succeeds: $succeeds,
            texts: &[$((
                $version,
                include_str!(concat!("../../../api-samples/nova-34.0.0/", $version, "/", $name, $variant, ".json")),
            )),*],
        }),*]
    };
}

/// Every recorded success that a plain member can ask again anywhere.
const RECORDED: &[Recorded] = recorded! {
    KeypairCreate "" "An import" if always, "keypairs.create" "-imported": "2.1" "2.2" "2.10" "2.92";
    KeypairCreate ".x509" "The import of a certificate" if typed, "keypairs.create" "-type-x509-imported": "2.2" "2.10" "2.92";
    KeypairCreate ".generated" "The making of a key pair" if generates, "keypairs.create" "-without-public-key": "2.1" "2.2" "2.10";
    KeypairCreate ".generated-x509" "The making of a certificate" if |contract| typed(contract) && generates(contract),
        "keypairs.create" "-type-x509-without-public-key": "2.2" "2.10";
    KeypairList "" "A list" if always, "keypairs.list" "": "2.1" "2.2" "2.10" "2.35" "2.75";
    KeypairShow "" "A keypair" if always, "keypairs.show" "": "2.1" "2.2" "2.10" "2.75";
    KeypairShow ".x509" "A certificate" if typed, "keypairs.show" "-x509": "2.2" "2.10" "2.75";
    KeypairDelete "" "A deletion" if always, "keypairs.delete" "": "2.1" "2.2" "2.10" "2.75";
    LimitsShow "" "The limits" if always, "limits.show" "": "2.1" "2.36" "2.39" "2.57" "2.75";
    QuotaShow "" "A quota set" if always, "quota-sets.show" "": "2.1" "2.36" "2.57" "2.75";
    QuotaDetail "" "A quota set in detail" if always, "quota-sets.detail" "": "2.1" "2.36" "2.57" "2.75";
    QuotaDefaults "" "The default quotas" if always, "quota-sets.defaults" "": "2.1" "2.36" "2.57";
    ExtensionShow "" "An extension" if always, "extensions.show" "": "2.1" "2.102";
};

const fn always(_: &Contract) -> bool {
    true
}

fn typed(contract: &Contract) -> bool {
    contract.shows("/keypair/type")
}

fn generates(contract: &Contract) -> bool {
    contract.behaves(Behavior::Generates)
}

pub(super) fn checks() -> Vec<Check> {
    RECORDED.iter().map(check).collect()
}

fn check(recorded: &'static Recorded) -> Check {
    let Recorded {
        operation,
        variant,
        part,
        title,
        ..
    } = recorded;
    begin(
        *operation,
        format!("{operation}{part}.sample"),
        format!("{title} is answered as a real Nova answered it"),
    )
    .sentence("The status, the headers and the fields, each of its kind, that Nova 34.0.0 answered to the same request at this version.")
    .source(format!("api-samples/nova-34.0.0/<version>/{operation}{variant}.json"))
    .versions(Versions::where_contract(*operation, recorded.succeeds))
    .callers([Caller::Main])
    .probe(move |cx| async move { ask_again(&cx, recorded).await })
}

/// The sample of the band that a version lies in, of the first versions of the bands and their texts.
pub(super) fn sample_of_the_band(
    operation: Operation,
    texts: &[(&str, &str)],
    version: Microversion,
) -> Result<Sample, Stop> {
    let defect =
        |what: String| Stop::CouldNotAsk(format!("{what}, which is a defect of nova-conformance"));
    let of_the_band = texts.iter().rev().find(|(first, _)| {
        Microversion::parse(first).is_ok_and(|first| first.minor() <= version.minor())
    });
    let (_, text) =
        of_the_band.ok_or_else(|| defect(format!("no sample of {operation} at {version}")))?;
    serde_json::from_str(text)
        .map_err(|error| defect(format!("the sample of {operation} is none: {error}")))
}

async fn ask_again(cx: &Cx, recorded: &Recorded) -> Verdict {
    let sample = sample_of_the_band(recorded.operation, recorded.texts, cx.version())?;
    let names = prepare(cx, recorded.operation, &sample).await?;
    let main = cx.as_(Caller::Main);
    let project = main.project_id()?;
    let path: String = sample
        .request
        .path
        .trim_start_matches("/v2.1/")
        .split('/')
        .map(|part| match part {
            "<project:main>" => format!("/{}", encoded(project)),
            part => names
                .get(part)
                .map_or_else(|| format!("/{part}"), |name| format!("/{}", encoded(name))),
        })
        .collect();
    let method = Method::from_bytes(sample.request.method.as_bytes()).unwrap_or_default();
    let mut ask = main.request(method, path);
    let mut normal = Normaliser::of(cx.cloud(), "");
    if let Some(body) = &sample.request.body {
        let body = named(body, &names);
        normal.learn(&body);
        ask = ask.json(&body);
    }
    if let Some(body) = &sample.answer.body
        && recorded.operation != KeypairCreate
    {
        normal.learn(body);
    }
    expect_sample(&ask.send().await?, &sample, &names, &normal)
}

/// Makes what the recorded request was asked after. Returns what the sample's keypairs are called here.
async fn prepare(
    cx: &Cx,
    operation: Operation,
    sample: &Sample,
) -> Result<BTreeMap<String, String>, Stop> {
    let mut names = BTreeMap::new();
    match operation {
        KeypairCreate => {
            let name = cx.unique("sample");
            cx.ledger().will_create(Keypair::of(Caller::Main, &name));
            names.insert("sample".to_owned(), name);
        }
        KeypairDelete => {
            let name = cx.unique("sample");
            has(cx, Caller::Main, &name, ED25519).await?;
            names.insert("sample".to_owned(), name);
        }
        KeypairList | KeypairShow => {
            let typed = typed(cx.contract(KeypairCreate));
            let mut bodies = Vec::new();
            for keypair in keypairs(sample) {
                let text = |field| keypair.get(field).and_then(Value::as_str);
                let (Some(name), Some(key)) = (text("name"), text("public_key")) else {
                    continue;
                };
                let unique = cx.unique(name);
                let mut body = json!({"keypair": {"name": unique, "public_key": key}});
                if key.starts_with("-----BEGIN") {
                    if !typed {
                        // Only a later version makes it.
                        continue;
                    }
                    body["keypair"]["type"] = json!("x509");
                }
                names.insert(name.to_owned(), unique.clone());
                bodies.push((unique, body));
            }
            // Not in the order of the list.
            for (name, body) in bodies.into_iter().rev() {
                cx.ledger().will_create(Keypair::of(Caller::Main, &name));
                let main = cx.as_(Caller::Main);
                let made = main.ask(KeypairCreate, &[]).json(&body).send().await?;
                made.to_set_up(cx.contract(KeypairCreate).status())?;
            }
        }
        _ => {}
    }
    Ok(names)
}

/// The keypairs of a recorded answer.
fn keypairs(sample: &Sample) -> impl Iterator<Item = &Map<String, Value>> {
    let body = sample.answer.body.as_ref();
    let listed = body
        .and_then(|body| body.get("keypairs"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    listed
        .chain(body)
        .filter_map(|item| item.get("keypair")?.as_object())
}

/// With the names that the sample's keypairs have here.
fn named(value: &Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(field, member)| (field.clone(), named(member, names)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(|item| named(item, names)).collect(),
        Value::String(text) => names
            .get(text)
            .map_or_else(|| value.clone(), |name| json!(name)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Takes out of a list of keypairs what has none of these names: others' keypairs, and what could not be made here.
fn only(mut body: Value, names: &BTreeMap<String, String>) -> Value {
    if let Some(items) = body.get_mut("keypairs").and_then(Value::as_array_mut) {
        items.retain(|item| {
            item.pointer("/keypair/name")
                .and_then(Value::as_str)
                .is_some_and(|name| names.values().any(|own| own == name))
        });
    }
    body
}

fn expect_sample(
    answer: &Answer,
    sample: &Sample,
    names: &BTreeMap<String, String>,
    normal: &Normaliser,
) -> Verdict {
    answer.expect_status(sample.answer.status)?;
    let Some(body) = &sample.answer.body else {
        answer.expect_no_body()?;
        return expect_headers(answer, sample, false);
    };
    expect_headers(answer, sample, true)?;
    let wanted = only(named(body, names), names);
    let found = normal.json(&only(answer.json()?.clone(), names));
    match difference("", &wanted, &found) {
        None => Ok(()),
        Some((place, wanted, found)) => {
            let place = if place.is_empty() { "body" } else { &place };
            Err(answer.wrong(wanted, found, place))
        }
    }
}

/// Every header of the sample is there; a body's type only where there is a body.
pub(super) fn expect_headers(answer: &Answer, sample: &Sample, has_body: bool) -> Verdict {
    let wanted = sample.answer.headers.keys();
    for name in wanted.filter(|name| has_body || *name != "content-type") {
        let place = format!("header {name}");
        answer.expect(answer.header(name).is_some(), "a value", "nothing", &place)?;
    }
    Ok(())
}

/// Where two values first differ, and how. The size of a number is a choice of each deployment.
fn difference(place: &str, wanted: &Value, found: &Value) -> Option<(String, String, String)> {
    let told = |wanted: String, found: String| Some((place.to_owned(), wanted, found));
    match (wanted, found) {
        (Value::Object(one), Value::Object(other)) => {
            if let Some(extra) = other.keys().find(|field| !one.contains_key(*field)) {
                return Some((
                    format!("{place}/{extra}"),
                    "nothing".to_owned(),
                    "a field".to_owned(),
                ));
            }
            one.iter().find_map(|(field, wanted)| {
                let place = format!("{place}/{field}");
                match other.get(field) {
                    None => Some((place, "a field".to_owned(), "nothing".to_owned())),
                    Some(Value::String(_)) if WORDING.contains(&field.as_str()) => None,
                    Some(found) => difference(&place, wanted, found),
                }
            })
        }
        (Value::Array(one), Value::Array(other)) => {
            if one.len() != other.len() {
                let items = |items: &[Value]| format!("{} items", items.len());
                return told(items(one), items(other));
            }
            let pairs = one.iter().zip(other).enumerate();
            pairs
                .into_iter()
                .find_map(|(at, (one, other))| difference(&format!("{place}/{at}"), one, other))
        }
        (Value::Number(one), Value::Number(other)) if one.is_i64() == other.is_i64() => None,
        _ if wanted == found => None,
        _ => told(wanted.to_string(), found.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use rstest::rstest;

    use super::*;

    #[test]
    fn every_recorded_success_of_these_requests_is_here() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../api-samples/nova-34.0.0");
        for recorded in RECORDED {
            let file = format!("{}{}.json", recorded.operation, recorded.variant);
            let on_disk: BTreeSet<u16> = crate::samples::read(Path::new(folder))
                .unwrap()
                .into_iter()
                .filter(|(place, sample)| place.ends_with(&file) && sample.answer.status < 300)
                .filter_map(|(place, _)| Microversion::parse(place.parent()?.to_str()?).ok())
                .filter(|first| (recorded.succeeds)(nova_api::contract(recorded.operation, *first)))
                .map(Microversion::minor)
                .collect();
            let here: BTreeSet<u16> = recorded
                .texts
                .iter()
                .map(|(first, _)| Microversion::parse(first).unwrap().minor())
                .collect();
            assert_eq!(here, on_disk, "{file}");
            for first in here {
                let first = Microversion::new(first).unwrap();
                let sample = sample_of_the_band(recorded.operation, recorded.texts, first).unwrap();
                assert_eq!(sample.request.caller, "main", "{file}");
            }
        }
    }

    #[rstest]
    #[case::another_number(json!({"a": 1}), json!({"a": -7}), None)]
    #[case::no_number(json!({"a": 1}), json!({"a": "1"}), Some("/a"))]
    #[case::a_fraction(json!({"a": 1}), json!({"a": 1.5}), Some("/a"))]
    #[case::more(json!({"a": 1}), json!({"a": 1, "b": 1}), Some("/b"))]
    #[case::less(json!({"a": {"b": 1}}), json!({"a": {}}), Some("/a/b"))]
    #[case::another_kind(json!(["<uuid>"]), json!(["<hex-id>"]), Some("/0"))]
    #[case::other_words(json!({"description": "x"}), json!({"description": "y"}), None)]
    #[case::no_words(json!({"description": "x"}), json!({"description": null}), Some("/description"))]
    #[case::more_items(json!({"a": []}), json!({"a": [1]}), Some("/a"))]
    fn a_difference_is_found(
        #[case] wanted: Value,
        #[case] found: Value,
        #[case] place: Option<&str>,
    ) {
        let different = difference("", &wanted, &found);
        assert_eq!(different.as_ref().map(|(place, ..)| place.as_str()), place);
    }
}
