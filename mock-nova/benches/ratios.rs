//! How the mock's speed compares, in one run: `cargo bench -p mock-nova --bench ratios`.
//!
//! Each pair is measured in turn, several times, and the median of the ratios is printed beside what the
//! project asks of it. Absolute figures hold for the machine they were taken on; the ratios travel.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints, and stops when it cannot ask"
)]

mod load;

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use axum::{Router, routing::any};
use load::{Connection, KEY, request, servers};
use mock_nova::MockNova;
use mock_nova::cloud::keypair::{Keypair, KeypairType};

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
const CONNECTIONS: u64 = 8;
const VERSION: &str = "2.92";

fn main() {
    // `cargo test --benches` calls this too; there is nothing to test.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let mut met = true;
    let mut row = |what: &str, figure: String, asked: String, holds: bool| {
        met &= holds;
        println!(
            "{what:<58} {figure:>22}   asked: {asked:<12} {}",
            if holds { "met" } else { "NOT MET" }
        );
    };

    let (start, resident) = start_of_the_binary();
    row(
        "start of the process to its first answer, median",
        format!("{start:.1} ms"),
        "< 50 ms".into(),
        start < 50.0,
    );
    row(
        "resident memory after start",
        format!("{resident:.1} MB"),
        "< 25 MB".into(),
        resident < 25.0,
    );

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    // First, while little memory has been freed that could be used again.
    let crowded = runtime.block_on(MockNova::start());
    let before = resident_bytes();
    servers::fill(&crowded, MANY);
    #[expect(clippy::cast_precision_loss, reason = "bytes are far below 2^52")]
    let each = (resident_bytes() - before) as f64 / MANY as f64;
    row(
        "resident memory of each of 100,000 servers",
        format!("{each:.0} B"),
        "< 4096 B".into(),
        each < 4096.0,
    );

    let mock = runtime.block_on(MockNova::start());
    let address = address(&mock);
    let token = mock.token_for("demo").expect("a user");
    unlimited(address, &mock);
    for n in 0..10 {
        let body = format!(r#"{{"keypair": {{"name": "key{n}", "public_key": "{KEY}"}}}}"#);
        assert_eq!(
            Connection::to(address)
                .ask(&request("POST", PATH, &token, VERSION, &body))
                .0,
            201
        );
    }
    let list = request("GET", PATH, &token, VERSION, "");
    let mut connection = Connection::to(address);
    let (status, answered) = connection.ask(&list);
    assert_eq!(status, 200);
    let bare = self::bare(200, answered.to_vec());

    let (figure, ratio) = compared(
        || rate(address, CONNECTIONS, ROUND, 200, |_, _| list.clone()),
        || rate(bare, CONNECTIONS, ROUND, 200, |_, _| list.clone()),
    );
    row(
        "list of ten keypairs, of a bare server's requests/s",
        figure,
        "≥ 50 %".into(),
        ratio >= 0.50,
    );

    let import = |connection: u64, n: u64| {
        let body = format!(
            r#"{{"keypair": {{"name": "i{}-{connection}-{n}", "public_key": "{KEY}"}}}}"#,
            ROUND_NUMBER.load(Ordering::Relaxed)
        );
        request("POST", PATH, &other_token(&mock), VERSION, &body)
    };
    let answered = {
        let mut connection = Connection::to(address);
        let (status, answered) = connection.ask(&import(99, 99));
        assert_eq!(status, 201);
        answered.to_vec()
    };
    let bare = self::bare(201, answered);
    let (figure, ratio) = compared(
        || {
            ROUND_NUMBER.fetch_add(1, Ordering::Relaxed);
            rate(address, CONNECTIONS, ROUND, 201, import)
        },
        || rate(bare, CONNECTIONS, ROUND, 201, import),
    );
    row(
        "import of a keypair, of a bare server's requests/s",
        figure,
        "≥ 25 %".into(),
        ratio >= 0.25,
    );

    let full = runtime.block_on(MockNova::start());
    fill(&full);
    let full_token = full.token_for("demo").expect("a user");
    let empty = runtime.block_on(MockNova::start());
    few(&empty);
    let empty_token = empty.token_for("demo").expect("a user");
    let of_full = request("GET", PATH, &full_token, VERSION, "");
    let of_empty = request("GET", PATH, &empty_token, VERSION, "");
    let (figure, ratio) = compared(
        || {
            1.0 / rate(self::address(&full), CONNECTIONS, ROUND, 200, |_, _| {
                of_full.clone()
            })
        },
        || {
            1.0 / rate(self::address(&empty), CONNECTIONS, ROUND, 200, |_, _| {
                of_empty.clone()
            })
        },
    );
    row(
        "time of a list of ten in 100,000 keys, of one in ten",
        figure,
        "≤ 120 %".into(),
        ratio <= 1.20,
    );

    of_servers(&runtime, &crowded, &mut row);

    if !met {
        std::process::exit(1);
    }
}

/// The servers: one shown, one rebuilt, and a page of many against a page of few.
fn of_servers(
    runtime: &tokio::runtime::Runtime,
    crowded: &MockNova,
    row: &mut impl FnMut(&str, String, String, bool),
) {
    let mock = runtime.block_on(MockNova::start());
    let address = address(&mock);
    let ids = servers::fill(&mock, 10);
    let token = mock.token_for("demo").expect("a user");
    let of = |n: u64| ids[usize::try_from(n).expect("small") % ids.len()];

    let show = |n: u64| request("GET", &servers::path(of(n)), &token, servers::VERSION, "");
    let (status, answered) = {
        let mut connection = Connection::to(address);
        let (status, answered) = connection.ask(&show(0));
        (status, answered.to_vec())
    };
    assert_eq!(status, 200);
    let bare = self::bare(200, answered);
    let (figure, ratio) = compared(
        || {
            rate(address, CONNECTIONS, ROUND, 200, |connection, _| {
                show(connection)
            })
        },
        || {
            rate(bare, CONNECTIONS, ROUND, 200, |connection, _| {
                show(connection)
            })
        },
    );
    row(
        "show of a server, of a bare server's requests/s",
        figure,
        "≥ 30 %".into(),
        ratio >= 0.30,
    );

    let rebuild = |n: u64| {
        let path = format!("{}/action", servers::path(of(n)));
        request("POST", &path, &token, servers::VERSION, servers::REBUILD)
    };
    let (status, answered) = {
        let mut connection = Connection::to(address);
        let (status, answered) = connection.ask(&rebuild(0));
        (status, answered.to_vec())
    };
    assert_eq!(status, 202, "{}", String::from_utf8_lossy(&answered));
    let bare = self::bare(202, answered);
    let (figure, ratio) = compared(
        || {
            rate(address, CONNECTIONS, ROUND, 202, |connection, _| {
                rebuild(connection)
            })
        },
        || {
            rate(bare, CONNECTIONS, ROUND, 202, |connection, _| {
                rebuild(connection)
            })
        },
    );
    row(
        "rebuild with a key, of a bare server's requests/s",
        figure,
        "≥ 15 %".into(),
        ratio >= 0.15,
    );

    let page = |mock: &MockNova| {
        let token = mock.token_for("demo").expect("a user");
        request(
            "GET",
            "/compute/v2.1/servers/detail?limit=10",
            &token,
            servers::VERSION,
            "",
        )
    };
    let (of_many, of_few) = (page(crowded), page(&mock));
    let time = |mock: &MockNova, page: &[u8]| {
        1.0 / rate(self::address(mock), CONNECTIONS, ROUND, 200, |_, _| {
            page.to_vec()
        })
    };
    let (figure, ratio) = compared(|| time(crowded, &of_many), || time(&mock, &of_few));
    row(
        "time of a page of ten of 100,000 servers, of ten of ten",
        figure,
        "≤ 120 %".into(),
        ratio <= 1.20,
    );
}

/// How many servers are many.
const MANY: u128 = 100_000;

/// What this process holds in memory.
fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").expect("proc");
    let pages: u64 = pages
        .split_whitespace()
        .nth(1)
        .expect("a number")
        .parse()
        .expect("a number");
    pages * 4096
}

const PATH: &str = "/compute/v2.1/os-keypairs";

/// Makes the names of every round new.
static ROUND_NUMBER: AtomicU64 = AtomicU64::new(0);

fn address(mock: &MockNova) -> SocketAddr {
    mock.url()
        .strip_prefix("http://")
        .expect("http")
        .parse()
        .expect("an address")
}

/// The token of the user who imports, so that the one who lists keeps ten keys.
fn other_token(mock: &MockNova) -> String {
    static TOKEN: OnceLock<String> = OnceLock::new();
    TOKEN
        .get_or_init(|| mock.token_for("demo_second").expect("a user"))
        .clone()
}

/// No quota of keypairs in the project of `demo`.
fn unlimited(address: SocketAddr, mock: &MockNova) {
    let admin = mock.token_for("admin").expect("a user");
    let project = mock.state().store.read(|cloud| {
        cloud
            .identity
            .projects()
            .iter()
            .find(|project| project.name == "demo")
            .expect("demo")
            .id
            .clone()
    });
    let path = format!("/compute/v2.1/os-quota-sets/{project}");
    let body = r#"{"quota_set": {"key_pairs": -1}}"#;
    assert_eq!(
        Connection::to(address)
            .ask(&request("PUT", &path, &admin, "2.1", body))
            .0,
        200
    );
}

/// Runs both in turn and gives the median ratio, and the figures to print.
fn compared(mut ours: impl FnMut() -> f64, mut theirs: impl FnMut() -> f64) -> (String, f64) {
    let mut ratios: Vec<f64> = (0..ROUNDS).map(|_| ours() / theirs()).collect();
    ratios.sort_by(f64::total_cmp);
    let (low, median, high) = (ratios[0], ratios[ROUNDS / 2], ratios[ROUNDS - 1]);
    (
        format!(
            "{:.0} % ({:.0}–{:.0} %)",
            median * 100.0,
            low * 100.0,
            high * 100.0
        ),
        median,
    )
}

fn key_of(user_id: &str, n: usize, now: jiff::Timestamp) -> Keypair {
    Keypair {
        id: 0,
        user_id: user_id.to_owned(),
        name: format!("key{n}"),
        kind: KeypairType::Ssh,
        public_key: KEY.to_owned(),
        fingerprint: "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff".to_owned(),
        created_at: now,
    }
}

fn demo(mock: &MockNova) -> String {
    mock.state().store.read(|cloud| {
        cloud
            .identity
            .users()
            .iter()
            .find(|user| user.name == "demo")
            .expect("demo")
            .id
            .clone()
    })
}

/// Ten keys, all of `demo`.
fn few(mock: &MockNova) {
    let (demo, now) = (demo(mock), mock.clock().now());
    mock.state().store.write(|cloud| {
        for n in 0..10 {
            cloud
                .keypairs
                .add(key_of(&demo, n, now))
                .expect("a free name");
        }
    });
}

/// 100,000 keys of 1,000 users, ten of them of `demo`.
fn fill(mock: &MockNova) {
    few(mock);
    let now = mock.clock().now();
    mock.state().store.write(|cloud| {
        for n in 0..99_990 {
            let user_id = format!("user{}", n % 999);
            cloud
                .keypairs
                .add(key_of(&user_id, n / 999, now))
                .expect("a free name");
        }
    });
}

/// Requests per second of `connections` that ask without pause for `time`.
///
/// `next(connection, n)` is the n-th request of a connection.
fn rate(
    address: SocketAddr,
    connections: u64,
    time: Duration,
    want: u16,
    next: impl Fn(u64, u64) -> Vec<u8> + Send + Sync,
) -> f64 {
    let stop = AtomicBool::new(false);
    let done = AtomicU64::new(0);
    let started = Instant::now();
    thread::scope(|scope| {
        for number in 0..connections {
            let (stop, done, next) = (&stop, &done, &next);
            scope.spawn(move || {
                let mut connection = Connection::to(address);
                let mut n = 0;
                while !stop.load(Ordering::Relaxed) {
                    let (status, body) = connection.ask(&next(number, n));
                    assert_eq!(status, want, "{}", String::from_utf8_lossy(body));
                    n += 1;
                }
                done.fetch_add(n, Ordering::Relaxed);
            });
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "a load lasts as long as it lasts"
        )]
        thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
    });
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of requests are far below 2^52"
    )]
    let done = done.load(Ordering::Relaxed) as f64;
    done / started.elapsed().as_secs_f64()
}

/// A bare axum server, with as many threads as the mock has, that reads each request to its end and answers
/// the same bytes.
fn bare(status: u16, body: Vec<u8>) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket");
    let address = listener.local_addr().expect("an address");
    let body = Bytes::from(body);
    let answer = Arc::new(move |_: Bytes| {
        let mut response = Response::new(axum::body::Body::from(body.clone()));
        *response.status_mut() = status.try_into().expect("a status");
        let json = HeaderValue::from_static("application/json");
        response
            .headers_mut()
            .insert(HeaderName::from_static("content-type"), json);
        response
    });
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let handler = move |body: Bytes| {
                let answer = Arc::clone(&answer);
                async move { answer(body) }
            };
            let router = Router::new().fallback(any(handler));
            axum::serve(listener, router).await.expect("serving");
        });
    });
    address
}

/// From before the process starts to its first answer, the median in milliseconds; and its resident memory
/// then, in MB.
fn start_of_the_binary() -> (f64, f64) {
    let mut times = Vec::new();
    let mut resident: f64 = 0.0;
    for _ in 0..7 {
        let started = Instant::now();
        let mut server = Command::new(env!("CARGO_BIN_EXE_mock-nova"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "off"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stdout = BufReader::new(server.stdout.take().expect("piped"));
        let address = stdout
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let url = line
                    .split_whitespace()
                    .find(|word| word.starts_with("http://"))?;
                url["http://".len()..]
                    .split('/')
                    .next()?
                    .parse::<SocketAddr>()
                    .ok()
            })
            .expect("it says where it listens");
        assert_eq!(
            Connection::to(address)
                .ask(&request("GET", "/compute/v2.1/", "", "2.1", ""))
                .0,
            200
        );
        times.push(started.elapsed().as_secs_f64() * 1000.0);
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("proc");
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .expect("VmRSS");
        let kilobytes: f64 = line
            .split_whitespace()
            .nth(1)
            .expect("a number")
            .parse()
            .expect("a number");
        resident = resident.max(kilobytes / 1024.0);
        server.kill().expect("ours");
        server.wait().expect("ours");
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], resident)
}
