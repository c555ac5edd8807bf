//! Whatever is sent, the mock answers with what it means to: no panic, no 5xx, no hang, and it is still there
//! afterwards. The same is asked for longer by the fuzz target in `mock-nova/fuzz`.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot be set up shall fail"
)]

use axum::body::Body;
use axum::http::{Method, Request};
use mock_nova::{MockNova, http};
use proptest::prelude::*;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// Paths near those that exist, and anything else.
fn path() -> impl Strategy<Value = String> {
    let root = prop::sample::select(vec![
        "/compute/v2.1/os-keypairs",
        "/compute/v2/os-keypairs",
        "/compute/v1.1/extensions",
        "/compute/v2.1/os-quota-sets",
        "/compute/v2.1/limits",
        "/compute/v2.1/servers",
        "/compute/v2.1/servers/detail",
        "/compute/v2.1/servers/SERVER",
        "/compute/v2.1/servers/SERVER/action",
        "/compute/v2/servers/SERVER/action",
        "/compute/v2.1/servers/SERVER/metadata",
        "/compute/v2.1/servers/SERVER/tags",
        "/compute/v2.1/servers/SERVER/os-instance-actions",
        "/compute/v2.1/os-server-groups",
        "/compute/v2.1/flavors",
        "/compute",
        "/identity/v3/auth/tokens",
        "/identity/v3/users",
        "/identity/v3/projects",
        "/identity/v3/role_assignments",
        "/compute/v2.1/flavors",
        "/compute/v2.1/os-server-groups",
        "/compute/v2.1/images",
        "/compute/v2.1/os-security-groups",
        "/image/v2/images",
        "/image/v2/images/1a000000-0000-4000-8000-000000000001",
        "/networking/v2.0/networks",
        "/networking/v2.0/subnets",
        "/networking/v2.0/ports",
        "/networking/v2.0/security-group-rules",
        "/networking/v2.0/floatingips",
        "/networking/v2.0/routers",
        "/volume/v3/volumes",
        "/_mock/clock",
        "",
    ]);
    (
        root,
        "(/[a-z0-9%.~-]{0,12}){0,3}",
        "(\\?[a-z_]{0,8}=[a-zA-Z0-9%&=+-]{0,16})?",
    )
        .prop_map(|(root, rest, query)| format!("{root}{rest}{query}"))
        .prop_filter("a path begins with a slash", |path| path.starts_with('/'))
}

/// What may be asked of a server, and names that nothing has.
const ACTIONS: [&str; 21] = [
    "rebuild",
    "os-start",
    "os-stop",
    "reboot",
    "pause",
    "unpause",
    "suspend",
    "resume",
    "lock",
    "unlock",
    "rescue",
    "unrescue",
    "resize",
    "confirmResize",
    "revertResize",
    "shelve",
    "unshelve",
    "os-resetState",
    "createImage",
    "x",
    "",
];

/// JSON that is almost right, and bytes.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,40}".prop_map(Into::into),
        prop::sample::select(vec![
            IMAGE, "1", "2", "none", "active", "SOFT", "AUTO", "nova", "compute"
        ])
        .prop_map(Into::into),
        Just(
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvf2nY6gRUT8JQvYtXCZ4C5pDXx4CCOQ0nFDUrmP+eR"
                .into()
        ),
    ];
    let name = prop::sample::select(vec![
        "keypair",
        "name",
        "public_key",
        "type",
        "user_id",
        "quota_set",
        "key_pairs",
        "force",
        "auth",
        "identity",
        "methods",
        "password",
        "user",
        "domain",
        "id",
        "scope",
        "project",
        "token",
        "server",
        "imageRef",
        "flavorRef",
        "networks",
        "key_name",
        "metadata",
        "personality",
        "block_device_mapping_v2",
        "source_type",
        "uuid",
        "boot_index",
        "user_data",
        "state",
        "locked_reason",
        "tags",
        "x",
    ]);
    let json = leaf.prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((name.clone(), inner), 0..5).prop_map(|members| {
                serde_json::Value::Object(
                    members
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    });
    let action = (
        prop::sample::select(ACTIONS.to_vec()),
        json.clone(),
        any::<bool>(),
    )
        .prop_map(|(name, mut asked, fits)| {
            if let Some(members) = asked.as_object_mut().filter(|_| fits) {
                members.insert("imageRef".to_owned(), IMAGE.into());
            }
            serde_json::json!({ name: asked }).to_string().into_bytes()
        });
    prop_oneof![
        4 => json.prop_map(|json| json.to_string().into_bytes()),
        3 => action,
        1 => prop::collection::vec(any::<u8>(), 0..200),
    ]
}

const IMAGE: &str = "1a000000-0000-4000-8000-000000000001";

/// A cloud with a server in it, and that server's id.
async fn with_a_server() -> (MockNova, String) {
    let cloud = MockNova::start().await;
    let server = serde_json::json!({"server": {"name": "x", "imageRef": IMAGE, "flavorRef": "1", "networks": "none"}});
    let request = Request::post("/compute/v2.1/servers")
        .header("x-auth-token", cloud.token_for("admin").expect("an admin"))
        .header("content-type", "application/json")
        .header("openstack-api-version", "compute 2.37")
        .body(Body::from(server.to_string()))
        .expect("a request");
    let answer = http::router(cloud.state().clone()).oneshot(request).await;
    let body = answer.expect("a router cannot fail").into_body();
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .expect("a body");
    let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    let id = body["server"]["id"].as_str().expect("a server").to_owned();
    (cloud, id)
}

fn header_value() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![b' '..=b'~', 0x80..=0xffu8], 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_sent_brings_a_5xx(
        method in prop::sample::select(vec![Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::HEAD, Method::PATCH, Method::OPTIONS]),
        path in path(),
        version in prop_oneof![Just("compute 2.1".to_owned()), (0..120u16).prop_map(|n| format!("compute 2.{n}")), ".{0,20}"],
        headers in prop::collection::vec((prop::sample::select(vec!["accept", "content-type", "host", "x-subject-token", "x-openstack-nova-api-version", "x-forwarded-proto"]), header_value()), 0..3),
        known in any::<bool>(),
        body in body(),
    ) {
        thread_local! {
            static RUNTIME: Runtime = Runtime::new().expect("a runtime");
            static CLOUD: (MockNova, String) = RUNTIME.with(|runtime| runtime.block_on(with_a_server()));
        }
        // Straight to the router, since a client would refuse to send half of this.
        let (state, token, path) = CLOUD.with(|(cloud, server)| {
            let token = cloud.token_for("admin").expect("an admin");
            (cloud.state().clone(), token, path.replace("SERVER", server))
        });
        let mut request = Request::builder().method(method).uri(&path).header("content-type", "application/json");
        if known {
            request = request.header("x-auth-token", &token);
        }
        request = request.header("openstack-api-version", version.as_bytes());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        // What is no request at all never reaches the router.
        if let Ok(request) = request.body(Body::from(body)) {
            let answer = RUNTIME.with(|runtime| runtime.block_on(http::router(state).oneshot(request)));
            let status = answer.expect("a router cannot fail").status().as_u16();
            prop_assert!(status < 500, "{path}: {status}");
        }
    }
}
