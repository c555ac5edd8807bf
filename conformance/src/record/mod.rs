//! What one cloud answers, kept: a fixed script of requests at every microversion at which an answer changes, each written
//! with its answer as a [`Sample`]. For `nova-conformance record`. It knows the history's bands and how to ask a
//! [`Side`]; what is right it does not know.

mod script;
mod unversioned;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::Value;

use crate::{
    caller::{Base, Caller},
    compare::{
        ask::{Ask, Who},
        difference,
        servers::VOLUMES,
        side::Side,
    },
    normal::Body,
    samples::{Answer, Request, Sample},
};
use script::Scene;
pub use script::{Step, script};

/// Whom the script asks as.
pub const CALLERS: &[Caller] = &[
    Caller::Main,
    Caller::Other,
    Caller::Reader,
    Caller::Admin,
    Caller::Nobody,
];

/// Whether a sample is of a deletion that was asked for an image to lose, which a recording may be without.
pub fn needs_an_image_to_lose(place: &Path) -> bool {
    place
        .file_name()
        .is_some_and(|name| name == "images.delete.json")
}

/// Asks the whole script, and puts the cloud back as it was, whatever happens. Nothing in the script makes an image, so one is
/// deleted only where `image_to_lose` names it.
///
/// # Errors
/// A sentence: the cloud is not fit for it, gave no answer, answered a preparation otherwise than with success, or something
/// is left on it.
pub async fn record(
    side: &mut Side,
    image_to_lose: Option<&str>,
    stop: &AtomicBool,
) -> Result<BTreeMap<PathBuf, Sample>, String> {
    fit(side).await?;
    let outcome = all(side, image_to_lose, stop).await;
    let left = side.clean().await;
    match outcome {
        _ if left.is_empty() => outcome,
        Ok(_) => Err(left.join("; ")),
        Err(why) => Err(format!("{why}; and this is left: {}", left.join("; "))),
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

async fn all(
    side: &mut Side,
    image_to_lose: Option<&str>,
    stop: &AtomicBool,
) -> Result<BTreeMap<PathBuf, Sample>, String> {
    let offer = side.offer().await?;
    if !offer.suffices() {
        return Err(format!(
            "{}: servers cannot be made: it shows {} images, {} flavors, {} networks",
            side.name,
            offer.images.len(),
            offer.flavors.len(),
            offer.networks.len()
        ));
    }
    side.call(&offer);
    for (id, name) in VOLUMES {
        side.call_one(id, name);
    }
    if let Some(id) = image_to_lose
        && !offer.images.iter().any(|image| image == id)
    {
        return Err(format!(
            "{}: it lists no image {id}, which was named to be deleted",
            side.name
        ));
    }
    // It has a number too, but one that no other request says.
    if let Some(last) = image_to_lose.or(offer.images.last().map(String::as_str)) {
        side.call_one(last, "<image:last>");
    }
    let mut recorder = Recorder {
        side,
        scene: None,
        samples: BTreeMap::new(),
    };
    let mut steps = script();
    steps.retain(|step| image_to_lose.is_some() || !needs_an_image_to_lose(&step.place));
    for step in by_scene(steps) {
        if stop.load(Ordering::Relaxed) {
            return Err("interrupted: nothing was written".to_owned());
        }
        recorder.step(step).await?;
    }
    Ok(recorder.samples)
}

/// The steps of one scene after another, so that each scene is made once. Lists of images come before an image is deleted.
fn by_scene(mut steps: Vec<Step>) -> Vec<Step> {
    steps.sort_by_key(|step| {
        (
            step.ask.operation == "images.delete",
            step.scene.map(|scene| scene.name),
        )
    });
    steps
}

struct Recorder<'a> {
    side: &'a mut Side,
    /// What is there.
    scene: Option<&'static Scene>,
    samples: BTreeMap<PathBuf, Sample>,
}

impl Recorder<'_> {
    async fn step(&mut self, step: Step) -> Result<(), String> {
        let name = |scene: Option<&'static Scene>| scene.map(|scene| scene.name);
        if step.scene.is_none() || name(step.scene) != name(self.scene) {
            let left = self.side.clean().await;
            if !left.is_empty() {
                return Err(left.join("; "));
            }
            if let Some(scene) = step.scene {
                self.prepare(&step, &(scene.asks)()).await?;
            }
            self.scene = step.scene;
        }
        self.prepare(&step, &step.before).await?;
        let answer = self.side.ask(&step.ask).await?;
        let succeeded = (200..300).contains(&answer.status);
        self.side.settle(&step.ask, succeeded).await?;
        let place = step.place.clone();
        let sample = Sample {
            request: request(&step.ask),
            answer: kept(answer),
        };
        if self.samples.insert(place, sample).is_some() {
            return Err(format!("the script has {} twice", step.place.display()));
        }
        self.prepare(&step, &step.after).await
    }

    /// Asks what has to succeed before or after the recorded request.
    async fn prepare(&mut self, step: &Step, asks: &[Ask]) -> Result<(), String> {
        for ask in asks {
            let answer = self.side.ask(ask).await?;
            if !(200..300).contains(&answer.status) {
                return Err(format!(
                    "{}: preparing {} failed, or what follows it: {} answered {answer}",
                    self.side.name,
                    step.place.display(),
                    ask.as_curl()
                ));
            }
            self.side.settle(ask, true).await?;
        }
        Ok(())
    }
}

fn request(ask: &Ask) -> Request {
    let prefix = match ask.base {
        Base::Endpoint => "/v2.1",
        Base::Legacy => "/v2",
        Base::Root => "",
        Base::Identity => "/v3",
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
