//! The mock answers, at every version, what the API description says: every field that is always shown is
//! there, every other one is seen at least once, and nothing else is.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use std::collections::BTreeSet;

use mock_nova::MockNova;
use nova_api::{Contract, Microversion, Operation, Output, bands};
use reqwest::{Client, Method};
use serde_json::{Value, json};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvf2nY6gRUT8JQvYtXCZ4C5pDXx4CCOQ0nFDUrmP+eR a@b";

struct Cloud {
    mock: MockNova,
    client: Client,
    token: String,
    project_id: String,
}

impl Cloud {
    async fn start() -> Self {
        let mock = MockNova::start().await;
        let token = mock.token_for("admin").unwrap();
        let client = Client::new();
        let answer = client.get(format!("{}/auth/tokens", mock.auth_url()));
        let answer = answer
            .header("X-Auth-Token", &token)
            .header("X-Subject-Token", &token)
            .send()
            .await;
        let told: Value = serde_json::from_slice(&answer.unwrap().bytes().await.unwrap()).unwrap();
        let project_id = told["token"]["project"]["id"].as_str().unwrap().to_owned();
        Self {
            mock,
            client,
            token,
            project_id,
        }
    }

    /// Asks at a version; the status and the body, null where there is none.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        version: Microversion,
        body: Option<Value>,
    ) -> (u16, Value) {
        let url = format!("{}/compute/v2.1{path}", self.mock.url());
        let mut request = self
            .client
            .request(method, url)
            .header("X-Auth-Token", &self.token)
            .header("OpenStack-API-Version", format!("compute {version}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        (status, body)
    }

    /// Requests that succeed, in which every field that can be shown is shown.
    async fn successes(
        &self,
        operation: Operation,
        contract: &Contract,
        version: Microversion,
    ) -> Vec<(u16, Value)> {
        let (method, path) = operation.route();
        let path = path
            .replace("{project}", &self.project_id)
            .replace("{alias}", "os-keypairs")
            .replace("{name}", "one");
        let method = Method::from_bytes(method.name().as_bytes()).unwrap();
        let import = |name: &str| json!({"keypair": {"name": name, "public_key": KEY}});
        for name in ["one", "two"] {
            self.ask(Method::POST, "/os-keypairs", version, Some(import(name)))
                .await;
        }
        match operation {
            Operation::KeypairCreate => {
                let mut bodies = vec![import("three")];
                if contract.behaves(nova_api::Behavior::Generates) {
                    bodies.push(json!({"keypair": {"name": "four"}}));
                }
                let mut answers = Vec::new();
                for body in bodies {
                    let name = body["keypair"]["name"].as_str().unwrap().to_owned();
                    answers.push(self.ask(method.clone(), &path, version, Some(body)).await);
                    self.ask(
                        Method::DELETE,
                        &format!("/os-keypairs/{name}"),
                        version,
                        None,
                    )
                    .await;
                }
                answers
            }
            Operation::KeypairList => vec![
                self.ask(method.clone(), &path, version, None).await,
                self.ask(method, &format!("{path}?limit=1"), version, None)
                    .await,
            ],
            Operation::QuotaUpdate => {
                let body = json!({"quota_set": {"key_pairs": 100}});
                vec![self.ask(method, &path, version, Some(body)).await]
            }
            Operation::KeypairShow
            | Operation::KeypairDelete
            | Operation::LimitsShow
            | Operation::QuotaShow
            | Operation::QuotaDetail
            | Operation::QuotaDefaults
            | Operation::QuotaDelete
            | Operation::ExtensionList
            | Operation::ExtensionShow => vec![self.ask(method, &path, version, None).await],
        }
    }
}

/// Whether the path, in which `*` is any item, leads anywhere.
fn leads_somewhere(value: &Value, path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return path.is_empty();
    };
    let (name, rest) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    match value {
        Value::Array(items) => items.iter().any(|item| leads_somewhere(item, rest)),
        Value::Object(members) => members
            .get(name)
            .is_some_and(|member| leads_somewhere(member, rest)),
        _ => false,
    }
}

#[tokio::test]
async fn every_success_is_as_described_at_both_ends_of_every_band() {
    let cloud = Cloud::start().await;
    for operation in Operation::ALL {
        for band in bands(*operation) {
            let contract = &band.contract;
            for version in BTreeSet::from([band.first.minor(), band.last.minor()]) {
                let version = Microversion::new(version).unwrap();
                let answers = cloud.successes(*operation, contract, version).await;
                for (status, body) in &answers {
                    assert_eq!(
                        *status,
                        contract.status(),
                        "{operation} at {version}: {body}"
                    );
                    match contract.answer_schema() {
                        None => assert_eq!(*body, Value::Null, "{operation} at {version}"),
                        Some(_) => {
                            assert_eq!(
                                contract.mistakes_in(body),
                                Vec::<String>::new(),
                                "{operation} at {version}: {body}"
                            );
                        }
                    }
                }
                for (path, _, output) in contract.outputs() {
                    let seen = answers
                        .iter()
                        .filter(|(_, body)| leads_somewhere(body, path))
                        .count();
                    let want = match output {
                        Output::Always(_) => answers.len(),
                        Output::Sometimes(_) => 1,
                    };
                    assert!(
                        seen >= want,
                        "{operation} at {version} does not show {path}"
                    );
                }
            }
        }
    }
}
