//! How much a run asks and makes, counted where its requests leave: so that a table can say how kind it is. It knows wires.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::{FutureExt, future::BoxFuture};
use http::Method;
use nova_client::RawRequest;
use serde::Serialize;
use serde_json::Value;

use crate::caller::{Base, Cloud, Party, Reply, Wire};

/// What a run asked for and made, its cleaning up included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Made {
    /// How many requests were sent to the Compute API.
    pub requests: usize,
    /// How many keypairs were made.
    pub keypairs: usize,
    /// How many servers were made.
    pub servers: usize,
    /// How many times a server was rebuilt.
    pub rebuilds: usize,
    /// How many servers existed at one time, at most.
    pub servers_at_once: usize,
}

/// Counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    requests: AtomicUsize,
    keypairs: AtomicUsize,
    servers: AtomicUsize,
    rebuilds: AtomicUsize,
    // A std lock, because nothing awaits while it is held.
    existing: Mutex<Existing>,
}

#[derive(Debug, Default)]
struct Existing {
    ids: BTreeSet<String>,
    most: usize,
}

impl Tally {
    pub(crate) fn made(&self) -> Made {
        let count = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        Made {
            requests: count(&self.requests),
            keypairs: count(&self.keypairs),
            servers: count(&self.servers),
            rebuilds: count(&self.rebuilds),
            servers_at_once: self.existing().most,
        }
    }

    fn existing(&self) -> std::sync::MutexGuard<'_, Existing> {
        self.existing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, request: &RawRequest, reply: &Reply) {
        let path = request.path.split('?').next().unwrap_or_default();
        let is_post = request.method == Method::POST;
        let more = |count: &AtomicUsize| count.fetch_add(1, Ordering::Relaxed);
        match reply.status {
            200..300 if is_post && path == "/os-keypairs" => {
                more(&self.keypairs);
            }
            200..300 if is_post && path == "/servers" => {
                more(&self.servers);
                let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
                let id = body
                    .as_ref()
                    .and_then(|body| body.pointer("/server/id")?.as_str());
                if let Some(id) = id {
                    let mut existing = self.existing();
                    existing.ids.insert(id.to_owned());
                    existing.most = existing.most.max(existing.ids.len());
                }
            }
            200..300 if is_post && path.ends_with("/action") => {
                let body = request.body.as_deref().unwrap_or_default();
                let body: Option<Value> = serde_json::from_slice(body).ok();
                if body.is_some_and(|body| body.get("rebuild").is_some()) {
                    more(&self.rebuilds);
                }
            }
            404 if matches!(request.method, Method::GET | Method::DELETE) => {
                if let Some(id) = path.strip_prefix("/servers/") {
                    self.existing().ids.remove(id);
                }
            }
            _ => {}
        }
    }
}

/// The same cloud, whose requests are counted.
pub(crate) fn counted(cloud: &Cloud, tally: &Arc<Tally>) -> Cloud {
    let mut counted = cloud.clone();
    for (caller, party) in cloud.parties() {
        let wire = Arc::new(Counted {
            wire: Arc::clone(&party.wire),
            tally: Arc::clone(tally),
        });
        counted.add(
            caller,
            Party {
                wire,
                ..party.clone()
            },
        );
    }
    counted
}

struct Counted {
    wire: Arc<dyn Wire>,
    tally: Arc<Tally>,
}

impl Wire for Counted {
    fn send<'a>(
        &'a self,
        base: Base,
        request: &'a RawRequest,
    ) -> BoxFuture<'a, Result<Reply, String>> {
        async move {
            self.tally.requests.fetch_add(1, Ordering::Relaxed);
            let reply = self.wire.send(base, request).await?;
            if base == Base::Endpoint {
                self.tally.count(request, &reply);
            }
            Ok(reply)
        }
        .boxed()
    }
}
