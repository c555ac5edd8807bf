//! Servers as clients meet them: what may be done to them when and by whom, above all a rebuild with another key.
//!
//! Requests go straight to the router, since no test here is about sockets. What each expects was asked of a real Nova 34.0.0.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

mod actions;
mod instance_actions;
mod rebuild;
mod rebuild_key;
mod sequences;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use mock_nova::cloud::server::{Pacing, Server};
use mock_nova::{MockNova, http};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

const IMAGE: &str = "1a000000-0000-4000-8000-000000000001";
const OTHER_IMAGE: &str = "1a000000-0000-4000-8000-000000000002";
const NO_IMAGE: &str = "1a000000-0000-4000-8000-00000000ffff";
const DEMO_USER: &str = "ee000000000000000000000000000002";
const DEMO_PROJECT: &str = "ca000000000000000000000000000002";

/// A version that knows everything a rebuild takes.
const LATEST: &str = "2.100";

/// Who asks: a user, and the project the token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Caller(&'static str, &'static str);

/// A member of the project, and the maker of every server.
const MAKER: Caller = Caller("demo", "demo");
/// Another member of the project.
const SECOND: Caller = Caller("demo_second", "demo");
/// A reader of the project.
const READER: Caller = Caller("demo_reader", "demo");
/// A member of another project.
const STRANGER: Caller = Caller("alt_demo", "alt_demo");
/// An administrator, in its own project.
const ADMIN: Caller = Caller("admin", "admin");
/// The same administrator, in the project of the servers.
const ADMIN_HERE: Caller = Caller("admin", "demo");

/// What came back.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    /// The sentence of a refusal; empty where it is none.
    fn message(&self) -> &str {
        let fault = self.body.as_object().and_then(|body| body.values().next());
        fault
            .and_then(|fault| fault["message"].as_str())
            .unwrap_or_default()
    }

    /// Status and sentence of a refusal, with the server's id as `ID`.
    fn refusal(&self, id: &str) -> (u16, String) {
        (self.status, self.message().replace(id, "ID"))
    }
}

/// A cloud, and everybody who asks it.
struct Nova {
    mock: MockNova,
}

impl Nova {
    async fn start() -> Self {
        Self {
            mock: MockNova::start().await,
        }
    }

    /// A cloud in which nothing happens until it is told to.
    async fn that_waits() -> Self {
        let nova = Self::start().await;
        nova.mock
            .state()
            .store
            .write(|cloud| cloud.servers.set_pacing(Pacing::Manual));
        nova
    }

    async fn ask(
        &self,
        caller: Caller,
        method: &str,
        path: &str,
        version: &str,
        body: &Value,
    ) -> Answer {
        let token = self.mock.token_in(caller.0, Some(caller.1)).unwrap();
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/compute/v2.1{path}"))
            .header("host", "nova.example")
            .header("x-auth-token", token)
            .header("openstack-api-version", format!("compute {version}"));
        let mut bytes = Vec::new();
        if !body.is_null() {
            request = request.header("content-type", "application/json");
            bytes = body.to_string().into_bytes();
        }
        let router = http::router(self.mock.state().clone());
        let answer = router
            .oneshot(request.body(Body::from(bytes)).unwrap())
            .await
            .unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        }
    }

    async fn get(&self, caller: Caller, path: &str) -> Answer {
        self.ask(caller, "GET", path, LATEST, &Value::Null).await
    }

    /// A server of the maker's, with these fields beside the necessary ones, and running.
    async fn server(&self, more: Value) -> String {
        let mut server =
            json!({"name": "x", "imageRef": IMAGE, "flavorRef": "1", "networks": "none"});
        server
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap_or_default());
        let made = self
            .ask(
                MAKER,
                "POST",
                "/servers",
                LATEST,
                &json!({ "server": server }),
            )
            .await;
        assert_eq!(made.status, 202, "{}", made.body);
        let id = made.body["server"]["id"].as_str().unwrap().to_owned();
        self.finish(&id);
        id
    }

    /// Lets whatever is being done to a server come to its end.
    fn finish(&self, id: &str) {
        while self.step(id) {}
    }

    /// Takes one step of it.
    fn step(&self, id: &str) -> bool {
        let state = self.mock.state();
        let now = state.clock.now();
        state
            .store
            .write(|cloud| cloud.step(id.parse::<Uuid>().unwrap(), now))
    }

    /// A keypair whose text tells whose it is.
    async fn keypair(&self, caller: Caller, name: &str) -> String {
        let key = format!("{KEY} {}-{name}", caller.0);
        let keypair = json!({"keypair": {"name": name, "public_key": key}});
        let made = self
            .ask(caller, "POST", "/os-keypairs", LATEST, &keypair)
            .await;
        assert_eq!(made.status, 201, "{}", made.body);
        key
    }

    async fn act(&self, caller: Caller, id: &str, version: &str, body: Value) -> Answer {
        let path = format!("/servers/{id}/action");
        self.ask(caller, "POST", &path, version, &body).await
    }

    /// A rebuild from the same image with these fields.
    async fn rebuild(&self, caller: Caller, id: &str, version: &str, more: Value) -> Answer {
        let mut rebuild = json!({"imageRef": IMAGE});
        rebuild
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap());
        self.act(caller, id, version, json!({ "rebuild": rebuild }))
            .await
    }

    /// A server as an administrator sees it.
    async fn show(&self, id: &str) -> Value {
        let mut answer = self.get(ADMIN, &format!("/servers/{id}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["server"].take()
    }

    /// A server as the cloud keeps it.
    fn kept(&self, id: &str) -> std::sync::Arc<Server> {
        let id: Uuid = id.parse().unwrap();
        let store = &self.mock.state().store;
        store.read(|cloud| cloud.servers.get(id).cloned()).unwrap()
    }
}

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvf2nY6gRUT8JQvYtXCZ4C5pDXx4CCOQ0nFDUrmP+eR";
