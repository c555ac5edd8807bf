//! Servers for benchmarks: made by one request, then multiplied in the store.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use mock_nova::MockNova;
use mock_nova::cloud::server::{By, History, Server};
use uuid::Uuid;

use super::{Connection, KEY, request};

/// An image of the default cloud.
const IMAGE: &str = "1a000000-0000-4000-8000-000000000001";

/// A version that shows all there is of a server.
pub(crate) const VERSION: &str = "2.100";

/// What a rebuild is asked for with.
pub(crate) const REBUILD: &str =
    r#"{"rebuild": {"imageRef": "1a000000-0000-4000-8000-000000000001", "key_name": "bench"}}"#;

/// The path of a server.
pub(crate) fn path(id: Uuid) -> String {
    format!("/compute/v2.1/servers/{id}")
}

/// Fills the project of `demo` with so many servers as clients make them: a key, a network, an item of metadata. The ids
/// of the first ten.
pub(crate) fn fill(mock: &MockNova, count: u128) -> Vec<Uuid> {
    mock.set_default_quotas([("instances", -1), ("cores", -1), ("ram", -1)]);
    let address = mock.url()["http://".len()..].parse().expect("an address");
    let token = mock.token_for("demo").expect("a user");
    let mut connection = Connection::to(address);
    let key = format!(r#"{{"keypair": {{"name": "bench", "public_key": "{KEY}"}}}}"#);
    let made = connection.ask(&request(
        "POST",
        "/compute/v2.1/os-keypairs",
        &token,
        "2.92",
        &key,
    ));
    assert_eq!(made.0, 201);
    let server = format!(
        r#"{{"server": {{"name": "bench-0", "imageRef": "{IMAGE}", "flavorRef": "42", "key_name": "bench",
            "networks": "auto", "metadata": {{"role": "web"}}}}}}"#
    );
    let (status, body) = connection.ask(&request(
        "POST",
        "/compute/v2.1/servers",
        &token,
        VERSION,
        &server,
    ));
    assert_eq!(status, 202, "{}", String::from_utf8_lossy(body));
    let now = mock.clock().now();
    mock.state().settle();
    let template = mock.state().store.read(|cloud| {
        let mut servers = cloud.servers.youngest_first(None, None);
        Server::clone(servers.next().expect("one was made"))
    });
    let mut ids = vec![template.id];
    mock.state().store.write(|cloud| {
        for n in 1..count {
            let mut server = template.clone();
            server.id = mock.state().minter.uuid();
            server.name = format!("bench-{n}").into();
            server.hostname = Arc::clone(&server.name);
            server.actions = History::default();
            for nic in &mut server.nics {
                nic.port_id = mock.state().minter.uuid();
                nic.fixed_ips = vec![IpAddr::V4(Ipv4Addr::from_bits(
                    0x0a00_0000 + u32::try_from(n).unwrap_or(0),
                ))];
            }
            let by = By {
                user_id: Arc::clone(&server.user_id),
                project_id: Arc::clone(&server.project_id),
                request: mock.state().minter.request(),
            };
            if ids.len() < 10 {
                ids.push(server.id);
            }
            cloud.servers.add(server, by, now, None);
        }
        cloud.settle(now);
    });
    ids
}
