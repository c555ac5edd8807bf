//! What one cloud answers, kept: a fixed script of requests at every microversion at which an answer changes, each written
//! with its answer as a [`Sample`]. For `nova-conformance record`. It knows the history's bands and how to ask a
//! [`Side`]; what is right it does not know.

mod script;
mod unversioned;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::Value;

use crate::{
    caller::{Base, Caller},
    compare::{
        ask::{Ask, Who},
        difference,
        side::Side,
    },
    normal::Body,
    samples::{Answer, Request, Sample},
};
pub use script::{Step, script};

/// Whom the script asks as.
pub const CALLERS: &[Caller] = &[Caller::Main, Caller::Other, Caller::Admin, Caller::Nobody];

/// Asks the whole script, and puts the cloud back as it was, whatever happens.
///
/// # Errors
/// A sentence: the cloud is not fit for it, gave no answer, answered a preparation otherwise than with success, or something
/// is left on it.
pub async fn record(
    side: &mut Side,
    stop: &AtomicBool,
) -> Result<BTreeMap<PathBuf, Sample>, String> {
    fit(side).await?;
    let outcome = all(side, stop).await;
    let left = side.clean().await;
    let samples = outcome?;
    if left.is_empty() {
        Ok(samples)
    } else {
        Err(left.join("; "))
    }
}

/// Whether the script can be asked here, so that it says the same everywhere.
async fn fit(side: &Side) -> Result<(), String> {
    let there = side.callers();
    let missing: Vec<&str> = CALLERS
        .iter()
        .filter(|caller| !there.contains(caller))
        .map(|caller| caller.name())
        .collect();
    if !missing.is_empty() {
        return Err(format!(
            "{}: nobody can ask as {}: add entries for them to clouds.yaml",
            side.name,
            missing.join(", ")
        ));
    }
    side.must_be_empty().await?;
    if !side.may_set_quotas().await? {
        return Err(format!(
            "{}: the quotas of the projects are not the defaults, to which they would be put back: name other projects",
            side.name
        ));
    }
    Ok(())
}

async fn all(side: &mut Side, stop: &AtomicBool) -> Result<BTreeMap<PathBuf, Sample>, String> {
    let mut samples = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for step in script() {
        if stop.load(Ordering::Relaxed) {
            return Err("interrupted: nothing was written".to_owned());
        }
        let left = side.clean().await;
        if !left.is_empty() {
            return Err(left.join("; "));
        }
        for ask in &step.before {
            let answer = side.ask(ask).await?;
            if !(200..300).contains(&answer.status) {
                return Err(format!(
                    "{}: preparing {} failed: {} answered {answer}",
                    side.name,
                    step.place.display(),
                    ask.as_curl()
                ));
            }
        }
        let answer = side.ask(&step.ask).await?;
        if !seen.insert(step.place.clone()) {
            return Err(format!("the script has {} twice", step.place.display()));
        }
        samples.insert(
            step.place,
            Sample {
                request: request(&step.ask),
                answer: kept(answer),
            },
        );
    }
    Ok(samples)
}

fn request(ask: &Ask) -> Request {
    let prefix = match ask.base {
        Base::Endpoint => "/v2.1",
        Base::Legacy => "/v2",
        Base::Root => "",
    };
    let text = |body: &[u8]| Value::from(String::from_utf8_lossy(body).into_owned());
    Request {
        caller: match ask.who {
            Who::Caller(caller) => caller.name().to_owned(),
            Who::Stranger => "stranger".to_owned(),
        },
        method: ask.method.to_string(),
        path: format!("{prefix}{}", ask.path),
        headers: ask.headers.iter().cloned().collect(),
        body: ask
            .body
            .as_deref()
            .map(|body| ask.json().unwrap_or_else(|| text(body))),
    }
}

/// The length is left out: it follows from the body, and generated keys differ in theirs.
fn kept(answer: difference::Answer) -> Answer {
    let headers = answer
        .headers
        .into_iter()
        .filter(|(name, _)| name != "content-length");
    Answer {
        status: answer.status,
        headers: headers
            .map(|(name, values)| (name, values.join(" | ")))
            .collect(),
        body: match answer.body {
            Body::Empty => None,
            Body::Json(value) => Some(value),
            Body::Text(text) => Some(text.into()),
        },
    }
}
