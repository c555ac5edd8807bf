//! The services beside Nova as clients meet them, and Nova's own resources around a server.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

mod around;
mod image;
mod network;
mod places;
mod proxies;
mod volume;

use mock_nova::{Builder, MockNova};
use reqwest::{Client, Method};
use serde_json::{Value, json};

const IMAGE: &str = "1a000000-0000-4000-8000-000000000001";
const PUBLIC: &str = "de000000-0000-4000-8000-000000000001";
const PRIVATE: &str = "de000000-0000-4000-8000-000000000002";

/// A cloud, and somebody who asks it.
struct Cloud {
    mock: MockNova,
    client: Client,
}

/// What came back.
#[derive(Debug)]
struct Answer {
    status: u16,
    location: Option<Vec<u8>>,
    body: Value,
}

impl Answer {
    /// The sentence of a refusal, whichever service refused.
    fn message(&self) -> &str {
        let body = &self.body;
        let inner = body.as_object().and_then(|body| body.values().next());
        let inner = inner.and_then(|inner| inner["message"].as_str());
        body["message"].as_str().or(inner).unwrap_or_default()
    }
}

impl Cloud {
    async fn start() -> Self {
        Self::of(MockNova::builder()).await
    }

    async fn of(builder: Builder) -> Self {
        Self {
            mock: builder.start().await.unwrap(),
            client: Client::new(),
        }
    }

    /// Asks as a user, at a microversion if `path` ends with `@2.N`.
    async fn ask(&self, user: &str, method: &str, path: &str, body: Value) -> Answer {
        let (path, version) = path.split_once('@').unwrap_or((path, "2.1"));
        let mut request = self
            .client
            .request(
                Method::from_bytes(method.as_bytes()).unwrap(),
                format!("{}{path}", self.mock.url()),
            )
            .header("X-Auth-Token", self.mock.token_for(user).unwrap())
            .header("OpenStack-API-Version", format!("compute {version}"));
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let location = answer.headers().get("location");
        let location = location.map(|location| location.as_bytes().to_vec());
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap();
        Answer {
            status,
            location,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        }
    }

    async fn get(&self, user: &str, path: &str) -> Answer {
        self.ask(user, "GET", path, Value::Null).await
    }

    /// A server of this user; its id.
    async fn server(&self, user: &str) -> String {
        let body = json!({"server": {"name": "s", "flavorRef": "1", "imageRef": IMAGE}});
        let made = self.ask(user, "POST", "/compute/v2.1/servers", body).await;
        made.body["server"]["id"].as_str().unwrap().to_owned()
    }
}

/// The names of what a list holds.
fn names<'a>(answer: &'a Answer, list: &str) -> Vec<&'a str> {
    let items = answer.body[list].as_array().unwrap();
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap_or_default())
        .collect()
}
