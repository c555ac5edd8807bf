//! A cloud made of a map, which does what a test tells it to; and runs against it.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use nova_api::{Microversion, Operation};
use nova_client::{ApiVersion, RawRequest, Token, VersionRange};
use nova_conformance::{
    caller::{Base, Caller, Cloud, Party, Reply, User, Wire},
    check::{Check, Cx, Draft, Keypair, Stop, Verdict, Versions},
    event::{Event, Summary},
    report::Collected,
    runner::{Options, Run},
    select::{Plan, Wanted},
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// What is wrong with the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Defect {
    #[default]
    None,
    /// Deleting answers 500.
    CannotDelete,
    /// Deleting answers 202 and deletes nothing, this many times.
    DeletesOnlyAfter(usize),
    /// No answer to anything.
    Dead,
    /// No answer after so many.
    DeadAfter(usize),
    /// No answer to so many requests, then one to each.
    DeadUntil(usize),
}

#[derive(Debug, Default)]
pub(crate) struct Fake {
    pub(crate) names: Mutex<BTreeSet<String>>,
    pub(crate) log: Mutex<Vec<String>>,
    pub(crate) defect: Defect,
    pub(crate) most_at_once: AtomicUsize,
    at_once: AtomicUsize,
    pub(crate) asked: AtomicUsize,
    deletions: AtomicUsize,
}

impl Fake {
    pub(crate) fn with(defect: Defect) -> Arc<Self> {
        Arc::new(Self {
            defect,
            ..Self::default()
        })
    }

    pub(crate) fn deleted(&self) -> Vec<String> {
        let log = self.log.lock().unwrap();
        log.iter()
            .filter_map(|line| line.strip_prefix("DELETE /os-keypairs/"))
            .map(hint)
            .collect()
    }

    pub(crate) fn left(&self) -> usize {
        self.names.lock().unwrap().len()
    }

    fn answer(&self, request: &RawRequest) -> Result<Reply, String> {
        let before = self.asked.fetch_add(1, Ordering::SeqCst);
        let dead = match self.defect {
            Defect::Dead => true,
            Defect::DeadAfter(answers) => before >= answers,
            Defect::DeadUntil(requests) => before < requests,
            _ => false,
        };
        if dead {
            return Err("cannot connect to http://cloud (Connection refused)".to_owned());
        }
        self.log
            .lock()
            .unwrap()
            .push(format!("{} {}", request.method, request.path));
        let mut names = self.names.lock().unwrap();
        let name = request
            .path
            .trim_start_matches("/os-keypairs")
            .trim_start_matches('/');
        let reply = |status, body: Value| {
            Ok(Reply {
                status,
                headers: Vec::new(),
                body: body.to_string().into(),
            })
        };
        match request.method.as_str() {
            "POST" => {
                let body: Value =
                    serde_json::from_slice(request.body.as_deref().unwrap_or_default()).unwrap();
                let name = body["keypair"]["name"].as_str().unwrap().to_owned();
                names.insert(name.clone());
                let private =
                    "-----BEGIN RSA PRIVATE KEY-----\nMIIsecret\n-----END RSA PRIVATE KEY-----\n";
                reply(
                    200,
                    json!({"keypair": {"name": name, "private_key": private}}),
                )
            }
            "GET" if name.is_empty() => {
                let list: Vec<Value> = names
                    .iter()
                    .map(|name| json!({"keypair": {"name": name}}))
                    .collect();
                reply(200, json!({"keypairs": list}))
            }
            "DELETE" => {
                let before = self.deletions.fetch_add(1, Ordering::SeqCst);
                match self.defect {
                    Defect::CannotDelete => reply(500, json!({})),
                    Defect::DeletesOnlyAfter(lies) if before < lies => reply(202, json!({})),
                    _ if names.remove(name) => reply(202, json!({})),
                    _ => reply(
                        404,
                        json!({"itemNotFound": {"code": 404, "message": "no such keypair"}}),
                    ),
                }
            }
            _ => reply(
                404,
                json!({"itemNotFound": {"code": 404, "message": "no such keypair"}}),
            ),
        }
    }
}

impl Wire for Fake {
    fn send<'a>(
        &'a self,
        _base: Base,
        request: &'a RawRequest,
    ) -> BoxFuture<'a, Result<Reply, String>> {
        async move {
            let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_at_once.fetch_max(now, Ordering::SeqCst);
            tokio::task::yield_now().await;
            let answer = self.answer(request);
            self.at_once.fetch_sub(1, Ordering::SeqCst);
            answer
        }
        .boxed()
    }
}

/// What a name was made for: `nvc-run-0-1-first` is `first`.
fn hint(name: &str) -> String {
    name.rsplit('-').next().unwrap_or_default().to_owned()
}

/// A cloud that offers 2.1 to 2.50 and knows only the main caller.
pub(crate) fn cloud(wire: Arc<Fake>) -> Cloud {
    let version = |minor| ApiVersion { major: 2, minor };
    let versions = VersionRange {
        min: version(1),
        max: version(50),
    };
    let user = User {
        id: "u1".to_owned(),
        name: "demo".to_owned(),
        project_id: "p1".to_owned(),
        roles: vec!["member".to_owned()],
    };
    Cloud::new("fake", "http://cloud/v2.1", versions).with(
        Caller::Main,
        Party {
            user: Some(user),
            token: Token::Session,
            wire,
        },
    )
}

/// A check at 2.1 that asks as the main caller.
pub(crate) fn draft(id: &str) -> Draft {
    Check::must(id, format!("The title of {id}"))
        .sentence("It is so.")
        .source("https://example.org/rule")
        .versions(Versions::at(&[1]))
        .callers([Caller::Main])
}

/// Registers and makes a keypair.
pub(crate) async fn make(cx: &Cx, hint: &str) -> Result<String, Stop> {
    let name = cx.unique(hint);
    cx.ledger().will_create(Keypair::of(Caller::Main, &name));
    let body = json!({"keypair": {"name": name}});
    cx.as_(Caller::Main)
        .ask(Operation::KeypairCreate, &[])
        .json(&body)
        .send()
        .await?
        .to_set_up(200)?;
    Ok(name)
}

/// Asks something harmless.
pub(crate) async fn look(cx: &Cx) -> Verdict {
    cx.as_(Caller::Main)
        .ask(Operation::KeypairList, &[])
        .send()
        .await?
        .expect_status(200)?;
    Ok(())
}

pub(crate) fn options() -> Options {
    Options {
        parallel: 4,
        servers: nova_conformance::servers::Settings::default(),
        deadline: Duration::from_secs(5),
        run_id: "run".to_owned(),
        command: "nova-conformance run --os-cloud fake".to_owned(),
    }
}

/// Runs the checks against the cloud, to the end.
pub(crate) async fn run_with(
    checks: Vec<Check>,
    cloud: Cloud,
    options: Options,
) -> (Summary, Collected) {
    let plan = Plan::new(checks, &[], &Wanted::Boundaries, Microversion::MAX);
    let (sender, receiver) = mpsc::unbounded_channel();
    let summary = Run::new(plan, Arc::new(cloud), options, sender).go().await;
    (summary, collect(receiver).await)
}

pub(crate) async fn collect(mut receiver: mpsc::UnboundedReceiver<Event>) -> Collected {
    let mut collected = Collected::default();
    while let Some(event) = receiver.recv().await {
        collected.add(&event);
    }
    collected
}

pub(crate) async fn run(checks: Vec<Check>, fake: &Arc<Fake>) -> (Summary, Collected) {
    run_with(checks, cloud(Arc::clone(fake)), options()).await
}
