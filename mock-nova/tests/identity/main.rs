//! Keystone as clients meet it: logging in, being refused, tokens that end, and the records behind them.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

mod groups;
mod login;
mod resources;

use mock_nova::MockNova;
use reqwest::{Client, Method};
use serde_json::{Value, json};

const DEMO_USER: &str = "ee000000000000000000000000000002";
const DEMO_PROJECT: &str = "ca000000000000000000000000000002";
const ALT_PROJECT: &str = "ca000000000000000000000000000003";
const READER_ROLE: &str = "ad000000000000000000000000000004";
const MEMBER_ROLE: &str = "ad000000000000000000000000000003";

/// What came back.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    token: Option<String>,
    challenge: Option<String>,
    body: Value,
}

impl Answer {
    fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }
}

/// A cloud, and somebody who asks its Keystone.
struct Keystone {
    cloud: MockNova,
    client: Client,
}

impl Keystone {
    async fn start() -> Self {
        Self {
            cloud: MockNova::start().await,
            client: Client::new(),
        }
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.cloud.auth_url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body);
        }
        let answer = request.send().await.unwrap();
        let header = |name: &str| Some(answer.headers().get(name)?.to_str().unwrap().to_owned());
        assert_eq!(header("vary").as_deref(), Some("X-Auth-Token"));
        assert!(
            header("x-openstack-request-id")
                .unwrap()
                .starts_with("req-")
        );
        let (status, token, challenge) = (
            answer.status().as_u16(),
            header("x-subject-token"),
            header("www-authenticate"),
        );
        let body = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        Answer {
            status,
            token,
            challenge,
            body,
        }
    }

    async fn ask(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let body = (!body.is_null()).then(|| body.to_string());
        self.send(method, path, &[("x-auth-token", token)], body)
            .await
    }

    async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(token, "GET", path, Value::Null).await
    }

    async fn login(&self, auth: Value) -> Answer {
        self.send(
            "POST",
            "/auth/tokens?nocatalog",
            &[],
            Some(json!({ "auth": auth }).to_string()),
        )
        .await
    }

    /// Whether a token is still good for anything.
    async fn is_good(&self, token: &str) -> bool {
        self.get(token, "/auth/projects").await.status == 200
    }

    fn token(&self, user: &str) -> String {
        self.cloud.token_for(user).unwrap()
    }
}

fn password(user: &str, password: &str) -> Value {
    let user = json!({ "name": user, "domain": { "id": "default" }, "password": password });
    json!({ "methods": ["password"], "password": { "user": user } })
}

fn in_demo() -> Value {
    json!({ "project": { "name": "demo", "domain": { "name": "Default" } } })
}
