//! What the tests share: an environment handed in, a Keystone that answers, and a socket that records every byte.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use nova_client::{Config, Credentials, Domain, Project, Scope, Secret, Service, Session, User};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

/// The token that the Keystone of these tests gives.
pub(crate) const TOKEN: &str = "gAAAA-the-token";
/// The password that is sent to it.
pub(crate) const PASSWORD: &str = "correct horse";

/// An environment of these variables and no others.
pub(crate) fn environment<const N: usize>(
    variables: [(&str, &str); N],
) -> impl Fn(&str) -> Option<String> + use<N> {
    let variables: HashMap<String, String> = variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    move |name| variables.get(name).cloned()
}

/// Keystone's answer for a member of a project, with this catalog.
pub(crate) fn token_body(catalog: &Value) -> Value {
    json!({"token": {
        "methods": ["password"],
        "expires_at": "2030-01-02T03:04:05.000000Z",
        "issued_at": "2030-01-01T03:04:05.000000Z",
        "user": {"id": "u1", "name": "alice", "domain": {"id": "default", "name": "Default"}, "password_expires_at": null},
        "project": {"id": "p1", "name": "demo", "domain": {"id": "default", "name": "Default"}},
        "roles": [{"id": "r1", "name": "member"}, {"id": "r2", "name": "reader"}],
        "catalog": catalog,
        "audit_ids": ["x"],
    }})
}

/// A catalog with one public compute endpoint.
pub(crate) fn compute_at(url: &str) -> Value {
    json!([{"type": "compute", "name": "nova", "id": "c1", "endpoints": [
        {"id": "e1", "interface": "public", "region": "RegionOne", "region_id": "RegionOne", "url": url},
    ]}])
}

/// A Keystone that gives [`TOKEN`] with this catalog to whoever asks.
pub(crate) async fn keystone(catalog: &Value) -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(201)
        .insert_header("X-Subject-Token", TOKEN)
        .set_body_json(token_body(catalog));
    Mock::given(method("POST"))
        .and(path("/v3/auth/tokens"))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

/// Alice's configuration for a Keystone at `auth_url`.
pub(crate) fn alice(auth_url: &str) -> Config {
    let domain = Domain::Id("default".to_owned());
    let user = User::Name {
        name: "alice".to_owned(),
        domain: domain.clone(),
    };
    let credentials = Credentials::Password {
        user,
        password: Secret::from(PASSWORD),
    };
    let project = Project::Name {
        name: "demo".to_owned(),
        domain,
    };
    Config::new(auth_url, credentials, Scope::Project(project))
}

/// A compute service at `url`, reached with a session from a Keystone of its own.
pub(crate) async fn compute(url: &str) -> Service {
    let keystone = keystone(&compute_at(url)).await;
    Session::connect(alice(&keystone.uri()))
        .await
        .unwrap()
        .service("compute")
        .unwrap()
}

/// A socket that answers with scripted bytes and keeps what it was sent.
pub(crate) struct Wire {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// What a [`Wire`] does when it has read a request.
#[derive(Clone, Copy)]
pub(crate) enum Then {
    /// Writes these bytes and waits for the next request.
    Answer(&'static [u8]),
    /// Writes these bytes and closes the connection.
    AnswerAndClose(&'static [u8]),
    /// Writes these bytes and says nothing more.
    AnswerAndHang(&'static [u8]),
}

impl Wire {
    pub(crate) async fn start(then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, then, Arc::clone(&kept)));
            }
        });
        Self { url, received }
    }

    /// Every request so far, to the byte.
    pub(crate) fn received(&self) -> Vec<String> {
        self.received
            .lock()
            .unwrap()
            .iter()
            .map(|bytes| String::from_utf8(bytes.clone()).unwrap())
            .collect()
    }
}

/// Answers the requests of one connection.
pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    then: Then,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
) {
    loop {
        let mut request = Vec::new();
        while !is_complete(&request) {
            let mut chunk = [0; 4096];
            match stream.read(&mut chunk).await {
                Ok(0) | Err(_) => return,
                Ok(length) => request.extend_from_slice(&chunk[..length]),
            }
        }
        kept.lock().unwrap().push(request);
        match then {
            Then::Answer(bytes) => stream.write_all(bytes).await.unwrap(),
            Then::AnswerAndClose(bytes) => {
                stream.write_all(bytes).await.unwrap();
                return stream.shutdown().await.unwrap();
            }
            Then::AnswerAndHang(bytes) => {
                stream.write_all(bytes).await.unwrap();
                return std::future::pending().await;
            }
        }
    }
}

fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.parse().unwrap())
}
