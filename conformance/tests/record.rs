//! Recording: the same bytes each time, nothing secret, and the mock answers what a real Nova was recorded to answer.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    time::Duration,
};

use nova_conformance::{
    callers,
    compare::{accepted::ACCEPTED, side::Side},
    embedded,
    record::record,
    samples::{self, Sample},
};

/// What a real Nova answered.
const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../api-samples/nova-34.0.0");

/// The samples that the mock answers otherwise: how their places begin, and the entry of docs/fidelity.md that says why.
const OTHERWISE: &[(&str, &str)] = &[
    ("legacy/extensions.", "legacy-extensions"),
    (
        "legacy/quota-sets.update-unknown-property.",
        "legacy-quota-of-unknown-names",
    ),
];

async fn recorded_from_the_mock() -> BTreeMap<PathBuf, Sample> {
    let mut mock = embedded::start_like_the_reference().await.unwrap();
    let defaults =
        &samples::read(Path::new(RECORDED)).unwrap()[Path::new("2.1/quota-sets.defaults.json")];
    mock.take_default_quotas(
        defaults
            .answer
            .body
            .as_ref()
            .unwrap()
            .get("quota_set")
            .unwrap(),
    );
    let auth_url = mock.main.auth_url.clone();
    let others = std::mem::take(&mut mock.others);
    let cloud = callers::reach(mock.main.clone(), others, &BTreeSet::new())
        .await
        .unwrap();
    let mut side = Side::new(cloud, &auth_url, Duration::from_secs(30));
    let last = side.offer().await.unwrap().images.pop();
    record(&mut side, last.as_deref(), &AtomicBool::new(false))
        .await
        .unwrap()
}

#[tokio::test]
async fn the_mock_answers_what_nova_was_recorded_to_answer() {
    let nova = samples::read(Path::new(RECORDED)).unwrap();
    let mock = recorded_from_the_mock().await;
    let places = |samples: &BTreeMap<PathBuf, Sample>| samples.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        places(&mock),
        places(&nova),
        "record api-samples/ again: the script has changed"
    );
    let mut wrong = Vec::new();
    let mut met = BTreeSet::new();
    for (place, nova) in &nova {
        let mock = &mock[place];
        if mock == nova {
            continue;
        }
        match OTHERWISE
            .iter()
            .find(|(begins, _)| place.to_string_lossy().starts_with(begins))
        {
            Some((_, id)) => drop(met.insert(*id)),
            None => wrong.push(format!(
                "{}\n  Nova: {:?}\n  mock: {:?}",
                place.display(),
                nova.answer,
                mock.answer
            )),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (_, id) in OTHERWISE {
        assert!(
            ACCEPTED.iter().any(|accepted| accepted.id == *id),
            "docs/fidelity.md knows no {id}"
        );
        assert!(
            met.contains(id),
            "{id} is no longer needed here: take it out"
        );
    }
}

#[tokio::test]
async fn recording_twice_writes_the_same_bytes() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for folder in &folders {
        samples::write(folder.path(), &recorded_from_the_mock().await).unwrap();
    }
    let [one, other] = folders.map(|folder| {
        let places = samples::read(folder.path()).unwrap().into_keys();
        let texts: BTreeMap<PathBuf, String> = places
            .map(|place| {
                (
                    place.clone(),
                    fs::read_to_string(folder.path().join(place)).unwrap(),
                )
            })
            .collect();
        texts
    });
    assert_eq!(one, other);
}

#[test]
fn no_sample_holds_a_secret() {
    for (place, sample) in samples::read(Path::new(RECORDED)).unwrap() {
        let text = sample.to_text().unwrap();
        assert_eq!(
            fs::read_to_string(Path::new(RECORDED).join(&place)).unwrap(),
            text,
            "{} is not as it is written",
            place.display()
        );
        for secret in ["PRIVATE KEY", "x-auth-token", "x-subject-token"] {
            assert!(!text.contains(secret), "{} holds {secret}", place.display());
        }
        let answer = serde_json::to_string_pretty(&sample.answer).unwrap();
        for line in answer.lines().filter(|line| line.contains("\"adminPass\"")) {
            assert!(
                line.contains("\"<admin-password"),
                "{}: {line}",
                place.display()
            );
        }
        for line in text.lines().filter(|line| line.contains("\"private_key\"")) {
            assert!(
                line.contains("\"<private-key:"),
                "{}: {line}",
                place.display()
            );
        }
    }
}
