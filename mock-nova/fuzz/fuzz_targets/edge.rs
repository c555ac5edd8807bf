//! Whatever is sent to the mock's HTTP edge: no panic, no 5xx.
//!
//! `cargo fuzz run edge` in `mock-nova/fuzz`; see CONTRIBUTING.md.

#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use axum::body::Body;
use axum::http::Request;
use libfuzzer_sys::fuzz_target;
use mock_nova::{MockNova, http};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

#[derive(Arbitrary, Debug)]
struct Sent {
    method: u8,
    root: u8,
    rest: String,
    logged_in: bool,
    version: String,
    headers: Vec<(u8, Vec<u8>)>,
    body: Vec<u8>,
}

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"];
const ROOTS: [&str; 14] = [
    "/compute/v2.1/os-keypairs",
    "/compute/v2/os-keypairs",
    "/compute/v2.1/os-quota-sets",
    "/compute/v2.1/servers",
    "/compute/v2.1/servers/SERVER",
    "/compute/v2.1/servers/SERVER/action",
    "/compute/v2/servers/SERVER/action",
    "/compute/v2.1/servers/SERVER/os-instance-actions",
    "/compute/v2.1/flavors",
    "/compute/v1.1",
    "/identity/v3/auth/tokens",
    "/identity/v3",
    "/image/v2/images",
    "",
];
const HEADERS: [&str; 6] =
    ["accept", "content-type", "host", "x-auth-token", "x-subject-token", "x-openstack-nova-api-version"];

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));
static CLOUD: LazyLock<(MockNova, String)> = LazyLock::new(|| RUNTIME.block_on(with_a_server()));

/// A cloud with a server in it, and that server's id, which stands in the place of `SERVER`.
async fn with_a_server() -> (MockNova, String) {
    const SERVER: &str = r#"{"server": {"name": "x", "imageRef": "1a000000-0000-4000-8000-000000000001", "flavorRef": "1", "networks": "none"}}"#;
    let cloud = MockNova::start().await;
    let request = Request::post("/compute/v2.1/servers")
        .header("x-auth-token", cloud.token_for("admin").expect("an admin"))
        .header("content-type", "application/json")
        .header("openstack-api-version", "compute 2.37")
        .body(Body::from(SERVER))
        .expect("a request");
    let answer = http::router(cloud.state().clone()).oneshot(request).await;
    let body = answer.expect("a router cannot fail").into_body();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
    let body = String::from_utf8_lossy(&body).into_owned();
    // The first id of the answer is the server's own.
    let id = body.split("\"id\":\"").nth(1).and_then(|rest| rest.get(..36)).expect("a server");
    (cloud, id.to_owned())
}

fuzz_target!(|sent: Sent| {
    let one_of = |list: &[&'static str], n: u8| list[usize::from(n) % list.len()];
    let mut request = Request::builder()
        .method(one_of(&METHODS, sent.method))
        .uri(format!("{}{}", one_of(&ROOTS, sent.root).replace("SERVER", &CLOUD.1), sent.rest))
        .header("openstack-api-version", sent.version.as_bytes());
    if sent.logged_in {
        request = request.header("x-auth-token", CLOUD.0.token_for("admin").expect("an admin"));
    }
    for (name, value) in &sent.headers {
        request = request.header(one_of(&HEADERS, *name), value.as_slice());
    }
    // What is no request at all never reaches the router.
    let Ok(request) = request.body(Body::from(sent.body)) else { return };
    let answer = RUNTIME.block_on(http::router(CLOUD.0.state().clone()).oneshot(request));
    let status = answer.expect("a router cannot fail").status().as_u16();
    assert!(status < 500, "{status}");
});
