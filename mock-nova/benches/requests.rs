//! How long one request takes, on one connection: `cargo bench -p mock-nova --bench requests`.

#![expect(clippy::expect_used, reason = "a benchmark stops when it cannot ask")]

mod load;

use std::net::SocketAddr;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use load::{Connection, KEY, request, servers};
use mock_nova::MockNova;

const PATH: &str = "/compute/v2.1/os-keypairs";

fn keypairs(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mock = runtime.block_on(MockNova::start());
    let address: SocketAddr = mock.url()["http://".len()..].parse().expect("an address");
    let token = mock.token_for("demo").expect("a user");
    let import = |name: &str| {
        let body = format!(r#"{{"keypair": {{"name": "{name}", "public_key": "{KEY}"}}}}"#);
        request("POST", PATH, &token, "2.92", &body)
    };
    let delete = |name: &str| request("DELETE", &format!("{PATH}/{name}"), &token, "2.92", "");
    let mut connection = Connection::to(address);
    for n in 0..10 {
        assert_eq!(connection.ask(&import(&format!("key{n}"))).0, 201);
    }

    let list = request("GET", PATH, &token, "2.92", "");
    criterion.bench_function("list of ten", |bencher| {
        bencher.iter(|| connection.ask(&list).0)
    });
    let show = request("GET", &format!("{PATH}/key5"), &token, "2.92", "");
    criterion.bench_function("show", |bencher| bencher.iter(|| connection.ask(&show).0));
    let mut deleting = Connection::to(address);
    criterion.bench_function("import", |bencher| {
        bencher.iter_batched(
            || {
                deleting.ask(&delete("new"));
                import("new")
            },
            |import| connection.ask(&import).0,
            BatchSize::PerIteration,
        );
    });
}

fn of_servers(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mock = runtime.block_on(MockNova::start());
    let address: SocketAddr = mock.url()["http://".len()..].parse().expect("an address");
    let ids = servers::fill(&mock, 10);
    let token = mock.token_for("demo").expect("a user");
    let mut connection = Connection::to(address);
    let of_one = servers::path(ids[0]);
    let show = request("GET", &of_one, &token, servers::VERSION, "");
    criterion.bench_function("show of a server", |bencher| {
        bencher.iter(|| connection.ask(&show).0)
    });
    let page = request(
        "GET",
        "/compute/v2.1/servers/detail",
        &token,
        servers::VERSION,
        "",
    );
    criterion.bench_function("ten servers in detail", |bencher| {
        bencher.iter(|| connection.ask(&page).0)
    });
    let action = format!("{of_one}/action");
    let rebuild = request("POST", &action, &token, servers::VERSION, servers::REBUILD);
    criterion.bench_function("rebuild with a key", |bencher| {
        bencher.iter(|| connection.ask(&rebuild).0)
    });
}

criterion_group!(benches, keypairs, of_servers);
criterion_main!(benches);
